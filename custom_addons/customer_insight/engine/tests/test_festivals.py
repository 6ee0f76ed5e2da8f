"""Days as published: Hong Kong Observatory (lunar), the almanac (Easter, weekdays)."""

from datetime import date

import pytest

from ..festivals import Rule, holiday_names, kept_days, occurrences


def days(rule, first, last):
    return [day.isoformat() for day, __ in occurrences(rule, first, last)]


@pytest.mark.parametrize(
    ("month", "day", "year", "expected"),
    [
        (1, 1, 2024, "2024-02-10"),
        (1, 1, 2025, "2025-01-29"),
        (1, 1, 2026, "2026-02-17"),
        (1, 1, 2027, "2027-02-06"),
        (1, 1, 2033, "2033-01-31"),
        (8, 15, 2023, "2023-09-29"),  # after the leap second month
        (8, 15, 2025, "2025-10-06"),  # after the leap sixth month
        (8, 15, 2026, "2026-09-25"),
        (5, 5, 2026, "2026-06-19"),
        (7, 7, 2026, "2026-08-19"),
        (9, 9, 2026, "2026-10-18"),
        (12, 30, 2025, "2026-02-16"),  # the month has 29 days: its last one
    ],
)
def test_lunar_days(month, day, year, expected):
    rule = Rule("lunar", month, day)
    found = dict(
        (kept, when)
        for when, kept in occurrences(rule, date(1950, 1, 1), date(2090, 1, 1))
    )
    assert found[year].isoformat() == expected


def test_a_lunar_day_that_comes_twice_in_a_solar_year_is_of_two_lunar_years():
    rule = Rule("lunar", 12, 8)
    found = occurrences(rule, date(2022, 1, 1), date(2023, 12, 31))
    assert found == [(date(2022, 1, 10), 2021), (date(2022, 12, 30), 2022)]


def test_lunar_days_end_with_the_tables():
    rule = Rule("lunar", 1, 1)
    assert occurrences(rule, date(2101, 1, 1), date(2105, 1, 1)) == []
    assert days(rule, date(2100, 1, 1), date(2102, 1, 1)) == ["2100-02-09"]


def test_fixed_days_across_the_turn_of_the_year():
    rule = Rule("fixed", 1, 1)
    assert days(rule, date(2025, 12, 20), date(2026, 1, 10)) == ["2026-01-01"]
    assert days(rule, date(2026, 1, 2), date(2026, 12, 31)) == []
    leap = Rule("fixed", 2, 29)
    assert days(leap, date(2023, 1, 1), date(2024, 12, 31)) == [
        "2023-02-28",
        "2024-02-29",
    ]


def test_weekdays_of_a_month():
    span = date(2026, 1, 1), date(2026, 12, 31)
    assert days(Rule("weekday", 5, week=2, weekday=6), *span) == ["2026-05-10"]
    assert days(Rule("weekday", 11, week=4, weekday=3), *span) == ["2026-11-26"]
    assert days(Rule("weekday", 5, week=-1, weekday=0), *span) == ["2026-05-25"]
    assert days(Rule("weekday", 2, week=5, weekday=0), *span) == []


def test_days_around_easter():
    span = date(2024, 1, 1), date(2026, 12, 31)
    easter = ["2024-03-31", "2025-04-20", "2026-04-05"]
    assert days(Rule("easter"), *span) == easter
    assert days(Rule("easter", days=-2), *span)[2] == "2026-04-03"


def test_public_holidays_of_a_country():
    rule = Rule("holiday", country="US", name="Thanksgiving Day")
    span = date(2025, 1, 1), date(2026, 12, 31)
    assert days(rule, *span) == ["2025-11-27", "2026-11-26"]
    assert "National Day" in holiday_names("CN", 2026)
    several = Rule("holiday", country="CN", name="National Day")
    assert days(several, *span) == ["2025-10-01", "2026-10-01"]
    assert holiday_names("XX", 2026) == []


@pytest.mark.parametrize(
    ("day", "setting", "kept"),
    [
        (date(2024, 2, 28), "feb28", [228]),
        (date(2024, 2, 29), "feb28", [229]),
        (date(2025, 2, 28), "feb28", [228, 229]),
        (date(2025, 2, 28), "mar1", [228]),
        (date(2025, 3, 1), "mar1", [301, 229]),
        (date(2025, 3, 1), "feb28", [301]),
        (date(2024, 3, 1), "mar1", [301]),
        (date(2100, 2, 28), "feb28", [228, 229]),  # no leap year
    ],
)
def test_29_february(day, setting, kept):
    assert kept_days(day, setting) == kept
