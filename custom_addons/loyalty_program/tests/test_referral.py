from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import LoyaltyCase
from .test_portal import PortalCase


@tagged("post_install", "-at_install")
class ReferralCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.write({"referral_points": 50, "referral_friend_points": 20})
        cls.card = cls._add_account()
        cls.code = cls.card._ensure_referral_code()
        cls.referrals = cls.env["loyalty.referral"]
        cls.friend = cls._add_customer("Friend")

    def _register(self, friend=None, code=None):
        return self.referrals._note(code or self.code, friend or self.friend)

    def _follow(self):
        cron = self.env.ref("loyalty_program.ir_cron_referrals")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _pay(self, partner=None, amount=100.0):
        """A confirmed, invoiced and paid order."""
        order = self._sell(amount, partner or self.friend, product=self.plain)
        invoice = self._invoice(order)
        invoice.payment_state = "paid"
        return order


class TestBonus(ReferralCase):
    def test_both_get_points_on_the_first_paid_order(self):
        referral = self._register()
        self.assertEqual(referral.state, "pending")
        order = self._pay()
        self._follow()
        self.assertEqual(referral.state, "granted")
        self.assertEqual(referral.order_id, order)
        self.assertBalance(50, self.card)
        self.assertBalance(20, self._account(self.friend))

    def test_confirmed_is_not_paid(self):
        referral = self._register()
        order = self._sell(100, self.friend, product=self.plain)
        self._follow()
        self.assertEqual(referral.state, "pending")
        self._invoice(order)
        self._follow()
        self.assertEqual(referral.state, "pending")
        self.assertBalance(0, self.card)

    def test_once(self):
        """LP-23: twice the job, a second order, the link opened again."""
        self._register()
        self._pay()
        self._follow()
        self._pay()
        self._register()
        self._follow()
        self.assertBalance(50, self.card)
        self.assertEqual(len(self.referrals.search([])), 1)

    def test_cancelled_order_takes_both_back(self):
        referral = self._register()
        order = self._sell(100, self.friend, product=self.plain)
        invoice = self._invoice(order)
        invoice.payment_state = "paid"
        self._follow()
        self.assertBalance(50, self.card)
        invoice.button_draft()
        invoice.button_cancel()
        order._action_cancel()
        self.assertEqual(referral.state, "reversed")
        self.assertBalance(0, self.card)
        self.assertBalance(0, self._account(self.friend))
        self._follow()
        self.assertBalance(0, self.card)

    def test_credited_order_takes_both_back(self):
        referral = self._register()
        order = self._pay()
        self._follow()
        self._credit(order.invoice_ids)
        self.assertEqual(referral.state, "reversed")
        self.assertBalance(0, self.card)

    def test_half_a_return_keeps_the_bonus(self):
        referral = self._register()
        order = self._pay()
        self._follow()
        self._credit(order.invoice_ids, 0.5)
        self.assertEqual(referral.state, "granted")

    def test_spent_bonus_is_owed_or_written_off(self):
        for policy, balance in (("debt", -30), ("none", 0)):
            with self.subTest(policy=policy), self.env.cr.savepoint() as point:
                self.program.debt_policy = policy
                self._register()
                order = self._pay()
                self._follow()
                self._spend(30)
                self._credit(order.invoice_ids)
                self.assertBalance(balance, self.card)
                point.rollback()

    def test_points_of_a_rule_go_with_the_bonus(self):
        """LP-23"""
        self.env["loyalty.earning.rule"].create(
            {
                "name": "Thank you",
                "program_id": self.program.id,
                "event": "referral",
                "points": 20,
            }
        )
        self._register()
        order = self._pay()
        self._follow()
        self.assertBalance(70, self.card)
        self._credit(order.invoice_ids)
        self.assertBalance(0, self.card)

    def test_a_granted_referral_is_looked_at_when_its_order_changed(self):
        referral = self._register()
        order = self._pay()
        self._follow()
        self.assertEqual(referral.state, "granted")
        self._set_write_date(order, "2099-01-01 12:00:00")
        self.assertIn(referral.id, self.referrals._due_ids())
        self._follow()
        self.assertNotIn(referral.id, self.referrals._due_ids())
        self._set_write_date(order, "2099-01-02 12:00:00")
        self.assertIn(referral.id, self.referrals._due_ids())

    def _set_write_date(self, record, moment):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = %s WHERE id = %s", [moment, record.id]
        )
        record.invalidate_recordset(["write_date"], flush=False)

    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source | target).ids, target)
        self.env.invalidate_all()

    def test_a_merged_member_keeps_friends_and_code(self):
        """Merged twice: both the referral that waits and the link lead to the last."""
        heirs = self._add_customers(2)
        cards = [self._add_account(partner=heir) for heir in heirs]
        referral = self._register()
        self._merge(self.member, heirs[0])
        self._merge(heirs[0], heirs[1])
        self.assertEqual(referral.card_id, cards[1])
        self.assertEqual(referral.partner_id, heirs[1])
        self._pay()
        self._follow()
        self.assertEqual(referral.state, "granted")
        self.assertBalance(50, cards[1])
        second = self._register(self._add_customer("Second"))
        self.assertEqual(second.card_id, cards[1])

    def test_the_code_of_an_archived_account_is_none(self):
        self.card.active = False
        self.assertFalse(self._register())

    def test_bonus_waits_as_the_program_says(self):
        self.program.pending_days = 14
        self._register()
        self._pay()
        self._follow()
        self.assertEqual(self.card.available_points, 0)
        self.assertEqual(self.card.pending_points, 50)

    def test_least_amount(self):
        self.program.referral_min_amount = 100
        referral = self._register()
        self._pay(amount=99.99)
        self._follow()
        self.assertEqual(referral.state, "pending")
        self._pay(amount=100)
        self._follow()
        self.assertEqual(referral.state, "granted")

    def test_archived_member_gets_nothing(self):
        """LP-26"""
        self._register()
        self._pay()
        self.member.active = False
        self._follow()
        self.assertBalance(0, self.card)

    def test_one_bad_referral_stops_no_other(self):
        bad, good = self._register(), self._register(self._add_customer("Second"))
        self._pay()
        self._pay(good.friend_id)
        self._account(self.friend)
        cls = type(self.referrals)
        original = cls._grant_if_paid

        def fail(referral):
            if referral == bad:
                raise ValueError("broken")
            return original(referral)

        self.patch(cls, "_grant_if_paid", fail)
        with self.assertLogs("odoo.addons.loyalty_program", "ERROR"):
            self._follow()
        self.assertEqual((bad.state, good.state), ("pending", "granted"))


