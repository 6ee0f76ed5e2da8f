from freezegun import freeze_time
from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class MessageCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.write(
            {
                "mail_welcome": True,
                "mail_tier": True,
                "mail_expiring": True,
                "mail_statement": True,
                "tier_ids": [
                    fields.Command.create({"name": "Silver", "threshold": 100})
                ],
            }
        )
        cls.program.mail_since = "2025-01-01"
        cls.member.email = "member@example.com"
        cls.messages = cls.env["loyalty.message"]

    def _run_job(self):
        cron = self.env.ref("loyalty_program.ir_cron_messages")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _kinds(self, card):
        found = self.messages.search([("card_id", "=", card.id)], order="id")
        return [(message.kind, message.state) for message in found]

    def _last_mail(self):
        return self.env["mail.mail"].search([], order="id desc", limit=1)


class TestQueue(MessageCase):
    def test_each_event_once(self):
        card = self._add_account()
        self._run_job()
        self._run_job()
        self.assertEqual(self._kinds(card), [("welcome", "sent")])
        self.assertIn(card.code, self._last_mail().body_html)

    def test_nothing_about_what_was_before(self):
        self.program.mail_since = "2099-01-01"
        card = self._add_account()
        self.messages._queue_due()
        self.assertEqual(self._kinds(card), [])

    def test_start_is_noted_when_switched_on(self):
        program = self._add_program(name="New")
        self.assertFalse(program.mail_since)
        program.mail_statement = True
        self.assertTrue(program.mail_since)

    def _move_tier(self, card, when):
        change = self.env["loyalty.tier.move"].create(
            {
                "card_id": card.id,
                "date": when,
                "to_tier_id": self.program.tier_ids.id,
                "direction": "up",
            }
        )
        self._set_create_date(change, f"{when} 12:00:00")
        return change

    def test_each_mail_begins_when_it_is_switched_on(self):
        self.program.write(
            {"mail_tier": False, "mail_welcome": False, "mail_statement": False}
        )
        card = self._add_account(10)
        self._set_create_date(card, "2025-02-01 12:00:00")
        self._move_tier(card, "2025-02-01")
        with freeze_time("2025-06-10 12:00:00"):
            self.program.write({"mail_tier": True, "mail_welcome": True})
            self.messages._queue_due()
        self.assertEqual(self._kinds(card), [])
        change = self._move_tier(card, "2025-06-11")
        with freeze_time("2025-06-12 12:00:00"):
            self.program.mail_tier = True  # it was on
            self.messages._queue_due()
        self.assertEqual(self._kinds(card), [("tier_up", "queued")])
        message = self.messages.search([("card_id", "=", card.id)])
        self.assertEqual(message.event_key, f"tier,{change.id}")

    def test_a_statement_begins_when_it_is_switched_on(self):
        self.program.write({"mail_welcome": False, "mail_statement": False})
        with freeze_time("2025-05-20 12:00:00"):
            card = self._add_account(100)
        with freeze_time("2025-06-10 12:00:00"):
            card._post(40, "bonus")
            self.program.mail_statement = True
            self.messages._queue_due()
        self.assertEqual(self._kinds(card), [])
        with freeze_time("2025-07-01 08:00:00"):
            self.messages._queue_due()
        self.assertEqual(self._kinds(card), [("statement", "queued")])

    def test_switched_off(self):
        self.program.mail_welcome = False
        card = self._add_account()
        self.messages._queue_due()
        self.assertEqual(self._kinds(card), [])

    def test_tier_up_and_down(self):
        self.program.mail_welcome = False
        card = self._add_account()
        for direction, tier in (("up", self.program.tier_ids), ("down", None)):
            self.env["loyalty.tier.move"].create(
                {
                    "card_id": card.id,
                    "date": "2025-06-01",
                    "to_tier_id": tier and tier.id,
                    "direction": direction,
                }
            )
        self._run_job()
        self.assertEqual(
            sorted(self._kinds(card)), [("tier_down", "sent"), ("tier_up", "sent")]
        )

    def test_expiring_is_told_once_for_a_day(self):
        self.program.write({"mail_welcome": False, "expiry_mode": "term"})
        self.program.expiry_not_before = False
        card = self._add_account()
        today = card._today()
        card._post(10, "bonus", expires_on=fields.Date.add(today, days=31))
        self.messages._queue_due()
        self.assertEqual(self._kinds(card), [])
        card._post(25, "bonus", expires_on=fields.Date.add(today, days=30))
        self._run_job()
        self._run_job()
        self.assertEqual(self._kinds(card), [("expiring", "sent")])
        message = self.messages.search([("card_id", "=", card.id)])
        self.assertEqual(message._ending_points(), 25)
        self.assertIn(">25<", self._last_mail().body_html.replace("\n", ""))

    def test_statement_of_the_month_before(self):
        self.program.mail_welcome = False
        with freeze_time("2025-05-20 12:00:00"):
            card = self._add_account(100)
        with freeze_time("2025-06-10 12:00:00"):
            card._post(40, "bonus")
            card._post(-15, "adjust")
            self.messages._queue_due()
            self.messages.search([("event_key", "=", "2025-05")]).unlink()
        with freeze_time("2025-07-01 08:00:00"):
            self.messages._queue_due()
            card._post(1000, "bonus")
        message = self.messages.search([("event_key", "=", "2025-06")])
        self.assertEqual(message.kind, "statement")
        figures = message._statement()
        found = [figures[name] for name in ("opening", "came", "went", "closing")]
        self.assertEqual([float(figure) for figure in found], [100, 40, 15, 125])

    def test_no_statement_of_a_month_without_points(self):
        self.program.mail_welcome = False
        with freeze_time("2025-05-20 12:00:00"):
            card = self._add_account(100)
        with freeze_time("2025-07-01 08:00:00"):
            self.messages._queue_due()
        self.assertEqual(self._kinds(card), [])


