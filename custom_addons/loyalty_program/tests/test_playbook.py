from datetime import datetime

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase

NOON = datetime(2025, 6, 30, 12)


@tagged("post_install", "-at_install")
class TestPlaybook(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOON))
        cls.member.email = "member@example.com"
        cls.coupons = cls.env["loyalty.program"].create(
            {
                "name": "Come back",
                "program_type": "coupons",
                "trigger": "with_code",
                "company_id": cls.company.id,
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "percent",
                            "discount": 10,
                        }
                    )
                ],
            }
        )

    def _do(self, partners=None, **step):
        """Do one step of a playbook for customers."""
        playbook = self.env["customer.playbook"].create(
            {
                "name": "Plan",
                "trigger": "manual",
                "company_id": self.company.id,
                "user_id": self.env.ref("base.user_root").id,
                "step_ids": [Command.create(step)],
            }
        )
        start = self.env["customer.playbook.enrolment"]._start_by_hand
        enrolments = start(playbook, partners or self.member)
        for batch in (enrolments, enrolments):  # the second time changes nothing
            playbook._do_step(playbook.step_ids, batch, NOON)
        return self.env["customer.playbook.log"].search(
            [("playbook_id", "=", playbook.id)]
        )

    def test_a_coupon_is_for_its_customer_and_one_use(self):
        logs = self._do(action="coupon", coupon_program_id=self.coupons.id)
        self.assertEqual((logs.state, logs.is_touch), ("done", True))
        card = self.coupons.coupon_ids
        self.assertEqual((card.partner_id, card.is_bound), (self.member, True))
        self.assertEqual(str(card.expiration_date), "2025-07-30")
        other = self._add_order(self._add_customer(), "2025-06-30", confirm=False)
        self.assertIn("another customer", other._try_apply_code(card.code)["error"])
        order = self._add_order(self.member, "2025-06-30", confirm=False)
        status = order._try_apply_code(card.code)
        self.assertNotIn("error", status)
        [(coupon, reward)] = status.items()
        order._apply_program_reward(reward, coupon)
        order.action_confirm()
        self.assertEqual(order.amount_untaxed, 90)
        again = self._add_order(self.member, "2025-06-30", confirm=False)
        self.assertIn("error", again._try_apply_code(card.code))

    def test_a_first_purchase_offer_ends_with_the_first_order(self):
        self.coupons.first_purchase_only = True
        prospect = self._add_customer(email="prospect@example.com")
        self._do(prospect, action="coupon", coupon_program_id=self.coupons.id)
        [card] = self.coupons.coupon_ids
        first = self._add_order(prospect, "2025-06-30", confirm=False)
        self.assertNotIn("error", first._try_apply_code(card.code))
        first.action_confirm()  # at the full price: the offer was not taken
        second = self._add_order(prospect, "2025-06-30", confirm=False)
        status = second._try_apply_code(card.code)
        self.assertIn("for the first purchase", status["error"])

    # === S051: AN OFFER FOR THE FIRST PURCHASE === #

    def _order_with_offer(self):
        """A prospect's quotation with the coupon of a playbook."""
        self.coupons.first_purchase_only = True
        self._do(action="coupon", coupon_program_id=self.coupons.id)
        card = self.coupons.coupon_ids
        order = self._add_order(self.member, "2025-06-30", confirm=False)
        [(coupon, reward)] = order._try_apply_code(card.code).items()
        order._apply_program_reward(reward, coupon)
        self.assertEqual(order.amount_untaxed, 90)
        return order, card

    def test_one_first_purchase_offer_for_a_prospect(self):
        self.coupons.first_purchase_only = True
        buyer = self._add_customer("Buyer", email="buyer@example.com")
        self._add_order(buyer, "2025-06-29")
        everybody = self.member | buyer
        reasons = [
            dict(
                self._do(
                    everybody, action="coupon", coupon_program_id=program.id
                ).mapped(lambda log: (log.partner_id, log.reason))
            )
            for program in (self.coupons, self.coupons.copy())
        ]
        self.assertEqual(
            reasons,
            [
                {self.member: False, buyer: "bought"},
                {self.member: "has_offer", buyer: "bought"},
            ],
        )
        self.assertEqual(self.coupons.coupon_ids.partner_id, self.member)

    def test_the_offer_ends_with_the_first_order(self):
        order, card = self._order_with_offer()
        self._add_order(self.member, "2025-06-30")  # another one comes first
        later = self._add_order(self.member, "2025-06-30", confirm=False)
        answer = later._try_apply_code(card.code)
        self.assertEqual(answer, {"error": "This offer is for the first purchase."})
        with self.assertRaisesRegex(UserError, "is for the first purchase, and Member"):
            order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("draft", 90))
        order.order_line.filtered("reward_id").unlink()
        order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 100))

    def test_the_offer_holds_for_the_first_order_and_comes_back_with_it(self):
        order, card = self._order_with_offer()
        order.action_confirm()
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 90))
        order._action_cancel()
        again = self._add_order(self.member, "2025-06-30", confirm=False)
        self.assertNotIn("error", again._try_apply_code(card.code))

    def test_an_offer_is_not_taken_along_to_another_customer(self):
        order, _card = self._order_with_offer()
        order.partner_id = self._add_customer("Friend")
        with self.assertRaisesRegex(UserError, "was given to another customer"):
            order.action_confirm()

    def test_points_go_to_members_once(self):
        account = self._add_account()
        stranger = self._add_customer()
        logs = self._do(
            self.member | stranger,
            action="points",
            points_program_id=self.program.id,
            points=25,
        )
        self.assertEqual(account.points, 25)
        self.assertEqual(
            {log.partner_id: (log.state, log.reason) for log in logs},
            {
                self.member: ("done", False),
                stranger: ("suppressed", "no_account"),
            },
        )
