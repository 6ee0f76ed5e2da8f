from datetime import timedelta
from unittest.mock import patch

from odoo.addons.sms.tests.common import MockSMS
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_playbook import NOON, RUN, PlaybookCase


@tagged("post_install", "-at_install")
class TestPlaybookSms(PlaybookCase, MockSMS):
    """Text messages go through Odoo's own queue to a gateway that only pretends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls._add_first_buyers(1)
        cls.buyer.phone = "+4915123456789"
        cls.sms = cls._add_playbook(
            {"action": "sms", "body": "Thank you!"}, start=False
        )

    def _run_and_send(self, now=NOON, **gateway):
        with self.mockSMSGateway(**gateway):
            self.sms._run(now)
            self.env["sms.sms"]._process_queue()
        return [(one["number"], one["body"]) for one in self._sms]

    def test_one_message_to_the_customers_number(self):
        self.sms.action_start()
        sent = self._run_and_send()
        self.assertEqual(sent, [("+4915123456789", "Thank you!")])
        self.assertEqual(self._run_and_send(), [])
        self.assertEqual(self._log(self.sms), [("done", "")])
        self.assertIn("Thank you!", self.buyer.message_ids[0].body)

    def test_none_without_consent_or_number(self):
        self.env["phone.blacklist"].add("+4915123456789")
        self.sms.action_start()
        self.assertEqual(self._run_and_send(), [])
        self.assertEqual(self._log(self.sms), [("suppressed", "no_consent")])
        other = self._add_first_buyers(1)
        self.assertEqual(self._run_and_send(), [])
        log = self.env["customer.playbook.log"].search([("partner_id", "=", other.id)])
        self.assertEqual(log.reason, "no_address")

    def test_not_in_quiet_hours_but_after_them(self):
        self.sms.action_start()
        night = NOON.replace(hour=22)
        self.assertEqual(self._run_and_send(night), [])
        self.assertEqual(self._log(self.sms), [("postponed", "quiet")])
        self.assertEqual(len(self._run_and_send(night + timedelta(hours=11))), 1)

    def test_one_that_could_not_be_delivered_is_logged_and_not_repeated(self):
        self.sms.action_start()
        failed = self._run_and_send(sim_error="wrong_number_format")
        self.assertEqual(failed, [])
        self.assertEqual(self._run_and_send(), [])
        [log] = self.env["customer.playbook.log"].search(
            [("playbook_id", "=", self.sms.id)]
        )
        self.assertEqual((log.state, log.reason), ("failed", "error"))
        self.assertEqual(log.note, "sms_number_format")

    def test_one_that_cannot_be_written_stops_nobody_else(self):
        other = self._add_first_buyers(1)
        other.phone = "+4915112345678"
        partners = type(self.buyer)
        message_sms = partners._message_sms

        def fails_for_one(partner, *args, **kwargs):
            if partner == self.buyer:
                raise ValueError("no such text")
            return message_sms(partner, *args, **kwargs)

        self.sms.action_start()
        with (
            patch.object(partners, "_message_sms", fails_for_one),
            mute_logger(RUN),
        ):
            sent = self._run_and_send()
        self.assertEqual(sent, [("+4915112345678", "Thank you!")])
        states = {
            log.partner_id: (log.state, log.note)
            for log in self.env["customer.playbook.log"].search(
                [("playbook_id", "=", self.sms.id)]
            )
        }
        self.assertEqual(
            states, {self.buyer: ("failed", "no such text"), other: ("done", False)}
        )
