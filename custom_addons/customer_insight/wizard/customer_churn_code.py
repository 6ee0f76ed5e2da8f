from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..models.customer_churn_reason import SOURCES


class CustomerChurnCode(models.TransientModel):
    """Why customers left: asked once for all that were chosen."""

    _name = "customer.churn.code"
    _description = "Why Customers Left"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    reason_id = fields.Many2one("customer.churn.reason", required=True)
    source = fields.Selection(SOURCES[:2], required=True, default="staff")
    note = fields.Text()

    def _dialog(self, partners, company):
        """Ask for one or more customers; of one, what feedback points to is offered.

        :return: action that opens the dialog for these customers
        """
        offered = self.env["customer.churn.reason"]
        if len(partners) == 1:
            statements = self.env["customer.churn.statement"].sudo()
            offered = statements._offered_reason(partners, company)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why Did They Leave?"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_ids": partners.ids,
                "default_company_id": company.id,
                "default_reason_id": offered.id,
                "default_source": "customer" if offered else "staff",
            },
        }

    def action_apply(self):
        """Write it down; of several statements of a source the latest counts.

        :raise AccessError: for customers the user may not see
        """
        self.ensure_one()
        profiles = self.env["customer.profile"].with_context(active_test=False)
        customers = self.partner_ids.commercial_partner_id
        seen = profiles.search(
            Domain("partner_id", "in", customers.ids)
            & Domain("company_id", "=", self.company_id.id)
        )
        if customers - seen.partner_id:
            raise AccessError(
                self.env._("These customers are not yours, or of another company.")
            )
        self.env["customer.churn.statement"].sudo().create(  # rights checked above
            [
                {
                    "partner_id": customer.id,
                    "company_id": self.company_id.id,
                    "date": self.company_id._insight_today(),
                    "reason_id": self.reason_id.id,
                    "source": self.source,
                    "note": self.note,
                }
                for customer in customers
            ]
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
