import re
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import LoyaltyCase
from .test_portal import PortalCase


@tagged("post_install", "-at_install")
class TransferCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.transfer_mode = "officer"
        cls.card = cls._add_account(100)
        cls.other = cls._add_account(5, cls._add_customer("Receiver"))
        cls.transfers = cls.env["loyalty.transfer"]

    def _ask(self, points=30, to_code=None, seen=None, card=None):
        card = card or self.card
        seen = card.ledger_sequence if seen is None else seen
        code = self.other.code if to_code is None else to_code
        return self.transfers._request(card, code, points, seen)


class TestTransfer(TransferCase):
    def test_nothing_moves_before_it_is_confirmed(self):
        transfer = self._ask()
        self.assertBalance(100, self.card)
        transfer.action_confirm()
        self.assertBalance(70, self.card)
        self.assertBalance(35, self.other)
        self.assertKinds(("bonus", 100), ("transfer", -30), account=self.card)

    def test_confirmed_twice_moves_once(self):
        transfer = self._ask()
        transfer.action_confirm()
        transfer.action_confirm()
        self.assertBalance(70, self.card)

    def test_asked_twice_is_one(self):
        seen = self.card.ledger_sequence
        self.assertEqual(self._ask(seen=seen), self._ask(seen=seen))

    def test_points_keep_their_days(self):
        self.program.write({"expiry_mode": "term", "expiry_term": 12})
        self.program.expiry_not_before = False
        for day, points in (("2099-01-31", 20), ("2099-06-30", 20)):
            self.card._post(points, "bonus", expires_on=day)
        self._ask(30).action_confirm()
        got = self.moves.search(
            [("card_id", "=", self.other.id), ("kind", "=", "transfer")]
        )
        self.assertEqual(
            sorted((str(move.expires_on), move.points) for move in got),
            [("2099-01-31", 20), ("2099-06-30", 10)],
        )

    def test_failing_half_way_moves_nothing(self):
        """LP-37"""
        transfer = self._ask()
        cls = type(self.env["loyalty.card"])
        original = cls._post

        def fail(card, points, *args, **values):
            if points > 0:
                raise ZeroDivisionError
            return original(card, points, *args, **values)

        with (
            patch.object(cls, "_post", fail),
            self.assertRaises(ZeroDivisionError),
        ):
            transfer.action_confirm()
        self.assertBalance(100, self.card)
        self.assertBalance(5, self.other)
        self.assertEqual(transfer.state, "open")

    def test_more_than_there_is(self):
        with self.assertRaisesRegex(UserError, "enough"):
            self._ask(100.01)
        transfer = self._ask(100)
        self.card._post(-1, "adjust")
        with self.assertRaisesRegex(UserError, "enough"):
            transfer.action_confirm()
        self.assertBalance(99, self.card)

    def test_waiting_and_reserved_points_stay(self):
        account = self._add_account(partner=self._add_customer("Waits"))
        tomorrow = fields.Date.add(account._today(), days=1)
        account._post(50, "bonus", available_on=tomorrow)
        with self.assertRaisesRegex(UserError, "enough"):
            self._ask(10, card=account)
        order = self._sell(9, confirm=False, product=self.plain)
        self._claim(order, self.card)
        with self.assertRaisesRegex(UserError, "enough"):
            self._ask(30)

    def test_limits(self):
        self.program.write({"transfer_max": 40, "transfer_max_month": 50})
        with self.assertRaisesRegex(UserError, "at a time"):
            self._ask(40.01)
        self._ask(40).action_confirm()
        with self.assertRaisesRegex(UserError, "in a month"):
            self._ask(10.01)
        self._ask(10).action_confirm()

    def test_limit_holds_when_confirmed(self):
        """Two that are asked for within the limit are over it together."""
        self.program.transfer_max_month = 50
        first, second = self._ask(30), self._ask(31)
        first.action_confirm()
        with self.assertRaisesRegex(UserError, "in a month"):
            second.action_confirm()

    def test_bad_points_and_codes(self):
        for points in ("nan", "1e400", "-5", "0", "", None, "x", 0.001, 10**12):
            with self.subTest(points=points), self.assertRaises(UserError):
                self._ask(points)
        answers = set()
        for code in ("", "nothing", self.card.code, "%"):
            with self.subTest(code=code), self.assertRaises(UserError) as caught:
                self._ask(to_code=code)
            answers.add(str(caught.exception))
        self.assertEqual(len(answers), 1)

    def test_other_programs_are_out_of_reach(self):
        program = self._add_program(name="Second")
        foreign = self._add_account(partner=self.other.partner_id, program=program)
        with self.assertRaises(UserError):
            self._ask(to_code=foreign.code)

    def test_switched_off_and_archived(self):
        transfer = self._ask()
        self.program.transfer_mode = "none"
        with self.assertRaisesRegex(UserError, "cannot be transferred"):
            self._ask(5)
        with self.assertRaisesRegex(UserError, "cannot be transferred"):
            transfer.action_confirm()

    def test_receiver_archived_meanwhile(self):
        transfer = self._ask()
        self.other.partner_id.active = False
        with self.assertRaises(UserError):
            transfer.action_confirm()
        self.assertBalance(100, self.card)

    def test_asked_again_after_an_officer_has_cancelled(self):
        first = self._ask()
        first.action_cancel()
        second = self._ask()
        second.action_confirm()
        self.assertEqual((first.state, second.state), ("cancelled", "done"))

    def test_the_card_of_a_merged_account(self):
        code, heir = self.other.code, self._add_account(partner=self._add_customer("H"))
        self.other._merge_into(heir, "Merged")
        self._ask(30, code).action_confirm()
        self.assertBalance(35, heir)
        self.card._merge_into(heir, "Merged")
        with self.assertRaises(UserError):  # to oneself
            self._ask(1, code, card=heir)

    def test_cancel(self):
        transfer = self._ask()
        transfer.action_cancel()
        transfer.action_confirm()
        self.assertEqual(transfer.state, "cancelled")
        self.assertBalance(100, self.card)

    def test_roles(self):
        transfer = self._ask()
        seller = self._add_user("transfer_seller", "sales_team.group_sale_salesman")
        officer = self._add_user("transfer_officer", "loyalty_program.group_officer")
        with self.assertRaises(AccessError):
            transfer.with_user(seller).action_confirm()
        with self.assertRaises(AccessError):
            transfer.with_user(officer).state = "done"
        with self.assertRaises(AccessError):
            transfer.with_user(officer).read(["code_digest"])
        transfer.with_user(officer).action_confirm()
        self.assertEqual(transfer.decided_uid, officer)


