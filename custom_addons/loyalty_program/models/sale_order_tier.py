from odoo import models


class SaleOrder(models.Model):
    """Tiers multiply what is earned, and follow what orders give."""

    _inherit = "sale.order"

    def _points_factor(self, program):
        """The multiplier of the member's tier, fixed when the order is confirmed."""
        factor = super()._points_factor(program)
        if not program.sudo().tier_ids:
            return factor
        entry = self.coupon_point_ids.filtered(
            lambda item: item.coupon_id.program_id == program
        )[:1]
        if self.state == "sale" and entry.tier_factor:
            return factor * entry.tier_factor
        account = self.env["loyalty.card"]._find_account(
            program, self._loyalty_owner().id
        )
        tier = account.sudo().tier_id
        return factor * tier.multiplier if tier else factor

    def action_confirm(self):
        for order in self:  # before what this order earns lifts the tier
            for entry in order.coupon_point_ids.sudo():
                order._keep_tier_factor(entry)
        return super().action_confirm()

    def _keep_tier_factor(self, entry):
        account = entry.coupon_id
        if account.is_account and account.program_id.tier_ids:
            entry.tier_factor = account.tier_id.multiplier if account.tier_id else 1.0

    def _settle_account(self, account, posted):
        result = super()._settle_account(account, posted)
        for entry in self.coupon_point_ids:
            if self.state == "sale" and not entry.tier_factor:
                self._keep_tier_factor(entry)
        if account.program_id.tier_ids:
            account._refresh_tiers()
        return result
