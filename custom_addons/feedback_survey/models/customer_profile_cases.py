from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import SQL

_DAYS = 365


class CustomerProfile(models.Model):
    """Complaints as facts of the profile: what rules, segments and signals of churn
    may read.
    """

    _inherit = "customer.profile"

    case_open_count = fields.Integer(string="Open Cases", aggregator="sum")
    case_year_count = fields.Integer(
        string="Cases, 12 Months",
        aggregator="sum",
        help="Complaints and bad answers that were followed up.",
    )
    case_last_date = fields.Date(string="Last Case On")

    def _fact_sources(self, company, as_of, policy, customer_ids=None):
        sources = super()._fact_sources(company, as_of, policy, customer_ids)
        sources["complaints"] = self._complaints_query(company, as_of, customer_ids)
        return sources

    def _profile_columns(self, company, as_of, policy):
        return {
            **super()._profile_columns(company, as_of, policy),
            "case_open_count": SQL("COALESCE(complaints.open, 0)"),
            "case_year_count": SQL("COALESCE(complaints.recent, 0)"),
            "case_last_date": SQL("complaints.last_date"),
        }

    def _complaints_query(self, company, as_of, customer_ids):
        """Each customer's cases up to the end of a day (SQL)."""
        customers = (
            SQL("AND partner.commercial_partner_id = ANY(%s)", customer_ids)
            if customer_ids is not None
            else SQL("")
        )
        following = company._feedback_moment(as_of + relativedelta(days=1))
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   COUNT(*) FILTER (
                       WHERE COALESCE(closed_on >= %(following)s, TRUE))::int AS open,
                   COUNT(*) FILTER (WHERE complaint.create_date >= %(first)s)::int
                       AS recent,
                   MAX((complaint.create_date AT TIME ZONE 'UTC'
                        AT TIME ZONE %(timezone)s)::date) AS last_date
            FROM feedback_case complaint
            JOIN res_partner partner ON partner.id = complaint.partner_id
            WHERE complaint.company_id = %(company)s
              AND complaint.create_date < %(following)s %(customers)s
            GROUP BY partner.commercial_partner_id
            """,
            following=following,
            first=company._feedback_moment(as_of - relativedelta(days=_DAYS - 1)),
            timezone=company._insight_timezone(),
            company=company.id,
            customers=customers,
        )
