"""The Gamma-Gamma model of spend."""

import numpy as np
import pytest

from ..gamma_gamma import GammaGamma, _negative_mean, fit
from ..lifetime_value import WEEKS_PER_MONTH, lifetime_value
from ..repeated import Distinct

#: Fitted to the repeat purchases of the 946 repeat buyers of the sample of CDNOW; the
#: published rounding of Fader and Hardie (2013).
CDNOW = GammaGamma(6.250, 3.744, 15.44)


@pytest.mark.parametrize(
    "n, mean, expected",
    [(1, 20, 24.63), (2, 50, 47.33), (5, 100, 94.77), (0, 0, 35.17)],
)
def test_single_customers(n, mean, expected):
    assert CDNOW.expected_spend(n, mean) == pytest.approx(expected, abs=0.01)


def test_refunds_above_sales_count_as_nothing_known():
    assert CDNOW.expected_spend(3, -5.0) == CDNOW.expected_spend(0, 0)


def test_what_was_simulated_is_found_again_in_any_currency():
    rng = np.random.default_rng(3)
    nu = rng.gamma(CDNOW.q, 1 / CDNOW.gamma, 6000)
    n = rng.integers(1, 9, 6000)
    mean = np.array(
        [rng.gamma(CDNOW.p, 1 / v, k).mean() for v, k in zip(nu, n, strict=True)]
    )
    model = fit(n, mean)
    assert model.p == pytest.approx(CDNOW.p, rel=0.1)
    assert model.q == pytest.approx(CDNOW.q, rel=0.1)
    yen = fit(n, mean * 150)
    assert yen.p == pytest.approx(model.p, rel=1e-3)
    assert yen.gamma == pytest.approx(150 * model.gamma, rel=1e-3)
    assert abs(model.correlation) < 0.05 and model.is_independent


def test_the_gradient_is_that_of_the_likelihood():
    n, mean = Distinct(np.array([3.0, 8.0, 3.0])), np.array([0.5, 1.5, 0.9])
    at = np.log([3.0, 2.5, 1.5])
    __, slope = _negative_mean(at, n, mean)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-6
        above, below = (_negative_mean(at + s, n, mean)[0] for s in (step, -step))
        assert slope[i] == pytest.approx((above - below) / 2e-6, rel=1e-5)


def test_frequency_and_spend_that_go_together_are_named():
    n = np.arange(2, 102)
    assert not fit(n, n * 1.0).is_independent


def test_too_few_customers_are_no_model():
    assert fit(np.array([1]), np.array([5.0])) is None
    assert fit(np.array([0, 1, 2]), np.array([5.0, 0.0, -1.0])) is None


def test_the_value_is_discounted_month_by_month():
    # Two purchases a month of 10 each for two months, twelve per cent a month.
    discount = 1.12**12 - 1
    found = lifetime_value(
        lambda weeks: 2 * weeks / WEEKS_PER_MONTH,
        np.array([10.0]),
        2 * WEEKS_PER_MONTH,
        discount,
        margin=0.5,
    )
    assert found == pytest.approx([10 / 1.12**0.5 + 10 / 1.12**1.5])


def test_without_discount_the_value_is_purchases_times_spend():
    found = lifetime_value(lambda weeks: np.array([0.1]) * weeks, 30.0, 39)
    assert found == pytest.approx([117.0])


@pytest.mark.parametrize("horizon, discount", [(0, 0.1), (-3, 0.1), (10, -1.0)])
def test_a_value_without_horizon_is_refused(horizon, discount):
    with pytest.raises(ValueError):
        lifetime_value(lambda weeks: weeks, 1.0, horizon, discount)
