from datetime import date

from .common import AS_OF, CustomerInsightCase

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
