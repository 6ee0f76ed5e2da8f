"""Who is still a customer, and who will buy: the MBG/NBD model.

E. P. Batislam, M. Denizel and A. Filiztekin (2007), Empirical validation and comparison
of models for customer base analysis, International Journal of Research in Marketing
24; D. Hoppe and U. Wagner (2007), Customer base analysis: the case for a central
variant of the betageometric/NBD model, Marketing JRM 2. Purchases come at random with
a rate of the customer's own, Gamma(r, alpha) over customers; after each of them, the
first included, the customer leaves for good with a chance of his own, Beta(a, b).

Three numbers of a customer suffice, times in weeks: ``x`` repeat purchase days, ``t_x``
from the first to the last of them, ``T`` from the first to the day of the computation.
"""

from dataclasses import dataclass

import numpy as np

from .repeated import Distinct, one_thread

#: Starting points of the search (r, alpha as a multiple of the mean of T, a, b).
_STARTS = ((0.5, 0.25, 0.5, 2.0), (1.0, 0.5, 1.0, 3.0))
#: Natural logarithms of the parameters stay within these bounds.
_LOG_BOUND = 9.0
#: Slope of the mean log-likelihood below which a point is a maximum.
_FLAT = 1e-5
#: Nearer to 1 the closed form of the expectation is 0/0.
_NEAR_ONE = 1e-6


