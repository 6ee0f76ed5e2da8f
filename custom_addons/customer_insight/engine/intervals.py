"""Confidence intervals of shares.

E. B. Wilson (1927), Probable inference, the law of succession, and statistical
inference. Journal of the American Statistical Association 22, 209-212.
"""

from math import sqrt
from statistics import NormalDist


def wilson(successes, n, confidence=0.95):
    """Interval of a share by Wilson's score method; sensible for small n, 0 and n too.

    :param successes: how many of the n have the property (int, 0 to n)
    :param n: number of observations (int)
    :param confidence: probability that the interval covers the true share
    :return: ``(low, high)`` as shares from 0 to 1, or ``None`` without observations
    :raise ValueError: if successes do not lie between 0 and n
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is not a share: give 0 to {n} successes")
    if n == 0:
        return None
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    spread = sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n) / (1 + z2 / n)
    return max(0.0, centre - spread), min(1.0, centre + spread)
