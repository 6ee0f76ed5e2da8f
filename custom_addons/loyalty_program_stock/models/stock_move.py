from odoo import models


class StockMove(models.Model):
    """Deliveries to members who are served first come first."""

    _inherit = "stock.move"

    def _get_new_picking_values(self):
        values = super()._get_new_picking_values()
        for order in self.sudo().sale_line_id.order_id:
            if order.partner_id._is_served_first(order.company_id):
                values["priority"] = "1"
        return values
