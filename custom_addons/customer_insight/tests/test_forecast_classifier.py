from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine.classifier import shares
from ..engine.intervals import wilson
from .analysis_common import AnalysisCase
from .common import AS_OF
from .test_prediction import PredictionCase


@tagged("post_install", "-at_install")
class TestForecastClassifier(AnalysisCase, PredictionCase):
    """The forecast as a classifier, on purchases it has not seen."""

    model = "customer.analysis.forecast"

    #: By hand: 60 warned of, of whom 45 left; 40 not, of whom 5 left.
    FOUND = {
        "threshold": 0.5,
        "n": 100,
        "tables": {
            "model": {
                "warned_left": 45,
                "warned_stayed": 15,
                "missed": 5,
                "quiet_stayed": 35,
            },
            "rate": {
                "warned_left": 30,
                "warned_stayed": 20,
                "missed": 20,
                "quiet_stayed": 30,
            },
            "silence": {
                "warned_left": 40,
                "warned_stayed": 20,
                "missed": 10,
                "quiet_stayed": 30,
            },
            "majority": {
                "warned_left": 0,
                "warned_stayed": 0,
                "missed": 50,
                "quiet_stayed": 50,
            },
        },
        "against": {
            "rate": (25, 5, 0.0003),
            "silence": (8, 0, 0.0078),
            "majority": (45, 15, 0.0001),
        },
    }

    def _shown(self, **found):
        """The blocks of the classifier for hand-made counts."""
        run = self.runs.new({"metrics": {"classifier": {**self.FOUND, **found}}})
        return self._analysis()._classifier(run)

    def _classified(self):
        self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        titles = ("As a Classifier: Who Leaves?", "Said and Come True")
        blocks = self._analyse()["blocks"]
        return run, [block for block in blocks if block.get("title") in titles]

    def test_shares_and_intervals_by_hand(self):
        boxes, confusion, rules = self._shown()
        precision, recall, accuracy, warned, verdict = boxes["items"]
        self.assertEqual(precision["value"], 0.75)  # 45 of 60
        low, high = wilson(45, 60)
        self.assertEqual(
            precision["note"], f"{round(100 * low)} to {round(100 * high)} %"
        )
        self.assertEqual(precision["note"], "63 to 84 %")
        self.assertEqual(recall["value"], 0.9)  # 45 of 50
        self.assertEqual(accuracy["value"], 0.8)  # 80 of 100
        self.assertEqual(warned["value"], 0.6)
        self.assertEqual(verdict["value"], "yes")
        self.assertEqual(verdict["note"], "right alone 45 times, wrong alone 15")
        self.assertIn("(50 %), on purchases it had not seen", boxes["note"])
        self.assertEqual(
            [row["cells"] for row in confusion["rows"]],
            [["Warned of", 45, 15, 60], ["Not warned of", 5, 35, 40]],
        )
        by_name = {row["cells"][0]: row["cells"] for row in rules["rows"]}
        self.assertEqual(by_name["Own Past Rate"][3], "60 % (50 to 69 %)")
        self.assertEqual(by_name["Always the Same"][1], "–")
        self.assertEqual(by_name["Always the Same"][3], "50 % (40 to 60 %)")
        self.assertEqual(
            by_name["Silence Alone"][5], "yes (right alone 8 times, wrong alone 0)"
        )
        self.assertEqual(by_name["Forecast"][5], "–")

    def test_chance_and_few_customers_make_no_verdict(self):
        boxes, *__ = self._shown(
            against={**self.FOUND["against"], "majority": (10, 8, 0.8)}
        )
        self.assertEqual(boxes["items"][-1]["value"], "no difference")
        boxes, confusion, rules = self._shown(
            n=self.company.insight_min_observations - 1
        )
        self.assertEqual(boxes["items"][-1]["value"], "too few")
        self.assertTrue(all(row["weak"] for row in confusion["rows"] + rules["rows"]))
        boxes, *__ = self._shown(
            against={**self.FOUND["against"], "majority": (1, 15, 0.0005)}
        )
        self.assertEqual(boxes["items"][-1]["value"], "no")

    def test_a_run_from_before_has_no_classifier_and_the_page_works(self):
        self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        run.metrics = {k: v for k, v in run.metrics.items() if k != "classifier"}
        titles = [block.get("title") for block in self._analyse()["blocks"]]
        self.assertNotIn("Said and Come True", titles)
        self.assertIn("Beside Simple Rules", titles)
        with self.assertRaises(UserError):
            self._opened(["class", "warned"])

    def test_the_counts_are_those_of_purchases_it_had_not_seen(self):
        run, (boxes, confusion) = self._classified()
        found = run.metrics["classifier"]
        self.assertEqual(found["n"], run.metrics["n"])
        counted = found["tables"]["model"]
        self.assertEqual(
            [row["cells"][1:3] for row in confusion["rows"]],
            [
                [counted["warned_left"], counted["warned_stayed"]],
                [counted["missed"], counted["quiet_stayed"]],
            ],
        )
        left = counted["warned_left"] + counted["missed"]
        self.assertAlmostEqual(1 - left / found["n"], run.metrics["bought"])
        self.assertEqual(boxes["items"][2]["value"], shares(counted)["accuracy"][0])

    def test_a_later_purchase_does_not_change_what_was_said(self):
        partners, __ = self._shop()
        before = self.runs._fit(self.company, AS_OF, 90).metrics["classifier"]
        warned = {
            side: counted["warned_left"] + counted["warned_stayed"]
            for side, counted in before["tables"].items()
        }
        # all of them buy in the last days: nobody has left, the same are warned of
        self._add_history((one, AS_OF - timedelta(days=1), 10.0) for one in partners)
        after = self.runs._fit(self.company, AS_OF, 90).metrics["classifier"]
        for side in ("model", "rate"):
            counted = after["tables"][side]
            self.assertEqual(counted["warned_left"], 0)
            self.assertEqual(counted["missed"], 0)
            self.assertEqual(counted["warned_stayed"], warned[side])

    def test_rows_open_the_customers_of_whom_the_same_is_said_today(self):
        run, (__, confusion) = self._classified()
        warned, quiet = (self._opened(row["key"]) for row in confusion["rows"])
        border = run.metrics["classifier"]["threshold"]
        self.assertTrue(all(one.churn_risk >= border for one in warned))
        self.assertTrue(all(one.churn_risk < border for one in quiet))
        self.assertEqual(len(warned | quiet), run.customer_count)
        with self.assertRaises(UserError):
            self._opened(["class", "other"])

    def test_warnings_and_classifier_share_one_threshold(self):
        self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        with patch.object(type(run), "is_better_than_baseline", True):
            query = self.profiles._risk_query(self.company)
        risky = {row[0] for row in self.env.execute_query(query)}
        self.assertEqual(risky, set(self._opened(["class", "warned"]).partner_id.ids))
