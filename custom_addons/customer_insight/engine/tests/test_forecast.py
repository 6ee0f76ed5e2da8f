"""One forecast for a whole shop, and how it marks itself."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from .. import forecast, second_opinion
from ..mbg_nbd import MbgNbd
from ..purchase_days import PurchaseDays

START = 700_000


def shop(customers, weeks, seed, model=None):
    """A made-up shop: customers arrive over a third of the time and buy at random."""
    model = model or MbgNbd(0.6, 5.0, 0.8, 1.6)
    rng = np.random.default_rng(seed)
    rows = set()
    for number in range(customers):
        day = START + int(rng.integers(0, weeks * 7 // 3))
        rate = rng.gamma(model.r, 1 / model.alpha) / 7
        leaving = rng.beta(model.a, model.b)
        end = START + weeks * 7
        while day <= end:
            rows.add((number, int(day)))
            if rng.random() < leaving:
                break
            day += max(rng.exponential(1 / rate), 1)
    customer, day = np.array(sorted(rows)).T
    return PurchaseDays(customer, day, rng.gamma(6, 5, len(day)).round(2))


@pytest.fixture(scope="module")
def busy():
    return shop(2000, 80, 11)


def test_facts_by_hand():
    history = PurchaseDays(
        [0, 0, 0, 1, 2, 2], [10, 24, 31, 20, 12, 13], [5.0, 7.0, -4.0, 3.0, -2.0, 0.0]
    )
    facts = history.facts(38)
    # The third has refunds alone: no customer. A refund is no visit.
    assert facts.customer.tolist() == [0, 1]
    assert facts.x.tolist() == [1, 0]
    assert facts.t_x.tolist() == [2.0, 0.0]
    assert facts.T.tolist() == [4.0, pytest.approx(18 / 7)]
    assert facts.spend.tolist() == [8.0, 3.0]
    assert facts.paid.tolist() == [12.0, 3.0]


def test_documents_of_a_day_are_one_purchase_day():
    history, customers = PurchaseDays.of_documents(
        [9, 4, 9, 9, 4, 4], [20, 30, 10, 20, 31, 31], [5.0, 7, 1, 2, 3, -2.996], 0.005
    )
    assert customers.tolist() == [4, 9]
    assert history.customer.tolist() == [0, 0, 1, 1]
    assert history.day.tolist() == [30, 31, 10, 20]
    assert history.amount.tolist() == [7.0, 0.0, 1.0, 7.0]
    nobody, customers = PurchaseDays.of_documents([], [], [])
    assert (nobody.customers, len(customers)) == (0, 0)


def test_a_past_day_knows_nothing_of_later_ones():
    history = PurchaseDays([0, 0, 1], [10, 30, 40], [5.0, 6.0, 7.0])
    facts = history.facts(29)
    assert (facts.customer.tolist(), facts.x.tolist()) == ([0], [0])
    visits, spend = history.afterwards(29, 10, facts.customer)
    assert (visits.tolist(), spend.tolist()) == ([1], [6.0])
    assert history.afterwards(29, 0, facts.customer)[0].tolist() == [0]


def test_the_order_of_the_rows_plays_no_part():
    one = shop(500, 50, 4)
    mixed = np.random.default_rng(1).permutation(len(one.day))
    again = PurchaseDays(one.customer[mixed], one.day[mixed], one.amount[mixed])
    day = START + 300
    one, other = (
        forecast.predict(forecast.fit(h, day, 90), h.facts(day)) for h in (one, again)
    )
    assert (one.buys == other.buys).all()
    assert (one.value == other.value).all()


def test_the_forecast_of_a_made_up_shop_is_better_than_both_baselines(busy):
    result = forecast.back_test(busy, START + 560, 120)
    assert result["method"] == "mean"
    assert result["horizon_days"] == 120
    assert result["is_better"]
    assert result["model"]["ece"] < 0.04
    assert abs(result["model"]["bias"]) < 0.15
    assert sum(n for __, __, n in result["calibration"]) == result["n"]


def test_no_answer_of_a_cutoff_lies_in_its_future():
    days, length = second_opinion.cutoffs(START, START + 400, 90)
    assert len(days) == 6
    assert length == 90
    assert [later - day for later, day in pairwise(days)] == [30] * 5
    assert max(days) + length <= START + 400
    days, length = second_opinion.cutoffs(START, START + 100, 270)
    assert length == 72 and days and max(days) + length <= START + 100
    assert second_opinion.cutoffs(START, START + 60, 270)[0] == []


def test_a_short_history_leaves_the_model_alone():
    models = forecast.fit(shop(400, 11, 2), START + 77, 90)
    assert models.method == "mbg_nbd"
    assert "short_history" in models.reasons


def test_few_repeat_buyers_are_judged_by_their_silence():
    history = shop(60, 60, 5)
    models = forecast.fit(history, START + 420, 90)
    assert (models.method, models.reasons) == ("silence", ("few_repeaters",))
    facts = history.facts(START + 420)
    result = forecast.predict(models, facts)
    assert ((result.buys >= 0) & (result.buys <= 1)).all()
    much = facts.x == facts.x.max()
    assert np.isfinite(result.wait).all() and much.any()


def test_a_fit_that_does_not_converge_falls_back_and_says_so(monkeypatch):
    lost = MbgNbd(1.0, 1.0, 1.0, 1.0, converged=False)
    monkeypatch.setattr(forecast, "fit_facts", lambda *_facts: lost)
    models = forecast.fit(shop(400, 40, 2), START + 280, 90)
    assert (models.method, models.reasons) == ("silence", ("not_converged",))


def test_what_was_learned_is_read_back_from_its_dict():
    history = shop(400, 40, 2)
    models = forecast.fit(history, START + 280, 90, discount=0.1)
    facts = history.facts(START + 280)
    again = forecast.Models.from_dict(json.loads(json.dumps(models.to_dict())))
    one, other = (forecast.predict(m, facts) for m in (models, again))
    assert models.method == "mean"
    assert (one.buys == other.buys).all() and (one.value == other.value).all()
    plain = forecast.predict(replace(models, discount=0.0), facts)
    assert (one.value < plain.value).all() and (one.value > plain.value / 1.1).all()


def test_spend_that_goes_with_frequency_is_taken_as_it_was():
    rows = [
        (c, START + 10 * n, 5.0 * c) for c in range(1, 80) for n in range(c % 9 + 2)
    ]
    customer, day, amount = zip(*rows, strict=True)
    amount = [a * (c % 9 + 2) for c, a in zip(customer, amount, strict=True)]
    history = PurchaseDays(np.array(customer) - 1, day, amount)
    facts = history.facts(START + 100)
    models = forecast.fit(history, START + 100, 90)
    assert not models.spending.is_independent
    result = forecast.predict(models, facts)
    assert result.value == pytest.approx(result.purchases * facts.paid / (facts.x + 1))


def test_silence_makes_a_purchase_less_likely():
    history = PurchaseDays([0, 0, 0, 1, 1, 1], [0, 10, 20, 80, 90, 100], [1.0] * 6)
    models = forecast.fit(history, 110, 30)
    silent, fresh = forecast.predict(models, history.facts(110)).buys
    assert silent < fresh / 4


def test_purchases_at_random_are_not_said_to_be_foretold():
    # Everybody buys with the same chance each day, whatever came before.
    rng = np.random.default_rng(9)
    better = 0
    for __ in range(3):
        customer, day = np.nonzero(rng.random((400, 300)) < 0.004)
        history = PurchaseDays(customer, day + START, np.ones(len(day)))
        better += forecast.back_test(history, START + 299, 60)["model"]["auc"] > 0.6
    assert better == 0


def test_a_forecast_of_nobody_is_no_forecast():
    nobody = PurchaseDays([], [], [])
    assert forecast.back_test(nobody, START, 90) is None
    refunds = PurchaseDays([0], [START], [-5.0])
    assert forecast.back_test(refunds, START + 400, 90) is None
    assert len(refunds.facts(START + 400)) == 0


def test_a_horizon_of_no_days_is_refused(busy):
    with pytest.raises(ValueError):
        forecast.fit(busy, START + 100, 0)


def test_bad_rows_are_refused():
    with pytest.raises(ValueError):
        PurchaseDays([0], [1, 2], [1.0])
    with pytest.raises(ValueError):
        PurchaseDays([0], [1], [float("nan")])
