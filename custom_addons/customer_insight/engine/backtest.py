"""How good was a forecast? Figures that compare it with what happened.

Brier score: G. W. Brier (1950), Monthly Weather Review 78. AUC as the Mann-Whitney
statistic: J. A. Hanley and B. J. McNeil (1982), Radiology 143, ties count one half.
Expected calibration error over equally large groups: M. P. Naeini, G. F. Cooper and
M. Hauskrecht (2015), AAAI. Gini of the concentration curve of real spend in the order
of the forecast, as a share of that of the perfect order.
"""

import numpy as np

GROUPS = 10


def auc(score, happened):
    """Chance that one to whom it happened has the higher score, ties counting half.

    :param score: forecast, higher is likelier (array)
    :param happened: what came (array of bool)
    :return: 0 to 1; ``None`` if it happened to all or to none
    """
    from scipy.stats import rankdata  # noqa: PLC0415  not before it is needed

    happened = np.asarray(happened, bool)
    yes = int(happened.sum())
    no = len(happened) - yes
    if not yes or not no:
        return None
    ranks = rankdata(score)
    return float((ranks[happened].sum() - yes * (yes + 1) / 2) / (yes * no))


def brier(probability, happened):
    """:return: mean squared error of the chances, 0 is perfect; ``None`` of nobody"""
    if not len(probability):
        return None
    return float(np.mean((np.asarray(probability) - np.asarray(happened, float)) ** 2))


def brier_gain(probability, baseline, happened):
    """How much nearer chances are to what happened than those of a baseline.

    The paired comparison of losses of F. X. Diebold and R. S. Mariano (1995), Journal
    of Business & Economic Statistics 13, with customers as the independent cases.

    :return: ``(gain, standard error)`` of the Brier score, above 0 is better; ``None``
        with fewer than two customers
    """
    if len(probability) < 2:
        return None
    happened = np.asarray(happened, float)
    loss = (np.asarray(baseline) - happened) ** 2
    difference = loss - (np.asarray(probability) - happened) ** 2
    return (
        float(difference.mean()),
        float(difference.std(ddof=1) / np.sqrt(len(difference))),
    )


def calibration(probability, happened, groups=GROUPS):
    """Foretold and observed share in groups of equal size, lowest chance first.

    :return: list of ``(mean chance, observed share, n)``, empty groups left out
    """
    probability = np.asarray(probability, float)
    happened = np.asarray(happened, float)
    order = np.argsort(probability, kind="stable")
    return [
        (float(probability[part].mean()), float(happened[part].mean()), len(part))
        for part in np.array_split(order, groups)
        if len(part)
    ]


def calibration_error(probability, happened, groups=GROUPS):
    """:return: mean distance of foretold and observed share over the groups"""
    rows = calibration(probability, happened, groups)
    if not rows:
        return None
    total = sum(n for __, __, n in rows)
    return sum(abs(seen - said) * n for said, seen, n in rows) / total


def counts(expected, actual):
    """Errors of foretold numbers of purchases.

    :return: dict of ``mae``, ``rmse``, ``bias`` (of the total, as a share; ``None``
        without purchases) and ``correlation`` (``None`` where one side is constant)
    """
    expected, actual = np.asarray(expected, float), np.asarray(actual, float)
    if not len(actual):
        return dict.fromkeys(("mae", "rmse", "bias", "correlation"))
    error = expected - actual
    varies = expected.std() > 0 and actual.std() > 0
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "bias": float(error.sum() / actual.sum()) if actual.sum() else None,
        "correlation": float(np.corrcoef(expected, actual)[0, 1]) if varies else None,
    }


def gini(score, spend):
    """Order of real spend by a score, as a share of what a perfect order reaches.

    :param score: forecast of value (array); equal scores share their spend evenly
    :param spend: what the customers spent afterwards, at least 0 (array)
    :return: at most 1, about 0 for chance; ``None`` without spend or differences
    """
    spend = np.asarray(spend, float)
    best = _concentration(spend, spend)
    return float(_concentration(score, spend) / best) if best else None


def _concentration(score, spend):
    """Area between the curve of cumulated spend, highest score first, and chance."""
    total = spend.sum()
    if not len(spend) or total <= 0:
        return 0.0
    score = np.asarray(score, float)
    __, group = np.unique(-score, return_inverse=True)
    sizes = np.bincount(group)
    share = np.concatenate([[0.0], np.cumsum(np.bincount(group, weights=spend))])
    steps = np.concatenate([[0], np.cumsum(sizes)]) / len(spend)
    return float(np.trapezoid(share / total, steps) - 0.5)


def top_share(score, spend, share=0.1):
    """Part of the real spend that the customers of highest score hold.

    :param share: how many of the customers, 0 to 1; customers tied at the border count
        with the mean of the tied
    :return: 0 to 1; ``None`` without spend
    """
    spend, score = np.asarray(spend, float), np.asarray(score, float)
    wanted = int(round(share * len(spend)))
    if not wanted or spend.sum() <= 0:
        return None
    border = np.partition(score, -wanted)[-wanted]
    above, tied = score > border, score == border
    held = spend[above].sum() + spend[tied].mean() * (wanted - above.sum())
    return float(held / spend.sum())
