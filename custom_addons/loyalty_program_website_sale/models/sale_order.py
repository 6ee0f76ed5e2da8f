from odoo import api, models
from odoo.http import request


class SaleOrder(models.Model):
    """Carts: what they will earn, what their member has, and nothing of others."""

    _inherit = "sale.order"

    @api.model
    def _loyalty_has_programs(self, website):
        """Whether a web shop has any program with accounts."""
        return bool(
            self.env["loyalty.program"]
            .sudo()
            .search_count(
                [
                    ("program_type", "=", "loyalty"),
                    ("ecommerce_ok", "=", True),
                    ("website_id", "in", [website.id, False]),
                    ("company_id", "in", [website.company_id.id, False]),
                ],
                limit=1,
            )
        )

    def _allow_nominative_programs(self):
        if self.env.context.get("loyalty_preview"):
            return True
        return super()._allow_nominative_programs()

    def _is_seen_by_member(self):
        """Whether who looks at this cart may see the member's points.

        A link to a cart can be opened by anybody; points are shown to its customer.
        """
        if not request:
            return True
        user = request.env.user
        customer = user.partner_id.commercial_partner_id
        return not user._is_public() and (
            self.partner_id.commercial_partner_id == customer
        )

    def _get_claimable_and_showable_rewards(self):
        """Offer accounts to their members, those of companies too, while there is any.

        Core offers here, too, what it has not looked for among the claimable ones.
        """
        result = super()._get_claimable_and_showable_rewards()
        for account in self._owner_accounts_for_later() - self.env[
            "loyalty.card"
        ].concat(*result):
            points = self._get_real_points_for_coupon(account)
            rewards = account.program_id.reward_ids - self.order_line.reward_id
            if rewards := rewards.filtered(lambda r, p=points: p >= r.required_points):
                result[account] = rewards
        if not self._is_seen_by_member():
            result = {c: rewards for c, rewards in result.items() if not c.is_account}
        return self._available_rewards(result)

    def _owner_accounts_for_later(self):
        """Accounts of the customer's company whose points are for later orders."""
        owner = self._loyalty_owner()
        cards = self.env["loyalty.card"]
        if owner == self.partner_id:
            return cards
        return cards.search(
            [
                ("partner_id", "=", owner.id),
                ("is_account", "=", True),
                ("program_id", "any", self._get_program_domain()),
                ("program_id.applies_on", "=", "future"),
            ]
        )

    def _loyalty_cart(self):
        """What the cart says about points.

        :return: ``{"expected": text, "is_member": bool, "accounts": [{"card", "name",
            "points", "ending", "until"}]}``
        """
        self.ensure_one()
        is_member = self._is_seen_by_member()
        cart = self if is_member else self.with_context(loyalty_preview=True)
        accounts = self.env["loyalty.card"].sudo()
        if is_member and request:
            accounts = accounts._portal_accounts(request.env.user.partner_id)
        programs = self.env["loyalty.program"].sudo().search(self._get_program_domain())
        return {
            "is_member": is_member,
            "expected": cart._expected_text() if self.state == "draft" else "",
            "accounts": [
                {
                    "card": card,
                    "name": card.program_id.portal_point_name,
                    "points": card._points_text(card.available_points),
                    "ending": card.expiring_points > 0
                    and card._points_text(card.expiring_points),
                    "until": card.next_expiry_date,
                }
                for card in accounts
                if card.active and card.program_id in programs
            ],
        }
