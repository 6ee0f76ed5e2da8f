from odoo.exceptions import AccessError

from .common import INSIGHT_MANAGER
from .test_interaction import InteractionCase


class TestResponse(InteractionCase):
    """How long customers wait for an answer, per channel."""

    def _responses(self, partner=None):
        self.env.invalidate_all()
        found = self.env["customer.response"].search(
            [("partner_id", "=", (partner or self.customer).id)], order="date"
        )
        return [(row.channel, round(row.hours, 2), row.is_answered) for row in found]

    def test_the_next_touch_to_the_customer_is_the_answer(self):
        self._add_log(kind="email", direction="in", moment="2025-06-01 10:00:00")
        self._add_log(kind="call", direction="out", moment="2025-06-01 12:30:00")
        self._add_log(kind="call", direction="out", moment="2025-06-01 15:00:00")
        self.assertEqual(self._responses(), [("email", 2.5, True)])

    def test_the_first_of_several_requests_counts(self):
        for hour in (10, 11, 12):
            moment = f"2025-06-01 {hour}:00:00"
            self._add_log(kind="chat", direction="in", moment=moment)
        self._add_log(kind="chat", direction="out", moment="2025-06-01 13:00:00")
        self.assertEqual(self._responses(), [("chat", 3, True)])

    def test_no_answer_is_none_and_not_zero(self):
        self._add_log(kind="social", direction="in")
        self.assertEqual(self._responses(), [("social", 0, False)])
        row = self.env["customer.response"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertFalse(row.answer_date)
        average = self.env["customer.response"]._read_group(
            [("partner_id", "=", self.customer.id)], [], ["hours:avg"]
        )
        self.assertEqual(average, [(False,)], "what waits has no hours yet")

    def test_a_call_is_answered_while_it_lasts_unless_nobody_took_it(self):
        self._add_log(kind="call", direction="in", moment="2025-06-01 10:00:00")
        self.assertEqual(self._responses(), [])
        self._add_log(direction="in", outcome="no_answer", moment="2025-06-02 10:00:00")
        self._add_log(
            direction="out", outcome="no_answer", moment="2025-06-02 10:30:00"
        )
        self._add_log(direction="out", moment="2025-06-02 11:00:00")
        self.assertEqual(self._responses(), [("phone", 1, True)])

    def test_documents_ask_nothing_and_answer_nothing(self):
        self._add_log(kind="email", direction="in", moment="2025-06-01 10:00:00")
        self._add_order(self.customer, "2025-06-01 11:00:00")
        self._add_invoice(self.customer, "2025-06-02", 10)
        self.assertEqual(self._responses(), [("email", 0, False)])

    def test_a_salesperson_sees_own_customers_only(self):
        self._add_log(kind="email", direction="in")
        mine = self.env["customer.response"].with_user(self.staff)
        domain = [("partner_id", "=", self.customer.id)]
        self.assertFalse(mine.search(domain))
        self.customer.user_id = self.staff
        self.assertEqual(len(mine.search(domain)), 1)
        action = mine.search(domain).action_open_document()
        self.assertEqual(action["res_model"], "customer.interaction.log")


class TestDataSource(InteractionCase):
    """The register of feeds."""

    def _source(self, key="customer.interaction.log"):
        self.env.invalidate_all()
        return self.env["customer.data.source"].search(
            [("key", "=", key), ("company_id", "=", self.company.id)]
        )

    def _add_logs(self, *days):
        """Entries so many days ago."""
        now = self.env.cr.now().replace(microsecond=0)
        for day in days:
            self._add_log(moment=now.fromordinal(now.toordinal() - day))

    def test_each_feed_says_what_it_delivered(self):
        self._add_logs(1, 40, 40)
        source = self._source()
        self.assertEqual((source.row_count, source.recent_count), (3, 1))
        self.assertEqual(source.silent_days, 1)
        self.assertEqual(source.usual_gap, 39)
        self.assertEqual(source.name, "Logged Interaction")
        self.assertFalse(self._source("account.move"))

    def test_a_feed_silent_for_three_usual_gaps_is_flagged(self):
        self._add_logs(10, 12, 14, 16, 18)
        self.assertEqual(self._source().usual_gap, 2)
        self.assertTrue(self._source().is_silent)
        self._add_logs(6)  # three times two days, and no day more
        self.assertFalse(self._source().is_silent)

    def test_a_few_days_without_prove_nothing(self):
        self._add_logs(3, 4, 5, 6, 7)
        self.assertFalse(self._source().is_silent)

    def test_a_feed_of_which_little_is_known_is_not_flagged(self):
        self._add_logs(200, 201, 202, 203)
        self.assertFalse(self._source().is_silent)
        self._add_logs(204)
        self.assertTrue(self._source().is_silent)

    def test_a_feed_opens_to_its_touches(self):
        self._add_logs(1)
        action = self._source().action_open_interactions()
        found = self.env["customer.interaction"].search(action["domain"])
        self.assertEqual(found.partner_id, self.customer)

    def test_only_managers_read_the_register(self):
        with self.assertRaises(AccessError):
            self.env["customer.data.source"].with_user(self.staff).search([])
        manager = self._add_user("source_manager", INSIGHT_MANAGER)
        self._add_logs(1)
        self.assertIn(
            self._source(),
            self.env["customer.data.source"].with_user(manager).search([]),
        )
