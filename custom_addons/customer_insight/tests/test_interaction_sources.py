from datetime import date, datetime

from .test_interaction import InteractionCase


class TestInteractionSources(InteractionCase):
    """Quotations, invoices, messages, activities: which of them are touches."""

    def test_a_quotation_stands_at_its_creation_until_it_is_sent(self):
        order = self._add_order(self.customer, "2025-06-01", confirm=False)
        self._set_create_date(order, "2025-05-20 10:00:00")
        self.assertEqual(self._rows().kind, "quotation")
        self.assertEqual(self._rows().date, datetime(2025, 5, 20, 10))
        self.assertEqual(self._rows().outcome, "draft")

    def test_a_tracked_change_dates_the_sending_and_the_cancellation(self):
        order = self._add_order(self.customer, "2025-06-01", confirm=False)
        self._track_state(order, "2025-06-02 09:00:00")
        order.state = "sent"
        self.assertEqual(self._rows().date, datetime(2025, 6, 2, 9))
        self.assertEqual(self._rows().direction, "out")
        order.state = "cancel"
        self._track_state(order, "2025-06-05 09:00:00")
        self.assertEqual(self._rows().kind, "cancelled")
        self.assertEqual(self._rows().date, datetime(2025, 6, 5, 9))

    def _track_state(self, order, moment):
        message = self._add_message(
            order,
            self.staff.partner_id,
            moment,
            message_type="notification",
            subtype_id=self.env.ref("mail.mt_note").id,
        )
        self.env["mail.tracking.value"].sudo().create(
            {
                "mail_message_id": message.id,
                "field_id": self.env["ir.model.fields"]._get("sale.order", "state").id,
            }
        )

    def test_a_message_by_somebody_outside_comes_in(self):
        order = self._add_order(self.customer, "2025-06-01")
        self._add_message(order, self.contact, message_type="email")
        self._add_message(self.customer, self.contact)
        rows = self._rows(direction="in") - self._rows(kind="order")
        self.assertEqual(set(rows.mapped("kind")), {"email", "portal"})
        self.assertEqual(rows.contact_id, self.contact)

    def test_an_e_mail_without_an_author_comes_in(self):
        self._add_message(
            self.customer,
            self.env["res.partner"],
            message_type="email",
            email_from="joan@example.com",
            author_id=False,
        )
        self.assertEqual(self._rows().direction, "in")

    def test_a_message_goes_out_only_if_somebody_outside_got_it(self):
        staff = self.staff.partner_id
        self._add_message(self.customer, staff)
        self.assertFalse(self._rows())
        self._add_message(self.customer, staff, partner_ids=self.contact.ids)
        row = self._rows()
        self.assertEqual((row.direction, row.kind), ("out", "email"))
        self.assertEqual(row.user_id, self.staff)
        told = self._add_message(self.customer, staff, "2025-06-11 12:00:00")
        self.env["mail.notification"].create(
            {
                "mail_message_id": told.id,
                "res_partner_id": self.contact.id,
                "notification_type": "email",
            }
        )
        self.assertEqual(len(self._rows()), 2)

    def test_notes_and_tracked_changes_are_no_touches(self):
        outside = {"partner_ids": self.contact.ids}
        note = self.env.ref("mail.mt_note").id
        staff = self.staff.partner_id
        self._add_message(self.customer, staff, subtype_id=note, **outside)
        self._add_message(self.customer, staff, is_internal=True, **outside)
        self._add_message(self.customer, staff, message_type="notification", **outside)
        self._add_message(self.customer, staff, message_type="auto_comment", **outside)
        self.assertFalse(self._rows())

    def test_a_done_activity_is_listed_with_its_kind(self):
        for name, kind in (
            ("call", "call"),
            ("meeting", "meeting"),
            ("todo", "activity"),
        ):
            activity = self.customer.activity_schedule(
                f"mail.mail_activity_data_{name}", user_id=self.staff.id
            )
            self.assertFalse(self._rows(kind=kind))
            activity.action_feedback(feedback="Done and well")
            self.assertEqual(self._rows(kind=kind).user_id, self.staff)
        self.assertEqual(len(self._rows()), 3)

    def test_payments_come_in(self):
        payment = self._pay(70)
        row = self._rows(kind="payment")
        self.assertEqual((row.amount, row.direction), (70, "in"))
        self.assertEqual(row.source_id, payment.id)

    def _pay(self, amount):
        """A payment on the books, without the accounts a real one needs."""
        journal = self._sale_journal(self.company)
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO account_payment
                   (partner_id, partner_type, payment_type, state, date, amount,
                    amount_company_currency_signed, journal_id, company_id, name)
               VALUES (%s, 'customer', 'inbound', 'paid', '2025-06-09', %s, %s, %s, %s,
                       'P1') RETURNING id""",
            [self.customer.id, amount, amount, journal.id, self.company.id],
        )
        return self.env["account.payment"].browse(self.env.cr.fetchone())

    def test_invoice_and_credit_note_stand_at_noon_of_their_day(self):
        self.company.partner_id.tz = "America/New_York"
        self._add_invoice(self.customer, "2025-06-03", 50)
        self._add_refund(self.customer, "2025-06-04", 20)
        refund, invoice = self._rows()
        self.assertEqual((invoice.kind, refund.kind), ("invoice", "refund"))
        self.assertEqual((invoice.amount, refund.amount), (50, -20))
        self.assertEqual(invoice.date, datetime(2025, 6, 3, 16))
        self.assertEqual(invoice.day, date(2025, 6, 3))
        self.assertTrue(invoice.day_only)
        self.assertEqual(invoice.outcome, "unpaid")

    def test_a_draft_invoice_is_no_touch(self):
        self._add_move("out_invoice", self.customer, "2025-06-03", 50, post=False)
        self.assertFalse(self._rows())
