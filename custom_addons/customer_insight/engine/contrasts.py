"""What sets a group apart from the rest: effect, and the test behind it.

Both tests are the large-sample ones, so groups below a few dozen are not judged.
"""

from dataclasses import dataclass
from math import erfc, sqrt

#: Above this probability a difference may be chance and is not put into words.
LEVEL = 0.01


@dataclass(frozen=True)
class Sample:
    """Summary of a measure in one group: size, mean and standard deviation."""

    n: int
    mean: float
    deviation: float = 0.0


@dataclass(frozen=True)
class Contrast:
    """A group compared with the rest.

    ``effect`` is the ratio of the means, or None where the rest has none; ``p`` the
    two-sided probability of a difference this large by chance, None if undecidable.
    """

    group: Sample
    rest: Sample
    effect: float | None
    p: float | None

    def is_real(self, min_size):
        """Whether both groups are large enough and chance is no explanation."""
        return (
            min(self.group.n, self.rest.n) >= max(min_size, 2)
            and self.p is not None
            and self.p < LEVEL
        )


def compare_means(group, rest):
    """Compare the means of two groups by Welch's test, in its normal limit.

    Welch, B. L. (1947), The generalization of "Student's" problem when several
    different population variances are involved, Biometrika 34. The normal limit
    stands in for his degrees of freedom: the groups have dozens of members or more.

    :param group: :class:`Sample`
    :param rest: :class:`Sample`
    :rtype: Contrast
    """
    if min(group.n, rest.n) < 2:
        return Contrast(group, rest, _ratio(group.mean, rest.mean), None)
    error = sqrt(group.deviation**2 / group.n + rest.deviation**2 / rest.n)
    return _contrast(group, rest, error)


def compare_shares(group_count, group_n, rest_count, rest_n):
    """Compare two shares by the pooled two-proportion test (Pearson's chi-squared).

    :return: :class:`Contrast` with the shares (0 to 1) as means
    """
    group = Sample(group_n, group_count / group_n if group_n else 0.0)
    rest = Sample(rest_n, rest_count / rest_n if rest_n else 0.0)
    if not group_n or not rest_n:
        return Contrast(group, rest, _ratio(group.mean, rest.mean), None)
    pooled = (group_count + rest_count) / (group_n + rest_n)
    error = sqrt(pooled * (1 - pooled) * (1 / group_n + 1 / rest_n))
    return _contrast(group, rest, error)


def _contrast(group, rest, error):
    difference = group.mean - rest.mean
    if error:
        p = erfc(abs(difference) / error / sqrt(2))
    else:  # no spread at all: equal or not, nothing is left to chance
        p = 0.0 if difference else 1.0
    return Contrast(group, rest, _ratio(group.mean, rest.mean), p)


def _ratio(value, other):
    return value / other if other else None
