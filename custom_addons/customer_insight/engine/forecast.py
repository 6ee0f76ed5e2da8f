"""Who will buy, how often and for how much: one forecast, and how good it was.

The forecast of a day looks at that day's past alone. To mark it, the same forecast is
made for a past day and compared with what came, beside two forecasts without a model.
"""

from dataclasses import asdict, dataclass, field

import numpy as np

from . import backtest, classifier, gamma_gamma, second_opinion
from .lifetime_value import lifetime_value
from .mbg_nbd import MbgNbd
from .second_opinion import fit_facts

#: Below it the model has too little to learn from, and a rule on silence is used.
FEWEST_REPEATERS = 50
METHODS = ("mean", "mbg_nbd", "silence")
#: Standard errors by which a gain must differ from none: 95 %, two-sided.
_CERTAIN = 1.96


@dataclass(frozen=True)
class Models:
    """What a forecast was made with.

    :param method: ``mean`` of model and second opinion, ``mbg_nbd`` alone, or
        ``silence``: the rate of the customer's own gaps, at even odds of having left
        after three of them without a purchase
    :param discount: rate per year at which later purchases count less
    """

    method: str
    horizon_days: int
    as_of: int
    buying: MbgNbd = None
    spending: gamma_gamma.GammaGamma = None
    opinion: second_opinion.SecondOpinion = None
    reasons: tuple = field(default=())
    discount: float = 0.0

    def to_dict(self):
        """:return: the parameters as a JSON-serialisable dict"""
        return asdict(self)

    @classmethod
    def from_dict(cls, values):
        """:return: the same :class:`Models` that ``to_dict`` was called on"""
        parts = {
            "buying": MbgNbd,
            "spending": gamma_gamma.GammaGamma,
            "opinion": second_opinion.SecondOpinion,
        }
        built = {
            name: kind(**values[name]) if values.get(name) else None
            for name, kind in parts.items()
        }
        return cls(**{**values, **built})


@dataclass(frozen=True)
class Forecast:
    """One row per customer who had bought by the day, arrays of equal length.

    :param customer: number of the customer in the history
    :param buys: chance of a purchase within the horizon; the churn risk is 1 less it
    :param alive: chance of still being a customer, to be shown and not to be ranked by;
        NaN where these data cannot tell who left from who is slow
    :param purchases: mean number of purchase days within the horizon
    :param value: expected amount within the horizon, discounted as asked
    :param rank: score that orders customers by future value
    :param wait: weeks until the next purchase at even odds, if still a customer; NaN
        where ``alive`` is
    """

    customer: np.ndarray
    buys: np.ndarray
    alive: np.ndarray
    purchases: np.ndarray
    value: np.ndarray
    rank: np.ndarray
    wait: np.ndarray


def fit(history, as_of, horizon_days, method=None, discount=0.0):
    """Learn from a history until a day.

    :param history: :class:`~.purchase_days.PurchaseDays`
    :param as_of: ordinal of the day
    :param horizon_days: how far to look ahead, at least 1
    :param method: one of ``METHODS`` to ask for it; by default the best that the
        number of customers and the length of the history allow
    :param discount: rate per year of the expected value, 0.1 is ten per cent
    :return: :class:`Models`; its reasons name what was not possible
    :raise ValueError: for a horizon below 1
    """
    if horizon_days < 1:
        raise ValueError("A forecast looks ahead by a day at least")
    facts = history.facts(as_of)
    shared = {
        "horizon_days": horizon_days,
        "as_of": as_of,
        "spending": gamma_gamma.fit(facts.x + 1, facts.paid / (facts.x + 1)),
        "discount": discount,
    }
    if method == "silence":
        return Models("silence", **shared)
    if int((facts.x > 0).sum()) < FEWEST_REPEATERS:
        return Models("silence", reasons=("few_repeaters",), **shared)
    buying = fit_facts(history, as_of, facts)
    if not buying.converged:
        return Models("silence", reasons=("not_converged",), **shared)
    reasons = ["no_dropout"] if {"a", "b"} & set(buying.at_bound) else []
    opinion = None
    if method != "mbg_nbd":
        if len(facts) >= second_opinion.FEWEST_CUSTOMERS:
            opinion = second_opinion.learn(history, as_of, horizon_days)
        if opinion is None:
            reasons.append("short_history")
    return Models(
        "mbg_nbd" if opinion is None else "mean",
        buying=buying,
        opinion=opinion,
        reasons=tuple(reasons),
        **shared,
    )


def predict(models, facts):
    """Apply what was learned to customers.

    :param models: :class:`Models`
    :param facts: :class:`~.purchase_days.Facts`, of the same day or a later one
    :return: :class:`Forecast`
    """
    horizon = models.horizon_days / 7
    if models.buying is None:
        buys, alive, purchases, wait = _by_silence(facts, horizon)
    else:
        triple = facts.x, facts.t_x, facts.T
        buys = models.buying.buying_probability(*triple, horizon)
        alive = models.buying.alive_probability(*triple)
        purchases = models.buying.expected_purchases(*triple, horizon)
        wait = models.buying.median_wait(facts.x, facts.T)
        if "no_dropout" in models.reasons:
            alive, wait = np.full((2, len(facts)), np.nan)
        if models.opinion is not None:
            second = models.opinion.buying_probability(models.buying, facts, horizon)
            buys = (buys + second) / 2
    value = _value(models, facts, purchases)
    return Forecast(
        facts.customer,
        np.clip(buys, 0.0, 1.0),
        alive,
        np.maximum(purchases, 0.0),
        value,
        np.sqrt(np.maximum(value, 0) * np.maximum(facts.spend, 0)),
        wait,
    )


