"""A second opinion on who will buy: a logistic regression on the shop's own past.

On earlier days of the same history the model is fitted as if it were that day, and what
came afterwards is known. Seven features of each customer, its chance to buy among them,
are regressed on it; the plain mean of this chance and the model's own is calibrated
better than either. For combining forecasts by their plain mean: R. T. Clemen (1989),
Combining forecasts, International Journal of Forecasting 5.
"""

from dataclasses import dataclass

import numpy as np

from . import mbg_nbd
from .repeated import one_thread

#: With fewer customers or weeks of history the model alone speaks.
FEWEST_CUSTOMERS = 300
FEWEST_WEEKS = 12
#: Earlier days to learn from, at most; a third of the horizon apart if there is room.
CUTOFFS = 6
#: Part of a short history that may be kept for what came afterwards.
_ANSWER_SHARE = 0.8
_FEWEST_DAYS = 28
#: Longer silences, in mean gaps of a customer, say nothing more.
_MOST_GAPS = 20.0


@dataclass(frozen=True)
class SecondOpinion:
    """A fitted regression: standardised features times weights.

    :param horizon: weeks that the answers it learned from cover
    :param rows: customers of all earlier days together
    """

    mean: tuple
    scale: tuple
    weights: tuple
    intercept: float
    horizon: float
    cutoffs: tuple
    rows: int

    def buying_probability(self, model, facts, horizon):
        """:return: chance of a purchase within the horizon in weeks (array)"""
        values = (features(model, facts, horizon) - self.mean) / self.scale
        return 1 / (1 + np.exp(-(values @ np.array(self.weights) + self.intercept)))


def features(model, facts, horizon):
    """Seven numbers of each customer.

    Log-odds of buying and logarithm of the expected purchases within the horizon by the
    model; logarithms of silence, repeat purchases, age and spend; silence in mean gaps
    of the customer, -1 without a repeat purchase.

    :param model: a fitted :class:`~.mbg_nbd.MbgNbd`
    :param facts: :class:`~.purchase_days.Facts`
    :param horizon: weeks
    :return: array of shape (customers, 7)
    """
    triple = facts.x, facts.t_x, facts.T
    chance = np.clip(model.buying_probability(*triple, horizon), 1e-9, 1 - 1e-9)
    expected = model.expected_purchases(*triple, horizon)
    gap = facts.t_x / np.maximum(facts.x, 1)
    gaps = np.minimum(facts.recency / np.maximum(gap, 1e-9), _MOST_GAPS)
    return np.column_stack(
        [
            np.log(chance / (1 - chance)),
            np.log(expected + 1e-4),
            np.log1p(facts.recency),
            np.log1p(facts.x),
            np.log1p(facts.T),
            np.log1p(np.maximum(facts.spend, 0)),
            np.where(facts.x > 0, gaps, -1.0),
        ]
    )


def cutoffs(first_day, as_of, horizon_days):
    """Earlier days to learn from, and how many days of answers each has.

    The answers of all of them lie before ``as_of``. A history shorter than the horizon
    lets them cover four fifths of it.

    :param first_day, as_of: ordinals of days
    :return: ``(days, horizon_days)``; no days where the history is too short
    """
    history = as_of - first_day
    room = min(int(history * _ANSWER_SHARE), history - _FEWEST_DAYS)
    horizon = min(horizon_days, room)
    latest, earliest = as_of - horizon, first_day + _FEWEST_DAYS
    if history < FEWEST_WEEKS * 7 or latest < earliest:
        return [], horizon
    step = max(horizon_days // 3, 1)
    if latest - 2 * step < earliest:  # no room for three: nearer to each other
        step = max((latest - earliest) // 2, 1)
    days = range(latest, earliest - 1, -step)
    return list(days)[:CUTOFFS], horizon


def learn(history, as_of, horizon_days):
    """Learn from what came after earlier days of a history.

    :param history: :class:`~.purchase_days.PurchaseDays`
    :param as_of: ordinal of the last day that may be looked at
    :return: :class:`SecondOpinion`, ``None`` where the history is too short or small,
        or everybody or nobody bought again
    """
    if history.first_day is None:
        return None
    days, length = cutoffs(history.first_day, as_of, horizon_days)
    inputs, answers = [], []
    for day in days:
        facts = history.facts(day)
        if len(facts) < FEWEST_CUSTOMERS:
            continue
        # one of many: whole weeks will do
        model = fit_facts(history, day, facts, most_exact=0)
        inputs.append(features(model, facts, length / 7))
        bought, __ = history.afterwards(day, length, facts.customer)
        answers.append(bought > 0)
    if not inputs or len(np.unique(np.concatenate(answers))) < 2:
        return None
    return _regress(np.vstack(inputs), np.concatenate(answers), length / 7, days)


def fit_facts(history, day, facts, most_exact=50_000):
    """The model of a day; times to the day, of very many customers to the week.

    The history remembers it: a back-test asks for some of the same days again.

    :param facts: the :class:`~.purchase_days.Facts` of the history on that day
    """
    step = None if len(facts) <= most_exact else 1.0
    if (day, step) not in history.models:
        rows = mbg_nbd.collapse(facts.x, facts.t_x, facts.T, step)
        history.models[day, step] = mbg_nbd.fit(*rows)
    return history.models[day, step]


def _regress(values, bought, horizon, days):
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = 1.0
    with one_thread():
        found = LogisticRegression(max_iter=500).fit((values - mean) / scale, bought)
    return SecondOpinion(
        tuple(mean.tolist()),
        tuple(scale.tolist()),
        tuple(found.coef_[0].tolist()),
        float(found.intercept_[0]),
        horizon,
        tuple(days),
        len(values),
    )
