from odoo import Command, api, models


class CustomerProfile(models.Model):
    """What to suggest to a customer, and the way into a quotation."""

    _inherit = "customer.profile"

    @api.readonly
    def get_suggestions(self):
        """Products to suggest to this customer, with reasons.

        :return: list of sections, see ``customer.suggestion._section``
        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["customer.suggestion"]._for_customer(
            self.partner_id, self.company_id
        )

    def action_add_to_quotation(self, product_id):
        """Add a product to the newest quotation of this customer, else to a new one.

        :return: action that opens the quotation
        :raise UserError: if the product is not for sale
        """
        self.ensure_one()
        self.check_access("read")
        company = self.company_id
        product = self.env["customer.suggestion"]._check_saleable(company, product_id)
        orders = self.env["sale.order"].with_company(company)
        order = orders.search(
            [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", company.id),
                ("state", "=", "draft"),
            ],
            order="create_date desc, id desc",
            limit=1,
        ) or orders.create({"partner_id": self.partner_id.id, "company_id": company.id})
        order.order_line = [Command.create({"product_id": product.id})]
        return order._get_records_action()

    @api.model
    def _night_steps(self):
        return [*super()._night_steps(), ("product rules", self._night_product_rules)]

    @api.model
    def _night_product_rules(self, company):
        self.env["customer.recommendation.run"]._refresh(company)
        return False
