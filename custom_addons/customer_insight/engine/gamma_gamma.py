"""What a customer spends per purchase: the Gamma-Gamma model.

P. S. Fader and B. G. S. Hardie (2013), The Gamma-Gamma model of monetary value. Spend
per purchase is Gamma(p, nu) with a nu of the customer's own, Gamma(q, gamma) over
customers, whatever the number of purchases. The mean of few purchases is drawn towards
the mean of all customers, that of many is believed.
"""

from dataclasses import dataclass

import numpy as np

from .repeated import Distinct, one_thread

#: Beyond it, spend and frequency go together and the model should not be trusted.
MOST_CORRELATED = 0.3
_LOG_BOUND = 12.0


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model.

    :param correlation: of the number and the mean of purchases among repeat buyers;
        ``None`` where it cannot be told
    """

    p: float
    q: float
    gamma: float
    log_likelihood: float = 0.0
    customers: int = 0
    correlation: float = None
    converged: bool = True

    @property
    def is_independent(self):
        """Whether frequency and spend may be looked at apart."""
        return self.correlation is None or abs(self.correlation) <= MOST_CORRELATED

    def expected_spend(self, n, mean):
        """Mean spend of a customer's next purchases.

        :param n: purchases the mean is of (number or array), 0 without any
        :param mean: mean spend per purchase, any value where n is 0
        :return: amounts; the mean of all customers where n is 0 or the mean not above 0
        """
        n, mean = np.asarray(n, float), np.asarray(mean, float)
        n = np.where(mean > 0, n, 0.0)
        mean = np.where(n > 0, mean, 0.0)
        if self.p * np.min(n, initial=np.inf) + self.q <= 1:
            # No finite mean of all: what was seen is all there is to say.
            return np.where(n > 0, mean, 0.0)
        return self.p * (self.gamma + mean * n) / (self.p * n + self.q - 1)


def fit(n, mean):
    """The parameters under which these mean amounts are most likely.

    :param n: purchases of each customer, the first included (array of ints)
    :param mean: their mean amount (array); customers with n < 1 or a mean not above 0
        are left out
    :return: :class:`GammaGamma`, ``None`` if fewer than two customers are left
    """
    from scipy.optimize import minimize  # noqa: PLC0415  not before it is needed

    n, mean = np.asarray(n, float), np.asarray(mean, float)
    known = (n >= 1) & (mean > 0) & np.isfinite(mean)
    n, mean = n[known], mean[known]
    if len(n) < 2:
        return None
    scale = float(np.average(mean))  # amounts of any currency become numbers around 1
    with one_thread():
        found = minimize(
            _negative_mean,
            np.log([2.0, 3.0, 2.0]),
            args=(Distinct(n), mean / scale),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_LOG_BOUND, _LOG_BOUND)] * 3,
            options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
        )
    p, q, gamma = (float(value) for value in np.exp(found.x))
    return GammaGamma(
        p,
        q,
        gamma * scale,
        # The density of an amount is that of the scaled one divided by the scale.
        log_likelihood=-float(found.fun) * len(n) - len(n) * float(np.log(scale)),
        customers=len(n),
        correlation=_correlation(n, mean),
        converged=bool(found.success),
    )


def _correlation(n, mean):
    repeat = n > 1
    if repeat.sum() < 3 or not n[repeat].std() or not mean[repeat].std():
        return None
    return float(np.corrcoef(n[repeat] - 1, mean[repeat])[0, 1])


def _negative_mean(logs, n, mean):
    """Minus the mean log-likelihood, and its gradient by the logs of the parameters.

    :param n: :class:`~.repeated.Distinct` numbers of purchases
    """
    from scipy.special import digamma, gammaln  # noqa: PLC0415

    p, q, gamma = np.exp(logs)
    by_count = p * n.values
    pn, count = n(by_count), n(n.values)
    log_sum = np.log(gamma + mean * count)
    log_mean, log_n = np.log(mean), n(np.log(n.values))
    likelihood = (
        n(gammaln(by_count + q) - gammaln(by_count) - gammaln(q) + q * np.log(gamma))
        + (pn - 1) * log_mean
        + pn * log_n
        - (pn + q) * log_sum
    )
    joint, own = n(digamma(by_count + q)), n(digamma(by_count))
    gradient = (
        count * (joint - own + log_mean + log_n - log_sum),
        joint - digamma(q) + np.log(gamma) - log_sum,
        q / gamma - (pn + q) / (gamma + mean * count),
    )
    slope = [
        -float(part.mean()) * value
        for part, value in zip(gradient, (p, q, gamma), strict=True)
    ]
    return -float(likelihood.mean()), np.array(slope)
