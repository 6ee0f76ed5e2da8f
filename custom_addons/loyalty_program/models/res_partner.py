from odoo import api, fields, models
from odoo.addons.customer_insight.models.profile_fields import ProfileFloat
from odoo.exceptions import UserError

_INSIGHT_GROUPS = "customer_insight.group_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_account_ids = fields.One2many(
        "loyalty.card",
        "partner_id",
        string="Points Accounts",
        domain=[("is_account", "=", True)],
        groups="loyalty_program.group_officer,sales_team.group_sale_salesman",
    )
    loyalty_points = ProfileFloat(
        related="customer_profile_id.loyalty_points", groups=_INSIGHT_GROUPS
    )
    loyalty_tier_id = fields.Many2one(
        related="customer_profile_id.loyalty_tier_id", groups=_INSIGHT_GROUPS
    )

    def _loyalty_accounts(self, company):
        """The accounts of a customer and its contacts in a company."""
        return self.env["loyalty.card"].search(
            [
                ("partner_id.commercial_partner_id", "in", self.ids),
                ("is_account", "=", True),
                ("company_id", "in", [company.id, False]),
            ]
        )

    def action_open_loyalty_moves(self):
        """Show the points ledger of this customer and its contacts."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_program.loyalty_point_move_action"
        )
        action["domain"] = [("partner_id", "child_of", self.ids)]
        action["context"] = {}
        return action

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
