from odoo import api, models
from odoo.tools import SQL


def holding_payment(order, days):
    """Condition: a payment of an order is under way, or done.

    One that was begun and not ended holds for an hour; one that is announced, as by a
    bank transfer, for some days.

    :param order: SQL of the id of the order
    :param days: SQL of the number of days
    """
    return SQL(
        """EXISTS (
               SELECT FROM sale_order_transaction_rel link
               JOIN payment_transaction paid ON paid.id = link.transaction_id
               WHERE link.sale_order_id = %(order)s
                 AND (paid.state IN ('authorized', 'done')
                      OR paid.state = 'pending' AND paid.create_date
                         > (now() AT TIME ZONE 'UTC') - %(days)s * interval '1 day'
                      OR paid.state = 'draft' AND paid.create_date
                         > (now() AT TIME ZONE 'UTC') - interval '1 hour'))""",
        order=order,
        days=days,
    )


class PaymentTransaction(models.Model):
    """Whatever way an order is paid, what it claims is taken before money moves."""

    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        orders = transactions.sudo().sale_order_ids
        for order in orders.filtered(lambda order: order.state in ("draft", "sent")):
            order._begin_payment()
        return transactions
