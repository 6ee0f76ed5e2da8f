from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        """Tell that an order was delivered; add-ons act on it."""
        result = super()._action_done()
        for picking in self.filtered(
            lambda picking: (
                picking.state == "done" and picking.picking_type_code == "outgoing"
            )
        ):
            customer = picking.partner_id.commercial_partner_id
            customer._customer_event("order_delivered", picking)
        return result
