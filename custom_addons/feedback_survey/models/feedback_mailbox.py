from odoo import fields, models
from odoo.tools.safe_eval import safe_eval


class FeedbackMailbox(models.Model):
    """An address for complaints: each mail to it opens a case."""

    _name = "feedback.mailbox"
    _description = "Mailbox for Complaints"
    _inherit = ["mail.alias.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner of the Cases",
        domain=[("share", "=", False)],
        help="If empty: the customer's salesperson, then whom the settings name.",
    )

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("feedback.case")
        if self.id:
            defaults = safe_eval(self.alias_defaults or "{}")
            values["alias_defaults"] = {
                **defaults,
                "company_id": self.company_id.id,
                "user_id": self.user_id.id,
            }
        return values

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"company_id", "user_id"}:
            for mailbox in self:
                values = mailbox._alias_get_creation_values()
                mailbox.sudo().alias_id.alias_defaults = values["alias_defaults"]
        return result
