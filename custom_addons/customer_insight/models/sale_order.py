from odoo import models

_WATCHED = {"state", "date_order", "partner_id", "company_id", "currency_id"}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # few, and the only orders that the pass over the purchases does not meet
    _insight_free_idx = models.Index(
        "(partner_id) WHERE state = 'sale' AND COALESCE(amount_untaxed, 0) = 0"
    )

    def write(self, vals):
        watched = bool(_WATCHED & vals.keys())
        if watched:
            self._queue_customer_profiles()  # the customer they leave, if any
        result = super().write(vals)
        if watched:
            self._queue_customer_profiles()
        return result

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            order.partner_id._customer_event("order_confirmed", order)
        return result

    def _compute_amounts(self):
        result = super()._compute_amounts()
        self._queue_customer_profiles()
        return result

    def _queue_customer_profiles(self):
        """Have the profiles of the customers of confirmed orders follow."""
        confirmed = self.filtered(lambda order: order.id and order.state == "sale")
        if confirmed:
            self.env["customer.profile.queue"]._add(
                (order.partner_id.id, order.company_id.id) for order in confirmed
            )
