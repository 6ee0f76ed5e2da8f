"""Changes of customers: hand-worked values, and how often an alarm is false."""

import random

import pytest

from .. import change


def test_counts_are_compared_exactly():
    # of ten tosses at most one head or at least nine: 2 * (1 + 10) / 1024
    assert change.count_change(1, 9) == pytest.approx(22 / 1024)
    assert change.count_change(9, 1) == pytest.approx(22 / 1024)
    assert change.count_change(5, 5) == 1.0
    assert change.count_change(0, 0) == 1.0
    with pytest.raises(ValueError, match="negative"):
        change.count_change(-1, 2)


def test_sums_of_equal_amounts_follow_their_number():
    # 15 against 5 of the same amount: 10 / sqrt(20) = 2.236 standard deviations
    assert change.sum_change([7.0] * 15, [7.0] * 5) == pytest.approx(0.02535, abs=1e-5)


def test_one_large_purchase_is_no_change():
    assert change.sum_change([1000.0] + [1.0] * 10, [1.0] * 10) > 0.3


def test_sums_take_nothing_and_refunds():
    assert change.sum_change([], []) == 1.0
    assert change.sum_change([50.0, -50.0], []) == 1.0


def test_means_by_welch():
    # from the literature on unequal variances, against an independent computation
    current = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6]
    current += [19.0, 21.7, 21.4]
    previous = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1]
    previous += [22.9, 30.5, 24.4]
    from scipy.stats import ttest_ind

    expected = ttest_ind(current, previous, equal_var=False).pvalue
    assert change.mean_change(current, previous) == pytest.approx(expected)
    assert change.mean_change([1.0], [2.0, 3.0]) == 1.0
    assert change.mean_change([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert change.mean_change([2.0, 2.0], [3.0, 3.0]) == 0.0


def test_silence_is_judged_by_the_rhythm():
    # two intervals of 30 days: 1 / (1 + 60 / 60) ** 2
    assert change.silence_chance(60, 30, 2) == pytest.approx(0.25)
    assert change.silence_chance(60, 30, 200) == pytest.approx(0.1367, abs=1e-4)
    assert change.silence_chance(60, 0, 0) == 1.0


def test_customers_who_do_not_change_raise_few_alarms():
    """Poisson buyers with skewed baskets in two equal years: below 5 % of alarms."""
    rng = random.Random(7)
    shown = lit = 0
    for __ in range(1500):
        rate = rng.choice((6, 12, 40))
        years = []
        for __ in range(2):
            clock, amounts = rng.expovariate(rate), []
            while clock < 1:
                amounts.append(rng.lognormvariate(3, 0.8))
                clock += rng.expovariate(rate)
            years.append(amounts)
        now, before = years
        if len(now) + len(before) < change.FEWEST:
            continue
        chances = (
            change.count_change(len(now), len(before)),
            change.sum_change(now, before),
            change.mean_change(now, before),
        )
        shown += len(chances)
        lit += sum(chance < change.LEVEL for chance in chances)
    assert shown > 3000
    assert 0 < lit / shown < 0.05


def test_a_customer_who_doubles_is_seen():
    assert change.count_change(40, 20) < change.LEVEL
    assert change.sum_change([10.0, 12.0] * 20, [10.0, 12.0] * 10) < change.LEVEL
