"""Month indices against hand-worked series."""

import pytest

from ..seasonality import month_index, moving_average, plain_index


def test_moving_average_takes_thirteen_months_with_half_ends():
    values = [0, *range(1, 13)]  # 0 … 12: (1 + … + 11 + (0 + 12) / 2) / 12 = 6
    assert moving_average(values) == [None] * 6 + [6.0] + [None] * 6


def test_equal_months_have_index_one():
    assert month_index([5.0] * 24, 3) == [(1.0, 1)] * 12
    assert month_index([5.0] * 36, 3) == [(1.0, 2)] * 12


def test_one_strong_month_by_hand():
    # January 320, others 80: mean (320 + 11 * 80) / 12 = 100, so 3.2 and 0.8
    index = month_index([320.0] + [80.0] * 11 + [320.0] + [80.0] * 11, 1)
    assert index[0] == (pytest.approx(3.2), 1)
    assert index[5] == (pytest.approx(0.8), 1)


def test_the_first_month_says_where_the_series_begins():
    values = [320.0] + [80.0] * 11
    assert month_index(values * 3, 11)[10] == (pytest.approx(3.2), 2)


def test_a_steady_trend_is_no_season():
    values = [1000.0 + 10 * month for month in range(60)]
    plain = [index for index, __ in plain_index(values, 1)]
    assert plain[11] / plain[0] > 1.05  # looks like one …
    for index, n in month_index(values, 1):
        assert index == pytest.approx(1.0, abs=0.003)  # … and is none
        assert n == 4


def test_indices_average_one_whatever_the_amounts():
    values = [float((7 * n * n) % 101 + 1) for n in range(41)]
    assert sum(index for index, __ in month_index(values, 5)) == pytest.approx(12)


def test_less_than_two_years_give_no_index():
    assert month_index([1.0] * 23, 1) == [(None, 0)] * 12
    assert month_index([], 1) == [(None, 0)] * 12


def test_nothing_sold_or_more_returned_than_sold_gives_no_index():
    assert month_index([0.0] * 36, 1) == [(None, 0)] * 12
    assert month_index([-1.0] * 36, 1) == [(None, 0)] * 12
    assert plain_index([0.0] * 6, 1) == [(None, 0)] * 12


def test_plain_index_names_the_months_there_are():
    index = plain_index([10.0, 30.0], 12)
    assert index[11] == (pytest.approx(0.5), 1)
    assert index[0] == (pytest.approx(1.5), 1)
    assert index[1:11] == [(None, 0)] * 10


def test_a_month_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no month 13"):
        month_index([1.0] * 24, 13)
