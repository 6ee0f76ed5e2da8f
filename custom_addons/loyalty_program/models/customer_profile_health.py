from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

_DAYS = 365


class CustomerProfile(models.Model):
    """Loyalty as a component of health.

    ``50 + 50 * min(1, redeemed / (earned / 2))`` over the last 365 days for members
    who earned points in them: 50 for collecting only, 100 for those who use at least
    half of what they earn. 0 for members who earned nothing in the year; customers
    without an account have no such component.
    """

    _inherit = "customer.profile"

    def _health_components(self, company, as_of):
        return {
            **super()._health_components(company, as_of),
            "loyalty": {
                "name": self.env._("Loyalty"),
                "weight": 10,
                "query": self._health_loyalty_query(company, as_of),
                "values": ("earned", "redeemed"),
                "sentence": "_health_loyalty_sentence",
                "action": "action_open_loyalty_moves",
            },
        }

    def _health_loyalty_query(self, company, as_of):
        return SQL(
            """
            SELECT partner_id, earned, redeemed,
                   CASE WHEN earned > 0
                        THEN 50 + 50 * LEAST(1, GREATEST(redeemed, 0) / (earned / 2))
                        ELSE 0 END AS score
            FROM (SELECT member.commercial_partner_id AS partner_id,
                         COALESCE(sum(move.points) FILTER (WHERE side = 'earn'
                             AND move.date > %(since)s), 0) AS earned,
                         COALESCE(-sum(move.points) FILTER (WHERE side = 'spend'
                             AND move.date > %(since)s), 0) AS redeemed
                  FROM loyalty_point_move move
                  JOIN res_partner member ON member.id = move.partner_id
                  WHERE move.company_id = %(company)s AND move.date <= %(as_of)s
                  GROUP BY member.commercial_partner_id) year
            """,
            since=as_of - relativedelta(days=_DAYS),
            as_of=as_of,
            company=company.id,
        )

    def _health_loyalty_sentence(self, values):
        return self.env._(
            "%(earned)s points earned and %(redeemed)s redeemed within a year",
            earned=values["earned"],
            redeemed=values["redeemed"],
        )
