"""The forecast as a classifier, by hand and at its borders."""

import numpy as np
import pytest

from .. import classifier
from ..intervals import wilson

WARNED = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
LEFT = [1, 1, 0, 1, 0, 0, 0, 0, 0, 0]


def test_confusion_by_hand():
    # Warned of three, two of whom left; a third left without a warning.
    assert classifier.confusion(WARNED, LEFT) == {
        "warned_left": 2,
        "warned_stayed": 1,
        "missed": 1,
        "quiet_stayed": 6,
    }


def test_shares_by_hand_with_their_intervals():
    found = classifier.shares(classifier.confusion(WARNED, LEFT))
    assert found["precision"] == (pytest.approx(2 / 3), *wilson(2, 3))
    assert found["recall"] == (pytest.approx(2 / 3), *wilson(2, 3))
    assert found["accuracy"] == (0.8, *wilson(8, 10))
    assert found["warned"] == (0.3, *wilson(3, 10))


def test_nobody_warned_of_has_no_precision_and_nobody_left_no_recall():
    found = classifier.shares(classifier.confusion([0, 0], [0, 0]))
    assert found["precision"] is None and found["recall"] is None
    assert found["accuracy"][0] == 1.0 and found["warned"][0] == 0.0
    empty = classifier.shares(classifier.confusion([], []))
    assert set(empty.values()) == {None}


def test_as_many_are_warned_of_but_never_more():
    assert classifier.warn_as_many([5, 1, 9, 7], 2).tolist() == [0, 0, 1, 1]
    # Two are tied for the second place: neither is warned of.
    assert classifier.warn_as_many([5, 5, 9, 1], 2).tolist() == [0, 0, 1, 0]
    assert classifier.warn_as_many([5, 5], 2).tolist() == [1, 1]
    assert not classifier.warn_as_many([5, 9], 0).any()
    assert not len(classifier.warn_as_many([], 3))
    assert classifier.warn_as_many([5, 9], 10).all()


def test_the_majority_says_the_same_of_all():
    assert classifier.majority([1, 1, 0]).all()
    assert not classifier.majority([1, 0, 0]).any()
    assert not classifier.majority([1, 0]).any()
    assert not len(classifier.majority([]))


def test_the_sign_test_counts_where_only_one_is_right():
    truth = [1, 1, 1, 1, 1, 1, 0, 0]
    first = [1, 1, 1, 1, 1, 1, 0, 1]  # wrong in the last
    second = [0, 0, 0, 0, 0, 1, 0, 0]  # wrong in the first five
    wins, losses, chance = classifier.sign_test(first, second, truth)
    assert (wins, losses) == (5, 1)
    # P(5 or 6 of 6) of a fair coin, both ways: 2 x (6 + 1) / 64.
    assert chance == pytest.approx(14 / 64)
    assert classifier.sign_test(first, first, truth) == (0, 0, 1.0)


def test_four_rules_beside_each_other_by_hand():
    bought = np.array([1, 1, 1, 0, 0, 1])
    found = classifier.compare(
        chance=np.array([0.9, 0.8, 0.4, 0.2, 0.5, 0.7]),
        rate_chance=np.array([0.9, 0.3, 0.4, 0.2, 0.6, 0.7]),
        silence=np.array([10, 20, 90, 80, 200, 30]),
        bought=bought,
        threshold=0.5,
    )
    # Risk of 0.5 or more: the third, fourth and fifth; the border warns.
    assert found["tables"]["model"] == {
        "warned_left": 2,
        "warned_stayed": 1,
        "missed": 0,
        "quiet_stayed": 3,
    }
    # By the own rate: the second, third and fourth.
    assert found["tables"]["rate"]["warned_left"] == 1
    assert found["tables"]["rate"]["missed"] == 1
    # Silence warns of three, too: the fifth, third and fourth.
    assert found["tables"]["silence"] == found["tables"]["model"]
    # Most bought: nobody is warned of.
    assert found["tables"]["majority"] == {
        "warned_left": 0,
        "warned_stayed": 0,
        "missed": 2,
        "quiet_stayed": 4,
    }
    assert found["n"] == 6 and found["threshold"] == 0.5
    # Against the majority: right alone with two who left, wrong alone with one.
    assert found["against"]["majority"] == (2, 1, 1.0)
    assert "model" not in found["against"]


@pytest.mark.parametrize("everybody", [True, False])
def test_all_or_nobody_left(everybody):
    bought = np.full(4, not everybody)
    found = classifier.compare(
        np.full(4, 0.1), np.full(4, 0.1), np.arange(4), bought, 0.5
    )
    right = classifier.shares(found["tables"]["model"])["accuracy"][0]
    assert right == (1.0 if everybody else 0.0)
    assert classifier.shares(found["tables"]["majority"])["accuracy"][0] == 1.0


def test_every_customer_is_in_one_cell_and_order_plays_no_part():
    generator = np.random.default_rng(7)
    for __ in range(50):
        n = int(generator.integers(0, 40))
        chance, rate = generator.random(n), generator.random(n)
        silence, bought = generator.integers(0, 9, n), generator.random(n) < 0.5
        found = classifier.compare(chance, rate, silence, bought, 0.5)
        for table in found["tables"].values():
            assert sum(table.values()) == n
            assert table["warned_left"] + table["missed"] == (~bought).sum()
        warned = found["tables"]["model"]
        quiet = found["tables"]["silence"]
        assert (
            quiet["warned_left"] + quiet["warned_stayed"]
            <= warned["warned_left"] + warned["warned_stayed"]
        )
        again = generator.permutation(n)
        shuffled = classifier.compare(
            chance[again], rate[again], silence[again], bought[again], 0.5
        )
        assert shuffled == found
