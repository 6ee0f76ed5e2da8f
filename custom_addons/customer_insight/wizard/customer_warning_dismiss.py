from odoo import fields, models

from ..models.customer_warning import DISMISS_REASONS


class CustomerWarningDismiss(models.TransientModel):
    """Why warnings need no action: asked once for all that were chosen."""

    _name = "customer.warning.dismiss"
    _description = "Dismiss Warnings"

    warning_ids = fields.Many2many("customer.warning", string="Warnings")
    reason = fields.Selection(
        [one for one in DISMISS_REASONS if one[0] != "eased"],
        required=True,
        default="false_alarm",
    )
    note = fields.Text()

    def action_apply(self):
        """Dismiss the chosen warnings."""
        self.ensure_one()
        self.warning_ids._dismiss(self.reason, self.note)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
