"""The bridge to the point of sale, tested in a database of its own.

The app is large: every other test would wait for it if it were in the template.
"""

import os
import subprocess
import sys
from pathlib import Path

from bench.databases import Databases, install, is_installed

ROOT = Path(__file__).parents[1]
ADDON = "customer_insight_pos"


def test_the_bridge_installs_itself_and_passes_its_tests():
    with Databases() as databases:
        name = databases.create("pos", os.environ.get("SUITE_TEMPLATE"))
        install(name, ["customer_insight", "point_of_sale"])
        assert is_installed(name, ADDON)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "--no-cov"),
                f"--odoo-database={name}",
                "--odoo-log-level=warn",
                str(ROOT / "custom_addons" / ADDON / "tests"),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
