from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LoyaltyPointAdjust(models.TransientModel):
    """Adds a line by hand, with a reason; the button posts once."""

    _name = "loyalty.point.adjust"
    _description = "Adjust Points"

    card_id = fields.Many2one(
        "loyalty.card", string="Account", required=True, readonly=True
    )
    partner_id = fields.Many2one(related="card_id.partner_id", string="Member")
    balance = fields.Float(string="Balance", related="card_id.points", digits=(16, 2))
    available = fields.Float(
        related="card_id.available_points", string="May Be Spent", digits=(16, 2)
    )
    points = fields.Float(
        digits=(16, 2), required=True, help="Points to add; below zero: to take away."
    )
    result = fields.Float(
        string="Balance Afterwards", compute="_compute_result", digits=(16, 2)
    )
    reason = fields.Char(required=True)

    @api.depends("points", "balance")
    def _compute_result(self):
        for wizard in self:
            wizard.result = wizard.balance + wizard.points

    def action_post(self):
        """Post the line. A second click finds it and adds nothing."""
        for wizard in self:
            points = wizard.card_id._checked_points(wizard.points)
            if not points:
                raise ValidationError(self.env._("Enter the points to add or to take."))
            if not (wizard.reason or "").strip():
                raise ValidationError(self.env._("Say why the points are adjusted."))
            wizard.card_id._adjust(
                points, wizard.reason.strip(), key=f"adjust:{wizard.id}"
            )
        return {"type": "ir.actions.act_window_close"}
