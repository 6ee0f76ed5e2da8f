"""The MBG/NBD model against values computed elsewhere and its own simulation."""

import numpy as np
import pytest

from ..mbg_nbd import MbgNbd, _negative_mean, collapse, fit
from ..repeated import Distinct

#: Fitted to the 1/10 sample of CDNOW, 1997-09-30.
CDNOW = MbgNbd(0.5248, 6.183, 0.8914, 1.614)
CUSTOMERS = [
    ((0, 0, 38.86), (0.3897, 0.1088, 0.1540)),
    ((1, 1.71, 38.86), (0.1708, 0.1048, 0.1888)),
    ((2, 30.43, 38.86), (0.7061, 0.5599, 1.2627)),
    ((6, 36, 38), (0.8633, 0.8494, 3.8866)),
    ((10, 20, 38), (0.0502, 0.0502, 0.3589)),
]


@pytest.fixture(scope="module")
def simulated():
    return simulate(CDNOW, 3000, 60, 40, np.random.default_rng(7))


def simulate(model, customers, weeks, later, rng):
    """x, t_x, T until ``weeks`` and the purchases of the ``later`` weeks after it."""
    rate = rng.gamma(model.r, 1 / model.alpha, customers)
    leaving = rng.beta(model.a, model.b, customers)
    rows = []
    for lam, p in zip(rate, leaving, strict=True):
        now, times = 0.0, []
        while rng.random() >= p:
            now += rng.exponential(1 / lam)
            if now > weeks + later:
                break
            times.append(now)
        seen = [time for time in times if time <= weeks]
        last = seen[-1] if seen else 0.0
        rows.append((len(seen), last, float(weeks), len(times) - len(seen)))
    return np.array(rows).T


@pytest.mark.parametrize("customer, expected", CUSTOMERS)
def test_single_customers(customer, expected):
    alive, buys, purchases = expected
    assert CDNOW.alive_probability(*customer) == pytest.approx(alive, abs=5e-5)
    assert CDNOW.buying_probability(*customer, 39) == pytest.approx(buys, abs=5e-5)
    found = CDNOW.expected_purchases(*customer, 39)
    # The parameters are rounded to four digits, which shows in the last of these.
    assert found == pytest.approx(purchases, abs=1e-4)


def test_arrays_and_numbers_agree():
    x, t_x, T = np.array([customer for customer, __ in CUSTOMERS]).T  # noqa: N806
    together = CDNOW.expected_purchases(x, t_x, T, 39)
    apart = [CDNOW.expected_purchases(*customer, 39) for customer, __ in CUSTOMERS]
    assert together == pytest.approx(apart, rel=1e-12)


@pytest.mark.parametrize("b", [0.1, 1.7, 8000])
@pytest.mark.parametrize("a", [0.3, 0.999, 1.0, 1.0000001, 3.0, 8000])
@pytest.mark.parametrize("customer", [(0, 0, 30), (3, 20, 30), (200, 51, 52)])
def test_the_expectation_is_the_mean_over_the_chance_to_leave(a, b, customer):
    # E = integral of (1/p)(1 - (A/(A+ph))^R) over Beta(p; a, b+x+1), alive now.
    from scipy.stats import beta

    model = MbgNbd(0.6, 7.0, a, b)
    x, __, T = customer  # noqa: N806
    end, shape, h = model.alpha + T, model.r + x, 26

    def purchases(p):
        return -np.expm1(shape * np.log(end / (end + p * h))) / p

    law = beta(a, b + x + 1)
    alive = model.alive_probability(*customer)
    quantiles = np.maximum(law.ppf((np.arange(20_000) + 0.5) / 20_000), 1e-14)
    mean = purchases(quantiles).mean()
    found = model.expected_purchases(*customer, h)
    assert found == pytest.approx(alive * mean, rel=3e-4)


