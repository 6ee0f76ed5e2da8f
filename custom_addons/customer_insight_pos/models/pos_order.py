from odoo import api, models

_WATCHED = {"state", "date_order", "partner_id", "account_move", "lines", "payment_ids"}


class PosOrder(models.Model):
    """A paid order makes the profile of its customer follow."""

    _inherit = "pos.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._queue_customer_profiles()
        return orders

    def write(self, vals):
        watched = bool(_WATCHED & vals.keys())
        if watched:
            self._queue_customer_profiles()  # the customer they leave, if any
        result = super().write(vals)
        if watched:
            self._queue_customer_profiles()
        return result

    def _queue_customer_profiles(self):
        paid = self.filtered(
            lambda order: order.state in ("paid", "done") and order.partner_id
        )
        if paid:
            self.env["customer.profile.queue"]._add(
                (order.partner_id.id, order.company_id.id) for order in paid
            )
