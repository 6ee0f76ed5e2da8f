"""The loader's command line, against the database of the tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from loading_support import NAMES
from odoo import sql_db
from odoo.tools import config

from loading.database import LOCK

ROOT = Path(__file__).parents[1]


@pytest.fixture
def database(load_registry):
    """Name of the database of the tests."""
    [name] = config["db_name"]
    return name


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "loading", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "scripts", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments):
    """Exit status and what was written to the two streams."""
    process = start(*arguments)
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


def count(database, query):
    with sql_db.db_connect(database).cursor() as cr:
        cr.execute(query)
        return cr.fetchone()[0]


def only_error(errors):
    """The one line that tells the mistake; the server's own log lines are left out."""
    [line] = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in errors
    return line


def test_a_kill_in_the_middle_leaves_nothing(database, tmp_path):
    path = tmp_path / "orders.csv"
    lines = (f"KILL-{i},2024-01-05,{i}\n" for i in range(1, 10_000))
    path.write_text(f"{NAMES}\n{''.join(lines)}", encoding="utf-8")
    process = start("file", path, "--database", database)
    for line in process.stdout:
        if line.startswith("customers") and line.rstrip().endswith("done"):
            break
    else:
        pytest.fail(process.stderr.read())
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    query = "SELECT count(*) FROM res_partner WHERE ref LIKE 'KILL-%'"
    assert count(database, query) == 0
    # the killed load holds nothing that keeps the next one from working
    path.write_text(f"{NAMES}\n", encoding="utf-8")
    status, output, _errors = run("file", path, "--database", database)
    assert status == 0
    assert "0 orders and 0 credit notes loaded" in output


def test_one_load_at_a_time(database, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(f"{NAMES}\n", encoding="utf-8")
    with sql_db.db_connect(database).cursor() as cr:
        cr.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        status, _output, errors = run("file", path, "--database", database)
        cr.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    assert status == 1
    assert "Another load is running" in only_error(errors)


def test_mistakes_are_told_in_one_line(database, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("name,place\n", encoding="utf-8")
    for expected, *arguments in (
        ("No column for customer_id", "file", path, "--database", database),
        ("cannot be opened", "cdnow", "--database", "there_is_no_such_database"),
    ):
        status, _output, errors = run(*arguments)
        assert status == 1
        assert expected in only_error(errors)


def test_wrong_options_are_refused():
    status, _output, errors = run("journey", "--households", "0", "--database", "x")
    assert status == 2
    assert "--households" in errors
