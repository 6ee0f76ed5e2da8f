from datetime import date, timedelta

import pytest

from ..periods import month_days, window_end, window_start

LEAP = date(2024, 2, 29)


@pytest.mark.parametrize(
    "day, window, months, joined, start, end",
    [
        (date(2025, 5, 5), "lifetime", 12, None, None, None),
        (
            date(2025, 5, 5),
            "calendar_year",
            12,
            None,
            date(2025, 1, 1),
            date(2025, 12, 31),
        ),
        (date(2025, 5, 5), "rolling", 6, None, date(2024, 11, 6), date(2025, 11, 4)),
        (
            date(2025, 5, 5),
            "anniversary",
            12,
            date(2020, 8, 1),
            date(2024, 8, 1),
            date(2025, 7, 31),
        ),
        (
            date(2025, 8, 1),
            "anniversary",
            12,
            date(2020, 8, 1),
            date(2025, 8, 1),
            date(2026, 7, 31),
        ),
        (
            date(2025, 2, 28),
            "anniversary",
            12,
            LEAP,
            date(2025, 2, 28),
            date(2026, 2, 27),
        ),
        (LEAP, "anniversary", 12, LEAP, LEAP, date(2025, 2, 27)),
    ],
)
def test_windows(day, window, months, joined, start, end):
    assert window_start(day, window, months, joined) == start
    assert window_end(day, window, months, joined) == end


@pytest.mark.parametrize("window", ["calendar_year", "anniversary"])
def test_periods_follow_each_other_without_a_gap(window):
    day = date(2024, 3, 1)
    for _number in range(1500):
        end = window_end(day, window, 12, LEAP)
        start = window_start(day, window, 12, LEAP)
        assert start <= day <= end
        assert window_start(end + timedelta(days=1), window, 12, LEAP) == (
            end + timedelta(days=1)
        )
        day += timedelta(days=1)


@pytest.mark.parametrize(
    "day, kept",
    [
        (date(2025, 5, 10), [(5, 10)]),
        (date(2025, 2, 28), [(2, 28), (2, 29)]),
        (date(2024, 2, 28), [(2, 28)]),
        (date(2024, 2, 29), [(2, 29)]),
        (date(2100, 2, 28), [(2, 28), (2, 29)]),
    ],
)
def test_anniversaries_kept_on_a_day(day, kept):
    assert month_days(day) == kept


def test_every_day_of_the_year_is_kept_once_a_year():
    for year in (2023, 2024, 1900, 2000):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
        kept = [code for day in days if day.year == year for code in month_days(day)]
        assert len(kept) == len(set(kept)) == 366
