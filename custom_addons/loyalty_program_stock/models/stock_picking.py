from odoo import models


class StockPicking(models.Model):
    """Deliveries grant the points that wait for them, returns take points back."""

    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        self.sudo().move_ids.sale_line_id.order_id._settle_points()
        return result