class TestGuards(ReferralCase):
    """LP-22 and LP-23."""

    def assertRefused(self, friend, reason):
        referral = self._register(friend)
        self.assertEqual(referral.state, "refused")
        self.assertIn(reason, referral.reason)

    def test_self(self):
        self.assertRefused(self.member, "one customer")

    def test_colleague(self):
        firm = self._add_customer("Firm", is_company=True)
        self.member.parent_id = firm
        colleague = self._add_customer("Colleague", parent_id=firm.id)
        self.assertRefused(colleague, "one customer")

    def test_email(self):
        self.member.email = "ann@example.com"
        self.assertRefused(self._add_customer("A", email="Ann+2@example.com"), "e-mail")

    def test_phone(self):
        self.member.phone = "+49 30 1234567"
        self.assertRefused(self._add_customer("A", phone="030 1234567"), "phone")

    def test_existing_customer(self):
        self._add_order(self.friend, "2025-01-01")
        self.assertRefused(self.friend, "customer before")

    def test_ring(self):
        self.assertEqual(self._register().state, "pending")
        other = self._add_account(partner=self.friend)
        code = other._ensure_referral_code()
        referral = self._register(self.member, code)
        self.assertEqual(referral.state, "refused")
        self.assertIn("has brought the member", referral.reason)

    def test_ring_of_three(self):
        self._register()
        second = self._add_account(partner=self.friend)
        third_partner = self._add_customer("Third")
        self._register(third_partner, second._ensure_referral_code())
        third = self._add_account(partner=third_partner)
        referral = self._register(self.member, third._ensure_referral_code())
        self.assertEqual(referral.state, "refused")

    def test_address_is_looked_at(self):
        where = {"street": "Main St. 5", "zip": "10115"}
        self.member.write(where)
        self.friend.write(where)
        referral = self._register()
        self.assertEqual(referral.state, "review")
        self._pay()
        self._follow()
        self.assertBalance(0, self.card)
        referral.action_approve()
        self.assertEqual(referral.state, "granted")
        self.assertBalance(50, self.card)

    def test_refused_by_hand_gets_nothing(self):
        referral = self._register()
        referral.action_refuse()
        self._pay()
        self._follow()
        self.assertBalance(0, self.card)

    def test_what_becomes_known_later_counts(self):
        """A friend who signs up empty-handed and enters the member's phone later."""
        referral = self._register()
        self.member.phone = self.friend.phone = "030 7654321"
        self._pay()
        self._follow()
        self.assertEqual(referral.state, "refused")
        self.assertBalance(0, self.card)

    def test_cap(self):
        self.program.referral_cap = 2
        states = [
            self._register(self._add_customer(f"Friend {n}")).state for n in range(3)
        ]
        self.assertEqual(states, ["pending", "pending", "review"])

    def test_cap_does_not_catch_the_first_ones_later(self):
        self.program.referral_cap = 1
        first = self._register()
        second = self._register(self._add_customer("Second"))
        second.action_approve()
        self._pay()
        self._follow()
        self.assertEqual(first.state, "granted")

    def test_unknown_and_ended_codes_are_alike(self):
        self.assertFalse(self._register(code="ABCDEFGHJK"))
        self.program.date_to = fields.Date.subtract(self.card._today(), days=1)
        self.assertFalse(self._register())
        self.program.date_to = False
        self.program.referral_points = 0
        self.assertFalse(self._register())

    def test_codes_differ_and_stay(self):
        cards = [self._add_account(partner=p) for p in self._add_customers(20)]
        codes = {card._ensure_referral_code() for card in cards}
        self.assertEqual(len(codes), 20)
        self.assertEqual(self.card._ensure_referral_code(), self.code)

    def test_roles(self):
        officer = self._add_user("referral_officer", "loyalty_program.group_officer")
        seller = self._add_user("referral_seller", "sales_team.group_sale_salesman")
        referral = self.referrals.with_user(officer).create(
            {
                "card_id": self.card.id,
                "friend_id": self.friend.id,
                "state": "granted",
                "is_approved": True,
                "points": 1000,
            }
        )
        self.assertEqual(referral.state, "pending")
        self.assertFalse(referral.is_approved or referral.points)
        with self.assertRaises(AccessError):
            referral.state = "granted"
        with self.assertRaises(AccessError):
            referral.with_user(seller).action_approve()


