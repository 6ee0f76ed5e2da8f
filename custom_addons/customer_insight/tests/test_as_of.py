from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

#: What a rebuild shares with the stored row.
FIGURES = (
    "purchase_count",
    "purchase_days",
    "amount_total",
    "recency_days",
    "rfm_score",
    "value_class",
    "lifecycle_stage",
    "stage_since",
)


class TestAsOf(CustomerInsightCase):
    """The profiles of a past day come out of the documents, nothing stored changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_prospect_scope = "none"
        cls.customers = cls._add_customers(12)
        cls._add_history(
            (customer, date(2025, 1 + number % 6, 1 + number), 10 * (1 + number))
            for number, customer in enumerate(cls.customers)
        )
        cls._add_history(
            (customer, date(2025, 2, 3 + number), 7)
            for number, customer in enumerate(cls.customers[:5])
        )

    def _rebuilt(self, day, **options):
        rows = self.profiles._as_of(self.company, day, **options)
        return {
            self.env["res.partner"].browse(row["partner_id"]).name: {
                name: row[name] for name in FIGURES
            }
            for row in rows
        }

    def _stored(self):
        return {
            name: {figure: row[figure] for figure in FIGURES}
            for name, row in self._stored_rows().items()
        }

    def test_a_rebuild_equals_what_was_stored_that_day(self):
        self._refresh(as_of="2025-03-31")
        then = self._stored()
        self._refresh()
        now = self._stored_rows()
        self.assertEqual(self._rebuilt("2025-03-31"), then)
        self.assertEqual(self._stored_rows(), now)
        self.assertGreater(len(then), 5)

    def test_settings_and_borders_are_those_of_the_day(self):
        self._refresh(as_of="2025-03-31")
        then = self._stored()
        self.company.write(
            {
                "insight_at_risk_days": 5,
                "insight_churned_days": 9,
                "insight_value_high": 90,
                "insight_value_low": 5,
                "insight_purchase_basis": "invoice",
            }
        )
        self._refresh()
        self.assertEqual(self._rebuilt("2025-03-31"), then)

    def test_without_a_scoring_of_the_day_borders_are_drawn_anew(self):
        fresh = self._rebuilt("2025-03-31")
        self._refresh(as_of="2025-03-31")
        self.assertEqual(fresh, self._stored())
        self.assertEqual(len(self._scoring(as_of="2025-03-31")), 1)

    def test_some_customers_are_scored_among_all(self):
        everybody = self._rebuilt("2025-03-31")
        some = self._rebuilt("2025-03-31", customer_ids=self.customers[:2].ids)
        names = self.customers[:2].mapped("name")
        self.assertEqual(some, {name: everybody[name] for name in names})
        self._refresh(as_of="2025-03-31")
        self.assertEqual(
            self._rebuilt("2025-03-31", customer_ids=self.customers[:2].ids), some
        )

    def test_as_known_then_leaves_out_what_was_entered_later(self):
        orders = self.env["sale.order"].search([("company_id", "=", self.company.id)])
        self._set_create_date(orders, "2025-01-01")
        self._refresh(as_of="2025-03-31")
        then = self._stored()
        late = self._add_order(self.customers[0], "2025-03-01", 999)
        refund = self._add_refund(self.customers[1], "2025-03-02", 2)
        self._set_create_date(late, "2025-04-01 00:00:00")
        self._set_create_date(refund, "2025-04-05")
        self.assertNotEqual(self._rebuilt("2025-03-31"), then)
        self.assertEqual(self._rebuilt("2025-03-31", known_at="2025-03-31"), then)
        self.assertNotEqual(self._rebuilt("2025-03-31", known_at="2025-04-01"), then)
        later = self.profiles._later_documents(
            self.company, date(2025, 3, 31), date(2025, 3, 31)
        )
        self.assertEqual(
            {(doc.source_model, doc.source_id) for doc in later},
            {("sale.order", late.id), ("account.move", refund.id)},
        )

    def test_a_day_ends_where_the_company_is(self):
        self.company.partner_id.tz = "America/New_York"
        self.assertEqual(
            str(self.profiles._end_of_day(self.company, date(2025, 3, 8))),
            "2025-03-09 05:00:00",
        )
        self.assertEqual(
            str(self.profiles._end_of_day(self.company, date(2025, 3, 9))),
            "2025-03-10 04:00:00",  # clocks went forward that night
        )

    def test_nobody_bought_yet(self):
        self.assertEqual(self._rebuilt("2024-12-31"), {})
        self.assertEqual(self._rebuilt(AS_OF)["Customer 11"]["purchase_days"], 1)


@freeze_time("2025-07-02 12:00:00")
class TestAsOfDialog(CustomerInsightCase):
    """Everybody who may see customers may look at a past day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_prospect_scope = "none"
        cls.ann = cls._add_user("ann", INSIGHT_USER)
        cls.boss = cls._add_user("boss", INSIGHT_MANAGER)
        cls.mine, cls.other = cls._add_customers(2)
        cls.mine.user_id = cls.ann
        cls._add_history(
            [(cls.mine, "2025-03-01", 5), (cls.other, "2025-03-02", 7)]
            + [(cls.mine, "2025-06-01", 20)]
        )
        orders = cls.env["sale.order"].search([("company_id", "=", cls.company.id)])
        cls._set_create_date(orders, "2025-06-02")
        cls._refresh()

    def _show(self, user, **values):
        as_of = self.env["customer.as.of"].with_user(user)
        as_of = as_of.with_context(allowed_company_ids=self.company.ids)
        as_of = as_of.create({"date": "2025-03-31", **values})
        action = as_of.action_show()
        rows = self.env["customer.as.of.row"].with_user(user).search(action["domain"])
        return as_of, rows, action

    def test_the_customers_of_the_day_are_listed_and_nothing_stored_changes(self):
        before = self._stored_rows()
        __, rows, action = self._show(self.boss)
        self.assertEqual(
            {row.partner_id: row.amount_total for row in rows},
            {self.mine: 5, self.other: 7},
        )
        self.assertEqual(self._stored_rows(), before)
        self.assertIn(
            "as of the end of 03/31/2025", action["context"]["insight_banner"]
        )
        self.assertIn("drawn anew", action["context"]["insight_banner"])

    def test_what_was_entered_later_is_counted_opened_and_left_out(self):
        as_of, rows, action = self._show(self.boss)
        self.assertEqual((len(rows), as_of.later_count), (2, 2))
        self.assertIn("2 documents", action["context"]["insight_banner"])
        opened = self.env["customer.purchase"].search(
            as_of.action_open_later()["domain"]
        )
        self.assertEqual(opened.partner_id, self.mine | self.other)
        __, rows, action = self._show(self.boss, is_known_then=True)
        self.assertFalse(rows)
        self.assertIn("left out", action["context"]["insight_banner"])

    def test_salespeople_get_their_customers_scored_among_all(self):
        as_of, rows, __ = self._show(self.ann)
        self.assertEqual(rows.partner_id, self.mine)
        self.assertEqual(as_of.later_count, 1)
        __, all_rows, __ = self._show(self.boss)
        same = all_rows.filtered(lambda row: row.partner_id == self.mine)
        self.assertEqual(rows.rfm_score, same.rfm_score)

    def test_nobody_reads_another_s_list(self):
        __, rows, __ = self._show(self.boss)
        with self.assertRaises(AccessError):
            rows.with_user(self.ann).read(["amount_total"])

    def test_the_future_is_refused(self):
        with self.assertRaisesRegex(UserError, "yet to come"):
            self._show(self.boss, date="2025-07-03")

    def test_by_default_it_is_the_end_of_last_month(self):
        with Form(self.env["customer.as.of"].with_user(self.boss)) as form:
            self.assertEqual(str(form.date), "2025-06-30")
