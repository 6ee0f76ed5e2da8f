"""pytest plug-in: import `<add-on>.engine` without the add-on around it.

An engine is pure Python, but it lies inside an Odoo add-on, whose `__init__` imports
models and so needs Odoo. Empty packages of the add-ons' names stand in for those
`__init__` files, also below `odoo.addons`, where one engine finds another's. Importing
anything else of odoo fails, so that an engine that needs it is found out.
"""

import builtins
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
    builtins.__import__ = _without_odoo(builtins.__import__)


def _without_odoo(importing):
    """Import as before, but refuse odoo itself: only its engines are there."""

    def halted(name, *arguments, **options):
        if name == "odoo":
            raise ModuleNotFoundError(
                "import of odoo halted: an engine is plain Python"
            )
        return importing(name, *arguments, **options)

    return halted


def _stand_in(name, *folders):
    """An empty package that finds its parts in these folders only."""
    package = types.ModuleType(name)
    package.__path__ = list(folders)
    sys.modules[name] = package
