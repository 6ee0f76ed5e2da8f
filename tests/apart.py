"""Bridges to large apps, tested in a database and a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

from bench.databases import Databases, install, is_installed

ROOT = Path(__file__).parents[1]


def check(name, modules, bridges):
    """Install modules; their bridges install themselves and pass their tests.

    :param name: of the database that is made and dropped
    """
    with Databases() as databases:
        database = databases.create(name, os.environ.get("SUITE_TEMPLATE"))
        install(database, modules)
        assert all(is_installed(database, bridge) for bridge in bridges)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q"),
                f"--odoo-database={database}",
                "--odoo-http",
                "--odoo-log-level=warn",
                *(str(ROOT / "custom_addons" / bridge / "tests") for bridge in bridges),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
