from odoo import models


class SaleOrder(models.Model):
    """Who has bought at the counter has had a first purchase."""

    _inherit = "sale.order"

    def _is_first_purchase(self, rule=None):
        first = super()._is_first_purchase(rule)
        return first and not self.env["pos.order"]._has_bought(
            self.partner_id, self.company_id
        )
