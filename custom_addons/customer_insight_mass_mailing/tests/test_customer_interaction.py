from datetime import datetime

from odoo.addons.customer_insight.tests.test_interaction import InteractionCase


class TestMailingInteraction(InteractionCase):
    """Mailings on the timeline."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "Summer sale",
                "mailing_model_id": cls.env["ir.model"]._get("res.partner").id,
                "user_id": cls.staff.id,
            }
        )

    def _add_trace(self, partner=None, **values):
        return self.env["mailing.trace"].create(
            {
                "mass_mailing_id": self.mailing.id,
                "model": "res.partner",
                "res_id": (partner or self.contact).id,
                "trace_status": "sent",
                "sent_datetime": "2025-06-01 08:00:00",
                **values,
            }
        )

    def test_each_step_of_a_mailing_stands_at_its_moment(self):
        self._add_trace(
            trace_status="open",
            open_datetime="2025-06-02 09:00:00",
            links_click_datetime="2025-06-03 10:00:00",
        )
        rows = self._rows().sorted("date")
        self.assertEqual(
            rows.mapped(lambda row: (row.kind, row.direction, row.date)),
            [
                ("mailing", "out", datetime(2025, 6, 1, 8)),
                ("mailing_open", "in", datetime(2025, 6, 2, 9)),
                ("mailing_click", "in", datetime(2025, 6, 3, 10)),
            ],
        )
        self.assertEqual(set(rows.mapped("summary")), {"Summer sale"})
        self.assertEqual(rows.contact_id, self.contact)
        self.assertEqual(len(set(rows.ids)), 3)

    def test_a_bounced_mailing_is_only_a_bounce(self):
        self._add_trace(trace_status="bounce")
        self.assertEqual(self._rows().kind, "mailing_bounce")

    def test_test_mails_and_mails_not_sent_are_left_out(self):
        self._add_trace(is_test_trace=True)
        self._add_trace(trace_status="outgoing", sent_datetime=False)
        self.assertFalse(self._rows())

    def test_mails_to_other_records_are_left_out(self):
        order = self._add_order(self._add_customer("Other"), "2025-06-01")
        self._add_trace(model="sale.order", res_id=order.id)
        self.assertFalse(self._rows())

    def test_only_a_click_counts_as_contact(self):
        self._add_order(self.customer, "2025-05-01")
        trace = self._add_trace(open_datetime="2025-06-02 09:00:00")
        self._refresh()
        self.assertProfile(self.customer, interaction_count=1)
        trace.links_click_datetime = "2025-06-03 10:00:00"
        self._refresh()
        self.assertProfile(
            self.customer, interaction_count=2, last_interaction_date="2025-06-03"
        )

    def test_a_salesperson_sees_the_subject_but_does_not_open_the_mailing(self):
        self.customer.user_id = self.staff
        self._add_trace()
        row = self._page(user=self.staff)["rows"][0]
        self.assertEqual((row["title"], row["can_open"]), ("Summer sale", False))
        action = self._rows().with_user(self.staff).action_open_document()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(
            self._rows().action_open_document()["res_model"], "mailing.mailing"
        )
