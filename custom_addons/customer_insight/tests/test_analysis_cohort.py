from io import BytesIO

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from openpyxl import load_workbook

from .analysis_common import AnalysisCase


@tagged("post_install", "-at_install")
class TestAnalysisCohort(AnalysisCase):
    """Cohorts against figures worked out by hand."""

    model = "customer.analysis.cohort"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.ben, cls.cat = (
            cls._add_customer(name, user_id=cls.salesperson.id if own else False)
            for name, own in (("Ann", True), ("Ben", False), ("Cat", False))
        )
        for partner, day, amount in (
            (cls.ann, "2024-11-05", 100),
            (cls.ann, "2024-11-20", 60),
            (cls.ann, "2025-02-10", 40),
            (cls.ben, "2024-12-31 23:00", 200),
            (cls.ben, "2025-05-01", 10),
            (cls.cat, "2025-01-01", 70),
        ):
            cls._add_order(partner, day, amount)
        cls._add_refund(cls.ben, "2025-05-10", 30)
        cls._refresh()

    def _rows(self, user=None, **params):
        [block] = self._blocks("heatmap", user, **params)
        return {
            row["label"]: (row["n"], [cell and cell["value"] for cell in row["cells"]])
            for row in block["rows"]
        }

    def test_share_of_customers_by_quarter(self):
        self.assertEqual(
            self._rows(),
            {"Q4 2024": (2, [1.0, 0.5, 0.5]), "Q1 2025": (1, [1.0, 0.0, None])},
        )

    def test_purchases_and_revenue_less_credit_notes(self):
        self.assertEqual(
            self._rows(measure="orders", scale="absolute"),
            {"Q4 2024": (2, [3, 1, 1]), "Q1 2025": (1, [1, 0, None])},
        )
        # more came back than was sold in the last quarter
        self.assertEqual(
            self._rows(measure="revenue", scale="absolute"),
            {"Q4 2024": (2, [360, 40, -20]), "Q1 2025": (1, [70, 0, None])},
        )

    def test_by_year(self):
        self.assertEqual(
            self._rows(period="year"),
            {"2024": (2, [1.0, 1.0]), "2025": (1, [1.0, None])},
        )

    def test_a_period_is_partial_until_its_last_day(self):
        def last_cell(until):
            [block] = self._blocks("heatmap", until=until)
            return block["rows"][0]["cells"][-1]["partial"]

        self.assertTrue(last_cell("2025-06-29"))
        self.assertFalse(last_cell("2025-06-30"))

    def test_partial_periods_are_left_out_of_the_average(self):
        [total] = self._blocks("table", until="2025-06-29")
        self.assertEqual(
            [row["cells"] for row in total["rows"]],
            [["0", 3, 2, 1.0], ["1", 2, 1, 0.5], ["2", 0, 0, None]],
        )

    def test_small_cohorts_are_weak(self):
        [block] = self._blocks("heatmap")
        self.assertTrue(all(row["cells"][0]["weak"] for row in block["rows"]))

    def test_a_cell_opens_the_customers_and_the_purchases_behind_it(self):
        [block] = self._blocks("heatmap")
        key = block["rows"][0]["cells"][1]["key"]
        self.assertEqual(self._opened(key).partner_id, self.ann)
        purchases = self._opened(["2024-10-01", 2], measure="revenue")
        self.assertEqual(sorted(purchases.mapped("amount")), [-30, 10])
        self.assertEqual(
            self._opened(["2024-10-01", None]).partner_id, self.ann + self.ben
        )

    def test_a_salesperson_sees_own_customers_only(self):
        self.assertEqual(
            self._rows(self.salesperson), {"Q4 2024": (1, [1.0, 1.0, 0.0])}
        )
        found = self._opened(["2024-10-01", 0], self.salesperson)
        self.assertEqual(found.partner_id, self.ann)

    def test_filters_by_segment_salesperson_and_country(self):
        rows = self._rows(salesperson=self.salesperson.id)
        self.assertEqual(rows, {"Q4 2024": (1, [1.0, 1.0, 0.0])})
        self.cat.country_id = self.env.ref("base.be")
        rows = self._rows(country=self.env.ref("base.be").id)
        self.assertEqual(list(rows), ["Q1 2025"])

    def test_each_company_for_itself(self):
        other = self._add_company("Other")
        self._add_order(self.ann, "2025-04-01", 900, company=other)
        self._refresh(company=other)
        self.assertEqual(self._rows()["Q4 2024"], (2, [1.0, 0.5, 0.5]))
        self.manager.company_ids += other
        with self.assertRaises(UserError, msg="a company that is not switched on"):
            self._analyse(firm=other.id)
        both = self._analysis().with_context(
            allowed_company_ids=(self.company + other).ids
        )
        result = both.analyse({"until": "2025-06-30", "firm": other.id})
        [row] = result["blocks"][0]["rows"]
        self.assertEqual((row["label"], row["n"]), ("Q2 2025", 1))

    def test_nothing_to_show(self):
        result = self._analyse(until="2020-01-01")
        self.assertEqual(result["blocks"], [])
        self.assertIn("No purchases", result["empty"])

    def test_values_no_parameter_has_are_refused(self):
        for params in (
            {"period": "month'; DROP TABLE res_partner; --"},
            {"period": ["month"]},
            {"measure": "amount_total"},
            {"until": "yesterday"},
            {"until": "0001-01-01"},
            {"segment": 10**12},
            {"salesperson": "1 OR 1=1"},
            {"firm": 0.5},
        ):
            with self.subTest(params=params), self.assertRaises(UserError):
                self._analyse(**params)
        for key in (None, [], ["x", 1], ["2024-10-01", "DROP"], {}, 7):
            with self.subTest(key=key), self.assertRaises(UserError):
                self._analysis().open_records({}, key)

    def test_users_without_the_group_see_nothing(self):
        nobody = self._add_user("analysis_nobody", "base.group_user")
        for call in (
            lambda env: env.analyse({}),
            lambda env: env.open_records({}, ["2024-10-01", 0]),
        ):
            with self.assertRaises(AccessError):
                call(self._analysis(nobody))

    def test_the_file_holds_what_the_screen_shows(self):
        name, content = self._analysis()._export_xlsx({"until": "2025-06-30"})
        self.assertTrue(name.startswith("Cohort Retention Test Company"))
        book = load_workbook(BytesIO(content))
        rows = [
            [cell.value for cell in row[:5]] for row in book.worksheets[0].iter_rows()
        ]
        self.assertIn(["Q4 2024", 2, 1, 0.5, 0.5], rows)
        with self.assertRaises(AccessError):
            self._analysis(self.salesperson)._export_xlsx({})


@tagged("post_install", "-at_install")
class TestAnalysisExport(AnalysisCase, HttpCase):
    """The file as the browser asks for it."""

    model = "customer.analysis.cohort"
    url = "/customer_insight/analysis/xlsx"

    def test_download(self):
        self._add_order(self._add_customer(), "2025-01-05", 10)
        self._refresh()
        self.authenticate(self.manager.login, self.manager.login)
        answer = self.url_open(f"{self.url}?model={self.model}")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(load_workbook(BytesIO(answer.content)).worksheets), 2)

    def test_only_analyses_are_handed_out(self):
        self.authenticate(self.manager.login, self.manager.login)
        for model in ("res.users", "no.such.model"):
            answer = self.url_open(f"{self.url}?model={model}")
            self.assertEqual(answer.status_code, 404)
