"""How soon the profile shows that a customer's order was confirmed."""

import statistics
import subprocess
import time
from contextlib import contextmanager

from odoo.fields import Command

from .data import make_product
from .databases import BenchError, odoo_command, server
from .environment import environment
from .figures import Figure

MOST_SECONDS = 1
_POLLED_EVERY = 0.002
_NUDGED_EVERY = 0.5
PAUSE = 1.5  # single orders, not a burst: in a burst the server is not woken for each
_WAIT = 120


def measure(database, plan):
    """:return: lines of the table (list of Figure)"""
    orders = make_orders(database, 2 * plan.changes + 1)
    by_job = [_seconds_by_job(database, order) for order in orders[: plan.changes]]
    with _server(database):
        _seconds_by_server(database, orders[-1], nudge=True)  # when done, it is up
        by_server = [
            _seconds_by_server(database, order)
            for order in orders[plan.changes : 2 * plan.changes]
        ]
    return [
        Figure(
            f"a confirmed order in its profile, {how}, median of {plan.changes}",
            MOST_SECONDS,
            "s",
            statistics.median(times),
        )
        for how, times in (("by the job", by_job), ("by a running server", by_server))
    ]


def make_orders(database, count, lines=1):
    """Make quotations, each for another customer.

    :return: ids of the orders (list of int)
    """
    with environment(database) as env:
        line = {"product_id": make_product(env).id, "price_unit": 10}
        env.cr.execute(
            """SELECT commercial_partner_id FROM res_partner
               WHERE name LIKE 'Customer %%' GROUP BY 1 ORDER BY 1 DESC LIMIT %s""",
            [count],
        )
        orders = env["sale.order"].create(
            [
                {"partner_id": customer, "order_line": [Command.create(line)] * lines}
                for [customer] in env.cr.fetchall()
            ]
        )
        return orders.ids


def _seconds_by_job(database, order_id):
    """From the commit to the end of the scheduled job, run at once."""
    customer, before = _confirm(database, order_id)
    started = time.perf_counter()
    with environment(database) as env:
        env["customer.profile"]._cron_refresh_changed()
    taken = time.perf_counter() - started
    if _purchases(database, customer) <= before:
        raise BenchError(f"The job left out customer {customer}: see its log")
    return taken


def _seconds_by_server(database, order_id, nudge=False):
    """From the commit until somebody who looks finds the profile changed.

    :param nudge: wake the server again and again, in case it is only just starting
    """
    time.sleep(PAUSE)
    customer, before = _confirm(database, order_id)
    started = time.perf_counter()
    with server(database) as cr:
        while _count(cr, customer) <= before:
            if time.perf_counter() - started > _WAIT:
                raise BenchError(f"No profile followed an order within {_WAIT} s")
            time.sleep(_NUDGED_EVERY if nudge else _POLLED_EVERY)
            if nudge:
                with environment(database) as env:
                    env["ir.cron"]._notifydb()
    return time.perf_counter() - started


def _confirm(database, order_id):
    """:return: id of the customer, and the number of purchases so far"""
    with environment(database) as env:
        order = env["sale.order"].browse(order_id)
        customer = order.partner_id.commercial_partner_id.id
        before = _purchases(database, customer)
        order.action_confirm()
    return customer, before


def _purchases(database, customer):
    with server(database) as cr:
        return _count(cr, customer)


def _count(cr, customer):
    cr.execute(
        "SELECT COALESCE(MAX(purchase_count), 0) FROM customer_profile"
        " WHERE partner_id = %s",
        [customer],
    )
    return cr.fetchone()[0]


@contextmanager
def _server(database):
    """An Odoo server that does nothing but this job."""
    with environment(database) as env:
        job = env.ref("customer_insight.ir_cron_refresh_changed")
        (env["ir.cron"].search([]) - job).active = False
    command = odoo_command(database, ["--no-http", "--max-cron-threads=1"])
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
