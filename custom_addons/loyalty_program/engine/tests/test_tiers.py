from datetime import date, timedelta
from decimal import Decimal

import pytest

from ..periods import WINDOWS
from ..tiers import Rules, Tier, walk

SILVER = Tier("silver", Decimal(100), 1.5)
GOLD = Tier("gold", Decimal(300), 2.0)
TIERS = (SILVER, GOLD)
JOINED = date(2024, 1, 1)


def _walk(events, until=date(2026, 12, 31), **rules):
    events = [(date.fromisoformat(day), Decimal(points)) for day, points in events]
    return walk(Rules(TIERS, **rules), JOINED, events, until)


def _moves(found):
    return [(str(day), tier and tier.key) for day, tier in found.moves]


def test_border_of_a_threshold():
    """LP-20"""
    assert _walk([("2024-03-01", "99.99")]).tier is None
    assert _walk([("2024-03-01", "100")], date(2024, 3, 1)).tier == SILVER


def test_rolling_tier_is_lost_when_its_period_is_over():
    found = _walk([("2024-03-01", 300)])
    assert _moves(found) == [
        ("2024-03-01", "gold"),
        ("2025-03-01", "silver"),
        ("2026-03-01", None),
    ]


def test_to_what_was_reached():
    found = _walk([("2024-03-01", 300)], downgrade="balance")
    assert _moves(found) == [("2024-03-01", "gold"), ("2025-03-01", None)]


def test_never_down():
    found = _walk([("2024-03-01", 300)], downgrade="none")
    assert _moves(found) == [("2024-03-01", "gold")]


def test_grace():
    found = _walk([("2024-03-01", 100)], grace=10, downgrade="balance")
    assert _moves(found)[-1] == ("2025-03-11", None)


def test_calendar_year():
    """The year that ended decides: a year in which it was reached again keeps it."""
    events = [("2024-03-01", 100), ("2025-06-01", 100)]
    found = _walk(events, date(2027, 2, 1), window="calendar_year")
    assert _moves(found) == [("2024-03-01", "silver"), ("2027-01-01", None)]


def test_lifetime_is_kept():
    found = _walk([("2024-03-01", 100)], window="lifetime")
    assert _moves(found) == [("2024-03-01", "silver")]


def test_lifetime_is_lost_when_points_are_taken_back():
    found = _walk([("2024-03-01", 100), ("2024-04-01", -1)], window="lifetime")
    assert _moves(found)[-1] == ("2024-04-01", None)


def test_events_know_the_tier_before_them():
    found = _walk([("2024-03-01", 100), ("2024-03-01", 5), ("2024-03-02", 5)])
    assert found.before == [None, SILVER, SILVER]


def test_what_an_event_counts_may_be_changed():
    events = [(JOINED, Decimal(60)), (JOINED + timedelta(days=1), Decimal(60))]
    found = walk(
        Rules(TIERS), JOINED, events, date(2024, 2, 1), lambda _n, value, _t: value / 2
    )
    assert found.tier is None
    assert found.values == [Decimal(30), Decimal(30)]


@pytest.mark.parametrize("window", WINDOWS)
def test_nothing(window):
    found = _walk([], window=window)
    assert found.tier is None and not found.moves


def test_a_tier_from_nothing_on_is_everybodys():
    rules = Rules((Tier("base", Decimal(0)), *TIERS))
    found = walk(rules, JOINED, [], date(2024, 1, 2))
    assert found.tier.key == "base"
