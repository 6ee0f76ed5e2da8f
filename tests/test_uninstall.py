"""Apps and add-ons come and go: their rows go with them, and nothing breaks."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from bench.databases import Databases, install, odoo_command

QUIET = ["--log-level=critical", "--max-cron-threads=0"]
OURS = ["customer_insight", "feedback_survey", "loyalty_program"]
APPS = ["crm", "event", "website", "mass_mailing", "im_livechat", "sale_loyalty"]
SCRIPT = Path(__file__).with_name("in_odoo") / "uninstalling.py"


@pytest.fixture(scope="module")
def found():
    """What happened in a copy of the template, where add-ons came one by one."""
    with Databases() as databases:
        name = databases.create("uninstall", os.environ.get("SUITE_TEMPLATE"))
        install(name, APPS)
        done = subprocess.run(
            odoo_command(name, [])[:3] + ["shell", "-d", name, "--no-http", *QUIET],
            input=SCRIPT.read_text(encoding="utf-8"),
            capture_output=True,
            text=True,
            check=False,
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stderr[-3000:]
    return json.loads(lines[0].removeprefix("RESULT "))


def test_bridges_come_by_themselves(found):
    assert found["bridges"] == [
        "customer_insight_crm",
        "customer_insight_event",
        "customer_insight_livechat",
        "customer_insight_mass_mailing",
        "customer_insight_website",
    ]
    assert {"crm.lead", "website.track"} <= set(found["before"])


def test_an_app_takes_its_rows_along_and_nothing_else(found):
    assert found["left"] == ["customer_insight"]
    rest = {
        key: count
        for key, count in found["before"].items()
        if key not in ("crm.lead", "website.track")
    }
    assert found["after"] == rest
    assert found["used_after"]["page"] == ["call", "order"]
    assert found["used_before"]["interactions"] == 3
    assert found["used_after"]["interactions"] == 2


def test_all_screens_open_and_rules_go_on(found):
    assert found["faults"] == []
    assert found["opened"] > 20
    for moment in ("used_before", "used_after", "used_with_wings"):
        assert found[moment]["members"] == 1
        assert not found[moment]["error"]


def test_the_order_of_installation_makes_no_difference(found, env):
    env.cr.execute(
        "SELECT module || '.' || name FROM ir_model_data WHERE module = ANY(%s)",
        [OURS],
    )
    at_once = {name for [name] in env.cr.fetchall()}
    # made while they are used: exported records and the like
    assert {name for name in at_once if "__export__" not in name} == set(found["names"])


def test_points_from_before_are_taken_over_once(found):
    """LP-35: Odoo's own 80 points, as the opening line of the ledger."""
    opened = found["opened_with"]
    assert (opened["balance"], opened["kinds"], opened["wrong"]) == (80, ["opening"], 0)


def test_an_update_changes_no_point(found):
    """LP-36: each row of ledger, lots, tiers and history is what it was."""
    before = found["points"]
    kinds = {"opening", "bonus", "earn", "redeem", "expire", "clawback"}
    assert set(before["kinds"]) == kinds
    assert (before["tier"], before["until"]) == ("Silver", "2099-06-30")
    assert before["balance"] == 80 + 30 + 20 + 60 + 3 - 30 - 80
    assert before["wrong"] == 0
    assert all(count for count, _digest in before["tables"].values())
    assert found["points_updated"] == before


def test_core_goes_on_with_the_points(found):
    """LP-34: without the ledger the card keeps its balance, and earns."""
    assert found["points_left"] == [83, 93]


def test_the_suite_leaves_nothing_but_the_documents(found):
    """LP-34"""
    assert found["orders"] == 5
    assert {key: names for key, names in found["leftovers"].items() if names} == {}


def test_surveys_go_on_without_scores(found):
    """FS-31: answers stay, new ones come, no page and no template is left."""
    assert found["survey"] == {
        "answers": [9, "Fine", 7],
        "states": ["done", "done"],
        "statistics": [2, 1],
    }
    assert found["routes_before"]
    assert found["routes"] == []
    assert found["templates"] == 0
