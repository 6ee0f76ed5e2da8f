from odoo import models
from odoo.addons.loyalty_program.engine.points import to_points


class LoyaltyCard(models.Model):
    """The till writes balances; accounts take them as lines of its order."""

    _inherit = "loyalty.card"

    def write(self, vals):
        order = self.env.context.get("loyalty_pos_order")
        accounts = self.filtered("is_account") if order and "points" in vals else None
        if not accounts:
            return super().write(vals)
        order = self.env["pos.order"].browse(order)
        target = self._checked_points(vals["points"])
        for card in accounts:
            order._post_points(card, target - to_points(card.points))
        others = {name: value for name, value in vals.items() if name != "points"}
        super(LoyaltyCard, self - accounts).write(vals)
        return super(LoyaltyCard, accounts).write(others) if others else True
