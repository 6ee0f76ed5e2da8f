"""What a customer usually does, with the numbers behind it.

Plain counts and order statistics: the median and the quartiles of J. W. Tukey (1977),
Exploratory Data Analysis. A habit is named with how often it was seen and out of how
many, so that everybody can judge it.
"""

from collections import Counter
from itertools import pairwise
from statistics import median, quantiles
from typing import NamedTuple

#: With fewer purchases a habit may be chance: show it grey.
FEWEST = 5


class Usual(NamedTuple):
    """The most frequent value, how often it was seen (n), and out of how many (of)."""

    value: object
    n: int
    of: int

    @property
    def is_reliable(self):
        return self.of >= FEWEST


class Spread(NamedTuple):
    """The middle of some numbers, the range of their middle half, how many (n)."""

    median: float
    low: float
    high: float
    n: int

    @property
    def is_reliable(self):
        return self.n >= FEWEST - 1  # intervals between five purchases


def usual(values):
    """The most frequent of the values that are known.

    :param values: iterable of hashables; ``None`` and ``False`` are unknown
    :return: :class:`Usual`, of equally frequent ones the latest; ``None`` if no value
        is known
    """
    known = [value for value in values if value is not None and value is not False]
    if not known:
        return None
    counts = Counter(known)
    most = max(counts.values())
    value = next(value for value in reversed(known) if counts[value] == most)
    return Usual(value, most, len(known))


def spread(numbers):
    """:return: :class:`Spread` of the numbers, ``None`` without any"""
    numbers = sorted(numbers)
    if not numbers:
        return None
    if len(numbers) == 1:
        return Spread(numbers[0], numbers[0], numbers[0], 1)
    low, __, high = quantiles(numbers, n=4, method="inclusive")
    return Spread(median(numbers), low, high, len(numbers))


def intervals(days):
    """:return: days between the distinct days given, in order (list of int)"""
    return [(later - day).days for day, later in pairwise(sorted(set(days)))]
