from odoo.addons.customer_insight.tests.analysis_common import AnalysisCase
from odoo.addons.customer_insight.tests.common import INSIGHT_MANAGER
from odoo.tests import tagged

from .common import FEEDBACK_AGENT
from .test_themes import ThemesCase


@tagged("post_install", "-at_install")
class TestDrivers(ThemesCase, AnalysisCase):
    """Importance and performance of dimensions and themes, by hand."""

    model = "feedback.analysis.drivers"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user(
            "drivers_boss", f"{FEEDBACK_AGENT},{INSIGHT_MANAGER}"
        )
        cls.company.insight_min_observations = 4
        cls.mine = cls._add_customer("Mine", user_id=cls.salesperson.id)
        for nps, dimension, text in (
            (2, 1, "the box was torn"),
            (4, 2, "a terrible box"),
            (9, 4, "a lovely box"),
            (10, 5, "fine"),
            (8, 4, "a perfect box"),
        ):
            cls._answer(
                cls.mine if nps == 10 else cls._add_customer(f"Rater {nps}"),
                comment=text,
                nps=nps,
                dimension=dimension,
                date="2025-06-01",
            )
        cls._answer(cls.customer, nps=5, comment="slow", date="2025-06-01")
        cls._answer(cls.customer, dimension=1, date="2025-06-01")  # no overall answer
        cls._read()

    def _rows(self, user=None, **params):
        [block] = self._blocks("table", user, **params)
        return {row["cells"][0]: row for row in block["rows"]}

    def test_a_dimension(self):
        """1 2 4 5 4 with 2 4 9 10 8: covariance 4.48, spreads 1.46969 and 3.07246."""
        row = self._rows()[self.dimension.name]
        __, n, weight, interval, performance, todo = row["cells"]
        self.assertEqual((n, performance), (5, 0.6))
        self.assertAlmostEqual(weight, 4.48 / (1.4696938 * 3.0724583), places=5)
        self.assertEqual(interval, "0.88 … 1.00")
        self.assertFalse(row["weak"])
        self.assertEqual(todo, "Keep it up")  # more important and not below the mean

    def test_a_theme(self):
        """Not critical: 0 0 1 1 1 1 with 2 4 9 10 8 5; 5 / 2.867442 * sqrt(8 / 36)."""
        row = self._rows()["Test box"]
        __, n, weight, __, performance, todo = row["cells"]
        self.assertEqual((n, performance), (4, 0.5))
        self.assertAlmostEqual(weight, 0.821995, places=5)
        self.assertEqual(todo, "Keep it up")  # the interval begins at 0.03

    def test_nothing_is_said_of_few(self):
        row = self._rows()["Test speed"]
        self.assertTrue(row["weak"])
        self.assertEqual(row["cells"][-1], "Nothing can be said")

    def test_each_point_opens_what_it_counts(self):
        [chart] = self._blocks("feedback_drivers")
        for group in chart["groups"]:
            for point in group["points"]:
                opened = self._opened(point["key"])
                if point["kind"] == "theme":
                    self.assertEqual(len(opened), point["n"])
                else:  # one answer came without an overall one
                    self.assertEqual(len(opened), point["n"] + 1)

    def test_a_person_with_many_answers_counts_once(self):
        """A second 9 and 4, and one 4 more asked beside it, tell nothing new."""
        before = self._rows()
        person = self.env["res.partner"].search([("name", "=", "Rater 9")])
        self._add_question(self.survey, "dimension")
        again = self.survey._create_answer(partner=person, company_id=self.company.id)
        for question in self.survey.question_ids:
            if question.metric in ("nps", "dimension"):
                number = "9" if question.metric == "nps" else "4"
                again._save_lines(question, number)
        again._save_lines(
            self.survey.question_ids.filtered("is_feedback_comment"), "a lovely box"
        )
        again._mark_done()
        again.feedback_answer_ids.date = self._moment("2025-06-01")
        self._read()
        after = self._rows()
        for name in (self.dimension.name, "Test box"):
            self.assertEqual(after[name]["cells"][1:4], before[name]["cells"][1:4])

    def test_another_overall_answer(self):
        found = self._analyse(overall="csat")
        self.assertEqual(found["blocks"], [])
        self.assertIn("overall score", found["empty"])

    def test_salespeople_see_their_customers_only(self):
        rows = self._rows(self.salesperson)
        self.assertEqual(rows[self.dimension.name]["cells"][1:4], [1, None, "–"])
        self.assertNotIn("Test box", rows)
