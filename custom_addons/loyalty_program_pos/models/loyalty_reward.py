from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class LoyaltyReward(models.Model):
    """Pieces given at the counter count; the till opens without what is used up."""

    _inherit = "loyalty.reward"

    @api.model
    def _given_queries(self, without=None):
        return [
            *super()._given_queries(without),
            SQL(
                """SELECT line.reward_id,
                          CASE reward.reward_type WHEN 'product'
                          THEN ceil(sum(line.qty) / reward.reward_product_qty)
                          ELSE 1 END AS pieces
                   FROM pos_order_line line
                   JOIN pos_order sale ON sale.id = line.order_id
                   JOIN loyalty_reward reward ON reward.id = line.reward_id
                   WHERE sale.state NOT IN ('draft', 'cancel') AND line.qty > 0
                   GROUP BY line.order_id, line.reward_id, reward.id"""
            ),
        ]

    @api.model
    def _load_pos_data_domain(self, data, config):
        domain = Domain(super()._load_pos_data_domain(data, config))
        limited = self.sudo().search(domain & Domain("quantity_limit", ">", 0))
        gone = limited.filtered(lambda reward: not reward.quantity_left)
        return list(domain & Domain("id", "not in", gone.ids))
