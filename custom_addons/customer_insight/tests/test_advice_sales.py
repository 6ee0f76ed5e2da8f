from odoo.tests import Form, tagged

from .common import AS_OF
from .test_advice import AdviceCase


@tagged("post_install", "-at_install")
class TestAdviceOnSales(AdviceCase):
    """Trend, Pareto, pyramid, season and forecast."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._add_customers(70)
        early = cls._add_customer("Early")
        cls._add_history(
            [(early, "2020-01-10", 1.0)]
            + [(one, "2024-03-10", 100.0) for one in cls.customers]
            + [(one, "2025-03-10", 100.0) for one in cls.customers[:32]]
        )
        cls._refresh()
        cls.year = {"since": "2025-01-01"}

    def test_buyers_who_were_lost_are_named_and_open(self):
        # 32 instead of 70: 38 > 2.24 * sqrt(102) = 22.6
        [item] = self._shown("trend", **self.year)
        self.assertIn(
            "Buyers: -54 % against a year earlier (n = 32 and 70", item["found"]
        )
        opened = self._records("trend", item["key"], **self.year)
        self.assertEqual(opened.partner_id, self.customers[32:])
        self.assertEqual(item["action"]["context"]["default_stage"], "churned")

    def test_new_buyers_and_smaller_amounts(self):
        now = {"buyers": 90, "revenue": 9000.0, "orders": 90}
        now |= {"revenue_sq": 900000.0, "orders_sq": 90.0}
        half = {"buyers": 40, "revenue": 4000.0, "orders": 40}
        half |= {"revenue_sq": 400000.0, "orders_sq": 40.0}
        [item] = self._items("trend", params=self.year, now=now, before=half)
        self.assertEqual(item["key"], ["new"])
        cheap = now | {"revenue": 3000.0, "revenue_sq": 100000.0}
        [item] = self._items("trend", params=self.year, now=cheap, before=now)
        self.assertEqual(item["key"], ["buyers"])
        self.assertIn("Revenue: -67 %", item["found"])
        self.assertEqual(
            self._items("trend", params=self.year, now=now, before=now), []
        )
        unknown = half | {"comparable": False}
        found = self._items("trend", params=self.year, now=now, before=unknown)
        self.assertEqual(found, [])
        self.assertFalse(self._records("trend", ["new"], **self.year))

    def test_those_who_make_most_and_are_leaving(self):
        # bought 112 days ago: at risk after 90
        [item] = self._shown("pareto")
        self.assertIn("26 of the 26 customers who make 80 %", item["found"])
        self.assertIn("81 % of the whole", item["found"])
        opened = self._records("pareto", item["key"])
        self.assertEqual(len(opened), 26)
        self.assertLessEqual(opened.partner_id, self.customers[:32])
        self._add_history((one, AS_OF, 100.0) for one in self.customers[:32])
        self._refresh()
        self.assertEqual(self._shown("pareto"), [])

    def test_few_buyers_make_no_concentration(self):
        self.company.insight_min_observations = 33
        self.assertEqual(self._shown("pareto"), [])

    def test_the_class_above_all_and_one_that_keeps_fewer(self):
        def layer(value, label, n, kept):
            return {"value": value, "label": label, "n": n, "kept": kept}

        classes = [layer("high", "High", 100, 0.9), layer("low", "Low", 100, 0.5)]
        high, low = self._items("value", classes=classes)
        self.assertIn("10 of the 100 customers of the class “High”", high["found"])
        self.assertIn("“Low” keeps 50 % of its customers", low["found"])
        self.assertEqual(
            high["action"]["context"]["default_domain"],
            repr([("value_class", "=", "high")]),
        )
        classes[1]["kept"] = 0.88
        self.assertEqual(len(self._items("value", classes=classes)), 1)
        classes[0]["kept"] = 1.0
        classes[1] = layer("low", "Low", 29, 0.1)
        self.assertEqual(self._items("value", classes=classes), [])

    def test_the_leaving_of_a_class_open(self):
        for item in self._shown("value"):
            opened = self._records("value", item["key"])
            self.assertTrue(opened)
            self.assertLessEqual(
                set(opened.mapped("lifecycle_stage")), {"at_risk", "churned"}
            )

    def _season(self, lines, promote=True, reliable=True):
        """July (the next month) sells so many lines of 1,200 in the year."""
        month = {"month": 7, "index": 1.6, "n": 3, "lines": lines, "promote": promote}
        row = {"id": self.product.categ_id.id, "name": "Toys", "lines": 1200}
        row |= {"is_reliable": reliable, "months": [month]}
        labels = [str(number) for number in range(1, 13)]
        return {"categories": [row], "month_labels": labels}

    def test_a_season_that_comes_is_prepared(self):
        # 100 expected, 160 sold: 59 > 2.39 * sqrt(260) = 38.6
        [item] = self._items("seasonality", data=self._season(160))
        self.assertIn("Toys sells 1.6 times the average in 7 (3 years", item["found"])
        self.assertEqual(item["key"], [self.product.categ_id.id, 7])
        for data in (
            self._season(130),  # 29: may be chance
            self._season(160, promote=False),
            self._season(160, reliable=False),
            {"categories": [], "month_labels": []},
        ):
            self.assertEqual(self._items("seasonality", data=data), [])
        params = {"until": "2025-03-31"}  # July is too far off
        found = self._items("seasonality", params=params, data=self._season(160))
        self.assertEqual(found, [])

    def test_the_segment_of_a_season_can_be_saved(self):
        self.product.categ_id = self.env["product.category"].create({"name": "Toys"})
        [item] = self._items("seasonality", data=self._season(160))
        segments = self.env["customer.segment"].with_user(self.manager)
        form = Form(segments.with_context(**item["action"]["context"]))
        segment = form.save()
        self.assertEqual(segment.name, "Buyers of Toys")
        self.assertEqual(
            segment.condition_ids.product_category_ids, self.product.categ_id
        )

    def test_warnings_are_worked_through_while_the_forecast_is_good(self):
        run = self.env["customer.prediction.run"].create(
            {
                "company_id": self.company.id,
                "as_of": AS_OF,
                "method": "mean",
                "metrics": {"n": 100},
                "is_better_than_baseline": True,
            }
        )
        self.assertEqual(self._items("forecast", run=run), [])  # none is pending
        warning = self.env["customer.warning"].create(
            {
                "partner_id": self.customers[0].id,
                "company_id": self.company.id,
                "date": AS_OF,
            }
        )
        [item] = self._items("forecast", run=run)
        self.assertIn("1 warnings are pending", item["found"])
        run.metrics = {"n": 29}
        self.assertEqual(self._items("forecast", run=run), [])
        run.write({"metrics": {"n": 100}, "is_better_than_baseline": False})
        self.assertEqual(self._items("forecast", run=run), [])
        run.metrics = False
        self.assertEqual(self._items("forecast", run=run), [])
        with self.subTest("the warnings open"):
            opened = self._analysis(model="customer.analysis.forecast")
            action = opened.open_records({}, ["pending"])
            self.assertEqual(
                self.env["customer.warning"].search(action["domain"]), warning
            )
