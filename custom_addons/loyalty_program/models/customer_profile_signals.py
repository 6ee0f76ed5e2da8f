from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

#: Days in which a lost tier is news.
_DAYS = 60


class CustomerProfile(models.Model):
    """What members lost, as a sign that they may be leaving."""

    _inherit = "customer.profile"

    def _churn_signals(self, company, as_of):
        return {
            **super()._churn_signals(company, as_of),
            "tier": {
                "name": self.env._("Tier Lost"),
                "query": self._tier_lost_query(company, as_of),
                "sentence": "_tier_lost_sentence",
            },
        }

    def _tier_lost_query(self, company, as_of):
        """The last move of a member within the period went down."""
        return SQL(
            """
            SELECT partner_id, 20 AS points, jsonb_build_object('days', days) AS values
            FROM (SELECT DISTINCT ON (partner.commercial_partner_id)
                         partner.commercial_partner_id AS partner_id, move.direction,
                         %(as_of)s - move.date AS days
                  FROM loyalty_tier_move move
                  JOIN res_partner partner ON partner.id = move.partner_id
                  WHERE move.company_id = %(company)s AND move.date > %(since)s
                    AND move.date <= %(as_of)s
                  ORDER BY partner.commercial_partner_id, move.date DESC, move.id DESC
            ) last_move
            WHERE direction = 'down'
            """,
            as_of=as_of,
            company=company.id,
            since=as_of - relativedelta(days=_DAYS),
        )

    def _tier_lost_sentence(self, values):
        return self.env._("Lost a tier %(days)s days ago", **values)
