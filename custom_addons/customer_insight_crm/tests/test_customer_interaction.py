import json
from datetime import datetime

from odoo.addons.customer_insight.tests.common import AS_OF
from odoo.addons.customer_insight.tests.test_interaction import InteractionCase
from odoo.fields import Command
from odoo.tests import freeze_time

NOW = "2025-06-30 12:00:00"


class TestCrmInteraction(InteractionCase):
    """Opportunities and meetings on the timeline."""

    def _add_lead(self, created="2025-06-01 09:00:00", **values):
        lead = self.env["crm.lead"].create(
            {
                "name": "Secret plan",
                "type": "opportunity",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "expected_revenue": 500,
                **values,
            }
        )
        self._set_create_date(lead, created)
        return lead

    def _add_meeting(self, start="2025-06-10 09:00:00", guests=None, **values):
        guests = guests or self.contact
        return self.env["calendar.event"].create(
            {
                "name": "Review",
                "start": start,
                "stop": _an_hour_later(start),
                "user_id": self.staff.id,
                "partner_ids": [Command.set((guests | self.staff.partner_id).ids)],
                **values,
            }
        )

    def test_an_opportunity_is_listed_when_it_was_created(self):
        self._add_lead()
        row = self._rows()
        self.assertEqual((row.kind, row.amount), ("lead", 500))
        self.assertEqual(row.date, datetime(2025, 6, 1, 9))
        self.assertFalse(row.summary, "the name is for those who may open it")
        self.assertFalse(row.is_contact)

    @freeze_time(NOW)
    def test_winning_and_losing_are_touches_of_their_own(self):
        self._add_lead().action_set_won()
        self._add_lead(partner_id=self.contact.id).action_set_lost()
        kinds = self._rows().mapped("kind")
        self.assertEqual(sorted(kinds), ["lead", "lead", "lead_lost", "lead_won"])
        closed = self._rows(kind="lead_won")
        self.assertEqual(closed.date, datetime(2025, 6, 30, 12))
        self.assertEqual(len(set(self._rows().ids)), 4)

    def test_messages_on_an_opportunity_are_touches(self):
        lead = self._add_lead()
        self._add_message(lead, self.contact, message_type="email", subject="Offer?")
        row = self._rows(kind="email")
        self.assertEqual((row.direction, row.contact_id), ("in", self.contact))
        self.assertEqual(row.action_open_document()["res_model"], "crm.lead")

    @freeze_time(NOW)
    def test_a_meeting_that_took_place_is_listed_once_per_customer(self):
        other = self._add_customer("Other")
        meeting = self._add_meeting(guests=self.customer | self.contact | other)
        self._add_meeting("2025-07-10 09:00:00")
        row = self._rows()
        self.assertEqual((row.kind, row.duration), ("meeting", 1))
        self.assertEqual(row.date, datetime(2025, 6, 10, 9))
        self.assertEqual(len(self._rows(other)), 1)
        action = row.action_open_document()
        self.assertEqual(action["res_model"], "calendar.event")
        self.assertEqual(action["res_id"], meeting.id)

    @freeze_time(NOW)
    def test_a_meeting_declined_or_done_as_an_activity_is_not_listed_again(self):
        declined = self._add_meeting()
        guest = declined.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.contact
        )
        guest.state = "declined"
        done = self._add_meeting()
        activity = self.customer.activity_schedule(
            "mail.mail_activity_data_meeting",
            user_id=self.staff.id,
            calendar_event_id=done.id,
        )
        self.assertEqual(len(self._rows()), 1)
        activity.action_feedback()
        self.assertEqual(self._rows().source_model, "mail.activity")

    @freeze_time(NOW)
    def test_a_meeting_counts_as_contact_an_opportunity_does_not(self):
        self._add_order(self.customer, "2025-06-01")
        self._add_lead()
        self._add_meeting()
        self._refresh()
        self.assertProfile(
            self.customer, interaction_count=2, last_interaction_date="2025-06-10"
        )

    def test_a_colleagues_opportunity_keeps_its_name(self):
        self.customer.user_id = self.staff
        self.staff.group_ids += self.env.ref("sales_team.group_sale_salesman")
        colleague = self._add_user("crm_colleague", "sales_team.group_sale_manager")
        self._add_lead(user_id=colleague.id)
        page = self._page(user=self.staff)
        self.assertEqual([row["can_open"] for row in page["rows"]], [False])
        self.assertNotIn("Secret", json.dumps(page))
        own = self._page()
        self.assertEqual(own["rows"][0]["title"], "Secret plan")

    def test_an_opportunity_can_be_linked_to_an_entry(self):
        lead = self._add_lead()
        log = self._add_log(document=f"crm.lead,{lead.id}")
        self.assertEqual(log.document, lead)

    def test_without_the_bridge_its_rows_are_gone_and_all_else_works(self):
        """The sources of CRM are what this module adds, and no more."""
        self._add_lead()
        self._add_log()
        sources = self.env["customer.interaction"]._interaction_sources()
        rest = {
            key: query
            for key, query in sources.items()
            if not key.startswith(("crm.", "calendar.")) and "crm.lead" not in key
        }
        self.patch(
            type(self.env["customer.interaction"]),
            "_interaction_sources",
            lambda model, company=None: rest,
        )
        self.assertEqual(self._rows().mapped("kind"), ["call"])
        self.assertEqual(len(self._page()["rows"]), 1)
        self._refresh(as_of=AS_OF)
        self.assertProfile(self.customer, interaction_count=1)


def _an_hour_later(moment):
    start = datetime.fromisoformat(moment)
    return start.replace(hour=start.hour + 1)
