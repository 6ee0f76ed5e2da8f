from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import formatLang

#: Days in which a lost tier is news.
_DAYS = 60
#: Days for which points lie unused, and what that counts: a hint, no warning by itself.
_UNUSED_DAYS, _UNUSED = 180, 15


class CustomerProfile(models.Model):
    """What members lost or leave lying, as signs that they may be leaving."""

    _inherit = "customer.profile"

    def _churn_signals(self, company, as_of):
        return {
            **super()._churn_signals(company, as_of),
            "tier": {
                "name": self.env._("Tier Lost"),
                "query": self._tier_lost_query(company, as_of),
                "sentence": "_tier_lost_sentence",
            },
            "points": {
                "name": self.env._("Points Unused"),
                "query": self._points_unused_query(company, as_of),
                "sentence": "_points_unused_sentence",
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

    def _points_unused_query(self, company, as_of):
        """Members who could have had a reward for long, and did not take one.

        What is left of credits that are older than the days would be enough.
        """
        return SQL(
            """
            SELECT partner_id, %(points)s AS points,
                   jsonb_build_object('unused', SUM(unused), 'days', %(days)s::int)
                       AS values
            FROM (SELECT partner.commercial_partner_id AS partner_id,
                         SUM(credit.points_open) AS unused
                  FROM loyalty_point_move credit
                  JOIN loyalty_card card ON card.id = credit.card_id
                  JOIN res_partner partner ON partner.id = card.partner_id
                  JOIN (SELECT program_id, MIN(required_points) AS enough
                        FROM loyalty_reward WHERE active AND required_points > 0
                        GROUP BY program_id) reward
                      ON reward.program_id = card.program_id
                  WHERE credit.points_open > 0 AND credit.company_id = %(company)s
                    AND credit.date <= %(since)s AND card.active AND card.is_account
                    AND (credit.expires_on IS NULL OR credit.expires_on >= %(as_of)s)
                  GROUP BY card.id, partner.commercial_partner_id, reward.enough
                  HAVING SUM(credit.points_open) >= reward.enough) account
            GROUP BY partner_id
            """,
            points=_UNUSED,
            days=_UNUSED_DAYS,
            company=company.id,
            since=as_of - relativedelta(days=_UNUSED_DAYS),
            as_of=as_of,
        )

    def _points_unused_sentence(self, values):
        return self.env._(
            "%(unused)s points unused for %(days)s days, enough for a reward",
            unused=formatLang(self.env, values["unused"], digits=0),
            days=values["days"],
        )

    def _tier_lost_sentence(self, values):
        return self.env._("Lost a tier %(days)s days ago", **values)
