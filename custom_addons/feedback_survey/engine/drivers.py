"""What satisfaction depends on: importance by correlation, with its interval.

Derived importance is Pearson's correlation of a part's score with the overall answer of
the same person, as is usual for importance-performance charts: J. A. Martilla and
J. C. James (1977), Importance-performance analysis, Journal of Marketing 41(1), 77-79.
Its interval is that of R. A. Fisher (1921), On the "probable error" of a coefficient of
correlation, Metron 1, 3-32. A correlation does not prove that one causes the other.
"""

from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import NormalDist

#: Fisher's interval needs more than three pairs.
_FEWEST = 4


@dataclass(frozen=True)
class Importance:
    """How strongly a part goes along with the overall answer.

    :param value: correlation, -1 to 1; None if it is not defined
    :param low, high: interval of the correlation; None if it is not defined
    :param n: number of pairs
    :param minimum: fewest pairs that say anything
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    minimum: int = _FEWEST

    @property
    def is_sayable(self):
        """Whether there are pairs enough and the interval leaves out nought."""
        return (
            self.value is not None
            and self.n >= max(self.minimum, _FEWEST)
            and (self.low > 0 or self.high < 0)
        )


def importance(correlation, n, minimum=_FEWEST, confidence=0.95):
    """A correlation with Fisher's interval.

    :param correlation: Pearson's r, or None where one side never varies
    :param n: number of pairs
    :return: :class:`Importance`
    :raise ValueError: if the correlation does not lie between -1 and 1
    """
    if correlation is None or n < _FEWEST:
        return Importance(correlation, None, None, n, minimum)
    if not -1 - 1e-9 <= correlation <= 1 + 1e-9:
        raise ValueError(f"{correlation} is not a correlation")
    bounded = max(-1 + 1e-12, min(1 - 1e-12, correlation))
    spread = NormalDist().inv_cdf((1 + confidence) / 2) / sqrt(n - 3)
    low, high = tanh(atanh(bounded) - spread), tanh(atanh(bounded) + spread)
    return Importance(correlation, low, high, n, minimum)


def quadrant(performance, weight, mean_performance, mean_weight):
    """Where a point of the chart lies: improve, keep, watch or enough."""
    if weight >= mean_weight:
        return "keep" if performance >= mean_performance else "improve"
    return "enough" if performance >= mean_performance else "watch"
