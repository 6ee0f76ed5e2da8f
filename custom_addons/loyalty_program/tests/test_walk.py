import random

from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .common import LoyaltyCase

SEEDS = (1, 7, 42)
STEPS = 40


class TestWalk(LoyaltyCase):
    """Random lives of members; after each step the invariants hold."""

    def _step(self, dice, orders):
        """Do something that happens in a shop; what is refused changes nothing."""
        action = dice.choice(
            [
                "sell",
                "sell",
                "spend",
                "spend",
                "edit",
                "cancel",
                "again",
                "refund",
                "unrefund",
                "adjust",
                "expire",
            ]
        )
        order = dice.choice(orders) if orders else None
        partner = dice.choice(self.members)
        if action == "sell":
            orders.append(self._sell(dice.randint(1, 20000) / 100, partner))
        elif action == "spend" and self._account(partner).available_points >= 1:
            new = self._sell(dice.randint(100, 5000) / 100, partner, confirm=False)
            self._claim(new, self._account(partner))
            if dice.random() < 0.7:
                new.action_confirm()
            orders.append(new)
        elif action == "edit" and order and order.state == "sale":
            line = order.order_line.filtered(lambda item: not item.reward_id)[:1]
            line.price_unit = dice.randint(0, 20000) / 100
        elif action == "cancel" and order and order.state != "cancel":
            order._action_cancel()
        elif action == "again" and order and order.state == "cancel":
            order.action_draft()
            order.action_confirm()
        elif action == "refund" and order and order.state == "sale":
            if order.amount_total > 0 and order.invoice_status != "invoiced":
                self._credit(self._invoice(order), dice.choice([0.5, 1.0]))
        elif action == "unrefund" and order:
            order.invoice_ids.filtered(
                lambda m: m.move_type == "out_refund" and m.state == "posted"
            ).button_draft()
        elif action == "adjust" and self._account(partner):
            self._account(partner)._adjust(
                self.program.coupon_ids._checked_points(dice.randint(-500, 500) / 10),
                "Walk",
            )
        elif action == "expire":
            self.env["loyalty.card"]._due_accounts(100)._expire()

    def _walk(self, seed):
        dice = random.Random(seed)
        self.members = self._add_customers(3)
        orders = []
        for number in range(STEPS):
            with freeze_time(
                f"2025-{1 + number // 4:02d}-{1 + number % 4 * 7:02d} 12:00"
            ):
                try:
                    with self.env.cr.savepoint():
                        self._step(dice, orders)
                except UserError:
                    self.env.invalidate_all()
                    orders = [order for order in orders if order.exists()]
                self.assertLedgerIsSound()
        return self.env["loyalty.card"].search([("partner_id", "in", self.members.ids)])

    def test_random_lives(self):
        for policy, seed in zip(("debt", "none", "pending"), SEEDS, strict=True):
            with self.subTest(policy=policy, seed=seed):
                self.program.write(
                    {
                        "debt_policy": policy,
                        "expiry_mode": "term",
                        "expiry_term": 2,
                        "pending_days": seed % 5,
                    }
                )
                self.program.expiry_not_before = False
                accounts = self._walk(seed)
                self.assertGreater(len(accounts.points_move_ids), 20)
                if policy == "none":
                    self.assertGreaterEqual(min(accounts.mapped("points")), 0)
