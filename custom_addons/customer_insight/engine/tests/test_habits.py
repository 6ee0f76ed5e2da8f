"""Habits against hand-worked examples."""

from datetime import date

from ..habits import Spread, Usual, intervals, spread, usual


def test_usual_is_the_most_frequent_known_value():
    assert usual(["a", "b", "a", None, False]) == Usual("a", 2, 3)


def test_of_equally_frequent_values_the_latest_is_usual():
    assert usual(["a", "b", "b", "a"]) == Usual("a", 2, 4)
    assert usual([0, 1]) == Usual(1, 1, 2)
    assert usual([0]) == Usual(0, 1, 1)  # 0 is known: a Monday, say


def test_nothing_known_is_no_habit():
    assert usual([]) is None
    assert usual([None, False]) is None
    assert spread([]) is None
    assert intervals([]) == []


def test_spread_is_the_middle_half():
    # 1 … 9: quartiles 3 and 7
    assert spread(range(1, 10)) == Spread(5, 3, 7, 9)
    assert spread([4]) == Spread(4, 4, 4, 1)
    assert spread([7, 7, 7]) == Spread(7, 7, 7, 3)


def test_intervals_are_between_distinct_days():
    days = [date(2024, 3, 1), date(2024, 2, 28), date(2024, 2, 28), date(2024, 3, 11)]
    assert intervals(days) == [2, 10]  # over a leap day


def test_habits_become_reliable_with_five_purchases():
    assert not usual("aaaa").is_reliable
    assert usual("aaaaa").is_reliable
    assert not spread([1, 2, 3]).is_reliable
    assert spread([1, 2, 3, 4]).is_reliable
