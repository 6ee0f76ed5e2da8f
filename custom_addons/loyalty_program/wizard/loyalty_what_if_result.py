from odoo import fields, models


class LoyaltyWhatIfTier(models.TransientModel):
    """A tier with its border and multiplier to try out."""

    _name = "loyalty.what.if.tier"
    _description = "What If: Tier"
    _order = "threshold, id"

    what_if_id = fields.Many2one(
        "loyalty.what.if", required=True, ondelete="cascade", index=True
    )
    tier_id = fields.Many2one("loyalty.tier", required=True, ondelete="cascade")
    current_threshold = fields.Float(
        string="Threshold Today", related="tier_id.threshold"
    )
    threshold = fields.Float(digits=(16, 2))
    current_multiplier = fields.Float(
        string="Multiplier Today", related="tier_id.multiplier"
    )
    multiplier = fields.Float(digits=(6, 2))
    count_now = fields.Integer(string="Members Today", readonly=True)
    count_then = fields.Integer(string="Members Then", readonly=True)


class LoyaltyWhatIfMove(models.TransientModel):
    """Members who would go from one tier to another."""

    _name = "loyalty.what.if.move"
    _description = "What If: Members Who Would Move"
    _order = "count desc, id"

    what_if_id = fields.Many2one(
        "loyalty.what.if", required=True, ondelete="cascade", index=True
    )
    from_tier_id = fields.Many2one("loyalty.tier", ondelete="cascade")
    to_tier_id = fields.Many2one("loyalty.tier", ondelete="cascade")
    count = fields.Integer(string="Members")
    cards = fields.Json()

    def action_open(self):
        """Show the members who would move."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_program.loyalty_card_action_account"
        )
        action["domain"] = [("id", "in", self.cards or [])]
        return action
