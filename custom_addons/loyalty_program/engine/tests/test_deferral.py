"""The worked example of KPMG's *Revenue – IFRS 15 handbook* (10A/10B), unrounded."""

from decimal import Decimal as D

import pytest

from ..deferral import deferred_revenue, expected_use, liability, stand_alone_value


def _round(amount):
    return amount.quantize(D("0.01"))


def test_the_price_is_shared_by_stand_alone_prices():
    points = stand_alone_value(D(10000), D(1), D("0.97"))
    assert points == 9700
    assert _round(deferred_revenue(D(100000), points)) == D("8842.30")


def test_the_second_example():
    """2,000 sold, 2,000 points of 0.10, 85 % used: 170 of 2,170 belong to points."""
    points = stand_alone_value(D(2000), D("0.10"), D("0.85"))
    assert _round(deferred_revenue(D(2000), points)) == D("156.68")


@pytest.mark.parametrize("price, points", [(0, 5), (-10, 5), (10, 0)])
def test_nothing_is_deferred_of_nothing(price, points):
    assert deferred_revenue(D(price), D(points)) == 0


def test_revenue_follows_use_and_estimate():
    deferred = deferred_revenue(D(100000), D(9700))
    first = deferred - liability(deferred, D(10000), D(4500), D(0), D("0.97"))
    assert _round(first) == D("4102.10")
    for rate, revenue in (("0.99", "3489.77"), ("0.92", "4067.42")):
        left = liability(deferred, D(10000), D(8500), D(0), D(rate))
        assert _round(deferred - left - first) == D(revenue)


def test_the_published_figures():
    """KPMG rounds the part of the points to 9,000."""
    deferred = D(9000)
    first = deferred - liability(deferred, D(10000), D(4500), D(0), D("0.97"))
    assert round(first) == 4175
    for rate, revenue in (("0.99", 3552), ("0.92", 4140)):
        left = liability(deferred, D(10000), D(8500), D(0), D(rate))
        assert round(deferred - left - first) == revenue


def test_nothing_is_left_when_no_points_are():
    assert liability(D(100), D(50), D(30), D(20), D(1)) == 0
    assert liability(D(100), D(50), D(0), D(50), D("0.5")) == 0


def test_all_is_left_while_nothing_is_used():
    assert liability(D(100), D(50), D(0), D(0), D("0.8")) == 100


def test_expiry_beyond_the_estimate_becomes_revenue():
    """80 expected of 100; 40 used, 50 expired: 50 can still be used at most."""
    assert expected_use(D(100), D(40), D(50), D("0.8")) == 50
    assert liability(D(100), D(100), D(40), D(50), D("0.8")) == 20


def test_more_used_than_was_expected():
    assert expected_use(D(100), D(90), D(0), D("0.8")) == 90
    assert liability(D(100), D(100), D(90), D(0), D("0.8")) == 0