class TestConsent(MessageCase):
    def test_reasons_to_be_silent(self):
        for number, prepare in enumerate(
            (
                lambda card: card.write({"is_mail_refused": True}),
                lambda card: card.partner_id.write({"email": False}),
                lambda card: self.env["mail.blacklist"]._add("c2@example.com"),
            )
        ):
            partner = self._add_customer(f"C{number}", email=f"c{number}@example.com")
            card = self._add_account(partner=partner)
            prepare(card)
            self.messages._queue_due()
            message = self.messages.search([("card_id", "=", card.id)])
            message._send()
            self.assertEqual(message.state, "skipped")
            self.assertTrue(message.reason)

    def test_archived_members_are_left_alone(self):
        """LP-26"""
        card = self._add_account()
        self.member.active = False
        self.messages._queue_due()
        self.assertEqual(self._kinds(card), [])

    def test_language_of_the_member(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        template = self.env.ref("loyalty_program.mail_template_welcome")
        template.with_context(lang="zh_CN").subject = "欢迎"
        self.member.lang = "zh_CN"
        self._add_account()
        self._run_job()
        self.assertEqual(self._last_mail().subject, "欢迎")

    def test_one_bad_message_stops_no_other(self):
        cards = [
            self._add_account(partner=self._add_customer(n, email=f"{n}@example.com"))
            for n in ("bad", "good")
        ]
        cls = type(self.messages)
        original = cls._send

        def fail(message):
            if message.card_id == cards[0]:
                raise ValueError("broken")
            return original(message)

        self.patch(cls, "_send", fail)
        with self.assertLogs("odoo.addons.loyalty_program", "ERROR"):
            self._run_job()
        self.assertEqual(self._kinds(cards[0]), [("welcome", "failed")])
        self.assertEqual(self._kinds(cards[1]), [("welcome", "sent")])

    def test_roles(self):
        card = self._add_account()
        self.messages._queue_due()
        message = self.messages.search([("card_id", "=", card.id)])
        officer = self._add_user("message_officer", "loyalty_program.group_officer")
        self.assertEqual(message.with_user(officer).kind, "welcome")
        with self.assertRaises(Exception) as caught:
            message.with_user(officer).state = "sent"
        self.assertEqual(type(caught.exception).__name__, "AccessError")

    def test_every_template_can_be_rendered(self):
        card = self._add_account(50)
        for kind in dict(self.messages._fields["kind"].selection):
            message = self.messages.create(
                {"card_id": card.id, "kind": kind, "event_key": "2025-06"}
            )
            message.tier_id = self.program.tier_ids
            message._send()
            body = self._last_mail().body_html
            self.assertIn("/my/loyalty/", body)
            self.assertIn("/loyalty/stop/", body)


@tagged("post_install", "-at_install")
class TestStop(MessageCase, HttpCase):
    def test_link_asks_first(self):
        card = self._add_account()
        self.messages._queue_due()
        message = self.messages.search([("card_id", "=", card.id)])
        path = f"/loyalty/stop/{message.id}/{message._stop_token()}"
        page = self.url_open(path)
        self.assertFalse(card.is_mail_refused)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        self.url_open(path, data={"csrf_token": token})
        card.invalidate_recordset()
        self.assertTrue(card.is_mail_refused)

    def test_wrong_tokens(self):
        card = self._add_account()
        self.messages._queue_due()
        message = self.messages.search([("card_id", "=", card.id)])
        for path in (f"{message.id}/x", f"99999999/{message._stop_token()}"):
            self.assertEqual(self.url_open(f"/loyalty/stop/{path}").status_code, 404)
