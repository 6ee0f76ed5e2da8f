from odoo import api, fields, models
from odoo.tools import SQL


class CustomerInteraction(models.Model):
    """Points earned and redeemed, and changes of tier, on the customer's timeline.

    They follow documents by themselves, so they are no contact with people.
    """

    _inherit = "customer.interaction"

    kind = fields.Selection(
        selection_add=[
            ("points_earned", "Points Earned"),
            ("points_redeemed", "Points Redeemed"),
            ("tier", "Tier Changed"),
        ]
    )

    _depends = {
        "loyalty.point.move": ["company_id", "kind", "partner_id", "points"],
        "loyalty.tier.move": ["company_id", "partner_id", "to_tier_id"],
    }

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "loyalty.point.move": self._points_touches(company),
            "loyalty.tier.move": self._tier_touches(company),
        }

    @api.model
    def _points_touches(self, company=None):
        return self._source_query(
            SQL(
                "loyalty_point_move move"
                " JOIN loyalty_program program ON program.id = move.program_id"
            ),
            SQL("move.kind IN ('earn', 'bonus', 'redeem')"),
            company,
            source_id=SQL("move.id"),
            date=SQL(  # what was entered later stands where it belongs
                "CASE WHEN move.date < move.create_date::date - 1"
                " THEN move.date + interval '12 hours' ELSE move.create_date END"
            ),
            anchor_id=SQL("move.partner_id"),
            company_id=SQL("move.company_id"),
            kind=SQL(
                "CASE move.kind WHEN 'redeem' THEN 'points_redeemed'"
                " ELSE 'points_earned' END"
            ),
            channel=SQL("'other'"),
            direction=SQL("CASE move.kind WHEN 'redeem' THEN 'in' ELSE 'out' END"),
            summary=SQL(
                "concat(to_char(move.points, 'FMS999999999990.00'), ' · ',"
                " program.name ->> 'en_US')"
            ),
        )

    @api.model
    def _tier_touches(self, company=None):
        return self._source_query(
            SQL(
                "loyalty_tier_move change"
                " LEFT JOIN loyalty_tier tier ON tier.id = change.to_tier_id"
            ),
            SQL("TRUE"),
            company,
            source_id=SQL("change.id"),
            date=SQL("change.create_date"),
            anchor_id=SQL("change.partner_id"),
            company_id=SQL("change.company_id"),
            kind=SQL("'tier'"),
            channel=SQL("'other'"),
            direction=SQL("'out'"),
            summary=SQL("COALESCE(tier.name ->> 'en_US', '–')"),
        )
