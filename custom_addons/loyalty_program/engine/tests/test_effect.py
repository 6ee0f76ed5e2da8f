import random
from math import sqrt

import pytest

from ..effect import borders, class_of, frequency_class, matched_effect


def test_thirds():
    assert borders(range(1, 10)) == (3, 6)
    assert [class_of(v, (3, 6)) for v in (1, 3, 3.01, 6, 7)] == [0, 0, 1, 1, 2]
    assert borders([]) == (0, 0)
    assert borders([5]) == (5, 5)
    assert {class_of(5, borders([5] * 9))} == {0}
    assert [frequency_class(n) for n in (1, 2, 3, 4)] == [0, 1, 1, 2]


def test_by_hand():
    """Members are 3/4 in class a: 0.75 * (12 - 10) + 0.25 * (30 - 20)."""
    members = [("a", 11), ("a", 12), ("a", 13), ("a", 12), ("a", 11), ("a", 13)]
    members += [("b", 28), ("b", 32)]
    others = [("a", 9), ("a", 11), ("b", 19), ("b", 21), ("b", 20)]
    found = matched_effect(members, others, minimum=5)
    assert found.difference == pytest.approx(4.0)
    assert found.member_mean == pytest.approx(16.5)
    assert found.other_mean == pytest.approx(12.5)
    spread = 0.75**2 * (0.8 / 6 + 2 / 2) + 0.25**2 * (8 / 2 + 1 / 3)
    assert found.high - found.difference == pytest.approx(1.959964 * sqrt(spread))
    assert (found.members, found.others, found.unmatched) == (8, 5, 0)


def test_one_class_is_the_interval_of_welch():
    members = [("a", v) for v in (10, 12, 14, 16)]
    others = [("a", v) for v in (9, 9, 12)]
    found = matched_effect(members, others, minimum=3)
    assert found.difference == pytest.approx(3)
    reach = 1.959964 * sqrt((20 / 3) / 4 + 3 / 3)
    assert found.low == pytest.approx(3 - reach)


def test_too_few_say_nothing():
    members = [("a", v) for v in range(29)]
    others = [("a", v) for v in range(100)]
    assert not matched_effect(members, others, 30).is_enough
    assert matched_effect([*members, ("a", 1)], others, 30).is_enough
    assert not matched_effect(others, members, 30).is_enough
    assert not matched_effect([], [], 30).is_enough


def test_members_without_like_customers_are_left_out_and_counted():
    members = [("a", 1), ("a", 2), ("x", 1000), ("y", 5), ("y", 6)]
    others = [("a", 1), ("a", 2), ("y", 5)]
    found = matched_effect(members, others, minimum=2)
    assert found.difference == pytest.approx(0)
    assert found.unmatched == 3


def test_who_joins_is_no_effect():
    """Good customers join more often; without an effect none is found."""
    chance = random.Random(3)
    members, others = [], []
    for _customer in range(4000):
        cell = chance.randrange(3)
        outcome = 50 * cell + chance.gauss(0, 10)
        joins = chance.random() < 0.2 + 0.3 * cell
        (members if joins else others).append((cell, outcome))
    found = matched_effect(members, others, 30)
    assert found.low < 0 < found.high
    plain = sum(v for _c, v in members) / len(members) - sum(
        v for _c, v in others
    ) / len(others)
    assert plain > 20


def test_interval_covers_the_truth_as_often_as_it_says():
    chance = random.Random(7)
    hits = 0
    for _round in range(300):
        members = [
            (c, 5 + 10 * c + chance.gauss(0, 8)) for c in (0, 1) for _ in range(40)
        ]
        others = [(c, 10 * c + chance.gauss(0, 8)) for c in (0, 1) for _ in range(60)]
        found = matched_effect(members, others, 30)
        hits += found.low <= 5 <= found.high
    assert 0.91 <= hits / 300 <= 0.98
