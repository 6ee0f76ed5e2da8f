import random

import pytest

from .. import clusters


def _customers(seed=1, size=60):
    """Three plain groups: recency, frequency, basket, interval."""
    dice = random.Random(seed)
    kinds = [(10, 40, 80, 9), (200, 6, 20, 60), (600, 1, 30, 600)]
    return [
        tuple(value * dice.uniform(0.8, 1.25) for value in kind)
        for kind in kinds
        for __ in range(size)
    ]


def test_planted_groups_are_found():
    rows = _customers()
    found = clusters.fit(rows, 2, 6, seed=3)
    assert found.k == 3
    assert max(found.silhouettes, key=found.silhouettes.get) == 3
    groups = clusters.assign(found, rows)
    assert groups == [0] * 60 + [1] * 60 + [2] * 60  # most frequent first


def test_the_order_of_the_rows_plays_no_part():
    rows = _customers()
    shuffled = rows[:]
    random.Random(5).shuffle(shuffled)
    assert clusters.fit(rows, seed=3) == clusters.fit(shuffled, seed=3)


def test_the_same_seed_gives_the_same_groups(monkeypatch):
    monkeypatch.setattr(clusters, "FIT_SAMPLE", 100)
    rows = _customers()
    once, again = (clusters.fit(rows, seed=3) for __ in range(2))
    assert once == again
    assert once.n == 180


def test_k_is_stated_by_an_empty_range():
    found = clusters.fit(_customers(), 4, 4)
    assert found.k == 4
    assert list(found.silhouettes) == [4]


def test_a_constant_feature_and_refunds_above_sales_do_no_harm():
    rows = [(r, f, -5.0, 30) for r, f, __, __ in _customers()]
    found = clusters.fit(rows, 2, 4)
    assert found.deviations[2] == 1.0
    assert len(clusters.assign(found, rows)) == 180


@pytest.mark.parametrize("rows", [[], [(1, 1, 1, 1)] * 50, _customers(size=1)])
def test_too_few_different_customers_are_refused(rows):
    with pytest.raises(ValueError, match="customers"):
        clusters.fit(rows)
