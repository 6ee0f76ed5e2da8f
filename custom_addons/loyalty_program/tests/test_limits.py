from odoo.exceptions import ValidationError
from odoo.tests import freeze_time

from .common import LoyaltyCase


class TestLimits(LoyaltyCase):
    """Caps of earning, and what points may pay of an order."""

    def test_a_day_and_a_month(self):
        self.program.write({"earn_cap_day": 100, "earn_cap_month": 150})
        with freeze_time("2025-03-01 12:00:00"):
            self._sell(70)
            self._sell(70)
            self.assertBalance(100)
        with freeze_time("2025-03-02 12:00:00"):
            self._sell(70)
            self.assertBalance(150)
            self.assertIn("70", self._account().points_move_ids[:1].reason)
        with freeze_time("2025-04-01 12:00:00"):
            self._sell(70)
            self.assertBalance(220)

    def test_a_capped_order_looked_at_later_earns_no_more(self):
        self.program.earn_cap_day = 100
        with freeze_time("2025-03-01 12:00:00"):
            order = self._sell(170)
            self.assertBalance(100)
        with freeze_time("2025-03-02 12:00:00"):
            order._settle_points()
            order._refresh_points()
            self.assertBalance(100)
            order._action_cancel()
            self.assertBalance(0)

    def test_the_budget_of_a_program(self):
        self.program.earn_cap_program = 100
        other = self._add_customer("Other")
        self._sell(70)
        self._sell(70, other)
        self.assertBalance(30, self._account(other))

    def test_the_fewest_points(self):
        self.program.redeem_min_points = 50
        account = self._add_account(49)
        order = self._sell(10, confirm=False, product=self.plain)
        order._update_programs_and_rewards()
        status = order._apply_program_reward(self.reward, account)
        self.assertIn("50", status["error"])
        self.assertFalse(order.order_line.filtered("reward_id"))
        account._post(1, "bonus")
        self._claim(order)

    def test_a_share_of_the_order(self):
        self.program.redeem_max_share = 30
        self._add_account(1000)
        order = self._sell(50, confirm=False, product=self.plain)
        self._claim(order)
        self.assertEqual(order.amount_total, 35)
        order.action_confirm()
        self.assertBalance(850)

    def test_a_share_of_the_order_with_a_fixed_reward(self):
        self.program.redeem_max_share = 30
        self.reward.write(
            {"discount_mode": "per_order", "discount": 20, "required_points": 200}
        )
        account = self._add_account(1000)
        order = self._sell(50, confirm=False, product=self.plain)
        order._update_programs_and_rewards()
        status = order._apply_program_reward(self.reward, account)
        self.assertIn("30", status["error"])
        self.assertEqual(order.amount_total, 50)
        order = self._sell(70, confirm=False, product=self.plain)
        self._claim(order)
        self.assertEqual(order.amount_total, 50)

    def test_a_debit_beyond_the_points_is_refused(self):
        account = self._add_account(10)
        for kind in ("redeem", "adjust"):
            with self.assertRaisesRegex(ValidationError, "10.00 points to spend"):
                account._post(-10.01, kind)
        self.assertBalance(10)
