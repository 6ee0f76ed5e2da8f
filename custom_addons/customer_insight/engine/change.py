"""Did a customer really change, or is it chance? Tests for two equal periods.

Without a change each purchase of the two periods falls into either of them with the
same chance. That is all these tests assume: no distribution of amounts.
"""

from math import comb, erfc, sqrt

#: Fewest purchases in both periods together that say anything at all.
FEWEST = 10
#: Chance of calling a change real that is none. Three figures are judged side by side:
#: together they stay below 5 %.
LEVEL = 0.02


def count_change(current, previous):
    """Chance of counts at least as different in two equal periods, without a change.

    The exact two-sided binomial test of ``current`` out of all at one half, as for the
    comparison of two Poisson counts: Przyborowski and Wilenski (1940), Biometrika 31.

    :param current: events of the later period (int, at least 0)
    :param previous: events of the earlier period (int, at least 0)
    :return: p-value, 1.0 without events
    :raise ValueError: for negative counts
    """
    if current < 0 or previous < 0:
        raise ValueError("A count cannot be negative.")
    n = current + previous
    tail = sum(comb(n, k) for k in range(min(current, previous) + 1))
    return min(1.0, 2 * tail / 2**n)


def sum_change(current, previous):
    """Chance of sums at least as different in two equal periods, without a change.

    Each amount belongs to the later or the earlier period with the same chance, so the
    difference of the sums has mean 0 and the sum of squares as its variance given the
    amounts. One large purchase alone is never a change.

    :param current: amounts of the later period (list of floats, refunds negative)
    :param previous: amounts of the earlier period
    :return: p-value by the normal approximation, 1.0 without amounts
    """
    spread = sqrt(sum(amount * amount for amount in [*current, *previous]))
    if not spread:
        return 1.0
    return erfc(abs(sum(current) - sum(previous)) / spread / sqrt(2))


def mean_change(current, previous):
    """Chance of means at least as different, if both periods are alike: Welch's t-test.

    :param current: amounts of the later period (list of floats)
    :param previous: amounts of the earlier period
    :return: p-value, 1.0 with fewer than two amounts in a period
    """
    from scipy.special import stdtr  # noqa: PLC0415  not before it is needed

    moments = [_moments(amounts) for amounts in (current, previous)]
    if None in moments:
        return 1.0
    (mean, error, df), (other, other_error, other_df) = moments
    total = error + other_error
    if not total:
        return 1.0 if mean == other else 0.0
    freedom = total**2 / (error**2 / df + other_error**2 / other_df)
    return float(2 * stdtr(freedom, -abs(mean - other) / sqrt(total)))


def _moments(amounts):
    """:return: mean, squared error of the mean and degrees of freedom, or None"""
    n = len(amounts)
    if n < 2:
        return None
    mean = sum(amounts) / n
    return mean, sum((x - mean) ** 2 for x in amounts) / (n - 1) / n, n - 1


def silence_chance(days, mean_interval, n):
    """Chance that a customer who is as ever stays silent for this long.

    Prediction from ``n`` intervals of a Poisson buyer whose rate is only known by them:
    ``(1 + days / (n * mean)) ** -n`` (Lawless 1971, Technometrics 13). Customers with a
    steadier rhythm are silent for long even less often.

    :param days: days since the last purchase
    :param mean_interval: mean days between purchases, above 0
    :param n: number of intervals behind the mean
    :return: chance from 0 to 1, 1.0 without an interval
    """
    if n < 1 or not mean_interval:
        return 1.0
    return (1 + days / (n * mean_interval)) ** -n
