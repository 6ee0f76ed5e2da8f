from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.points import to_points


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    balance_seen = fields.Float(readonly=True, help="The balance the user looked at.")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            card = self.env["loyalty.card"].browse(vals.get("card_id"))
            vals.setdefault("balance_seen", card.points)
        return super().create(vals_list)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        card = self.env["loyalty.card"].browse(
            values.get("card_id") or self.env.context.get("default_card_id")
        )
        if "balance_seen" in fields_list:
            values["balance_seen"] = card.points
        return values

    def action_update_card_point(self):
        """Post the difference the user meant, whatever happened in the meantime."""
        accounts = self.filtered("card_id.is_account")
        for wizard in accounts:
            card = wizard.card_id
            target = card._checked_points(wizard.new_balance)
            difference = target - to_points(wizard.balance_seen)
            if target < 0 or not difference:
                raise ValidationError(
                    self.env._("Enter a new balance that differs and is not negative.")
                )
            card._adjust(difference, wizard.description, key=f"balance:{wizard.id}")
        for wizard in self - accounts:
            super(LoyaltyCardUpdateBalance, wizard).action_update_card_point()
        return None
