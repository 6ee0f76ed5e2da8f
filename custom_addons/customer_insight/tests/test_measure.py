from datetime import date, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .analysis_common import AnalysisCase


@tagged("post_install", "-at_install")
@freeze_time("2025-07-02 12:00:00")
class TestMeasure(AnalysisCase):
    """What was done on a day, and the figure before and after, hand-worked."""

    model = "customer.analysis.trend"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._add_customers(40)
        # January to March: 40 customers buy for 10 a month; April to June: for 30
        cls._add_history(
            (customer, date(2025, month, 5), 10 if month < 4 else 30)
            for customer in cls.customers
            for month in range(1, 7)
        )
        cls._refresh(as_of="2025-07-02")
        cls.env["customer.stage.move"]._rebuild(cls.company)

    def _measure(self, day="2025-04-01", indicator="revenue", user=None, **values):
        measures = self.env["customer.measure"].with_user(user or self.manager)
        return measures.create(
            {
                "name": "Gift",
                "company_id": self.company.id,
                "date": day,
                "indicator": indicator,
                **values,
            }
        )

    def test_a_real_change_is_said_to_be_one(self):
        measure = self._measure(target=1000)
        effect = measure._effect()
        self.assertEqual((effect["before"], effect["after"]), (400, 1200))
        self.assertEqual(effect["months"], 3)
        self.assertEqual(effect["n"], (40, 40))
        self.assertEqual((measure.verdict, measure.is_target_reached), ("better", True))
        self.assertEqual(measure.after, "$\u00a01,200.00")
        self.assertIn("04/01/2025 to 06/30/2025 (n = 40)", measure.explanation)

    def test_a_fall_of_revenue_is_worse(self):
        self.env["sale.order"].search(
            [("company_id", "=", self.company.id), ("date_order", ">=", "2025-04-01")]
        ).write({"amount_untaxed": 1})
        self.env.flush_all()
        measure = self._measure(target=1000)
        self.assertEqual((measure.verdict, measure.is_target_reached), ("worse", False))

    def test_what_may_be_chance_is_not_said(self):
        measure = self._measure(indicator="buyers")
        self.assertEqual((measure.before, measure.after), ("40", "40"))
        self.assertEqual(measure.verdict, "chance")

    def test_the_month_of_the_beginning_is_left_out(self):
        effect = self._measure("2025-04-15")._effect()
        self.assertEqual(effect["months"], 2)
        self.assertEqual(
            effect["spans"],
            (
                (date(2025, 2, 1), date(2025, 3, 31)),
                (date(2025, 5, 1), date(2025, 6, 30)),
            ),
        )

    def test_nothing_can_be_said_before_a_month_is_over(self):
        for day in ("2025-06-15", "2025-07-01", "2025-07-02"):
            measure = self._measure(day)
            self.assertEqual(measure.verdict, "early", day)
            self.assertEqual(measure.after, "–")
        self.assertEqual(self._measure("2025-07-03").verdict, "planned")

    def test_few_customers_cannot_tell(self):
        self.customers[:5].user_id = self.salesperson
        self.env.flush_all()
        measure = self._measure()
        self.assertEqual(measure.with_user(self.salesperson).verdict, "few")
        self.assertEqual(measure.with_user(self.salesperson)._effect()["n"], (5, 5))
        self.assertEqual(measure.verdict, "better")

    def test_churn_counts_customers_at_the_start_of_months(self):
        measure = self._measure("2025-05-01", "churn", months=2, target=5)
        churn = self.env["customer.churn.month"]
        sums = [
            churn._churn_months(self.company, *span)
            for span in measure._effect()["spans"]
        ]
        self.assertEqual(
            measure._effect()["n"],
            tuple(sum(row["opening"] for row in rows) for rows in sums),
        )
        self.assertEqual(measure._effect()["n"], (80, 80))
        self.assertEqual((measure.verdict, measure.after), ("chance", "0.0 %"))
        self.assertTrue(measure.is_target_reached)

    def test_marks_stand_where_the_measure_began(self):
        self._measure("2025-04-15")
        params = {"since": "2025-01-01"}
        charts = self._blocks("chart", **params)
        self.assertEqual(
            [one["marks"] for one in charts], [[{"index": 3, "label": "Gift"}]] * 2
        )
        rows = [
            row
            for block in self._blocks("table", **params)
            if "Measures" in block["title"]
            for row in block["rows"]
        ]
        self.assertEqual(rows[0]["cells"][1], "Gift")
        opened = self._opened(rows[0]["key"], **params)
        self.assertEqual(opened.name, "Gift")
        churn = self._analysis(model="customer.analysis.churn")
        blocks = churn.analyse({"since": "2025-01-01"})["blocks"]
        marks = [block["marks"] for block in blocks if block["type"] == "chart"]
        self.assertEqual(marks, [[{"index": 3, "label": "Gift"}]] * 2)

    def test_without_measures_the_screens_are_as_before(self):
        titles = [block["title"] for block in self._blocks("table", since="2025-01-01")]
        self.assertEqual(titles, ["Period by Period"])

    def test_other_companies_have_their_own(self):
        other = self._add_company("Other")
        self._measure("2025-04-15", user=self.env.user, company_id=other.id)
        self.assertFalse(self._blocks("chart", since="2025-01-01")[0]["marks"])

    def test_salespeople_read_and_managers_write(self):
        measure = self._measure()
        own = measure.with_user(self.salesperson)
        self.assertEqual(own.name, "Gift")
        with self.assertRaises(AccessError):
            own.name = "Mine"
        with self.assertRaises(AccessError):
            self._measure(user=self.salesperson)
        with self.assertRaises(AccessError):
            own.unlink()

    def test_impossible_values_are_refused(self):
        with self.assertRaises(ValidationError):
            self._measure(indicator="churn", target=101)
        with self.assertRaises(ValidationError):
            self._measure(target=-1)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self._measure(months=0)
            self.env.flush_all()

    def test_a_first_month_needs_no_history(self):
        effect = self._measure(date(2025, 1, 1) - timedelta(days=400))._effect()
        self.assertEqual(effect["n"], (0, 0))
        self.assertEqual(effect["verdict"], "few")
