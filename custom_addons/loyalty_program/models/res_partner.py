from odoo import api, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _loyalty_owner(self, company):
        """The contact whose account this contact earns to and spends from."""
        self.ensure_one()
        if company.loyalty_account_level == "company":
            return self.commercial_partner_id
        return self

    @api.ondelete(at_uninstall=False)
    def _unlink_except_members(self):
        """A deleted contact would leave points that anybody could spend."""
        moves = self.env["loyalty.point.move"].sudo()
        member = moves.search([("partner_id", "in", self.ids)], limit=1).partner_id
        if member:
            raise UserError(
                self.env._(
                    "%s has a points ledger. Archive the contact or replace its name"
                    " and addresses instead of deleting it.",
                    member.display_name,
                )
            )
