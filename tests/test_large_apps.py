"""The bridges to large apps, tested in a database and a process of their own.

Till, web shop and courses are large: every other test would wait for them if they were
in the template.
"""

import os
import subprocess
import sys

from bench.databases import Databases, install, is_installed
from devkit.settings import ADDONS, APART, ROOT

APPS = ["pos_loyalty", "pos_sale", "website_sale", "website_slides"]


def test_the_bridges_install_themselves_and_pass_their_tests():
    with Databases() as databases:
        database = databases.create("large_apps", os.environ.get("SUITE_INSTALLED"))
        install(database, ["customer_insight", "loyalty_program", *APPS])
        assert all(is_installed(database, bridge) for bridge in APART)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q"),
                f"--odoo-database={database}",
                "--odoo-http",
                "--odoo-log-level=warn",
                *(str(ADDONS / bridge / "tests") for bridge in APART),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
