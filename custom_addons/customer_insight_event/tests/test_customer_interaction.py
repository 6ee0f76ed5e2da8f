from datetime import datetime
from unittest.mock import patch

from odoo.addons.customer_insight.tests.test_interaction import InteractionCase


class TestEventInteraction(InteractionCase):
    """Events on the timeline, and what tells playbooks of who came."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.event = cls.env["event.event"].create(
            {
                "name": "Summer Evening",
                "company_id": cls.company.id,
                "date_begin": "2025-07-10 17:00:00",
                "date_end": "2025-07-10 21:00:00",
                "event_mail_ids": False,
            }
        )

    def _register(self, partner=None, **values):
        return self.env["event.registration"].create(
            {
                "event_id": self.event.id,
                "partner_id": (partner or self.contact).id,
                **values,
            }
        )

    def test_registering_is_a_row_and_no_contact(self):
        registration = self._register()
        self._set_create_date(registration, "2025-06-01 09:00:00")
        row = self._rows()
        self.assertEqual((row.kind, row.contact_id), ("event", self.contact))
        self.assertEqual(row.date, datetime(2025, 6, 1, 9))
        self.assertFalse(row.is_contact)
        [shown] = self._page()["rows"]
        self.assertEqual(shown["title"], "Summer Evening")

    def test_who_came_was_in_touch_on_that_day(self):
        registration = self._register(state="done")
        registration.date_closed = "2025-07-10 17:20:00"
        row = self._rows(kind="event_attended")
        self.assertEqual(row.date, datetime(2025, 7, 10, 17, 20))
        self.assertEqual((row.channel, row.is_contact), ("in_person", True))
        self.assertEqual(row.company_id, self.company)

    def test_without_a_day_it_is_that_of_the_event(self):
        self._register(state="done").date_closed = False
        row = self._rows(kind="event_attended")
        self.assertEqual(row.date, datetime(2025, 7, 10, 21))

    def test_who_cancelled_or_is_unconfirmed_is_no_row(self):
        self._register(state="cancel")
        self._register(state="draft")
        self._register().active = False
        self.assertFalse(self._rows())

    def test_coming_is_told_once_however_it_is_written_down(self):
        partners = self.env.registry["res.partner"]
        with patch.object(partners, "_customer_event", autospec=True) as event:
            registration = self._register()
            registration.action_set_done()
            registration.action_set_done()
            self._register(self.customer, state="done")
        told = [
            call.args[:2]
            for call in event.call_args_list
            if call.args[1] == "event_attended"
        ]
        self.assertEqual(told, [(self.customer, "event_attended")] * 2)
