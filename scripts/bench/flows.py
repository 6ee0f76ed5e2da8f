"""Who moved from which segment to which between two months, against bare SQL."""

from odoo.tools import SQL

from .environment import environment, manager_id
from .figures import Figure
from .measure import median_pair

MOST = 3


def measure(database, plan):
    """:return: lines of the table (list of Figure), for the months two nights left"""
    with environment(database, manager_id(database)) as env:
        migration = env["customer.analysis.migration"]
        taken, bare = median_pair(
            lambda: (env.invalidate_all(), migration.analyse()),
            lambda: _bare(env),
            plan.page_runs,
        )
    what = f"moves between segments (Sankey), median of {plan.page_runs}"
    return [Figure(what, MOST, "x", taken, bare)]


def _bare(env):
    """Customers and their revenue of a year by segment before and after."""
    env.execute_query(
        SQL(
            """WITH month AS (SELECT DISTINCT date FROM customer_snapshot
                              ORDER BY date DESC LIMIT 2)
               SELECT before.rfm_segment_id, after.rfm_segment_id, count(*),
                      count(*) FILTER (WHERE before.lifecycle_stage = 'churned'
                                         AND after.lifecycle_stage <> 'churned'),
                      sum(revenue)
               FROM (SELECT * FROM customer_snapshot
                     WHERE date = (SELECT min(date) FROM month)
                       AND company_id = %(company)s) before
               FULL JOIN (SELECT * FROM customer_snapshot
                          WHERE date = (SELECT max(date) FROM month)
                            AND company_id = %(company)s) after USING (partner_id)
               LEFT JOIN (
                   SELECT partner.commercial_partner_id AS partner_id,
                          sum(amount_untaxed) AS revenue
                   FROM sale_order JOIN res_partner partner
                       ON partner.id = sale_order.partner_id
                   WHERE state = 'sale' AND sale_order.company_id = %(company)s
                     AND date_order <= (SELECT max(date) FROM month)
                     AND date_order > (SELECT max(date) FROM month) - 365
                   GROUP BY 1) bought USING (partner_id)
               GROUP BY 1, 2""",
            company=env.company.id,
        )
    )
