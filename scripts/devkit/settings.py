"""Where things are, and the variables a user may set: the only place that says so."""

import os
import re
from pathlib import Path

from devkit.console import Problem

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / "custom_addons"
SCRIPTS = ROOT / "scripts"

# Private to this checkout and ignored by git: environment, databases, logs.
STATE = ROOT / ".odoo"
LOGS = STATE / "log"
DATA = STATE / "data"

# Downloads, shared by all checkouts of this user.
CACHE = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "customer-suite"
)

ODOO_VERSION = (19, 0)
LANGUAGES = ("en_US", "zh_CN")
# Installed beside the add-ons' own dependencies: what their users work with.
COMPANION_MODULES = ("contacts", "sale_management")
# Add-ons that stand on an app too large for every database; tests/test_large_apps.py
# installs them in one of their own, and so does ADDON=….
APART = (
    "customer_insight_pos",
    "customer_insight_slides",
    "loyalty_program_pos",
    "loyalty_program_slides",
    "loyalty_program_website_sale",
)

VARIABLES = {
    "DB": "name of the run database (default suite)",
    "PORT": "port of the server (default 8069)",
    "SAMPLE": "1: load one customer in ten of the first real data set",
    "FILE": "order history for `load`: orders.csv or orders.csv.gz",
    "COMPANY": "company that `load` puts the orders into",
    "ADDON": "`test`: this add-on only",
    "ARGS": "`test`: further options for pytest; `bench`: for the benchmark",
    "FIX": "1: `lint` repairs what it can",
    "CONFIRM": "1: `reset` does not ask",
    "ODOO_SOURCE": "folder of an Odoo 19 you already have",
    "ODOO_DEB": "a downloaded Debian package odoo-19",
    "PGHOST": "use this PostgreSQL server (with PGPORT, PGUSER, PGPASSWORD)",
    "PYTHON": "the Python to build on (3.10 to 3.13)",
}


def variable(name, default=""):
    """The value of one of `VARIABLES`, as text."""
    assert name in VARIABLES, name
    return os.environ.get(name, "").strip() or default


def flag(name):
    """Whether one of `VARIABLES` is switched on."""
    return variable(name).lower() in {"1", "yes", "true", "on"}


def database():
    """Name of the run database; it also names a folder, hence the narrow alphabet."""
    name = variable("DB", "suite")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
        raise Problem(
            f"DB={name} is no name for the database",
            "Use up to 40 small letters, digits, - and _",
        )
    return name


def port():
    """Port of the server."""
    text = variable("PORT", "8069")
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise Problem(f"PORT={text} is no port", "Use a number from 1024 to 65535")
    return int(text)
