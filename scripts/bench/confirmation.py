"""Confirming an order with the add-on, against the same Odoo without it."""

import statistics
import time

from .changes import PAUSE, make_orders
from .environment import environment
from .figures import Figure
from .measure import seconds

MOST = 1.05
_LINES = 3
_WARM_UP = 5
_PAUSED_SHARE = 2


def measure(stock, extended, plan):
    """Confirm orders in both databases in turns, each in a transaction of its own.

    :param stock: name of a database without the add-on
    :param extended: name of one with the same data and the add-on
    :return: lines of the table (list of Figure)
    """
    databases = stock, extended
    paused = plan.confirmations // _PAUSED_SHARE
    count = _WARM_UP + plan.confirmations + paused
    orders = {name: make_orders(name, count, _LINES) for name in databases}
    in_turns(orders, _WARM_UP)
    return [
        figure("in a row", in_turns(orders, plan.confirmations)),
        figure("after a pause", in_turns(orders, paused, PAUSE)),
    ]


def in_turns(orders, count, pause=0):
    """Confirm some of the orders of each database.

    :param orders: ids by database; those that are confirmed are taken out
    :return: seconds by database (dict of lists), in the order of ``orders``
    """
    times = {name: [] for name in orders}
    for number in range(count):
        time.sleep(pause)
        for name in list(orders)[:: 1 if number % 2 else -1]:
            order_id = orders[name].pop()
            times[name].append(seconds(lambda n=name, i=order_id: _confirm(n, i)))
    return times


def figure(what, times):
    """:return: median times of the second database against the first (Figure)"""
    bare, taken = map(statistics.median, times.values())
    [runs] = set(map(len, times.values()))
    return Figure(
        f"confirming an order {what}, median of {runs}", MOST, "x", taken, bare
    )


def _confirm(database, order_id):
    with environment(database) as env:
        env["sale.order"].browse(order_id).action_confirm()
