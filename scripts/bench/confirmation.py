"""Confirming an order with the add-on, against the same Odoo without it."""

import statistics

from .changes import make_orders
from .environment import environment
from .figures import Figure
from .measure import seconds

MOST = 1.05
_LINES = 3
_WARM_UP = 5


def measure(stock, extended, plan):
    """Confirm orders in both databases in turns, each in a transaction of its own.

    :param stock: name of a database without the add-on
    :param extended: name of a copy of it with the add-on
    :return: lines of the table (list of Figure)
    """
    databases = stock, extended
    count = plan.confirmations + _WARM_UP
    orders = {name: make_orders(name, count, _LINES) for name in databases}
    times = {name: [] for name in databases}
    for number in range(count):
        for name in databases[:: 1 if number % 2 else -1]:
            order_id = orders[name][number]
            times[name].append(seconds(lambda n=name, i=order_id: _confirm(n, i)))
    bare, taken = (statistics.median(times[name][_WARM_UP:]) for name in databases)
    what = f"confirming an order, median of {plan.confirmations}"
    return [Figure(what, MOST, "x", taken, bare)]


def _confirm(database, order_id):
    with environment(database) as env:
        env["sale.order"].browse(order_id).action_confirm()
