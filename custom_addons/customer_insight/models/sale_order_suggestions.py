from odoo import Command, api, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """What goes with the products of a quotation."""

    _inherit = "sale.order"

    @api.readonly
    def get_suggestions(self):
        """Products that go with those of this quotation, with reasons.

        :return: list of sections, see ``customer.suggestion._section``
        :raise AccessError: for whoever may not read the order or the product rules
        """
        self.ensure_one()
        self.check_access("read")
        self.env["customer.product.rule"].check_access("read")
        if self.state not in ("draft", "sent"):
            return []
        return self.env["customer.suggestion"]._for_basket(
            self.order_line.product_id, self.sudo().partner_id, self.company_id
        )

    def action_add_suggestion(self, product_id):
        """Add a line with a suggested product.

        :raise UserError: if the order is confirmed or the product is not for sale
        """
        self.ensure_one()
        if self.state not in ("draft", "sent"):
            raise UserError(self.env._("Only quotations take suggestions."))
        product = self.env["customer.suggestion"]._check_saleable(
            self.company_id, product_id
        )
        self.order_line = [Command.create({"product_id": product.id})]
