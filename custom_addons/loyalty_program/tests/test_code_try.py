import secrets
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import freeze_time

from .common import LoyaltyCase

REQUEST = "odoo.addons.loyalty_program.models.loyalty_code_try.request"


class TestCodeTry(LoyaltyCase):
    """LP-24: codes are not found by trying, and honest people are not locked out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coupons = cls.env["loyalty.program"].create(
            {
                "name": "Coupons",
                "program_type": "coupons",
                "trigger": "with_code",
                "company_id": cls.company.id,
                "reward_ids": [
                    Command.create({"discount_mode": "percent", "discount": 10})
                ],
            }
        )
        cls.coupon = cls._add_coupon()
        cls.tries = cls.env["loyalty.code.try"]
        cls.public = cls.env.ref("base.public_user")
        cls.portal = cls._add_user("code portal", "base.group_portal")
        cls.order = cls._sell(100, confirm=False)

    @classmethod
    def _add_coupon(cls, **values):
        return cls.env["loyalty.card"].create(
            {"program_id": cls.coupons.id, "points": 1, **values}
        )

    def _enter(self, code, user=None, address="192.0.2.1"):
        """Enter a code as a visitor does, from a network."""
        visit = SimpleNamespace(httprequest=SimpleNamespace(remote_addr=address))
        order = self.order.with_user(user or self.public).sudo()
        with patch(REQUEST, visit):
            return order._try_apply_code(code)

    def _enter_wrong(self, number, **values):
        for _time in range(number):
            code = secrets.token_hex(4)
            status = self._enter(code, **values)
        return status["error"]

    def test_ten_thousand_random_codes(self):
        """No hit; after a few, not even a right one is looked up for a while."""
        for _time in range(100):
            self._add_coupon()
        generate = self.env["loyalty.card"]._generate_code
        answers = {}
        for _time in range(10_000):
            code = generate()
            status = self._enter(code)
            text = status["error"].replace(code, "…")
            answers[text] = answers.get(text, 0) + 1
        self.assertEqual(
            answers,
            {
                "This code is not valid, or no longer (…).": 30,
                "These were many wrong codes. Please try again in a few minutes.": 9970,
            },
        )
        self.assertEqual(self.tries.search_count([]), 30)
        self.assertIn("error", self._enter(self.coupon.code))
        self.assertFalse(self.order.applied_coupon_ids)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=11)):
            self.assertNotIn("error", self._enter(self.coupon.code))
            self.tries._gc()
        self.assertEqual(self.tries.search_count([]), 30)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=61)):
            self.tries._gc()
        self.assertFalse(self.tries.search_count([]))

    def test_one_answer_for_all_that_is_no_good(self):
        yesterday = fields.Date.add(fields.Date.today(), days=-1)
        stranger = self._add_customer("Stranger")
        limited = self.env["loyalty.program"].create(
            {
                "name": "Promotion",
                "program_type": "promo_code",
                "trigger": "with_code",
                "company_id": self.company.id,
                "limit_usage": True,
                "max_usage": 1,
                "rule_ids": [Command.create({"mode": "with_code", "code": "SPRING"})],
                "reward_ids": [
                    Command.create({"discount_mode": "percent", "discount": 10})
                ],
            }
        )
        used = self._sell(100, stranger, confirm=False)
        [(coupon, reward)] = used._try_apply_code("SPRING").items()
        used._apply_program_reward(reward, coupon)
        codes = [
            "nothing",
            self._add_coupon(expiration_date=yesterday).code,
            self._add_coupon(points=0).code,
            self._add_coupon(partner_id=stranger.id, is_bound=True).code,
            self._add_account(5, stranger).code,
            limited.rule_ids.code,
        ]
        answers = set()
        for code in codes:
            status = self._enter(code)
            self.assertTrue(status["not_found"])
            answers.add(status["error"].replace(code, "…"))
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(self.tries.search_count([]), len(codes))

    def test_staff_are_told_why_and_not_slowed(self):
        yesterday = fields.Date.add(fields.Date.today(), days=-1)
        ended = self._add_coupon(expiration_date=yesterday)
        seller = self._add_user("codes", "sales_team.group_sale_salesman_all_leads")
        self._enter_wrong(40, user=seller)
        self.assertFalse(self.tries.search_count([]))
        self.assertIn("expired", self._enter(ended.code, user=seller)["error"])
        self.assertNotIn("error", self._enter(self.coupon.code, user=seller))

    def test_members_are_told_about_their_own(self):
        yesterday = fields.Date.add(fields.Date.today(), days=-1)
        own = self._add_coupon(
            partner_id=self.portal.partner_id.id, expiration_date=yesterday
        )
        self.assertIn("expired", self._enter(own.code, user=self.portal)["error"])
        self.assertNotIn("expired", self._enter(own.code)["error"])

    def test_a_mistake_that_is_repeated_counts_once(self):
        for _time in range(50):
            self._enter("SPRNIG")
        self.assertEqual(self.tries.search_count([]), 1)
        self.assertNotIn("error", self._enter(self.coupon.code))

    def test_an_account_is_slowed_wherever_it_comes_from(self):
        for number in range(10):
            self._enter_wrong(1, user=self.portal, address=f"198.51.100.{number}")
        answer = self._enter(self.coupon.code, user=self.portal, address="203.0.113.1")
        self.assertIn("many wrong codes", answer["error"])
        # others are not, in the same networks neither
        self.assertNotIn("error", self._enter(self.coupon.code, address="198.51.100.1"))

    def test_colleagues_in_one_network_are_not_locked_out_by_one(self):
        self._enter_wrong(50, user=self.portal)
        self.assertNotIn("error", self._enter(self.coupon.code))

    def test_codes_have_sixty_random_bits(self):
        codes = {self.env["loyalty.card"]._generate_code() for _time in range(100)}
        self.assertEqual(len(codes), 100)
        for code in codes:
            self.assertRegex(code, r"^044[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$")