@tagged("post_install", "-at_install")
class TestLanding(ReferralCase, HttpCase):
    def test_every_code_gets_the_same_answer(self):
        """LP-24: guessing learns nothing."""
        answers = {
            (answer.status_code, answer.headers["Location"])
            for code in (self.code, "ABCDEFGHJK", "x", "%00", "1" * 300)
            for answer in [
                self.url_open(f"/refer/{code}", allow_redirects=False, timeout=20)
            ]
        }
        self.assertEqual(len(answers), 1)

    def test_sign_up_remembers_who_brought_the_visitor(self):
        users = type(self.env["res.users"])
        self.patch(users, "_get_signup_invitation_scope", lambda self: "b2c")
        page = self.url_open(f"/refer/{self.code}")
        self.assertIn("/web/signup", page.url)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        self.url_open(
            "/web/signup",
            data={
                "csrf_token": token,
                "login": "newcomer@example.com",
                "name": "Newcomer",
                "password": "newcomer-123",
                "confirm_password": "newcomer-123",
            },
        )
        found = self.referrals.search([("card_id", "=", self.card.id)])
        self.assertEqual(found.friend_id.name, "Newcomer")
        self.assertEqual(found.state, "pending")

    def test_nonsense_codes_leave_no_trace(self):
        answer = self.url_open("/refer/nonsense", allow_redirects=False)
        self.assertNotIn("loyalty_referral", answer.headers.get("Set-Cookie", ""))


@tagged("post_install", "-at_install")
class TestLinkOnPage(PortalCase, HttpCase):
    def test_link_is_shown_when_there_is_something_to_get(self):
        card = self._add_account(10)
        self.authenticate("member_portal", "member_portal")
        self.assertNotIn("/refer/", self.url_open("/my/loyalty").text)
        self.program.referral_points = 50
        page = self.url_open("/my/loyalty").text
        self.assertIn(f"/refer/{card.referral_code}", page)
