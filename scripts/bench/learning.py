"""Learning what is to be expected of customers, and which products go together."""

from odoo.fields import Command
from odoo.tools import SQL

from . import data
from .computation import BARE
from .environment import environment
from .figures import Figure
from .measure import Scales, seconds, weighed

PRODUCTS = 300
LINES_PER_ORDER = 4

#: What learning the rules at least has to read: the products of all baskets.
_BARE_LINES = """
    CREATE TEMP TABLE bench_lines ON COMMIT DROP AS
    SELECT sale.id, sale.partner_id, line.product_id, min(sale.date_order) AS moment
    FROM sale_order sale
    JOIN sale_order_line line ON line.order_id = sale.id
    WHERE sale.state = 'sale' AND sale.company_id = %s
    GROUP BY 1, 2, 3
"""


def measure(database, plan, size, with_rules):
    """:param with_rules: learn product rules, too; the orders get lines for it
    :return: lines of the table (list of Figure)
    """
    figures = [
        _figure(
            f"{size.short}: a forecast learned, marked and written",
            *_learned(database, plan, "customer.prediction.run", "_fit", BARE),
        )
    ]
    if with_rules:
        with environment(database) as env:
            add_lines(env)
        what = f"{size.short}, {LINES_PER_ORDER} products each: product rules learned"
        figures.append(
            _figure(
                f"{what} and marked",
                *_learned(
                    database,
                    plan,
                    "customer.recommendation.run",
                    "_learn",
                    _BARE_LINES,
                ),
            )
        )
    return figures


def _figure(what, taken, bare, memory):
    return Figure(what, None, "x", taken, bare, memory)


def _learned(database, plan, model, method, bare):
    """:return: seconds of the best run, those of the bare query, MB of the first"""
    times, references, memory = [], [], None
    for _run in range(plan.runs):
        scales = Scales()
        with environment(database) as env, weighed(scales):
            learn = getattr(env[model], method)
            times.append(seconds(lambda learn=learn, env=env: learn(env.company)))
        memory = memory or scales.growth
        with environment(database) as env:
            references.append(
                seconds(lambda env=env: env.cr.execute(bare, [env.company.id]))
            )
    return min(times), min(references), memory


def add_lines(env):
    """Give each confirmed order products, a few of which are bought by nearly all."""
    products = env["product.product"].create(
        [
            {"name": f"Bench {number}", "type": "service", "taxes_id": False}
            for number in range(PRODUCTS)
        ]
    )
    partner = env["res.partner"].create({"name": "Lines"})
    line = {"product_id": data.make_product(env).id, "price_unit": 10}
    order = env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [Command.create(line)]}
    )
    env.flush_all()
    env.cr.execute("SELECT setseed(0.42)")
    source = SQL(
        """SELECT sale.id AS order_id, 'sale' AS state,
                  (%(products)s::int[])[1 + floor(%(count)s * power(random(), 3))]
                      AS product_id
           FROM sale_order sale, generate_series(1, %(lines)s)
           WHERE sale.state = 'sale'""",
        products=products.ids,
        count=PRODUCTS,
        lines=LINES_PER_ORDER,
    )
    data.copy(env, order.order_line, "order_id state product_id", source)
    env.cr.execute("ANALYZE sale_order_line")
