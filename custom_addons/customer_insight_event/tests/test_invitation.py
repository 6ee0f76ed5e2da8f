from datetime import timedelta

from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import (
    AS_OF,
    INSIGHT_MANAGER,
    INSIGHT_USER,
)
from odoo.addons.customer_insight.tests.test_playbook import NOON, PlaybookCase
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged


@tagged("post_install", "-at_install")
class TestInvitation(PlaybookCase):
    """Segments are invited to an event by playbooks, each customer once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyers = cls._add_first_buyers(4)
        cls.segment = cls._add_segment(cls.buyers)
        cls.event = cls.env["event.event"].create(
            {
                "name": "Summer Evening",
                "company_id": cls.company.id,
                "date_tz": "UTC",
                "date_begin": NOON + timedelta(days=10),
                "date_end": NOON + timedelta(days=10, hours=4),
                "event_mail_ids": False,
            }
        )

    @classmethod
    def _add_segment(cls, members, name="Friends"):
        segment = cls.env["customer.segment"].create({"name": name, "kind": "manual"})
        cls.env["customer.segment.membership"].create(
            [
                {
                    "segment_id": segment.id,
                    "partner_id": member.id,
                    "company_id": cls.company.id,
                    "date_from": AS_OF - timedelta(days=9),
                }
                for member in members
            ]
        )
        return segment

    @classmethod
    def _invite(cls, segment=None, **values):
        return cls._add_playbook(
            {"action": "event", "event_id": cls.event.id},
            trigger="segment",
            segment_id=(segment or cls.segment).id,
            is_left_by_purchase=False,
            **values,
        )

    def _register(self, partner, **values):
        return self.env["event.registration"].create(
            {"event_id": self.event.id, "partner_id": partner.id, **values}
        )

    def _reasons(self, playbook):
        logs = self.env["customer.playbook.log"].search(
            [("playbook_id", "=", playbook.id)]
        )
        return {log.partner_id: log.reason or log.state for log in logs}

    def _counts(self, event=None):
        self.env.invalidate_all()
        event = event or self.event
        return [
            event[f"invited{name}_count"]
            for name in ("", "_registered", "_attended", "_absent")
        ]

    def test_the_invitation_says_what_when_and_where(self):
        self.event.address_id = self.env["res.partner"].create(
            {"name": "Old Mill", "street": "River Road 1"}
        )
        self._invite()._run(NOON)
        mails = self._mails(self.buyers)
        self.assertEqual(mails.recipient_ids, self.buyers)
        self.assertEqual(len(mails), 4)
        self.assertEqual(set(mails.mapped("subject")), {"Invitation: Summer Evening"})
        body = mails[0].body_html
        for text in ("Summer Evening", "Thursday, July 10, 2025, 12:00", "River Road"):
            self.assertIn(text, body)

    def test_who_wants_no_mails_or_answered_is_not_invited(self):
        blocked, answered, guest, free = self.buyers
        self.env["mail.blacklist"]._add(blocked.email)
        self._register(answered, state="cancel")
        self._register(guest.browse(), name="Guest", email=guest.email.upper())
        playbook = self._invite()
        playbook._run(NOON)
        self.assertEqual(
            self._reasons(playbook),
            {
                blocked: "no_consent",
                answered: "event_known",
                guest: "event_known",
                free: "done",
            },
        )

    def test_nobody_is_invited_twice_nor_out_of_a_control_group(self):
        first = self._invite(control_share=50)
        first._run(NOON)
        second = self._invite(self._add_segment(self.buyers, "Others"))
        second._run(NOON)
        self.assertEqual(len(self._mails(self.buyers)), 2)
        self.assertEqual(set(self._reasons(second).values()), {"event_known"})

    def test_an_event_that_began_or_is_full_takes_nobody(self):
        self.event.write({"seats_limited": True, "seats_max": 1})
        self._register(self._add_customer())
        full = self._invite()
        full._run(NOON)
        self.assertEqual(set(self._reasons(full).values()), {"event_closed"})
        self.event.seats_max = 9
        late = self._invite()
        with freeze_time(NOON + timedelta(days=10)):
            late._run()
        self.assertEqual(set(self._reasons(late).values()), {"event_closed"})
        with freeze_time(NOON + timedelta(days=10)), self.assertRaises(UserError):
            self.event.action_invite_segment()

    def test_numbers_open_their_customers(self):
        came, absent, silent, __ = self.buyers
        self._invite()._run(NOON)
        self._register(came).action_set_done()
        self._register(absent)
        self._register(self._add_customer("Uninvited")).action_set_done()
        self.assertEqual(self._counts(), [4, 2, 1, 0])
        with freeze_time(NOON + timedelta(days=11)):
            self.assertEqual(self._counts(), [4, 2, 1, 1])
            for who, expected in (
                ("invited", self.buyers),
                ("registered", came | absent),
                ("attended", came),
                ("absent", absent),
            ):
                event = self.event.with_context(invited_who=who)
                action = event.action_open_invited()
                found = self.env[action["res_model"]].search(action["domain"])
                self.assertEqual(found.partner_id, expected, who)
        self.assertNotIn(silent, came | absent)

    def test_what_came_of_it_is_told_without_a_claim(self):
        came = self.buyers[0]
        playbook = self._invite(window_days=30)
        playbook._run(NOON)
        self._register(came).action_set_done()
        self._add_order(came, AS_OF + timedelta(days=20), 250)
        self.assertFalse(self.event.invitation_outcome)
        with freeze_time(NOON + timedelta(days=31)):
            playbook._run()
            self.env.invalidate_all()
            text = self.event.invitation_outcome
        self.assertIn("1 of 1 who came have bought", text)
        self.assertIn("250.00", text)
        self.assertIn("would often have bought anyway", text)
        self.assertEqual(self.event.invitation_playbook_ids, playbook)
        self.assertEqual(playbook.effect_verdict, "no_control")

    def test_the_button_prepares_a_playbook_with_a_control_group(self):
        host = self._add_user("host", f"{INSIGHT_MANAGER},event.group_event_user")
        action = self.event.with_user(host).action_invite_segment()
        playbooks = self.env["customer.playbook"].with_user(host)
        with Form(playbooks.with_context(**action["context"])) as form:
            form.segment_id = self.segment
        playbook = form.record
        self.assertEqual(playbook.step_ids.event_id, self.event)
        self.assertEqual((playbook.control_share, playbook.is_backlog), (10, True))
        # ten days and four hours until it ends, and sixty after it
        self.assertEqual(playbook.window_days, 71)
        self.assertEqual(playbook.company_id, self.company)

    def test_the_step_needs_an_event(self):
        with self.assertRaisesRegex(ValidationError, "needs: Event"):
            self._add_playbook({"action": "event"})

    def test_who_came_begins_a_playbook(self):
        playbook = self._add_playbook(trigger="event", event_kind="event_attended")
        registration = self._register(self.buyers[0])
        playbook._run(NOON)
        self.assertFalse(playbook.enrolment_ids)
        registration.action_set_done()
        playbook._run(NOON)
        self.assertEqual(playbook.enrolment_ids.partner_id, self.buyers[0])

    def test_a_salesperson_counts_the_own_customers_and_invites_nobody(self):
        groups = f"{INSIGHT_USER},event.group_event_registration_desk"
        user = self._add_user("ann", groups)
        self.buyers[0].user_id = user
        self._invite()._run(NOON)
        event = self.event.with_user(user)
        self.assertEqual(self._counts(event), [1, 0, 0, 0])
        with self.assertRaises(AccessError):
            self.env["customer.playbook"].with_user(user).create(
                {"name": "Mine", "trigger": "manual"}
            )
        bob = self._add_user("bob", "event.group_event_manager")
        with self.assertRaises(AccessError):
            self.event.with_user(bob).read(["invited_count"])
