"""Did it work? The difference between those treated and a control group left alone.

Newcombe, R. G. (1998), Interval estimation for the difference between independent
proportions: comparison of eleven methods. Statistics in Medicine 17, 873-890 (method
10). Welch, B. L. (1947), The generalization of "Student's" problem when several
different population variances are involved. Biometrika 34, 28-35. Sizes: Fleiss,
Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt
from statistics import NormalDist

from .intervals import wilson

#: Two figures are judged, and looked at again while the numbers grow: at 99.5 % each,
#: fewer than one effect in twenty is claimed that does not exist.
CONFIDENCE = 0.995
#: Amounts are skewed: with fewer buyers in a group Welch's interval is too narrow.
FEWEST_BUYERS = 30
#: Chance of seeing a difference that exists.
POWER = 0.8
#: A smaller difference of purchase rates is not worth waiting for.
LEAST = 0.02


@dataclass(frozen=True)
class Group:
    """Sums over the customers of one group: size, buyers, amounts and their squares."""

    n: int
    buyers: int = 0
    amount: float = 0.0
    squares: float = 0.0

    @property
    def rate(self):
        """Share of buyers (0 to 1), None without customers."""
        return self.buyers / self.n if self.n else None

    @property
    def mean(self):
        """Amount per customer, those who bought nothing included."""
        return self.amount / self.n if self.n else None

    @property
    def error2(self):
        """Squared error of the mean amount of two customers or more."""
        spread = max(0.0, self.squares - self.amount**2 / self.n)
        return spread / (self.n - 1) / self.n


def rate_difference(treated, control, confidence=CONFIDENCE):
    """Difference of the shares of buyers, with Newcombe's hybrid score interval.

    :param treated: :class:`Group`
    :param control: :class:`Group`
    :return: ``(difference, low, high)`` from -1 to 1, None if a group is empty
    """
    if not treated.n or not control.n:
        return None
    (low, high), (other_low, other_high) = (
        wilson(group.buyers, group.n, confidence) for group in (treated, control)
    )
    p, q = treated.rate, control.rate
    return (
        p - q,
        p - q - sqrt((p - low) ** 2 + (other_high - q) ** 2),
        p - q + sqrt((high - p) ** 2 + (q - other_low) ** 2),
    )


def amount_difference(treated, control, confidence=CONFIDENCE):
    """Difference of the amounts per customer, with Welch's interval or a wider one.

    :return: ``(difference, low, high)``, None below ``FEWEST_BUYERS`` in a group
    """
    if min(treated.buyers, control.buyers) < FEWEST_BUYERS:
        return None
    errors = treated.error2, control.error2
    difference = treated.mean - control.mean
    error2 = max(sum(errors), _pooled_error2(treated, control))
    if not error2:
        return difference, difference, difference
    from scipy.special import stdtrit  # noqa: PLC0415  not before it is needed

    parts = zip(errors, (treated.n, control.n), strict=True)
    freedom = sum(errors) ** 2 / sum(part**2 / (n - 1) for part, n in parts)
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * sqrt(error2)
    return difference, difference - half, difference + half


def _pooled_error2(treated, control):
    """Squared error of the difference if both groups spread alike.

    A small group without any of the rare large amounts seems to spread less than it
    does; by chance it then has the lower mean, too.
    """
    within = sum(group.error2 * group.n * (group.n - 1) for group in (treated, control))
    spread = within / (treated.n + control.n - 2)
    return spread * (1 / treated.n + 1 / control.n)


def needed(treated, control, share, confidence=CONFIDENCE, power=POWER, least=LEAST):
    """How many customers it takes to see the difference of rates observed so far.

    A difference below ``least`` counts as ``least``. Rates of small groups are drawn
    towards one half (Laplace), so that 0 and 100 % have a spread, too.

    :param share: share of the control group (0 to 1, neither end)
    :return: customers in both groups together (int)
    :raise ValueError: without a control group
    """
    if not 0 < share < 1:
        raise ValueError("There is no control group to compare with.")
    p, q = ((group.buyers + 1) / (group.n + 2) for group in (treated, control))
    seen = rate_difference(treated, control)
    difference = max(abs(seen[0]) if seen else 0, least)
    normal = NormalDist()
    z = normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(power)
    spread = p * (1 - p) / (1 - share) + q * (1 - q) / share
    return ceil(z * z * spread / difference**2)


def judge(interval, difference_is_small=False):
    """:return: ``better``, ``worse``, ``none`` or ``open`` for an interval

    :param interval: ``(difference, low, high)`` or None
    :param difference_is_small: whether the groups are large enough to have shown a
        difference worth speaking of
    """
    __, low, high = interval or (0, -inf, inf)
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "none" if difference_is_small else "open"
