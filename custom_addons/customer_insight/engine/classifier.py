"""A forecast as a classifier: who is said to leave, beside who really stayed away.

Confusion table, precision and recall: C. J. van Rijsbergen (1979), Information
Retrieval, chapter 7. Whether two classifiers differ on the same cases: Q. McNemar
(1947), Psychometrika 12, exact on the cases that one of them has right and the other
wrong.
"""

import numpy as np

from .intervals import wilson


def confusion(warned, left):
    """Count who was warned of, by what became of them.

    :param warned: whether the customer is said to leave (array of bool)
    :param left: whether the customer really stayed away (array of bool, as long)
    :return: dict of ``warned_left`` (hits), ``warned_stayed`` (false alarms),
        ``missed`` (left without a warning) and ``quiet_stayed`` (rightly left alone)
    """
    warned, left = np.asarray(warned, bool), np.asarray(left, bool)
    return {
        "warned_left": int((warned & left).sum()),
        "warned_stayed": int((warned & ~left).sum()),
        "missed": int((~warned & left).sum()),
        "quiet_stayed": int((~warned & ~left).sum()),
    }


def shares(table):
    """The shares of a confusion table, each with its 95 % interval.

    :param table: dict of :func:`confusion`
    :return: dict of ``precision`` (of those warned of, who left), ``recall`` (of those
        who left, who was warned of), ``accuracy`` (told rightly) and ``warned``; each
        ``(share, low, high)``, ``None`` where nobody is counted
    """
    hits, alarms = table["warned_left"], table["warned_stayed"]
    missed, quiet = table["missed"], table["quiet_stayed"]
    n = hits + alarms + missed + quiet
    pairs = {
        "precision": (hits, hits + alarms),
        "recall": (hits, hits + missed),
        "accuracy": (hits + quiet, n),
        "warned": (hits + alarms, n),
    }
    return {
        name: (part / whole, *wilson(part, whole)) if whole else None
        for name, (part, whole) in pairs.items()
    }


def warn_as_many(score, count):
    """Warn of the highest scores, as many as another rule warns of.

    :param score: higher is likelier to leave (array)
    :param count: how many to warn of; those tied at the border are all left out if they
        would make more
    :return: array of bool
    """
    score = np.asarray(score, float)
    if count <= 0 or not len(score):
        return np.zeros(len(score), bool)
    border = np.sort(score)[-min(count, len(score))]
    warned = score >= border
    return warned if warned.sum() <= count else score > border


def majority(left):
    """Say of everybody what is true of most; at a tie, that they stay.

    :return: array of bool
    """
    left = np.asarray(left, bool)
    return np.full(len(left), 2 * left.sum() > len(left))


def sign_test(first, second, truth):
    """Whether one classifier is right where the other is wrong more often than chance.

    :param first: what one says (array of bool)
    :param second: what the other says
    :param truth: what came
    :return: ``(only the first is right, only the second is right, chance)``; the chance
        is that of a split as uneven, or more so, of a fair coin (two-sided), 1.0 where
        both are always right or wrong together
    """
    from scipy.stats import binomtest  # noqa: PLC0415  not before it is needed

    truth = np.asarray(truth, bool)
    right = [np.asarray(one, bool) == truth for one in (first, second)]
    wins, losses = (
        int((right[0] & ~right[1]).sum()),
        int((right[1] & ~right[0]).sum()),
    )
    chance = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    return wins, losses, float(chance)


def compare(chance, rate_chance, silence, bought, threshold):
    """The forecast as a classifier at a threshold, beside three rules without a model.

    Left is who has not bought within the horizon. The own past rate warns at the same
    threshold, silence of as many customers as the forecast does, the longest silent
    first, and the majority says the same of everybody; that it knows which is a favour
    to the rule.

    :param chance: foretold chance to buy (array)
    :param rate_chance: that of the customer's own past rate
    :param silence: days since the last purchase (array)
    :param bought: whether there was a purchase (array of bool)
    :param threshold: risk (1 less the chance to buy) from which is warned of, 0 to 1
    :return: dict of ``threshold``, ``n``, ``tables`` (``{side: confusion}`` of
        ``model``, ``rate``, ``silence`` and ``majority``) and ``against`` (``{side:
        sign_test}`` of the model against each other side)
    """
    left = ~np.asarray(bought, bool)
    model = 1 - np.asarray(chance, float) >= threshold
    sides = {
        "model": model,
        "rate": 1 - np.asarray(rate_chance, float) >= threshold,
        "silence": warn_as_many(silence, int(model.sum())),
        "majority": majority(left),
    }
    return {
        "threshold": threshold,
        "n": len(left),
        "tables": {side: confusion(warned, left) for side, warned in sides.items()},
        "against": {
            side: sign_test(model, warned, left)
            for side, warned in sides.items()
            if side != "model"
        },
    }
