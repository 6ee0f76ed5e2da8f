from odoo import api, models
from odoo.fields import Domain


class FeedbackGiveOut(models.AbstractModel):
    """Points and tiers are given out along with feedback."""

    _inherit = "feedback.give.out"

    @api.model
    def _given_fields(self):
        return {
            **super()._given_fields(),
            "loyalty.card": [
                *("program_id", "code", "points", "tier_id", "expiration_date"),
                "last_activity_date",
            ],
            "loyalty.point.move": [
                *("date", "program_id", "kind", "points", "reason", "expires_on"),
            ],
        }

    @api.model
    def _given_records(self, partner, companies):
        given = super()._given_records(partner, companies)
        env = self.sudo().with_context(active_test=False).env
        own = Domain("partner_id", "in", given["res.partner"].ids)
        own &= Domain("company_id", "in", (False, *companies.ids))
        given["loyalty.card"] = env["loyalty.card"].search(own, order="id")
        given["loyalty.point.move"] = env["loyalty.point.move"].search(
            [("card_id", "in", given["loyalty.card"].ids)], order="id"
        )
        return given
