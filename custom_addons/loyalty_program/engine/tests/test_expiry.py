from datetime import date

import pytest

from ..expiry import expires_on, next_fixed_day


@pytest.mark.parametrize(
    "granted, term, unit, rounding, expected",
    [
        (date(2025, 3, 15), 12, "months", None, date(2026, 3, 15)),
        (date(2025, 1, 31), 1, "months", None, date(2025, 2, 28)),
        (date(2024, 2, 29), 1, "years", None, date(2025, 2, 28)),
        (date(2025, 3, 15), 90, "days", None, date(2025, 6, 13)),
        (date(2025, 3, 15), 12, "months", "month", date(2026, 3, 31)),
        (date(2025, 3, 31), 12, "months", "quarter", date(2026, 3, 31)),
        (date(2025, 4, 1), 12, "months", "quarter", date(2026, 6, 30)),
        (date(2025, 3, 15), 12, "months", "year", date(2026, 12, 31)),
    ],
)
def test_a_term_may_be_rounded_to_the_end_of_a_period(
    granted, term, unit, rounding, expected
):
    assert expires_on(granted, term, unit, rounding) == expected


@pytest.mark.parametrize(
    "granted, month, day, term, expected",
    [
        (date(2025, 3, 15), 12, 31, 0, date(2025, 12, 31)),
        (date(2025, 12, 31), 12, 31, 0, date(2025, 12, 31)),
        (date(2025, 3, 15), 12, 31, 12, date(2026, 12, 31)),
        (date(2025, 3, 15), 2, 29, 0, date(2026, 2, 28)),
        (date(2027, 3, 15), 2, 29, 0, date(2028, 2, 29)),
    ],
)
def test_a_fixed_day_comes_after_the_term(granted, month, day, term, expected):
    assert next_fixed_day(granted, month, day, term) == expected