class TestCode(TransferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.transfer_mode = "code"
        cls.member.email = "giver@example.com"

    def _sent_code(self):
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        return re.search(r"\b(\d{6})\b", mail.body_html)[1]

    def test_right_code(self):
        transfer = self._ask()
        self.assertIsNone(transfer._confirm_by_code(f" {self._sent_code()} "))
        self.assertBalance(70, self.card)
        self.assertIsNone(transfer._confirm_by_code("000000"))
        self.assertBalance(70, self.card)

    def test_wrong_codes_are_counted(self):
        transfer = self._ask()
        code = self._sent_code()
        wrong = "000000" if code != "000000" else "000001"
        for _number in range(5):
            self.assertIn("not the code", transfer._confirm_by_code(wrong))
        self.assertIn("no longer valid", transfer._confirm_by_code(code))
        self.assertBalance(100, self.card)

    def test_late_code(self):
        with freeze_time("2025-06-01 12:00:00"):
            transfer = self._ask()
            code = self._sent_code()
        with freeze_time("2025-06-01 12:30:01"):
            self.assertIn("no longer valid", transfer._confirm_by_code(code))

    def test_asked_again_after_the_code_has_ended(self):
        with freeze_time("2025-06-01 12:00:00"):
            first = self._ask()
        with freeze_time("2025-06-01 12:29:00"):
            self.assertEqual(self._ask(), first)
        with freeze_time("2025-06-01 12:31:00"):
            second = self._ask()
            self.assertNotEqual(second, first)
            self.assertEqual((first.state, second.state), ("cancelled", "open"))
            self.assertIsNone(second._confirm_by_code(self._sent_code()))
        self.assertBalance(70, self.card)

    def test_asked_again_after_too_many_tries(self):
        first = self._ask()
        code = self._sent_code()
        wrong = "000000" if code != "000000" else "000001"
        for _number in range(5):
            first._confirm_by_code(wrong)
        second = self._ask()
        self.assertNotEqual(second, first)
        self.assertIsNone(second._confirm_by_code(self._sent_code()))
        self.assertBalance(70, self.card)

    def test_asking_again_counts_for_the_day(self):
        with freeze_time(fields.Datetime.now()) as clock:
            for _number in range(10):
                self._ask()
                clock.tick(31 * 60)
            with self.assertRaisesRegex(UserError, "tomorrow"):
                self._ask()

    def test_code_of_another_transfer(self):
        first = self._ask(10)
        code = self._sent_code()
        second = self._ask(20)
        if self._sent_code() != code:
            self.assertIn("not the code", second._confirm_by_code(code))
        self.assertIsNone(first._confirm_by_code(code))

    def test_without_address_nothing_is_sent(self):
        self.member.email = False
        with self.assertRaisesRegex(UserError, "e-mail"):
            self._ask()

    def test_officers_cannot_confirm_for_the_member(self):
        transfer = self._ask()
        with self.assertRaisesRegex(UserError, "by a code"):
            transfer.action_confirm()

    def test_too_many_requests(self):
        for number in range(1, 11):
            self._ask(number)
        with self.assertRaisesRegex(UserError, "tomorrow"):
            self._ask(11)


@tagged("post_install", "-at_install")
class TestTransferPage(PortalCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.program.transfer_mode = "code"
        self.member.email = "giver@example.com"
        self.card = self._add_account(100)
        self.other = self._add_account(50, self._add_customer("Receiver"))
        self.authenticate("member_portal", "member_portal")

    def _post_form(self, path, **values):
        page = self.url_open("/my/loyalty")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(path, data={"csrf_token": token, **values})

    def _ask_for(self, code):
        return self._post_form(
            f"/my/loyalty/{self.card.id}/transfer",
            to_code=code,
            points="30",
            seen=self.card.ledger_sequence,
        )

    def test_give_and_confirm(self):
        page = self._ask_for(self.other.code)
        self.assertIn("one-time-code", page.text)
        self.assertNotIn("Receiver", page.text)
        transfer = self.env["loyalty.transfer"].search([], limit=1)
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        code = re.search(r"\b(\d{6})\b", mail.body_html)[1]
        self._post_form(f"/my/loyalty/transfer/{transfer.id}/confirm", code=code)
        self.assertBalance(70, self.card)
        self.assertBalance(80, self.other)

    def test_from_anothers_account(self):
        self._post_form(
            f"/my/loyalty/{self.other.id}/transfer",
            to_code=self.card.code,
            points="30",
            seen=self.other.ledger_sequence,
        )
        self.assertFalse(self.env["loyalty.transfer"].search([]))

    def test_anothers_transfer_cannot_be_confirmed(self):
        self.other.partner_id.email = "other@example.com"
        transfer = self.env["loyalty.transfer"]._request(
            self.other, self.card.code, 10, self.other.ledger_sequence
        )
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        code = re.search(r"\b(\d{6})\b", mail.body_html)[1]
        self._post_form(f"/my/loyalty/transfer/{transfer.id}/confirm", code=code)
        self.assertEqual(transfer.state, "open")
        answer = self._post_form("/my/loyalty/transfer/99999999/confirm", code=code)
        self.assertEqual(answer.status_code, 200)

    def test_trying_cards_is_slowed(self):
        """LP-24"""
        for number in range(10):
            answer = self._ask_for(f"044-{number}")
            self.assertIn("no other member with this card", answer.text)
        for code in ("044-x", self.other.code):
            self.assertIn("many wrong codes", self._ask_for(code).text)
        self.assertFalse(self.env["loyalty.transfer"].search_count([]))
