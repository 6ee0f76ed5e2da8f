"""Month indices: how a calendar month compares with the average month.

Ratio to moving average, the classical multiplicative decomposition: W. M. Persons
(1919), Indices of business conditions, Review of Economics and Statistics 1; as in
R. J. Hyndman and G. Athanasopoulos, Forecasting: Principles and Practice (3rd ed.),
section 3.4. The centred moving average over twelve months takes out trend and season,
so a business that grows does not look like one that sells in December.
"""

from statistics import fmean

MONTHS = 12
#: With fewer full months there is no moving average for each calendar month.
FEWEST_MONTHS = 24


def moving_average(values):
    """Centred average over twelve months, both ends at half weight (2 × 12).

    :param values: amounts of consecutive months (list of float)
    :return: list of the same length, ``None`` for the first and last six months
    """
    half = MONTHS // 2
    smooth = [None] * len(values)
    for at in range(half, len(values) - half):
        inner = sum(values[at - half + 1 : at + half])
        smooth[at] = (inner + (values[at - half] + values[at + half]) / 2) / MONTHS
    return smooth


def month_index(values, first_month):
    """Index of each calendar month, 1.0 is an average month.

    :param values: amounts of consecutive full months, oldest first (list of float)
    :param first_month: calendar month of the first of them (1 to 12)
    :return: twelve pairs ``(index, n)`` from January to December, n the number of years
        the index rests on; the index is ``None`` where n is 0. All are ``(None, 0)``
        with fewer than 24 months
    :raise ValueError: if ``first_month`` is no month
    """
    if not 1 <= first_month <= MONTHS:
        raise ValueError(f"There is no month {first_month}")
    if len(values) < FEWEST_MONTHS:
        return [(None, 0)] * MONTHS
    ratios = [[] for __ in range(MONTHS)]
    for at, smooth in enumerate(moving_average(values)):
        if smooth is not None and smooth > 0:
            ratios[(first_month - 1 + at) % MONTHS].append(values[at] / smooth)
    return _normalised(ratios)


def plain_index(values, first_month):
    """Each calendar month against the mean of all, without regard to trend.

    What can be said of less than two years: show it grey, conclude nothing from it.

    :return: as ``month_index``
    """
    ratios = [[] for __ in range(MONTHS)]
    mean = fmean(values) if values else 0
    for at, value in enumerate(values if mean > 0 else ()):
        ratios[(first_month - 1 + at) % MONTHS].append(value / mean)
    return _normalised(ratios)


def _normalised(ratios):
    """Means of the ratios, scaled so that the known months average 1.0."""
    means = [fmean(found) if found else None for found in ratios]
    known = [mean for mean in means if mean is not None]
    level = fmean(known) if known else 0
    if level <= 0:
        return [(None, 0)] * MONTHS
    return [
        (None if mean is None else mean / level, len(found))
        for mean, found in zip(means, ratios, strict=True)
    ]
