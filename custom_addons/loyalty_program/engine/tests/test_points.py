from decimal import Decimal

import pytest

from ..points import allocate, proportion, to_points


@pytest.mark.parametrize(
    "value, expected",
    [
        (0.1, "0.10"),
        ("1.005", "1.01"),
        (-1.005, "-1.01"),
        (2.675, "2.68"),
        (1e-7, "0.00"),
        (-1e-7, "0.00"),
        (12, "12.00"),
    ],
)
def test_points_are_rounded_half_away_from_zero(value, expected):
    assert str(to_points(value)) == expected


@pytest.mark.parametrize("value, expected", [(0.999, "0.99"), (2.9999999999, "3.00")])
def test_what_is_earned_is_rounded_down_but_not_by_binary_noise(value, expected):
    assert str(to_points(value, down=True)) == expected


@pytest.mark.parametrize("value", ["NaN", "1e400", "inf", 1e12, None, "ten", ""])
def test_what_is_no_plausible_number_is_refused(value):
    """LP-39"""
    with pytest.raises(ValueError):
        to_points(value)


def test_a_thousand_tenths_are_a_hundred():
    """LP-14"""
    assert sum(to_points(0.1) for _ in range(1000)) == 100


def test_lots_are_consumed_in_order_and_the_rest_is_told():
    lots = [("a", Decimal(3)), ("b", Decimal(0)), ("c", Decimal(5))]
    assert allocate(lots, Decimal(4)) == ([("a", 3), ("c", 1)], 0)
    assert allocate(lots, Decimal(10)) == ([("a", 3), ("c", 5)], 2)
    assert allocate([], Decimal(1)) == ([], 1)


def test_shares_taken_one_by_one_end_at_the_whole():
    parts = [proportion(Decimal("10.00"), n / 3) for n in range(4)]
    assert parts == [Decimal("0.00"), Decimal("3.33"), Decimal("6.67"), Decimal("10")]
    assert proportion(Decimal(10), 1.7) == 10
    assert proportion(Decimal(10), -1) == 0
