"""What a program changes: members beside like customers who are not members.

Exact matching on coarse classes (coarsened exact matching: Iacus, King & Porro,
Political Analysis 20, 2012): within a class of customers who bought alike, members and
others are compared, and the differences are averaged with the members' share of each
class as weights. This is the effect on members, as far as the classes say all that
matters; who joins may differ in what nobody wrote down.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

_Z = 1.959964  # both tails of 95 %


@dataclass(frozen=True)
class Effect:
    """Mean outcome of matched members and of others weighted alike.

    :param members: number of matched members
    :param others: number of customers they are compared with
    :param unmatched: members without a like customer
    """

    members: int
    others: int
    unmatched: int
    member_mean: float | None = None
    other_mean: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_enough(self):
        return self.difference is not None


def borders(values):
    """The two borders that part values into thirds; equal values stay together.

    >>> borders([1, 2, 3, 4, 5, 6])
    (2, 4)
    """
    ordered = sorted(values)
    count = len(ordered)
    if not count:
        return (0, 0)
    return ordered[(count - 1) // 3], ordered[(2 * count - 1) // 3]


def class_of(value, limits):
    """0, 1 or 2: which third a value lies in; a border belongs to the lower one."""
    return sum(value > limit for limit in limits)


def frequency_class(days):
    """One purchase day, two or three, more."""
    return 0 if days <= 1 else 1 if days <= 3 else 2


def matched_effect(members, others, minimum):
    """Compare members with others of the same class.

    The interval is that of stratified means: the variance of each class as by Welch,
    weighted by the square of its share of the members.

    :param members, others: iterables of ``(class, outcome)``
    :param minimum: fewer members, or others, than this say nothing
    :return: :class:`Effect`; without figures below ``minimum`` on either side
    """
    treated, control = _by_class(members), _by_class(others)
    # a variance needs two values on each side
    shared = [
        key
        for key, values in treated.items()
        if len(values) > 1 and len(control.get(key, ())) > 1
    ]
    count = sum(len(treated[key]) for key in shared)
    like = sum(len(control[key]) for key in shared)
    unmatched = sum(map(len, treated.values())) - count
    if count < minimum or like < minimum:
        return Effect(count, like, unmatched)
    mean = other = spread = 0.0
    for key in shared:
        ours, theirs = treated[key], control[key]
        weight = len(ours) / count
        mean += weight * fmean(ours)
        other += weight * fmean(theirs)
        spread += weight**2 * (
            variance(ours) / len(ours) + variance(theirs) / len(theirs)
        )
    difference, reach = mean - other, _Z * sqrt(spread)
    return Effect(
        count,
        like,
        unmatched,
        mean,
        other,
        difference,
        difference - reach,
        difference + reach,
    )


def _by_class(pairs):
    result = {}
    for key, outcome in pairs:
        result.setdefault(key, []).append(float(outcome))
    return result
