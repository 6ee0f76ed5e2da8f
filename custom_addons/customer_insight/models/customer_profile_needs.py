from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    need_evidence_ids = fields.One2many(
        "customer.need.evidence",
        "partner_id",
        string="Signs of Needs",
        groups="customer_insight.group_user",
    )
    preference_ids = fields.One2many(
        "customer.preference",
        "partner_id",
        string="Preferences",
        groups="customer_insight.group_user",
    )


class CustomerProfile(models.Model):
    """What the customer needs and prefers, as noted by people."""

    _inherit = "customer.profile"

    need_evidence_ids = fields.One2many(
        "customer.need.evidence",
        string="Signs of Needs",
        compute="_compute_needs",
    )
    preference_ids = fields.One2many(
        "customer.preference", string="Preferences", compute="_compute_needs"
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_needs(self):
        for profile in self:
            own = [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "=", profile.company_id.id),
            ]
            profile.need_evidence_ids = self.env["customer.need.evidence"].search(own)
            profile.preference_ids = self.env["customer.preference"].search(own)

    def action_add_preference(self):
        """Note a preference of this customer in a dialog."""
        return self._add_action("customer.preference", self.env._("New Preference"))

    def action_add_evidence(self):
        """Note a sign of a need of this customer in a dialog."""
        return self._add_action("customer.need.evidence", self.env._("Sign of a Need"))

    def _add_action(self, model, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }
