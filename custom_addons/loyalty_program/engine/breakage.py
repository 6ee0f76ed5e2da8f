"""The share of points that will be used, from how earlier ones were.

Chain ladder over months of grant, as insurers develop claims: the points of a month
are used more and more as they age; the growth from one age to the next, over all
months that have reached it, carries younger months to their end. T. Mack (1993),
"Distribution-free calculation of the standard error of chain ladder reserve
estimates", ASTIN Bulletin 23(2), 213–225.
"""

#: Months with points that are needed, and points granted, before the own curve counts.
MIN_MONTHS = 6
MIN_POINTS = 1000


def growth_factors(used):
    """Growth of the points used from each age to the next.

    :param used: list over months of grant, the oldest first, of lists of points used
        up to each age in months; each has as many ages as it has lived
    :return: list, ``factors[age]`` from ``age`` to ``age + 1``; 1 where nothing was
        used
    """
    ages = max((len(row) for row in used), default=0)
    factors = []
    for age in range(ages - 1):
        rows = [row for row in used if len(row) > age + 1]
        before = sum(row[age] for row in rows)
        after = sum(row[age + 1] for row in rows)
        factors.append(after / before if before else 1.0)
    return factors


def redemption_rate(granted, used):
    """Share of all points granted that will have been used in the end.

    :param granted: list of points over months of grant
    :param used: see ``growth_factors``
    :return: float 0 to 1, or None if there is too little to tell
    """
    months = [row for row, points in zip(used, granted, strict=True) if points > 0]
    if len(months) < MIN_MONTHS or sum(granted) < MIN_POINTS:
        return None
    factors = growth_factors(used)
    ultimate = 0.0
    for points, row in zip(granted, used, strict=True):
        final = row[-1] if row else 0.0
        for factor in factors[len(row) - 1 :] if row else ():
            final *= factor
        ultimate += min(final, points)
    return min(max(ultimate / sum(granted), 0.0), 1.0)
