from odoo import api, models
from odoo.tools import SQL


class LoyaltyReward(models.Model):
    _inherit = "loyalty.reward"

    @api.model
    def _given_queries(self, without=None):
        """A piece on a cart that is being paid is gone.

        A payment that was begun and not ended holds it for an hour. An order that is
        paid itself stands behind confirmed ones alone: of two that were paid, as
        happens when the first payer took longer than that, the first to be confirmed
        has it, and neither waits for the other.
        """
        return [
            *super()._given_queries(without),
            SQL(
                """SELECT line.reward_id,
                          CASE reward.reward_type WHEN 'product'
                          THEN ceil(sum(line.product_uom_qty)
                                    / reward.reward_product_qty)
                          ELSE 1 END AS pieces
                   FROM sale_order_line line
                   JOIN sale_order cart ON cart.id = line.order_id
                   JOIN loyalty_reward reward ON reward.id = line.reward_id
                   WHERE cart.state IN ('draft', 'sent') AND line.product_uom_qty > 0
                     AND cart.id IS DISTINCT FROM %(without)s
                     AND NOT EXISTS (
                         SELECT FROM sale_order_transaction_rel own
                         JOIN payment_transaction mine ON mine.id = own.transaction_id
                         WHERE own.sale_order_id = %(without)s
                           AND mine.state IN ('authorized', 'done'))
                     AND EXISTS (
                         SELECT FROM sale_order_transaction_rel link
                         JOIN payment_transaction paid ON paid.id = link.transaction_id
                         WHERE link.sale_order_id = cart.id
                           AND (paid.state IN ('pending', 'authorized', 'done')
                                OR paid.state = 'draft' AND paid.create_date
                                   > (now() AT TIME ZONE 'UTC') - interval '1 hour'))
                   GROUP BY line.order_id, line.reward_id, reward.id""",
                without=without.id if without else None,
            ),
        ]
