from odoo import models


class PosConfig(models.Model):
    """Coupons at the counter that are for the first purchase alone."""

    _inherit = "pos.config"

    def use_coupon_code(self, code, creation_date, partner_id, pricelist_id):
        result = super().use_coupon_code(code, creation_date, partner_id, pricelist_id)
        if not result["successful"]:
            return result
        card = self.env["loyalty.card"].sudo().browse(result["payload"]["coupon_id"])
        if not card.program_id.first_purchase_only:
            return result
        customer = self.env["res.partner"].sudo().browse(partner_id or ()).exists()
        customer = customer or card.partner_id
        if not customer:
            problem = self.env._("Choose the customer first.")
        elif customer._has_bought(self.company_id):
            problem = self.env._("This offer is for the first purchase.")
        else:
            return result
        return {"successful": False, "payload": {"error_message": problem}}
