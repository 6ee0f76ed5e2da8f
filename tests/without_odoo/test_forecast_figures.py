"""The forecast against published parameters and figures, on 23,570 real customers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from odoo.addons.customer_insight.engine import forecast, gamma_gamma, mbg_nbd
from odoo.addons.customer_insight.engine.purchase_days import PurchaseDays

from loading.sources import cdnow

CUTOFF = date(1997, 9, 30).toordinal()
#: Counts as a purchase, as the publications count the 80 rows of amount 0.
_NOTHING = 1e-9


def history(sample=False):
    rows = pd.DataFrame(cdnow.read_purchases(sample))
    rows["day"] = rows["day"].map(lambda day: day.toordinal())
    days = rows.groupby(["customer", "day"], as_index=False)["amount"].sum()
    amount = days["amount"].astype(float).clip(lower=_NOTHING)
    return PurchaseDays(pd.factorize(days["customer"])[0], days["day"], amount)


@pytest.fixture(scope="module")
def whole():
    return history()


def test_the_fit_to_the_sample():
    facts = history(sample=True).facts(CUTOFF)
    assert (len(facts), int(facts.x.sum()), int((facts.x > 0).sum())) == (
        2357,
        2457,
        946,
    )
    model = mbg_nbd.fit(*mbg_nbd.collapse(facts.x, facts.t_x, facts.T))
    found = [model.r, model.alpha, model.a, model.b]
    assert found == pytest.approx([0.5248, 6.183, 0.8914, 1.614], rel=2e-3)
    assert model.log_likelihood == pytest.approx(-9582.14, abs=0.01)
    triple = facts.x, facts.t_x, facts.T
    total = model.expected_purchases(*triple, 39).sum()
    assert total == pytest.approx(1576.7, abs=0.5)
    assert model.alive_probability(*triple).mean() == pytest.approx(0.4487, abs=2e-4)
    chance = model.buying_probability(*triple, 39).mean()
    assert chance == pytest.approx(0.2400, abs=2e-4)


def test_the_fit_to_all_customers(whole):
    facts = whole.facts(CUTOFF)
    model = mbg_nbd.fit(*mbg_nbd.collapse(facts.x, facts.t_x, facts.T))
    found = [model.r, model.alpha, model.a, model.b]
    assert found == pytest.approx([0.6371, 7.310, 0.8075, 1.2284], rel=2e-3)
    assert model.log_likelihood == pytest.approx(-95337.0, abs=0.1)


def test_the_published_spend_of_repeat_purchases():
    """Fader and Hardie (2013): p 6.25, q 3.74, gamma 15.44."""
    shop = history(sample=True)
    known = shop.day <= CUTOFF
    customer, amount = shop.customer[known], shop.amount[known]
    first = np.append(True, np.diff(customer) > 0)
    n = np.bincount(customer[~first], minlength=shop.customers)
    spent = np.bincount(customer[~first], amount[~first], shop.customers)
    model = gamma_gamma.fit(n[n > 0], spent[n > 0] / n[n > 0])
    assert model.customers == 946
    assert [model.p, model.q, model.gamma] == pytest.approx(
        [6.25, 3.744, 15.44], rel=2e-3
    )
    assert model.expected_spend(0, 0) == pytest.approx(35.17, abs=0.02)


@pytest.mark.parametrize(
    "known_until, horizon, bought, known",
    [
        # AUC, Gini and share of the top tenth that the method is known to reach.
        (date(1998, 6, 30), 273, 0.30, (0.772, 0.717, 0.520)),
        (date(1998, 6, 29), 90, 0.14, (0.840, 0.775, 0.609)),
    ],
)
def test_marks_reach_the_known_ones(whole, known_until, horizon, bought, known):
    result = forecast.back_test(whole, known_until.toordinal(), horizon)
    assert result["n"] == 23570
    assert result["bought"] == pytest.approx(bought, abs=0.002)
    assert result["method"] == "mean"
    assert result["is_better"]
    model = result["model"]
    for name, least in zip(("auc", "gini", "top_share"), known, strict=True):
        assert model[name] > least - 5e-4, name
    assert model["brier"] < (0.1585 if horizon == 273 else 0.0895)
    # Known for 273 days is 0.014: there our earlier days are fewer, and it shows.
    assert model["ece"] < (0.022 if horizon == 273 else 0.0185)
