"""Suggestions against known hit-rates, on a year of 2,467 real households."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from odoo.addons.customer_insight.engine import recommend

from loading.sources import journey

#: 90 days before the end of the data.
CUTOFF = date(2017, 10, 2).toordinal()


@pytest.fixture(scope="module")
def shop():
    lines, __ = journey.read_lines()
    day = lines["moment"].dt.normalize()
    ordinal = (day - pd.Timestamp("2000-01-01")).dt.days + date(2000, 1, 1).toordinal()
    product, names = pd.factorize(lines["product_type"], sort=True)
    columns = (
        pd.factorize(lines["basket_id"])[0],
        pd.factorize(lines["household_id"])[0],
        product,
        ordinal.to_numpy(),
    )
    return recommend.Lines(*columns), len(names)


def test_the_data(shop):
    lines, products = shop
    assert (products, len(np.unique(lines.customer))) == (2242, 2467)


def test_hit_rates_reach_the_known_ones(shop):
    """Known: 0.200 beside 0.140, 0.720 beside 0.618, 0.223 beside 0.181.

    The hidden product is another one here, so the first may miss by chance: twice
    the standard error of 5,000 baskets is 0.011.
    """
    marks = recommend.back_test(*shop, CUTOFF)
    assert marks["basket"]["n"] == 5000
    assert marks["basket"]["method"] > 0.200 - 0.011
    assert marks["basket"]["method"] - marks["basket"]["popularity"] > 0.045
    assert marks["again"]["method"] > 0.720
    assert marks["again"]["popularity"] > 0.618
    assert marks["new"]["method"] > 0.224
    assert all(marks[question]["is_better"] for question in recommend.QUESTIONS)


def test_lift_finds_less_than_best_sellers(shop):
    """Why nothing is ranked by it: known 0.053 where confidence has 0.200."""
    lines, products = shop
    known = lines.only(lines.day <= CUTOFF)
    later = recommend._baskets(lines.only(lines.day > CUTOFF))
    learned = recommend.learn(known, products)
    suggester = recommend.Suggester(learned)
    suggester._confidence = recommend._weights(
        learned.by_basket, learned.by_basket.lift, products
    )
    marks = recommend._mark(recommend._hidden(suggester, later))
    assert marks["method"] < marks["popularity"]
