"""The pages of a customer with a long history, and what is drawn from everybody's."""

from odoo import fields
from odoo.tools import SQL

from .data import copy
from .environment import environment, manager_id
from .figures import Figure
from .measure import median_pair
from .screens import specification

TOUCHES = 10_000
MOST_SECONDS, MOST = 1, 3


def measure(database, plan):
    """:return: lines of the table (list of Figure)"""
    uid = manager_id(database)
    with environment(database, uid) as env:
        profile = env["customer.profile"].search([], limit=1)
        _log_touches(env, profile.partner_id)
        taken, bare = median_pair(
            lambda: (env.invalidate_all(), _open(profile)),
            lambda: _bare_timeline(env, profile),
            plan.page_runs,
        )
        cohort, bare_cohort = median_pair(
            lambda: env["customer.analysis.cohort"].analyse(),
            lambda: _bare_cohort(env),
            plan.page_runs,
        )
    runs = f"median of {plan.page_runs}"
    return [
        Figure(
            f"customer page, {TOUCHES:,} touches, {runs}",
            MOST_SECONDS,
            "s",
            taken,
            bare,
        ),
        Figure("the same against bare SQL of the timeline", MOST, "x", taken, bare),
        Figure(f"cohorts by quarter, {runs}", MOST, "x", cohort, bare_cohort),
    ]


def _log_touches(env, partner):
    """Give a customer calls, one an hour back from now."""
    call = env["customer.interaction.log"].create(
        {"partner_id": partner.id, "kind": "call", "direction": "out", "name": "Call"}
    )
    env.flush_all()
    source = SQL(
        """SELECT 'Call ' || n AS name,
                  %s::timestamp - make_interval(hours => n) AS date
           FROM generate_series(1, %s) n""",
        fields.Datetime.now(),
        TOUCHES,
    )
    copy(env, call, "name date", source)
    env.cr.execute("ANALYZE customer_interaction_log")


def _open(profile):
    """What the browser asks for: the form, then the first page of the timeline."""
    profile.web_read(specification(profile.env, "form"))
    profile.env["customer.interaction"].timeline_page(profile.partner_id.id)


def _bare_timeline(env, profile):
    """The newest touches and how many of each kind there are, for this customer."""
    touches = SQL(
        """(SELECT date, kind, name FROM customer_interaction_log
            WHERE partner_id = %(id)s
            UNION ALL
            SELECT date_order, 'order', name FROM sale_order
            WHERE partner_id = %(id)s AND state = 'sale') touch""",
        id=profile.partner_id.id,
    )
    env.execute_query(SQL("SELECT * FROM %s ORDER BY date DESC LIMIT 40", touches))
    env.execute_query(SQL("SELECT kind, count(*) FROM %s GROUP BY 1", touches))


def _bare_cohort(env):
    """Customers by quarter of their first order and quarters since."""
    env.execute_query(
        SQL(
            """WITH day AS (
                   SELECT partner.commercial_partner_id AS customer,
                          date_trunc('quarter', date_order) AS quarter
                   FROM sale_order JOIN res_partner partner
                       ON partner.id = sale_order.partner_id
                   WHERE state = 'sale' AND sale_order.company_id = %s
                   GROUP BY 1, 2)
               SELECT first, quarter, count(*)
               FROM (SELECT *, min(quarter) OVER (PARTITION BY customer) AS first
                     FROM day) cohort
               GROUP BY 1, 2""",
            env.company.id,
        )
    )
