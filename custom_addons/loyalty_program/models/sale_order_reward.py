from odoo import api, models


class SaleOrder(models.Model):
    """Rewards of which there are only so many are taken when orders are confirmed."""

    _inherit = "sale.order"

    def action_confirm(self):
        for order in self:
            order._take_reward_pieces()
        return super().action_confirm()

    def _get_claimable_rewards(self, *args, **kwargs):
        claimable = super()._get_claimable_rewards(*args, **kwargs)
        return self._available_rewards(claimable)

    @api.model
    def _available_rewards(self, claimable):
        """Without rewards that are used up.

        :param claimable: ``{loyalty.card: loyalty.reward}``
        """
        return {
            coupon: left
            for coupon, rewards in claimable.items()
            if (left := rewards.filtered(lambda reward: not reward._is_used_up()))
        }

    def _apply_program_reward(self, reward, coupon, **kwargs):
        if reward._is_used_up():
            return {
                "error": self.env._("%s is no longer available.", reward.description)
            }
        return super()._apply_program_reward(reward, coupon, **kwargs)

    def _take_reward_pieces(self):
        lines = self.order_line.filtered(
            lambda line: line.reward_id.sudo().quantity_limit
        )
        wanted = {}
        for reward, items in lines.grouped("reward_id").items():
            pieces = 1
            if reward.reward_type == "product":
                taken = sum(items.mapped("product_uom_qty"))
                pieces = -(-taken // reward.reward_product_qty)
            wanted[reward.sudo()] = pieces
        if wanted:
            lines.reward_id.sudo()._take_pieces(wanted, order=self)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _take_reward_pieces(self):
        """What is added to a confirmed order has to be there, too."""
        added = self.filtered(
            lambda line: (
                line.order_id.state == "sale" and line.reward_id.sudo().quantity_limit
            )
        )
        for order in added.order_id:
            order._take_reward_pieces()
