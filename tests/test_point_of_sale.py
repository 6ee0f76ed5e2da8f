"""The bridges to the point of sale, tested in a database of their own.

The app is large: every other test would wait for it if it were in the template.
"""

import os
import subprocess
import sys
from pathlib import Path

from bench.databases import Databases, install, is_installed

ROOT = Path(__file__).parents[1]
BRIDGES = ("customer_insight_pos", "loyalty_program_pos")


def test_the_bridges_install_themselves_and_pass_their_tests():
    with Databases() as databases:
        name = databases.create("pos", os.environ.get("SUITE_TEMPLATE"))
        install(name, ["customer_insight", "loyalty_program", "pos_loyalty"])
        assert all(is_installed(name, bridge) for bridge in BRIDGES)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q"),
                f"--odoo-database={name}",
                "--odoo-log-level=warn",
                *(str(ROOT / "custom_addons" / bridge / "tests") for bridge in BRIDGES),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
