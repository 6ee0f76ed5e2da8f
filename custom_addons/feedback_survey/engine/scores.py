"""Net promoter score, satisfaction and effort, each with its interval.

NPS: F. Reichheld (2003), The one number you need to grow, Harvard Business
Review 81(12), 46-54.
Interval and test of NPS: B. Rocks (2016), Interval estimation for the "net promoter
score", The American Statistician 70(4), 365-372; its adjusted Wald interval, which adds
three answers (three quarters of a promoter and of a detractor each), covers best for
small samples. Shares use Wilson's interval.
"""

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

from odoo.addons.customer_insight.engine.intervals import wilson

#: Lowest answer of a promoter and of a passive, on the scale 0 to 10.
PROMOTER, PASSIVE = 9, 7
#: The lowest answer that counts as content: 4 of 5 (CSAT) and 5 of 7 (CES).
CONTENT = {"csat": 4, "ces": 5, "dimension": 4}
#: The scale each metric is asked on.
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "dimension": (1, 5)}
_ADDED = 0.75  # of promoters and of detractors, Rocks (2016)


@dataclass(frozen=True)
class Score:
    """A score and how sure it is.

    :param value: -100 to 100 for NPS, 0 to 100 for shares; None without answers
    :param low, high: interval of ``confidence``; None without answers
    :param n: number of answers
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def nothing(cls):
        return cls(None, None, None, 0)

    def is_reliable(self, minimum):
        """Whether there are answers enough to show the figure in colour."""
        return self.n >= max(minimum, 1)


def category(score):
    """:return: ``promoter``, ``passive`` or ``detractor`` for an answer 0 to 10"""
    _check_scale("nps", score)
    if score >= PROMOTER:
        return "promoter"
    return "passive" if score >= PASSIVE else "detractor"


def is_content(metric, score):
    """Whether an answer of a share metric counts as content.

    :param metric: ``csat``, ``ces`` or ``dimension``
    :raise ValueError: if the answer is outside of the metric's scale
    """
    _check_scale(metric, score)
    return score >= CONTENT[metric]


def net_promoter(promoters, passives, detractors, confidence=0.95):
    """NPS = 100 (promoters - detractors) / n with its adjusted Wald interval.

    :param promoters, passives, detractors: numbers of answers
    :return: Score
    :raise ValueError: if a number is negative
    """
    if min(promoters, passives, detractors) < 0:
        raise ValueError("Numbers of answers cannot be negative")
    n = promoters + passives + detractors
    if not n:
        return Score.nothing()
    centre, error = _adjusted(promoters, detractors, n)
    spread = _z(confidence) * error
    return Score(
        100 * (promoters - detractors) / n,
        max(-100.0, centre - spread),
        min(100.0, centre + spread),
        n,
    )


def share(content, n, confidence=0.95):
    """Share of content answers in per cent with Wilson's interval (CSAT, CES).

    :param content: number of content answers, 0 to n
    :return: Score
    :raise ValueError: if content does not lie between 0 and n
    """
    interval = wilson(content, n, confidence)
    if interval is None:
        return Score.nothing()
    low, high = interval
    return Score(100 * content / n, 100 * low, 100 * high, n)


def net_promoter_change(before, after):
    """Test whether NPS differs between two waves, by their adjusted centres and errors.

    :param before, after: ``(promoters, passives, detractors)``
    :return: ``(difference, two-sided p value)``, or None if a wave has no answer
    """
    if not sum(before) or not sum(after):
        return None
    difference = net_promoter(*after).value - net_promoter(*before).value
    (old, old_error), (new, new_error) = (
        _adjusted(promoters, detractors, promoters + passives + detractors)
        for promoters, passives, detractors in (before, after)
    )
    return difference, _p_value((new - old) / sqrt(old_error**2 + new_error**2))


def share_change(before, after):
    """Test whether a share differs between two waves (pooled two-proportion test).

    :param before, after: ``(content, n)``
    :return: ``(difference in points, two-sided p value)``, or None if a wave has no
        answer; the p value is 1 where all answers of both waves are alike
    """
    (x1, n1), (x2, n2) = before, after
    if not n1 or not n2:
        return None
    difference = 100 * (x2 / n2 - x1 / n1)
    pooled = (x1 + x2) / (n1 + n2)
    error = 100 * sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return difference, _p_value(difference / error) if error else 1.0


def _adjusted(promoters, detractors, n):
    """:return: centre and standard error of NPS, three answers added"""
    n += 4 * _ADDED
    positive, negative = (promoters + _ADDED) / n, (detractors + _ADDED) / n
    difference = positive - negative
    variance = positive + negative - difference**2
    return 100 * difference, 100 * sqrt(variance / n)


def _p_value(z):
    return erfc(abs(z) / sqrt(2))


def _z(confidence):
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _check_scale(metric, score):
    low, high = SCALES[metric]
    if not low <= score <= high:
        raise ValueError(f"{score} is not on the scale {low} to {high} of {metric}")