@dataclass(frozen=True)
class MbgNbd:
    """A fitted model; its methods take numbers or equally long arrays, times in weeks.

    :param converged: the search ended at a maximum
    :param at_bound: names of parameters that ran away: with ``a`` or ``b`` among them
        these data cannot tell who left from who is slow, and nothing but the chance
        to buy should be shown
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = 0.0
    customers: int = 0
    converged: bool = True
    at_bound: tuple = ()

    def alive_probability(self, x, t_x, T):  # noqa: N803
        """:return: chance that the customer has not left for good, 0 to 1"""
        shape = self.r + np.asarray(x, float)
        gap = np.log(self.alpha + np.asarray(T)) - np.log(self.alpha + np.asarray(t_x))
        odds = np.exp(shape * gap) * self.a / (self.b + np.asarray(x, float))
        return 1 / (1 + odds)

    def buying_probability(self, x, t_x, T, horizon):  # noqa: N803
        """:return: chance of at least one purchase within the horizon (weeks)"""
        shape = self.r + np.asarray(x, float)
        end = self.alpha + np.asarray(T)
        silent = np.exp(shape * np.log(end / (end + horizon)))
        return self.alive_probability(x, t_x, T) * (1 - silent)

    def expected_purchases(self, x, t_x, T, horizon):  # noqa: N803
        """Mean number of purchases within the horizon (weeks).

        The closed form of the papers, ``P(alive) (a+b+x)/(a-1) (1 - L)`` with
        ``L = (1-z)^(r+x) F(r+x, b+x+1; a+b+x; z)`` and ``z = h / (alpha + T + h)``.
        """
        a = self.a if abs(self.a - 1) > _NEAR_ONE else 1 + _NEAR_ONE
        x = np.asarray(x, float)
        z = horizon / (self.alpha + np.asarray(T) + horizon)
        scale = (a + self.b + x) / (a - 1)
        left = _remaining(self.r + x, self.b + x + 1, a + self.b + x, z)
        return self.alive_probability(x, t_x, T) * scale * (1 - left)

    def median_wait(self, x, T):  # noqa: N803
        """:return: weeks until the next purchase at even odds, if still a customer"""
        shape = self.r + np.asarray(x, float)
        return (self.alpha + np.asarray(T)) * (2 ** (1 / shape) - 1)


def _remaining(first, second, third, z):
    """``(1-z)^first F(first, second; third; z)``, F the hypergeometric function.

    Where its value grows without bound near z = 1, that of Euler's transformation does
    not: its terms fall off fast for customers with many purchases.
    """
    from scipy.special import hyp2f1  # noqa: PLC0415  not before it is needed

    first, second, third, z = np.broadcast_arrays(first, second, third, z)
    plain = third - first - second > 0
    power = np.where(plain, first, third - second)
    return np.exp(power * np.log1p(-z)) * hyp2f1(
        np.where(plain, first, third - first),
        np.where(plain, second, third - second),
        third,
        z,
    )


def collapse(x, t_x, T, step=None):  # noqa: N803
    """Equal customers as one row with their number: all that a fit needs to know.

    :param step: round times to multiples of it (weeks); ``None`` keeps them
    :return: ``(x, t_x, T, n)``, arrays of floats
    """
    columns = [np.asarray(values, float) for values in (x, t_x, T)]
    if step:
        columns[1:] = [np.round(values / step) * step for values in columns[1:]]
    order = np.lexsort(columns[::-1])
    rows = np.column_stack(columns)[order]
    is_first = np.ones(len(rows), bool)
    is_first[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    begins = np.flatnonzero(is_first)
    n = np.diff(begins, append=len(rows))
    rows = rows[begins]
    return rows[:, 0], rows[:, 1], rows[:, 2], n.astype(float)


def fit(x, t_x, T, n=None):  # noqa: N803
    """The parameters under which these customers are most likely.

    :param x: repeat purchase days (array of ints, at least 0)
    :param t_x: weeks from the first to the last purchase (array), 0 where x is 0
    :param T: weeks from the first purchase to the day of the computation, at least t_x
    :param n: how many customers each row stands for; ``None``: one
    :return: :class:`MbgNbd`
    :raise ValueError: without customers, for NaN, or if a time is negative or ``t_x``
        lies after ``T``
    """
    x, t_x, T = (np.asarray(values, float) for values in (x, t_x, T))  # noqa: N806
    n = np.ones(len(x)) if n is None else np.asarray(n, float)
    _check(x, t_x, T)
    best = _search(x, t_x, T, n)
    names = ("r", "alpha", "a", "b")
    return MbgNbd(
        *(float(value) for value in np.exp(best.x)),
        log_likelihood=-float(best.fun) * float(n.sum()),
        customers=int(n.sum()),
        # a search may give up although nothing is left to gain
        converged=bool(best.success or np.abs(best.jac).max() < _FLAT),
        at_bound=tuple(
            name
            for name, log in zip(names, best.x, strict=True)
            if abs(log) > _LOG_BOUND - 1e-3
        ),
    )


def _search(x, t_x, T, n):  # noqa: N803
    """:return: the better of the searches from all starting points"""
    from scipy.optimize import minimize  # noqa: PLC0415  not before it is needed

    level = max(float(np.average(T, weights=n)), 1e-3)
    rows = (*map(Distinct, (x, t_x, T)), n)
    with one_thread():
        found = [
            minimize(
                _negative_mean,
                np.log([r, share * level, a, b]),
                args=rows,
                jac=True,
                method="L-BFGS-B",
                bounds=[(-_LOG_BOUND, _LOG_BOUND)] * 4,
                options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
            )
            for r, share, a, b in _STARTS
        ]
    return min(found, key=lambda one: one.fun)


def _check(x, t_x, T):  # noqa: N803
    if not len(x):
        raise ValueError("Nobody to learn from")
    if not all(np.isfinite(values).all() for values in (x, t_x, T)):
        raise ValueError("Purchases and times must be finite numbers")
    if (x < 0).any() or (t_x < 0).any() or (t_x > T).any():
        raise ValueError("Counts and times must hold 0 <= x and 0 <= t_x <= T")


def _negative_mean(logs, x, t_x, T, n):  # noqa: N803
    """Minus the mean log-likelihood, and its gradient by the logs of the parameters.

    :param x, t_x, T: :class:`~.repeated.Distinct` numbers of equal length
    """
    from scipy.special import digamma, gammaln  # noqa: PLC0415

    r, alpha, a, b = np.exp(logs)
    count = x.values
    by_count = (
        gammaln(r + count)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + 1)
        + gammaln(b + count)
        - gammaln(a + b + count + 1)
        - (gammaln(a) + gammaln(b) - gammaln(a + b))
    )
    both = digamma(a + b) - digamma(a + b + count + 1)
    shape, last, end = x(r + count), alpha + t_x.values, alpha + T.values
    log_last, log_end = t_x(np.log(last)), T(np.log(end))
    left = -shape * log_last
    stayed = x(np.log(b + count) - np.log(a)) - shape * log_end
    likelihood = x(by_count) + np.logaddexp(left, stayed)
    p = 1 / (1 + np.exp(left - stayed))
    q = 1 - p
    both, after = x(both), x(b + count)
    gradient = (
        x(digamma(r + count) - digamma(r) + np.log(alpha)) - q * log_last - p * log_end,
        r / alpha - shape * (q / t_x(last) + p / T(end)),
        q / a + both,
        x(digamma(b + count) - digamma(b)) + p / after + both,
    )
    total = n.sum()
    slope = [
        -float((n * part).sum()) / total * value
        for part, value in zip(gradient, (r, alpha, a, b), strict=True)
    ]
    return -float((n * likelihood).sum()) / total, np.array(slope)
