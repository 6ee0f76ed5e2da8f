"""pytest plug-in: import `<add-on>.engine` without the add-on around it.

An engine is pure Python, but it lies inside an Odoo add-on, whose `__init__` imports
models and so needs Odoo. Empty packages of the add-ons' names stand in for those
`__init__` files. Importing odoo fails, so that an engine that needs it is found out.
"""

import sys
import types
from pathlib import Path


def pytest_configure(config):
    sys.modules["odoo"] = None
    for manifest in Path(config.rootpath).glob("custom_addons/*/__manifest__.py"):
        stand_in = types.ModuleType(manifest.parent.name)
        stand_in.__path__ = [str(manifest.parent)]
        sys.modules[manifest.parent.name] = stand_in
