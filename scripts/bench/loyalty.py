"""What the points ledger costs: at an order, at the end of points, on a page."""

from odoo.fields import Command
from odoo.tools import SQL

from . import confirmation
from .changes import make_orders
from .data import make_product
from .environment import environment
from .figures import Figure
from .measure import best_pair, seconds

MOST_CONFIRMING = 1.10
MOST_PAGE = 1.1
MOST_EXPIRY_SECONDS = 300
_WARM_UP = 5
_LINES = 3
_LONG, _SHORT = 10_000, 10
_PAGES = 25


def prepare(database):
    """Give a database with core's loyalty a program, and all customers a card."""
    with environment(database) as env:
        make_product(env)
        program = env["loyalty.program"].create(
            {
                "name": "Bench",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "company_id": env.company.id,
                "rule_ids": [Command.create({"reward_point_mode": "money"})],
                "reward_ids": [
                    Command.create({"discount_mode": "per_point", "discount": 0.01})
                ],
            }
        )
        env.cr.execute(
            """INSERT INTO loyalty_card (program_id, company_id, partner_id, points,
                                         code, active, create_date, write_date)
               SELECT %s, %s, id, 10, 'bench' || id, TRUE, now(), now()
               FROM res_partner
               WHERE name LIKE 'Customer %%' AND id = commercial_partner_id""",
            [program.id, env.company.id],
        )


def measure(bare, extended, plan, lots=None):
    """Measure the ledger against core's loyalty on the same data.

    :param bare: name of a prepared database without the add-on
    :param extended: name of a copy of it with the add-on
    :param lots: how many lots the job ends at once, by default as many as there are
        orders in the larger data
    :return: lines of the table (list of Figure)
    """
    return [
        _confirming(bare, extended, plan.confirmations),
        _page(extended),
        _expiry(extended, lots or plan.large.orders),
    ]


def _confirming(bare, extended, count):
    databases = bare, extended
    orders = {name: make_orders(name, _WARM_UP + count, _LINES) for name in databases}
    confirmation.in_turns(orders, _WARM_UP)
    figure = confirmation.figure("in a row", confirmation.in_turns(orders, count))
    return Figure(
        f"{figure.what}, points with and without ledger",
        MOST_CONFIRMING,
        "x",
        figure.seconds,
        figure.bare,
    )


def _page(database):
    """The account as its member sees it, with a long and with a short past."""
    with environment(database) as env:
        long, short = env["loyalty.card"].search([("is_account", "=", True)], limit=2)
        for card, count in ((long, _LONG), (short, _SHORT)):
            _live(env, card, count)

        def read(card):
            env.invalidate_all()
            card._portal_history()
            card._portal_rewards()
            card._portal_charts(card.partner_id)
            return [card.available_points, card.pending_points, card.tier_sentence]

        read(long), read(short)
        taken, bare = best_pair(lambda: read(long), lambda: read(short), _PAGES)
        env.cr.rollback()
    return Figure(
        f"a member's account with {_LONG:,} lines, against {_SHORT}",
        MOST_PAGE,
        "x",
        taken,
        bare,
    )


def _live(env, card, count):
    """Points that came and went; the last five lots are left."""
    env["loyalty.point.move"]._append(
        _rows(SQL("card.id = %s", card.id), "bonus", count)
    )
    env.cr.execute(
        "UPDATE loyalty_point_move SET points_open = 0"
        " WHERE card_id = %s AND sequence < %s",
        [card.id, count - 5],
    )


def _expiry(database, lots):
    """The job that ends points, with all lots of all accounts due."""
    with environment(database) as env:
        env["loyalty.program"].search([("name", "=", "Bench")]).write(
            {"expiry_mode": "term", "expiry_term": 1}
        )
        env.flush_all()
        env.cr.execute("UPDATE loyalty_program SET expiry_not_before = NULL")
        accounts = env["loyalty.card"].search_count([("is_account", "=", True)])
        env["loyalty.point.move"]._append(
            _rows(SQL("card.is_account"), "lot", max(lots // accounts, 1), past=True)
        )
        env.cr.commit()
        env.cr.execute("ANALYZE loyalty_point_move")
        env.cr.commit()
        taken = seconds(env["loyalty.card"]._cron_expire)
        env.cr.execute("SELECT count(*) FROM loyalty_point_move WHERE kind = 'expire'")
        [(ended,)] = env.cr.fetchall()
    return Figure(
        f"ending {ended:,} lots of {accounts:,} members",
        MOST_EXPIRY_SECONDS,
        "s",
        taken,
    )


def _rows(scope, key, count, past=False):
    """So many lines for each account of a scope, as ``_append`` takes them."""
    return SQL(
        """SELECT card.id AS card_id, current_date - %(back)s AS date,
                  'bonus'::varchar AS kind, 'other'::varchar AS side,
                  1::numeric AS points, 1::numeric AS points_open,
                  NULL::date AS available_on,
                  CASE WHEN %(past)s THEN current_date - 2 END AS expires_on,
                  NULL::varchar AS source_model, NULL::int4 AS source_id,
                  concat(%(key)s::varchar, ':', number)::varchar AS source_key,
                  NULL::int4 AS reversed_move_id, NULL::int4 AS origin_move_id,
                  NULL::varchar AS reason
           FROM loyalty_card card CROSS JOIN generate_series(1, %(count)s) number
           WHERE %(scope)s""",
        back=60 if past else 0,
        past=past,
        key=f"bench:{key}",
        count=count,
        scope=scope,
    )
