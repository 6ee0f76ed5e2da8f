from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .analysis_common import AnalysisCase


@tagged("post_install", "-at_install")
class TestAnalysisTrend(AnalysisCase):
    """Revenue and purchases over time, beside a year earlier."""

    model = "customer.analysis.trend"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls._add_customer("Ann", user_id=cls.salesperson.id)
        cls.ben = cls._add_customer("Ben")
        cls._add_order(cls.ann, "2024-03-01", 100)
        cls._add_order(cls.ann, "2024-05-10", 200)
        cls._add_order(cls.ann, "2025-05-12", 150)
        cls._add_order(cls.ben, "2025-05-31 23:30", 50)
        cls._add_refund(cls.ben, "2025-06-10", 80)
        cls._refresh()

    def _rows(self, user=None, **params):
        [block] = self._blocks("table", user, **{"since": "2025-04-01", **params})
        return {row["cells"][0]: row["cells"][1:] for row in block["rows"]}

    def test_periods_beside_those_of_a_year_earlier(self):
        self.assertEqual(
            self._rows(),
            {
                "Apr 2025": [0, 0, None, 0, 0, None, 0],
                "May 2025": [200, 200, 0, 2, 1, 1, 2],
                "Jun 2025": [-80, 0, None, 0, 0, None, 0],
            },
        )

    def test_the_total_is_that_of_the_sales_report(self):
        [figures] = self._blocks("figures", since="2025-04-01")
        revenue, orders, buyers, basket = figures["items"]
        sales = self.env["sale.report"]._read_group(
            [
                ("company_id", "=", self.company.id),
                ("state", "=", "sale"),
                ("date", ">=", "2025-04-01"),
            ],
            [],
            ["price_subtotal:sum"],
        )
        self.assertEqual(revenue["value"], sales[0][0] - 80)
        self.assertEqual(
            [orders["value"], buyers["value"], basket["value"]], [2, 2, 60]
        )
        self.assertEqual(len(self._opened(["revenue"], since="2025-04-01")), 3)
        self.assertEqual(len(self._opened(["orders"], since="2025-04-01")), 2)
        customers = self._opened(["buyers"], since="2025-04-01").partner_id
        self.assertEqual(customers, self.ann + self.ben)

    def test_no_change_against_a_time_before_the_first_purchase(self):
        [figures] = self._blocks("figures", since="2025-01-01")
        self.assertIsNone(figures["items"][0]["change"])
        rows = self._rows(since="2024-12-01", period="quarter")
        self.assertEqual(rows["Q1 2025"][:3], [0, 100, None])
        self.assertEqual(rows["Q2 2025"][2], 120 / 200 - 1)

    def test_few_buyers_light_nothing(self):
        [block] = self._blocks("table", since="2025-04-01")
        self.assertTrue(all(row["weak"] for row in block["rows"]))
        self.assertFalse(any(any(row["change"].values()) for row in block["rows"]))

    def test_many_buyers_light_a_true_change(self):
        partners = self._add_customers(80)
        self._add_history(
            [(partner, "2024-05-20", 10) for partner in partners[:40]]
            + [(partner, "2025-05-20", 10) for partner in partners]
        )
        self._refresh()
        [block] = self._blocks("table", since="2025-04-01")
        self.assertEqual(block["rows"][1]["change"], {3: False, 6: True})

    def test_one_customer_and_a_salesperson(self):
        rows = self._rows(customer=self.ben.id)
        self.assertEqual(rows["May 2025"][0], 50)
        rows = self._rows(self.salesperson)
        self.assertEqual(rows["May 2025"][:2], [150, 200])
        opened = self._opened(["2025-05-01"], self.salesperson, since="2025-04-01")
        self.assertEqual(opened.partner_id, self.ann)

    def test_the_other_company_has_its_own_figures(self):
        other = self._add_company("Other")
        self._add_order(self.ann, "2025-05-12", 999, company=other)
        self.assertEqual(self._rows()["May 2025"][0], 200)

    def test_nothing_bought(self):
        result = self._analyse(since="2019-01-01", until="2019-12-31")
        self.assertEqual(result["blocks"], [])


@tagged("post_install", "-at_install")
class TestFewestObservations(AnalysisCase):
    """One setting of the company says how few observations say little, everywhere."""

    model = "customer.analysis.trend"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._add_customers(12)
        cls._add_history((customer, "2025-05-05", 10) for customer in cls.customers)
        cls._refresh()
        cls.env["customer.stage.move"]._rebuild(cls.company)

    def _weak(self, model):
        """Whether all rows of the first table of a screen are grey."""
        params = {"since": "2025-05-01", "until": "2025-05-31"}
        blocks = self._analysis(model=model).analyse(params)["blocks"]
        table = next(block for block in blocks if block["type"] == "table")
        return all(row["weak"] for row in table["rows"])

    def test_the_setting_holds_on_every_screen(self):
        screens = ("customer.analysis.trend", "customer.analysis.value")
        for least, grey in ((12, False), (13, True), (30, True), (1, False)):
            self.company.insight_min_observations = least
            for model in screens:
                self.assertEqual(self._weak(model), grey, (model, least))

    def test_the_definition_names_the_setting(self):
        self.company.insight_min_observations = 77
        self.assertIn("77", self._analyse(since="2025-05-01")["help"])

    def test_screens_begin_as_the_company_wants(self):
        self.assertFalse(self._analyse(since="2025-05-01")["only_real"])
        self.company.insight_only_real = True
        self.assertTrue(self._analyse(since="2025-05-01")["only_real"])

    def test_nothing_below_one(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.company.insight_min_observations = 0
            self.env.flush_all()
