"""The pictures of the documentation: which there are; none stops the others."""

import re
from pathlib import Path

import pytest

from screenshots.pages import PAGES, Page, block
from screenshots.tour import take_all

ROOT = Path(__file__).parents[2]
#: What the documentation shows of customer insight.
NEEDED = {
    "customer": "customer-profiles/{customer}",
    "segment": "customer-segments/{segment}",
    "migration": "customer-migration",
    "cohorts": "customer-cohorts",
    "pareto": "customer-pareto-curve",
    "seasonality": "customer-seasonality",
    "what-if": "customer-scorings",
}


class FakeSession:
    """A session of which some pages do not get ready and some show an error."""

    def __init__(self, failing=(), faulty=()):
        self.failing, self.faulty, self.taken = failing, faulty, []
        self.errors = []

    def search_one(self, model, domain, *names):
        return {"id": 7, "partner_id": [8, "Ann"], "rfm_segment_id": [9, "Champions"]}

    def picture(self, page, path, target):
        if page.name in self.failing:
            raise RuntimeError("Timeout 60000ms exceeded.\nCall log: waiting")
        if page.name in self.faulty:
            self.errors.append("TypeError: x is undefined")
        self.taken.append((target.name, path))

    def take_errors(self):
        errors, self.errors = self.errors, []
        return errors


def test_the_screens_of_customer_insight_are_pictured():
    found = {page.name: page.path for page in PAGES}
    assert {name: found.get(name) for name in NEEDED} == NEEDED
    assert len(found) == len(PAGES), "two pictures with one name"


def test_every_page_has_its_sign_of_being_ready():
    for page in PAGES:
        assert page.ready, page.name
        assert page.then or not page.click, f"{page.name}: what comes of the click?"


def test_every_page_is_an_action_of_an_add_on():
    known = {"contacts", "settings"}  # of Odoo
    for views in ROOT.glob("custom_addons/*/views/*.xml"):
        known.update(re.findall(r'name="path">([^<]+)<', views.read_text()))
    for page in PAGES:
        assert re.split("[/?]", page.path)[0] in known, page.name


def test_one_page_that_fails_stops_no_other_and_is_named(capsys):
    session = FakeSession(failing=("cohorts",), faulty=("pareto",))
    faults = take_all(session, Path("pictures"))
    assert len(session.taken) == len(PAGES) - 1
    assert faults == [
        "pictures/cohorts.png: no picture (Timeout 60000ms exceeded.)",
        "pictures/pareto.png: TypeError: x is undefined",
    ]
    assert "pictures/customer.png" in capsys.readouterr().out


def test_all_well_is_no_fault_and_numbers_are_put_in():
    session = FakeSession()
    pages = (Page("one", "customer-profiles/{customer}", "div"),)
    assert take_all(session, Path("."), pages) == []
    assert session.taken == [("one.png", "customer-profiles/7")]


@pytest.mark.parametrize("kind", ["chart", "heatmap", "sankey", "table"])
def test_signs_of_blocks(kind):
    assert f"[data-type={kind}] " in block(kind)
