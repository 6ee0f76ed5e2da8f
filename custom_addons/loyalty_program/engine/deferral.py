"""Points as deferred revenue (IFRS 15.B39–B47), for a pool of points.

Part of the price of a sale is kept back for the points it gives, in proportion to the
stand-alone prices of goods and points. It becomes revenue as points are used, in
proportion to those expected to be used in all; what is expected never to be used
(breakage) so becomes revenue along with the rest.
"""

from decimal import Decimal

ZERO = Decimal(0)


def stand_alone_value(points, value, rate):
    """Stand-alone price of points: what they are worth if they are used.

    :param value: of one point, in money
    :param rate: share of points expected to be used, 0 to 1
    """
    return points * value * rate


def deferred_revenue(price, points_value):
    """Part of a price that belongs to the points, by relative stand-alone prices.

    :param price: Decimal, of the goods; nothing is deferred of less than nothing
    :param points_value: Decimal, see ``stand_alone_value``
    :return: Decimal, not rounded
    """
    if price <= 0 or points_value <= 0:
        return ZERO
    return price * points_value / (price + points_value)


def expected_use(granted, used, expired, rate):
    """Points of a pool expected to be used in all, those used already included.

    Never fewer than were used, never more than were used and are left.
    """
    left = max(granted - used - expired, ZERO)
    return min(max(granted * rate, used), used + left)


def liability(deferred, granted, used, expired, rate):
    """What of a pool's deferred revenue is not revenue yet.

    :param deferred: Decimal, what was kept back for the pool, less what was taken back
    :param granted: Decimal points, less those that were taken back
    :param rate: share of points expected to be used, as estimated now
    :return: Decimal, not rounded; nothing is left when no points are
    """
    if granted - used - expired <= 0:
        return ZERO
    expected = expected_use(granted, used, expired, rate)
    if expected <= used:
        return ZERO
    return deferred * (1 - used / expected)