def _value(models, facts, purchases):
    spend = _spend(models, facts)
    if not models.discount or models.buying is None:
        return purchases * spend
    triple = facts.x, facts.t_x, facts.T
    return lifetime_value(
        lambda weeks: models.buying.expected_purchases(*triple, weeks),
        spend,
        models.horizon_days / 7,
        models.discount,
    )


def _spend(models, facts):
    n = facts.x + 1
    # frequency and spend that go together must not be modelled apart
    if models.spending is None or not models.spending.is_independent:
        return facts.paid / n
    return models.spending.expected_spend(n, facts.paid / n)


def _by_silence(facts, horizon):
    """The customer's own rate, at half the odds with every three gaps of silence.

    One purchase has no gap: twice the time since then stands for it.
    """
    gap = np.where(facts.x > 0, facts.t_x / np.maximum(facts.x, 1), 2 * facts.T)
    rate = 1 / np.maximum(gap, 1 / 7)
    alive = 0.5 ** (facts.recency * rate / 3)
    purchases = alive * rate * horizon
    return alive * (1 - np.exp(-rate * horizon)), alive, purchases, np.log(2) / rate


def back_test(history, as_of, horizon_days, method=None, high_risk=0.5):
    """Make the forecast of an earlier day and compare it with what came.

    :param as_of: last day that is known; the forecast is that of ``horizon_days``
        before, or, with a shorter history, of its middle
    :param high_risk: risk from which the forecast warns of a customer, 0 to 1
    :return: dict of plain numbers: ``cutoff`` and ``as_of`` (ordinals),
        ``horizon_days``, ``n``, ``bought`` (share), ``method``, ``model``, ``rate`` and
        ``recency`` (figures of the forecast and of the two baselines: the customer's
        own past rate, for value his past spend; silence alone, which only orders),
        ``gain`` (``backtest.brier_gain`` over the rate), ``calibration``
        (``backtest.calibration``), ``classifier`` (``classifier.compare`` at
        ``high_risk``), ``is_better``; ``None`` without customers to judge
    """
    first = history.first_day
    if first is None or as_of - first < 2:
        return None
    horizon = min(horizon_days, (as_of - first) // 2)
    cutoff = as_of - horizon
    facts = history.facts(cutoff)
    if not len(facts):
        return None
    models = fit(history, cutoff, horizon, method)
    result = {
        "cutoff": cutoff,
        "as_of": as_of,
        "horizon_days": horizon,
        "n": len(facts),
        "method": models.method,
        **_marks(
            predict(models, facts),
            facts,
            horizon,
            high_risk,
            *history.afterwards(cutoff, horizon, facts.customer),
        ),
    }
    result["is_better"] = is_better(result)
    return result


def is_better(result):
    """Whether the forecast beats both baselines, and not by chance alone.

    It must order customers better than either, and its chances must be nearer to what
    happened than those of the own past rate by more than sampling error.

    :param result: dict of :func:`back_test`
    :return: bool; False where nothing can be compared
    """
    model, gain = result["model"], result["gain"]
    if model["auc"] is None or gain is None:
        return False
    best = max(result["rate"]["auc"], result["recency"]["auc"])
    return model["auc"] > best and gain[0] > _CERTAIN * gain[1]


def _marks(forecast, facts, horizon, high_risk, visits, spend):
    """A forecast and the two baselines beside what came.

    :param visits: purchase days within the horizon (array)
    :param spend: net amount within it (array)
    """
    bought = visits > 0
    rate = facts.x / np.maximum(facts.T, 1.0) * (horizon / 7)
    by_rate = 1 - np.exp(-rate)
    return {
        "bought": float(bought.mean()),
        "model": {
            **_chance_figures(forecast.buys, bought),
            **backtest.counts(forecast.purchases, visits),
            **_value_figures(forecast.rank, spend),
        },
        "rate": {
            **_chance_figures(by_rate, bought),
            **backtest.counts(rate, visits),
            **_value_figures(facts.spend, spend),
        },
        "recency": {"auc": backtest.auc(-facts.recency, bought)},
        "gain": backtest.brier_gain(forecast.buys, by_rate, bought),
        "calibration": backtest.calibration(forecast.buys, bought),
        "classifier": classifier.compare(
            forecast.buys, by_rate, facts.recency, bought, high_risk
        ),
    }


def _chance_figures(chance, bought):
    return {
        "auc": backtest.auc(chance, bought),
        "brier": backtest.brier(chance, bought),
        "ece": backtest.calibration_error(chance, bought),
    }


def _value_figures(score, spend):
    return {
        "gini": backtest.gini(score, spend),
        "top_share": backtest.top_share(score, spend),
    }
