from odoo.tests import tagged

from .analysis_common import AnalysisCase


class ValueCase(AnalysisCase):
    """Ten customers: one buys for 500, nine for 10 each, and one returns all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_value_high = 10
        cls.company.insight_value_low = 50
        cls.partners = cls._add_customers(11)
        cls.best, *cls.others, cls.returns = cls.partners
        cls.best.user_id = cls.salesperson
        cls._add_history(
            [(cls.best, "2025-06-01", 300), (cls.best, "2025-06-02", 200)]
            + [(partner, "2025-06-03", 10) for partner in cls.others]
            + [(cls.returns, "2025-06-03", 10), (cls.best, "2024-06-30", 7000)]
        )
        cls._add_refund(cls.returns, "2025-06-10", 30)
        cls._refresh()


@tagged("post_install", "-at_install")
class TestAnalysisPareto(ValueCase):
    """The customers that make so many per cent of revenue."""

    model = "customer.analysis.pareto"

    def _figures(self, user=None, **params):
        [block] = self._blocks("figures", user, **params)
        return [item["value"] for item in block["items"]]

    def test_how_many_make_a_share(self):
        # 500 + 9 x 10 = 590; 80 % are 472, 90 % are 531
        self.assertEqual(self._figures(), [1, 0.1, 500, 500 / 590])
        self.assertEqual(self._figures(share=90)[0], 5)

    def test_the_list_is_cumulated_and_opens(self):
        [block] = self._blocks("table", share=90)
        self.assertEqual(
            [round(row["cells"][5], 4) for row in block["rows"]],
            [round(amount / 590, 4) for amount in (500, 510, 520, 530, 540)],
        )
        found = self._opened(["top"], share=80)
        self.assertEqual(found.partner_id, self.best)
        purchases = self._opened(["customer", self.best.id])
        self.assertEqual(sorted(purchases.mapped("amount")), [200, 300])

    def test_more_came_back_than_was_sold(self):
        [block] = self._blocks("table", share=95)
        names = [row["cells"][0] for row in block["rows"]]
        self.assertNotIn(self.returns.name, names)

    def test_filters_rank_anew(self):
        self.others[0].country_id = self.env.ref("base.be")
        figures = self._figures(country=self.env.ref("base.be").id)
        self.assertEqual(figures, [1, 1, 10, 1])
        params = {"country": self.env.ref("base.be").id}
        self.assertEqual(self._opened(["top"], **params).partner_id, self.others[0])

    def test_a_salesperson_and_nobody(self):
        self.assertEqual(self._figures(self.salesperson), [1, 1, 500, 1])
        self.assertEqual(self._analyse(until="2020-01-01")["blocks"], [])


@tagged("post_install", "-at_install")
class TestAnalysisValue(ValueCase):
    """The value pyramid: contribution and lever of each class."""

    model = "customer.analysis.value"

    def test_contribution(self):
        [pyramid] = self._blocks("pyramid")
        layers = pyramid["layers"]
        self.assertEqual(sum(layer["n"] for layer in layers), 11)
        self.assertEqual(sum(layer["revenue"] for layer in layers), 570)
        self.assertAlmostEqual(sum(layer["share"] for layer in layers), 1)
        self.assertEqual(layers[0]["value"], "high")
        self.assertEqual(layers[0]["revenue"], 500)
        self.assertEqual(layers[0]["frequency"], 2)

    def test_the_lever_is_the_largest_gap(self):
        [table] = self._blocks("table")
        lever = table["rows"][1]["cells"][-1]
        # one purchase against two, but 10 against 250 per purchase
        self.assertIn("revenue per purchase", lever)

    def test_cells_open_their_customers(self):
        [matrix] = self._blocks("heatmap")
        for row in matrix["rows"]:
            for cell in row["cells"]:
                if cell["key"]:
                    self.assertEqual(len(self._opened(cell["key"])), cell["value"])
        self.assertEqual(self._opened(["class", "high", None]).partner_id, self.best)

    def test_a_salesperson_sees_own_customers_only(self):
        [pyramid] = self._blocks("pyramid", self.salesperson)
        self.assertEqual([layer["n"] for layer in pyramid["layers"]], [1])


@tagged("post_install", "-at_install")
class TestAnalysisSeasonality(ValueCase):
    """The heat map of month indices; its figures are tested with their model."""

    model = "customer.analysis.seasonality"

    def test_short_history_is_grey_and_opens(self):
        order = self._add_order(self.best, "2025-03-03", 60)
        self._add_order(self.others[0], "2025-01-03", 60)
        [block] = self._blocks("heatmap")
        cells = block["rows"][0]["cells"]
        self.assertEqual(len(cells), 12)
        self.assertTrue(all(cell["weak"] and not cell["flag"] for cell in cells))
        self.assertTrue(block["note"])
        march = self._opened(cells[2]["key"])
        self.assertEqual(march.source_id, order.id)
        self.assertIsNone(cells[3]["key"])

    def test_nothing_bought(self):
        self.assertEqual(self._analyse(until="2020-01-01")["blocks"], [])


@tagged("post_install", "-at_install")
class TestAnalysisChurn(AnalysisCase):
    """Churn per month; the counts are tested with customer.churn.month."""

    model = "customer.analysis.churn"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own, cls.foreign = cls._add_customers(2)
        cls.own.user_id = cls.salesperson
        # silent for more than 180 days: both are lost in December
        cls._add_order(cls.own, "2024-06-10", 10)
        cls._add_order(cls.foreign, "2024-06-20", 10)
        cls._add_order(cls.foreign, "2025-03-05", 10)
        cls._refresh()
        cls.env["customer.stage.move"]._rebuild(cls.company)

    def _rows(self, user=None, **params):
        params = {"since": "2024-06-01", **params}
        table = self._blocks("table", user, **params)[0]
        return {row["cells"][0]: row["cells"][1:6] for row in table["rows"]}

    def test_months_reconcile(self):
        rows = self._rows()
        self.assertEqual(rows["Jun 2024"], [0, 2, 0, 0, 2])
        self.assertEqual(rows["Dec 2024"], [2, 0, 0, 2, 0])
        self.assertEqual(rows["Mar 2025"], [0, 0, 1, 0, 1])
        for opening, new, won_back, lost, closing in rows.values():
            self.assertEqual(opening + new + won_back - lost, closing)

    def test_figures_open_their_moves(self):
        lost = self._opened(["lost", "2024-12-01"], since="2024-06-01")
        self.assertEqual(lost.partner_id, self.own + self.foreign)
        stayed = self._opened(["opening", "2024-12-01"], since="2024-06-01")
        self.assertEqual(stayed.partner_id, self.own + self.foreign)
        back = self._opened(["won_back", "2025-03-01"], since="2024-06-01")
        self.assertEqual(back.partner_id, self.foreign)

    def test_few_customers_have_no_rate_and_light_nothing(self):
        result = self._analyse(since="2024-06-01")
        __, flows, rates, months, __ = result["blocks"]
        self.assertEqual(len(flows["series"]), 5)
        self.assertFalse(any(rates["series"][0]["values"]))
        self.assertTrue(all(row["weak"] for row in months["rows"]))

    def test_a_salesperson_sees_own_customers_only(self):
        self.assertEqual(self._rows(self.salesperson)["Jun 2024"], [0, 1, 0, 0, 1])
        lost = self._opened(["lost", "2024-12-01"], self.salesperson)
        self.assertEqual(lost.partner_id, self.own)

    def test_every_row_of_a_split_opens_its_customers(self):
        for split in ("user_id", "team_id", "country_id", "category_id"):
            params = {"since": "2024-06-01", "split": split}
            rows = self._blocks("table", **params)[1]["rows"]
            self.assertTrue(rows)
            for row in rows:
                lost, back = row["cells"][2], row["cells"][6]
                self.assertEqual(len(self._opened(row["keys"][2], **params)), lost)
                self.assertEqual(len(self._opened(row["keys"][6], **params)), back)
                self.assertTrue(self._opened(row["keys"][1], **params))
        stages = self._blocks("table", since="2024-06-01")[1]["rows"]
        [at_risk] = [row for row in stages if row["cells"][0] == "At risk"]
        self.assertEqual(
            self._opened(at_risk["keys"][2], since="2024-06-01").partner_id,
            self.own + self.foreign,
        )

    def test_a_split_shows_a_salesperson_own_customers_only(self):
        params = {"since": "2024-06-01", "split": "user_id"}
        [row] = self._blocks("table", self.salesperson, **params)[1]["rows"]
        self.assertEqual(row["cells"][0], self.salesperson.name)
        for key in filter(None, row["keys"]):
            opened = self._opened(key, self.salesperson, **params)
            self.assertLessEqual(opened.partner_id, self.own)
