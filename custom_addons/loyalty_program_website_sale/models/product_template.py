from odoo import models
from odoo.fields import Command
from odoo.http import request


class ProductTemplate(models.Model):
    """Says on the page of a product what buying it will earn."""

    _inherit = "product.template"

    def _get_additionnal_combination_info(
        self, product_or_template, quantity, uom, date, website
    ):
        info = super()._get_additionnal_combination_info(
            product_or_template, quantity, uom, date, website
        )
        if product_or_template._name == "product.product":
            info["loyalty_points"] = product_or_template._loyalty_points_text(
                quantity, uom, website
            )
        return info


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _loyalty_points_text(self, quantity, uom, website):
        """Points of an order of this product alone, for the visitor of this page.

        The order is thought, not stored: so price, tier and rules are those the cart
        will have. Visitors without a login are told what a new member gets.

        :return: ``120 Points (Club)``, or an empty text
        """
        orders = self.env["sale.order"].sudo().with_company(website.company_id)
        if not orders._loyalty_has_programs(website):
            return ""
        pricelist = request.pricelist if request else website.pricelist_id
        order = orders.with_context(loyalty_preview=True).new(
            {
                "company_id": website.company_id.id,
                "website_id": website.id,
                "partner_id": self.env.user.partner_id.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.id,
                            "product_uom_qty": quantity,
                            "product_uom_id": uom.id,
                        }
                    )
                ],
            }
        )
        return order._expected_text()
