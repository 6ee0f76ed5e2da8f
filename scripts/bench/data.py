"""Made-up order histories of any size, written by SQL as copies of one real record.

One customer, one confirmed order and one posted credit note are made by the ORM; all
other rows copy every column of them, so they are as wide as real ones.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

YEARS = 5
# shares of all orders; the others are confirmed
STATES = {"draft": 0.05, "sent": 0.03, "cancel": 0.04}
SHARE_OF_CREDIT_NOTES = 0.01
SHARE_OF_CONTACTS = 0.05  # customers of whose orders half come from a contact
PRODUCT_CODE = "BENCH"


def generate(env, size):
    """Fill the main company of a database with customers, orders and credit notes.

    The same size always gives the same data, but for the dates, which end today.

    :param size: :class:`.plan.Size`
    """
    env = env(context={"tracking_disable": True, "mail_create_nosubscribe": True})
    order = _make_order(env)
    credit_note = _make_credit_note(env, order.partner_id)
    env.flush_all()
    _trust_copies(env)
    env.cr.execute("SELECT setseed(0.42)")
    first_customer = _copy_customers(env, order.partner_id, size.customers)
    _plan_orders(env, first_customer, size)
    _copy_orders(env, order)
    _copy_credit_notes(env, credit_note, int(size.orders * SHARE_OF_CREDIT_NOTES))
    env.cr.execute("DROP TABLE bench_plan")
    env.cr.commit()
    env.invalidate_all()


def _trust_copies(env):
    """Spare copies of a checked row the foreign keys, where the role may do so."""
    env.cr.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if env.cr.fetchone()[0]:
        env.cr.execute("SET LOCAL session_replication_role = replica")


def make_product(env):
    """:return: a service without taxes, the same one each time"""
    products = env["product.product"]
    known = products.search([("default_code", "=", PRODUCT_CODE)], limit=1)
    return known or products.create(
        {
            "name": "Bench",
            "default_code": PRODUCT_CODE,
            "type": "service",
            "taxes_id": False,
        }
    )


def _make_order(env):
    partner = env["res.partner"].create(
        {"name": "Prototype", "email": "p@example.com", "phone": "1", "city": "Town"}
    )
    line = {"product_id": make_product(env).id, "price_unit": 10}
    order = env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [Command.create(line)]}
    )
    order.action_confirm()
    return order


def _make_credit_note(env, partner):
    line = {"product_id": make_product(env).id, "price_unit": 10, "tax_ids": False}
    credit_note = env["account.move"].create(
        {
            "move_type": "out_refund",
            "partner_id": partner.id,
            "invoice_date": fields.Date.today() - timedelta(days=30),
            "invoice_line_ids": [Command.create(line)],
        }
    )
    credit_note.action_post()
    return credit_note


def _copy_customers(env, prototype, count):
    """Write ``count`` customers, then the contacts of the first of them.

    :return: id of the first customer; all others follow without a gap
    """
    [[first]] = env.execute_query(SQL("SELECT max(id) + 1 FROM res_partner"))
    source = SQL(
        """SELECT id, commercial_partner_id,
                  NULLIF(commercial_partner_id, id) AS parent_id,
                  'Customer ' || n AS name, 'Customer ' || n AS complete_name,
                  'customer' || n || '@example.com' AS email,
                  'customer' || n || '@example.com' AS email_normalized,
                  now() - make_interval(years => %(years)s) AS create_date
           FROM (SELECT n, %(first)s + n AS id,
                        %(first)s + n %% %(count)s AS commercial_partner_id
                 FROM generate_series(0, %(count)s + %(contacts)s - 1) n) numbered""",
        first=first,
        count=count,
        contacts=_contacts(count),
        years=YEARS + 1,
    )
    names = (
        "id commercial_partner_id parent_id name complete_name"
        " email email_normalized create_date"
    )
    copy(env, prototype, names, source)
    env.cr.execute(
        "SELECT setval(pg_get_serial_sequence('res_partner', 'id'), max(id))"
        " FROM res_partner"
    )
    return first


def _contacts(customers):
    return int(customers * SHARE_OF_CONTACTS)


def _plan_orders(env, first_customer, size):
    """Decide who orders when: the table ``bench_plan`` (partner_id, moment).

    Customers arrive over the years and order at any time from then on. A few order
    hundreds of times, more than a third just once.
    """
    # a tenth more orders than asked for: a random choice of them makes the number exact
    scale = 1.1 * size.orders / size.customers / 2
    env.cr.execute(
        SQL(
            """
            CREATE TEMP TABLE bench_plan AS
            WITH customer AS MATERIALIZED (
                SELECT n, random() AS arrival,
                       1 + (%(scale)s * power(ln(1 - random()), 2))::int AS orders
                FROM generate_series(0, %(customers)s - 1) n),
            planned AS (
                SELECT n, arrival + (1 - arrival) * random() AS elapsed
                FROM customer, generate_series(1, orders)
                ORDER BY random() LIMIT %(orders)s)
            SELECT %(first)s + n + CASE WHEN n < %(contacts)s AND random() < 0.5
                                        THEN %(customers)s ELSE 0 END AS partner_id,
                   date_trunc('second', now() AT TIME ZONE 'UTC'
                       - (1 - elapsed) * make_interval(years => %(years)s)) AS moment
            FROM planned
            """,
            scale=scale,
            customers=size.customers,
            orders=size.orders,
            first=first_customer,
            contacts=_contacts(size.customers),
            years=YEARS,
        )
    )


def _copy_orders(env, prototype):
    """Write one order for each row of the plan, the oldest first, as in real life."""
    cases, border = [], 0
    for state, share in STATES.items():
        border += share
        cases.append(SQL("WHEN chance < %s THEN %s", border, state))
    source = SQL(
        """SELECT partner_id, partner_id AS partner_invoice_id,
                  partner_id AS partner_shipping_id,
                  moment AS date_order, moment AS create_date,
                  'B' || row_number() OVER () AS name,
                  CASE %(cases)s ELSE 'sale' END AS state,
                  amount AS amount_untaxed, amount AS amount_total
           FROM (SELECT *, random() AS chance,
                        round(exp(2 + 3 * random())::numeric, 2) AS amount
                 FROM bench_plan ORDER BY moment) planned""",
        cases=SQL(" ").join(cases),
    )
    names = (
        "partner_id partner_invoice_id partner_shipping_id date_order create_date"
        " name state amount_untaxed amount_total"
    )
    copy(env, prototype, names, source)


def _copy_credit_notes(env, prototype, count):
    """Write credit notes, each of one line, for customers who ordered."""
    [[first]] = env.execute_query(SQL("SELECT max(id) + 1 FROM account_move"))
    source = SQL(
        """SELECT %(first)s + row_number() OVER () AS id,
                  'RB/' || row_number() OVER () AS name,
                  row_number() OVER () AS sequence_number,
                  partner_id, partner_id AS commercial_partner_id,
                  moment::date AS invoice_date, moment::date AS date
           FROM (SELECT * FROM bench_plan ORDER BY random() LIMIT %(count)s) chosen""",
        first=first,
        count=count,
    )
    names = "id name sequence_number partner_id commercial_partner_id invoice_date date"
    copy(env, prototype, names, source)
    lines = SQL(
        """SELECT id AS move_id, name AS move_name, partner_id, date,
                  date AS invoice_date
           FROM account_move WHERE id > %s""",
        first,
    )
    for line in prototype.line_ids:
        copy(env, line, "move_id move_name partner_id date invoice_date", lines)
    env.cr.execute(
        "SELECT setval(pg_get_serial_sequence('account_move', 'id'), max(id))"
        " FROM account_move"
    )


def copy(env, prototype, names, source):
    """Write copies of a record's row, one for each row of a query.

    :param prototype: the record
    :param names: columns in which the copies differ, separated by spaces
    :param source: SELECT that gives these columns
    """
    differing = names.split()
    env.cr.execute(
        """SELECT attname FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0
             AND NOT attisdropped AND attgenerated = '' AND attname <> 'id'""",
        [prototype._table],
    )
    same = [name for [name] in env.cr.fetchall() if name not in differing]
    env.cr.execute(
        SQL(
            """INSERT INTO %(table)s (%(names)s)
               SELECT %(values)s FROM %(table)s prototype, (%(source)s) source
               WHERE prototype.id = %(id)s""",
            table=SQL.identifier(prototype._table),
            names=SQL(", ").join(map(SQL.identifier, differing + same)),
            values=SQL(", ").join(
                [SQL.identifier("source", name) for name in differing]
                + [SQL.identifier("prototype", name) for name in same]
            ),
            source=source,
            id=prototype.id,
        )
    )