def test_the_gradient_is_that_of_the_likelihood():
    x, t_x, T = (np.array(v, float) for v in ((0, 1, 5), (0, 2.5, 30), (9, 30, 31)))  # noqa: N806
    rows = (*map(Distinct, (x, t_x, T)), np.array([3.0, 2.0, 1.0]))
    at = np.log([0.6, 5.0, 0.8, 2.0])
    __, slope = _negative_mean(at, *rows)
    for i in range(4):
        step = np.zeros(4)
        step[i] = 1e-6
        above = _negative_mean(at + step, *rows)[0]
        below = _negative_mean(at - step, *rows)[0]
        assert slope[i] == pytest.approx((above - below) / 2e-6, rel=1e-5)


def test_what_was_simulated_is_found_again(simulated):
    x, t_x, T, later = simulated  # noqa: N806
    model = fit(*collapse(x, t_x, T))
    assert model.converged and not model.at_bound
    assert model.r == pytest.approx(CDNOW.r, rel=0.15)
    assert model.alpha == pytest.approx(CDNOW.alpha, rel=0.2)
    foretold = model.expected_purchases(x, t_x, T, 40)
    assert foretold.sum() == pytest.approx(later.sum(), rel=0.06)
    buys = model.buying_probability(x, t_x, T, 40)
    assert buys.mean() == pytest.approx((later > 0).mean(), abs=0.02)


def test_equal_customers_may_be_counted(simulated):
    x, t_x, T, __ = simulated  # noqa: N806
    one_by_one = fit(x, t_x, T)
    collapsed = fit(*collapse(x, t_x, T))
    assert collapsed.r == pytest.approx(one_by_one.r, rel=1e-3)
    assert collapsed.customers == one_by_one.customers == len(x)
    weeks = collapse(x, t_x, T, 1.0)
    assert len(weeks[0]) < len(x) / 3
    assert fit(*weeks).r == pytest.approx(one_by_one.r, rel=0.05)


def test_equal_customers_are_counted_by_all_three_numbers():
    x, t_x, T = [1, 0, 1, 1, 0], [2.4, 0, 2, 2.4, 0], [5, 5, 5, 5, 6.2]  # noqa: N806
    found = [column.tolist() for column in collapse(x, t_x, T)]
    assert found == [[0, 0, 1, 1], [0, 0, 2, 2.4], [5, 6.2, 5, 5], [1, 1, 1, 2]]
    found = [column.tolist() for column in collapse(x, t_x, T, 1.0)]
    assert found == [[0, 0, 1], [0, 0, 2], [5, 6, 5], [1, 1, 3]]


def test_longer_silence_is_a_lower_chance_and_a_longer_horizon_a_higher_one():
    ages = np.array([30.0, 40.0, 80.0])
    alive = CDNOW.alive_probability(3, 25.0, ages)
    assert (np.diff(alive) < 0).all()
    chances = [CDNOW.buying_probability(3, 25, 30, h) for h in (1, 10, 100, 1000)]
    assert chances == sorted(chances)
    assert chances[-1] <= CDNOW.alive_probability(3, 25, 30)


def test_drop_out_that_cannot_be_told_is_named():
    # Everybody buys every week until the end: nobody ever leaves.
    x, t_x = np.full(200, 20), np.full(200, 20.0)
    model = fit(x, t_x, np.full(200, 20.5))
    assert set(model.at_bound) & {"a", "b"}
    assert model.alive_probability(20, 20.0, 20.5) > 0.99


@pytest.mark.parametrize(
    "x, t_x, T",
    [
        ([], [], []),
        ([1], [5.0], [4.0]),
        ([-1], [0.0], [4.0]),
        ([1], [float("nan")], [4.0]),
        ([1], [1.0], [float("inf")]),
    ],
)
def test_bad_input_is_refused(x, t_x, T):  # noqa: N803
    with pytest.raises(ValueError):
        fit(np.array(x), np.array(t_x), np.array(T))
