from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyHistory(models.Model):
    """Core's log, which the portal shows. Lines of accounts come from the ledger.

    Lines of accounts without a ledger line are older than the ledger. They say what
    orders of that time have earned and spent.
    """

    _inherit = "loyalty.history"

    point_move_id = fields.Many2one(
        "loyalty.point.move",
        string="Ledger Line",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )

    _order_idx = models.Index("(order_id) WHERE point_move_id IS NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """Leave out what core notes about accounts: the ledger has noted it."""
        cards = self.env["loyalty.card"].browse(
            vals["card_id"] for vals in vals_list if vals.get("card_id")
        )
        accounts = set(cards.sudo().filtered("is_account").ids)
        return super().create(
            [vals for vals in vals_list if vals.get("card_id") not in accounts]
        )

    def write(self, vals):
        if any(self.mapped("card_id.is_account")):
            raise UserError(
                self.env._("The history of a points account is never changed.")
            )
        return super().write(vals)

    def unlink(self):
        """Keep the lines of accounts; core drops them when it cancels an order."""
        kept = self.filtered("card_id.is_account")
        return super(LoyaltyHistory, self - kept).unlink()
