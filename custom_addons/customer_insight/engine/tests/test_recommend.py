"""Rules and suggestions by hand, and when they may be called better."""

import numpy as np
import pytest

from .. import recommend
from ..recommend import Lines, Suggester, back_test, learn

BREAD, BUTTER, JAM, SOAP = range(4)


def lines(baskets):
    """:param baskets: list of ``(customer, day, products)``"""
    rows = [
        (number, customer, product, day)
        for number, (customer, day, products) in enumerate(baskets)
        for product in products
    ]
    return Lines(*np.array(rows or np.zeros((0, 4)), dtype=np.int64).T)


@pytest.fixture
def breakfast():
    """Ten baskets: 6 of bread and butter, 2 of bread, 1 of butter and jam, 1 soap."""
    return lines(
        [(n, n, [BREAD, BUTTER]) for n in range(6)]
        + [(n, n, [BREAD]) for n in (6, 7)]
        + [(8, 8, [BUTTER, JAM]), (9, 9, [SOAP])]
    )


def rule(rules, one, other):
    [place] = np.flatnonzero((rules.antecedent == one) & (rules.consequent == other))
    return {
        name: getattr(rules, name)[place]
        for name in ("together", "n", "n_other", "support", "confidence", "lift")
    } | {"cosine": rules.cosine[place]}


def test_a_rule_by_hand(breakfast):
    found = rule(learn(breakfast, 4).by_basket, BREAD, BUTTER)
    assert (found["together"], found["n"], found["n_other"]) == (6, 8, 7)
    assert found["support"] == pytest.approx(0.6)
    assert found["confidence"] == pytest.approx(0.75)
    assert found["lift"] == pytest.approx(0.75 / 0.7)
    assert found["cosine"] == pytest.approx(6 / 56**0.5)


def test_rare_pairs_are_no_rules(breakfast):
    rules = learn(breakfast, 4).by_basket
    assert set(zip(rules.antecedent, rules.consequent, strict=True)) == {
        (BREAD, BUTTER),
        (BUTTER, BREAD),
    }
    assert JAM in learn(breakfast, 4, least=1).by_basket.consequent


def test_a_product_has_no_rule_with_itself_and_counts_once_in_a_basket():
    twice = lines([(n, n, [BREAD, BUTTER, BREAD]) for n in range(6)])
    rules = learn(twice, 4).by_customer
    assert (rules.antecedent != rules.consequent).all()
    assert rule(rules, BREAD, BUTTER)["together"] == 6


def test_blocks_do_not_change_the_rules(monkeypatch):
    rng = np.random.default_rng(3)
    shop = lines([(n % 40, n, rng.choice(30, 6, False)) for n in range(300)])
    whole = learn(shop, 30)
    monkeypatch.setattr(recommend, "_BLOCK", 7)
    parts = learn(shop, 30)
    for name in ("by_basket", "by_customer"):
        for one, other in zip(getattr(whole, name), getattr(parts, name), strict=True):
            assert np.array_equal(one, other)


def test_only_the_best_rules_of_a_product_are_kept(breakfast):
    rng = np.random.default_rng(3)
    shop = lines([(n, n, rng.choice(20, 8, False)) for n in range(200)])
    rules, best = learn(shop, 20).by_basket, learn(shop, 20, most=3).by_basket
    for product in range(20):
        kept = best.confidence[best.antecedent == product]
        every = rules.confidence[rules.antecedent == product]
        assert kept.tolist() == sorted(every, reverse=True)[:3]


def test_very_large_baskets_teach_no_rules_of_baskets():
    huge = lines([(n, n, range(101)) for n in range(6)])
    assert not len(learn(huge, 101).by_basket.antecedent)
    assert len(learn(huge, 101).by_customer.antecedent)


def test_many_products_per_customer_are_learned_from_a_part(monkeypatch):
    shop = lines([(n, n, [BREAD, BUTTER]) for n in range(40)])
    monkeypatch.setattr(recommend, "_MOST_PAIRS", 80)
    assert learn(shop, 4).by_customer.total == 20


def test_repeat_share_counts_customers():
    shop = lines([(1, 1, [BREAD]), (1, 2, [BREAD]), (2, 1, [BREAD]), (2, 2, [SOAP])])
    assert learn(shop, 4).repeat_share.tolist() == [0.5, 0, 0, 0]


def test_suggestions_leave_out_what_is_there_and_fill_up(breakfast):
    suggester = Suggester(learn(breakfast, 4))
    assert suggester.basket(np.array([BREAD])).tolist() == [BUTTER, JAM, SOAP]
    assert suggester.basket(np.array([SOAP])).tolist() == [BREAD, BUTTER, JAM]
    assert suggester.popular().tolist() == [BREAD, BUTTER, JAM, SOAP]


def test_what_was_bought_once_is_not_bought_again(breakfast):
    suggester = Suggester(learn(breakfast, 4))
    found = suggester.again(np.array([SOAP, JAM]), np.array([1, 3]))
    assert found.tolist() == [JAM, BREAD, BUTTER, SOAP]


def test_who_owns_everything_gets_nothing_new(breakfast):
    assert not len(Suggester(learn(breakfast, 4)).new(np.arange(4)))


def test_nothing_and_one_day_give_no_marks():
    nothing = lines([])
    assert not len(learn(nothing, 0).by_basket.antecedent)
    assert back_test(nothing, 0) is None
    assert back_test(lines([(n, 7, [BREAD, BUTTER]) for n in range(9)]), 4) is None


def shops(rng, loyal):
    """60 customers, 40 products: with habits of their own, or without any."""
    baskets = []
    for day in range(60):
        for customer in range(60):
            own = (customer % 8) * 5 + np.arange(5)
            kinds = own if loyal else np.arange(40)
            baskets.append((customer, day, rng.choice(kinds, 3, False)))
    return lines(baskets)


def test_habits_are_found():
    marks = back_test(shops(np.random.default_rng(5), True), 40)
    assert marks["basket"]["is_better"]
    assert marks["again"]["is_better"]
    assert marks["again"]["method"] == 1


def test_chance_is_rarely_called_better():
    """One in 40 is allowed by the margin; of 100 such shops 4 were, at most."""
    marks = [back_test(shops(np.random.default_rng(n), False), 40) for n in range(10)]
    for question in recommend.QUESTIONS:
        assert sum(mark[question]["is_better"] for mark in marks) <= 1


def test_marks_do_not_know_the_later_baskets():
    """Rules that hold only after the cut-off find nothing."""
    early = [(n % 20, n, [2 * (n % 6), 20 + n % 7]) for n in range(100)]
    late = [(n % 20, 100 + n, [30, 31]) for n in range(25)]
    marks = back_test(lines(early + late), 40, 99)
    assert marks["basket"] == {
        "n": 25,
        "method": 0.0,
        "popularity": 0.0,
        "is_better": False,
    }
