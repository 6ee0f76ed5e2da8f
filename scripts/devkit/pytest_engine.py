"""pytest plug-in: import `<add-on>.engine` without the add-on around it.

An engine is pure Python, but it lies inside an Odoo add-on, whose `__init__` imports
models and so needs Odoo. Empty packages of the add-ons' names stand in for those
`__init__` files, also below `odoo.addons`, where one engine finds another's. Importing
anything else of odoo fails, so that an engine that needs it is found out.
"""

import sys
import types
from pathlib import Path


def pytest_configure(config):
    _stand_in("odoo")
    _stand_in("odoo.addons")
    for manifest in Path(config.rootpath).glob("custom_addons/*/__manifest__.py"):
        name, folder = manifest.parent.name, str(manifest.parent)
        _stand_in(name, folder)
        _stand_in(f"odoo.addons.{name}", folder)


def _stand_in(name, *folders):
    """An empty package that finds its parts in these folders only."""
    package = types.ModuleType(name)
    package.__path__ = list(folders)
    sys.modules[name] = package
