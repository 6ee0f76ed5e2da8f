import json

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestPayment(LoyaltyCase, HttpCase):
    """What an order claims is taken before its customer pays, not after."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["payment.provider"].create(
            {"name": "Pay", "code": "none", "state": "test", "is_published": True}
        )
        cls.method = cls.env["payment.method"].create(
            {
                "name": "Pay",
                "code": "test_pay",
                "provider_ids": [Command.set(cls.provider.ids)],
            }
        )
        cls.customers = cls._add_customers(2)

    def _quotations_for_the_last_piece(self):
        self.reward.quantity_limit = 1
        orders = self.env["sale.order"]
        for partner in self.customers:
            account = self._add_account(100, partner)
            order = self._sell(50, partner, False, require_payment=True)
            self._claim(order, account)
            orders += order
        return orders

    def _pay(self, order):
        """Begin a payment, as each way to pay an order does."""
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "reference": f"T{self.env['payment.transaction'].search_count([])}",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )

    def assertCannotPay(self, order, reason):
        with (
            self.assertRaisesRegex(UserError, reason),
            self.env.cr.savepoint(),  # as a request that fails leaves nothing
        ):
            self._pay(order)

    def _age(self, payment, hours):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE payment_transaction
                   SET create_date = create_date - %s * interval '1 hour'
                   WHERE id = %s""",
                hours,
                payment.id,
            )
        )
        payment.invalidate_recordset(["create_date"])

    def _pay_in_portal(self, order):
        return self.url_open(
            f"/my/orders/{order.id}/transaction",
            data=json.dumps(
                {
                    "params": {
                        "access_token": order._portal_ensure_token(),
                        "provider_id": self.provider.id,
                        "payment_method_id": self.method.id,
                        "token_id": None,
                        "amount": order.amount_total,
                        "flow": "direct",
                        "tokenization_requested": False,
                        "landing_route": "/",
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()

    def test_a_quotation_paid_in_the_portal_holds_the_last_piece(self):
        one, other = self._quotations_for_the_last_piece()
        self.assertIn("result", self._pay_in_portal(one))
        with self.assertLogs("odoo.http", "WARNING"):
            answer = self._pay_in_portal(other)
        self.assertIn("no longer available", answer["error"]["data"]["message"])
        self.assertFalse(other.transaction_ids)
        one.transaction_ids.state = "done"
        one.action_confirm()
        self.assertEqual(one.state, "sale")

    def test_the_piece_is_free_when_the_payment_is_given_up(self):
        one, other = self._quotations_for_the_last_piece()
        for state in ("cancel", "error"):
            payment = self._pay(one)
            self.assertCannotPay(other, "no longer available")
            payment.state = state
            self._pay(other).state = state

    def test_a_payment_that_is_not_ended_holds_for_an_hour(self):
        one, other = self._quotations_for_the_last_piece()
        payment = self._pay(one)
        self._age(payment, 0.9)
        self.assertCannotPay(other, "no longer available")
        self._age(payment, 0.2)
        self._pay(other)

    def test_a_bank_transfer_holds_as_long_as_quotations_hold_points(self):
        self.program.reservation_days = 3
        one, other = self._quotations_for_the_last_piece()
        payment = self._pay(one)
        payment.state = "pending"
        self._age(payment, 71)
        self.assertCannotPay(other, "no longer available")
        self._age(payment, 2)
        self._pay(other)

    def test_of_two_who_have_paid_the_first_to_be_confirmed_has_it(self):
        """As when the first payer took longer than an hour: neither blocks both."""
        one, other = self._quotations_for_the_last_piece()
        late = self._pay(one)
        self._age(late, 2)
        (late | self._pay(other)).state = "done"
        one.action_confirm()
        self.assertEqual(one.state, "sale")
        with self.assertRaisesRegex(UserError, "no longer available"):
            other.action_confirm()

    def test_a_confirmed_order_is_paid_without_questions(self):
        one, _other = self._quotations_for_the_last_piece()
        one.action_confirm()
        self.assertTrue(self._pay(one))

    # === S051: OFFERS FOR THE FIRST PURCHASE === #

    def _orders_with_offer(self):
        offer = self.env["loyalty.program"].create(
            {
                "name": "Welcome",
                "program_type": "coupons",
                "trigger": "with_code",
                "company_id": self.company.id,
                "first_purchase_only": True,
                "reward_ids": [
                    Command.create({"discount_mode": "percent", "discount": 10})
                ],
            }
        )
        orders = self.env["sale.order"]
        for _number in range(2):
            card = self.env["loyalty.card"].create(
                {"program_id": offer.id, "points": 1, "partner_id": self.member.id}
            )
            order = self._sell(100, confirm=False, require_payment=True)
            [(coupon, reward)] = order._try_apply_code(card.code).items()
            order._apply_program_reward(reward, coupon)
            self.assertEqual(order.amount_total, 90)
            orders += order
        return orders

    def test_two_first_purchases_are_not_paid_at_once(self):
        one, other = self._orders_with_offer()
        payment = self._pay(one)
        self.assertCannotPay(other, f"already used by {one.name}")
        payment.state = "done"
        one.action_confirm()
        self.assertEqual(one.amount_total, 90)
        self.assertCannotPay(other, "has bought before")

    def test_who_has_paid_gets_an_order_and_is_told_why_it_costs_more(self):
        """The office confirms another order while the customer pays."""
        one, other = self._orders_with_offer()
        self._pay(one).state = "done"
        other.action_confirm()
        one.action_confirm()
        self.assertEqual((one.state, one.amount_total), ("sale", 100))
        self.assertIn("is for the first purchase", one.message_ids[0].body)
