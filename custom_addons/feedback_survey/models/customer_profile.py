from odoo import fields, models
from odoo.tools import SQL

NPS_CATEGORIES = [
    ("promoter", "Promoter"),
    ("passive", "Passive"),
    ("detractor", "Detractor"),
]


class CustomerProfile(models.Model):
    _inherit = "customer.profile"

    nps_last = fields.Integer(
        string="Last NPS Answer", aggregator="avg", help="0 to 10; see the category."
    )
    nps_category = fields.Selection(
        NPS_CATEGORIES,
        string="NPS Category",
        help="By the customer's last answer; empty for those who never answered.",
    )
    nps_date = fields.Date(string="Last Answered")

    def _fact_sources(self, company, as_of, policy, customer_ids=None):
        sources = super()._fact_sources(company, as_of, policy, customer_ids)
        sources["nps"] = self._last_nps_query(company, as_of, customer_ids)
        return sources

    def _profile_columns(self, company, as_of, policy):
        return {
            **super()._profile_columns(company, as_of, policy),
            "nps_last": SQL("nps.score"),
            "nps_category": SQL("nps.category"),
            "nps_date": SQL("nps.date"),
        }

    def _last_nps_query(self, company, as_of, customer_ids):
        """Each customer's last recommendation up to a day (SQL)."""
        customers = (
            SQL("AND partner_id = ANY(%s)", customer_ids)
            if customer_ids is not None
            else SQL("")
        )
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, score, category, date
            FROM (SELECT *, (moment AT TIME ZONE 'UTC' AT TIME ZONE %s)::date AS date
                  FROM (SELECT partner_id, score, category, date AS moment, id
                        FROM feedback_answer
                        WHERE company_id = %s AND metric = 'nps'
                          AND partner_id IS NOT NULL %s) answer) answer
            WHERE date <= %s
            ORDER BY partner_id, moment DESC, id DESC
            """,
            company._insight_timezone(),
            company.id,
            customers,
            as_of,
        )
