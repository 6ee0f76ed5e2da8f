"""Whether a change between two periods is more than chance.

Without a true change each test says "real" in at most one of twenty cases. Counts:
J. Przyborowski, H. Wilenski (1940), Homogeneity of results in testing samples from
Poisson series. Biometrika 31, 313-323, in its normal form with continuity correction.
Shares: F. Yates (1934), Contingency tables involving small numbers and the χ² test.
Supplement to the Journal of the Royal Statistical Society 1, 217-235. Totals: the
variance of a compound Poisson sum is the sum of the squares of its parts. Several
comparisons at once: O. J. Dunn (1961), Multiple comparisons among means. Journal of
the American Statistical Association 56, 52-64 (Bonferroni's inequality).
"""

from math import sqrt
from statistics import NormalDist


def _z(confidence):
    return NormalDist().inv_cdf((1 + confidence) / 2)


def family(comparisons, confidence=0.95):
    """How sure each of several comparisons must be, so that all together are as sure.

    Whoever picks the largest of many differences looks at all of them: at 95 % each,
    three of four screens of 30 groups without a true difference would show one.

    :param comparisons: how many are looked at (int); fewer than one counts as one
    :param confidence: chance that none of them lights without a true difference
    :return: the confidence to ask of each
    """
    return 1 - (1 - confidence) / max(comparisons, 1)


def counts_differ(before, after, confidence=0.95):
    """Whether two counts of independent events come from different rates.

    :param before: count in a period (int, 0 or more)
    :param after: count in a period of the same length
    :return: True if the difference is beyond chance
    :raise ValueError: for negative counts
    """
    if before < 0 or after < 0:
        raise ValueError("counts cannot be negative")
    return abs(after - before) - 1 > _z(confidence) * sqrt(before + after)


def shares_differ(successes_a, n_a, successes_b, n_b, confidence=0.95):
    """Whether two shares differ, such as the churn rates of two months.

    :return: True if the difference is beyond chance, False without observations
    :raise ValueError: if successes do not lie between 0 and n
    """
    for successes, n in ((successes_a, n_a), (successes_b, n_b)):
        if not 0 <= successes <= n:
            raise ValueError(f"{successes} of {n} is not a share")
    if not n_a or not n_b:
        return False
    pooled = (successes_a + successes_b) / (n_a + n_b)
    inverse = 1 / n_a + 1 / n_b
    gap = abs(successes_a / n_a - successes_b / n_b) - inverse / 2
    return gap > _z(confidence) * sqrt(pooled * (1 - pooled) * inverse)


def totals_differ(total_a, squares_a, total_b, squares_b, confidence=0.95):
    """Whether two totals differ, such as the revenue of two years.

    Needs some 30 parts on either side: fewer tell too little of their own spread.

    :param total_a: sum over independent parts, such as customers
    :param squares_a: sum of the squares of the same parts
    :return: True if the difference is beyond chance
    """
    spread = sqrt(squares_a + squares_b)
    return abs(total_a - total_b) > _z(confidence) * spread and spread > 0
