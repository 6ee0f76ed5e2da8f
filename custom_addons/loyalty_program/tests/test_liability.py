from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from .common import MANAGER, OFFICER
from .test_money import MoneyCase


class TestLiability(MoneyCase):
    """What points are worth, how many will be used, and what is owed for them."""

    def test_expected_use_from_the_own_curve(self):
        for month in range(1, 8):
            with freeze_time(f"2025-{month:02d}-10 12:00"):
                self._sell(200)
                self._spend(100)
        with freeze_time("2025-08-10 12:00"):
            self.program._estimate_use()
            self.assertEqual(self.program.redemption_rate_own, 50)
            self.assertEqual(self.program._redemption_rate(), 0.5)

    def test_too_little_for_an_own_curve(self):
        self._sell(5000)
        self.program._estimate_use()
        self.assertFalse(self.program.redemption_rate_date)
        self.assertEqual(self.program._redemption_rate(), 1)

    def test_the_worth_of_a_point(self):
        self.assertEqual(self.program.point_value, 0.1)
        self.reward.write(
            {"discount_mode": "per_order", "discount": 5, "required_points": 100}
        )
        self.assertEqual(self.program.point_value, 0.05)
        self.program.point_value = 0.02
        self.assertEqual(self.program.point_value, 0.02)

    def test_the_worth_of_free_pieces_in_the_currency_of_the_program(self):
        """Three of 10 dollars for 100 points: 0.30 dollars, 0.15 euros a point."""
        self.plain.list_price = 10
        self.reward.write(
            {
                "reward_type": "product",
                "reward_product_id": self.plain.id,
                "reward_product_qty": 3,
                "required_points": 100,
            }
        )
        self.assertEqual(self.program.point_value, 0.3)
        self.program.currency_id = self._other_currency("EUR", 0.5)
        self.assertEqual(self.program.point_value, 0.15)

    def test_lots_by_age(self):
        today = date.today()
        for months, age in ((1, "1"), (4, "2"), (8, "3"), (18, "4"), (30, "5")):
            day = date.fromordinal(today.toordinal() - months * 30)
            account = self._account() or self._add_account()
            account._post(10, "bonus", key=f"age {age}", date=day)
        self.env.flush_all()
        lots = self.env["loyalty.point.liability"].search(
            [("program_id", "=", self.program.id)], order="date desc"
        )
        self.assertEqual(lots.mapped("age"), ["1", "2", "3", "4", "5"])
        self.assertEqual(lots.mapped("face_value"), [1] * 5)
        self.assertEqual(lots[0].action_open_lot()["res_id"], self._account().id)

    def test_who_may_post_and_look(self):
        self._sell(100)
        manager = self._add_user("manager", MANAGER)
        officer = self._add_user("officer", OFFICER)
        with self.assertRaises(AccessError):
            self.program.with_user(officer).action_post_deferrals()
        self.program.with_user(manager).action_post_deferrals()
        self.assertEqual(self._balance(self.owed), -9.09)
        lots = self.env["loyalty.point.liability"]
        self.assertTrue(lots.with_user(officer).search([]))
        with self.assertRaises(AccessError):
            lots.with_user(self._add_user("user", "base.group_user")).search([])
        self.program.posts_deferrals = False
        with self.assertRaises(UserError):
            self.program.action_post_deferrals()

    def test_other_companies_see_nothing(self):
        self._add_account(10)
        other = self._add_company("Other")
        officer = self._add_user("officer", OFFICER, company=other)
        lots = self.env["loyalty.point.liability"].with_user(officer)
        lots = lots.with_context(allowed_company_ids=other.ids)
        self.assertFalse(lots.search([]))
