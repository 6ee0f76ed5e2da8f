from datetime import date

from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import INSIGHT_USER
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import FEEDBACK_AGENT
from .test_themes import ThemesCase


@freeze_time("2025-06-30 12:00:00")
class TestImprovements(ThemesCase):
    """Before and after of the same question, with the test of a real change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_min_observations = 5

    def _add(self, **values):
        return self.env["feedback.improvement"].create(
            {
                "name": "A second courier",
                "company_id": self.company.id,
                "theme_id": self.speed.id,
                "date_effective": date(2025, 5, 1),
                "days": 30,
                **values,
            }
        )

    def test_a_real_change_is_better(self):
        self._answer_nps([0] * 20 + [10] * 10, date="2025-04-15")
        self._answer_nps([0] * 5 + [10] * 25, date="2025-05-15")
        found = self._add(expected_change=50)
        self.assertEqual((found.n_before, found.n_after), (30, 30))
        self.assertAlmostEqual(found.value_before, 100 * (10 - 20) / 30)
        self.assertAlmostEqual(found.value_after, 100 * (25 - 5) / 30)
        self.assertEqual(found.verdict, "better")
        self.assertIn("100 points of 50 expected", found.effect)
        self.assertEqual(len(self._compared(found)), 60)

    def _compared(self, improvement):
        action = improvement.action_open_answers()
        return self.env[action["res_model"]].search(action["domain"])

    def test_what_chance_explains_is_no_change(self):
        self._answer_nps([0] * 5 + [10] * 5, date="2025-04-15")
        self._answer_nps([0] * 4 + [10] * 6, date="2025-05-15")
        self.assertEqual(self._add().verdict, "chance")

    def test_worse(self):
        self._answer_nps([10] * 20, date="2025-04-15")
        self._answer_nps([0] * 20, date="2025-05-15")
        self.assertEqual(self._add().verdict, "worse")

    def test_nothing_can_be_said_of_few(self):
        self._answer_nps([10] * 20, date="2025-04-15")
        self._answer_nps([0] * 4, date="2025-05-15")
        found = self._add()
        self.assertEqual(found.verdict, "few")
        self.assertIn("nothing can be said", found.effect)

    def test_the_next_wave_is_waited_for(self):
        self._answer_nps([10] * 20, date="2025-06-15")
        self.assertEqual(self._add(date_effective=date(2025, 6, 25)).verdict, "waiting")
        self.assertEqual(self._add(date_effective=date(2025, 7, 5)).verdict, "waiting")
        self.assertEqual(self._add(date_effective=False).verdict, "waiting")

    def test_the_first_day_is_after(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self._answer_nps([10], date="2025-04-30 15:59:59")  # still the 30th
        self._answer_nps([10], date="2025-04-30 16:00:00")  # the 1st of May there
        found = self._add()
        self.assertEqual((found.n_before, found.n_after), (1, 1))

    def test_only_the_same_question_counts(self):
        other = self._add_survey("nps")
        self._answer_nps([10] * 3, date="2025-04-15")
        self._answer_nps([10] * 4, date="2025-04-15", survey=other)
        self.assertEqual(self._add().n_before, 4)  # the one with more answers
        self.assertEqual(self._add(question_id=self._question("nps").id).n_before, 3)

    def test_another_survey_after_tells_no_change(self):
        """Detractors of one survey before, promoters of another one after."""
        other = self._add_survey("nps")
        self._answer_nps([0] * 20, date="2025-04-15")
        self._answer_nps([10] * 20, date="2025-05-15", survey=other)
        self._answer_nps([0] * 5, date="2025-05-15")
        found = self._add()
        self.assertEqual((found.n_before, found.n_after), (20, 5))
        self.assertEqual(found.verdict, "chance")
        self.assertEqual(len(self._compared(found)), 25)
        for text, survey in (("too slow", None), ("fine", other)):
            self._say(text, date="2025-04-15", survey=survey)
        self._say("fine", date="2025-05-15", survey=other)
        self._say("too slow", date="2025-05-15", survey=other)
        found = self._add(metric="theme")
        self.assertEqual((found.n_before, found.n_after), (1, 2))

    def test_a_dimension(self):
        for score in (1, 4, 5):
            self._answer(dimension=score, date="2025-05-15")
        found = self._add(metric="dimension", dimension_id=self.dimension.id)
        self.assertEqual(found.n_after, 3)
        self.assertAlmostEqual(found.value_after, 200 / 3)

    def test_fewer_critical_comments_are_better(self):
        for number in range(12):
            self._say("far too slow" if number else "fine", date="2025-04-15")
            self._say("fine" if number else "far too slow", date="2025-05-15")
        found = self._add(metric="theme")
        self.assertAlmostEqual(found.value_before, 1100 / 12)
        self.assertAlmostEqual(found.value_after, 100 / 12)
        self.assertEqual(found.verdict, "better")
        self.assertEqual(len(self._compared(found)), 12)

    def test_it_is_about_something(self):
        with self.assertRaises(ValidationError):
            self._add(theme_id=False)
        with self.assertRaises(ValidationError):
            self._add(metric="theme", theme_id=False, dimension_id=self.dimension.id)
        with self.assertRaises(ValidationError):
            self._add(metric="dimension")
        with self.assertRaises(ValidationError):
            self._add(question_id=self._question("csat").id)
        with self.assertRaises(ValidationError):
            self._add(state="done", date_effective=False)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._add(days=0).flush_recordset()

    def test_in_effect_from_today(self):
        found = self._add(date_effective=False)
        found.action_in_effect()
        self.assertEqual(found.state, "done")
        self.assertEqual(found.date_effective, date(2025, 6, 30))

    def test_marks_on_the_trend(self):
        done = self._add(state="done")
        self._add(state="planned")
        self._add(state="done", date_effective=date(2024, 5, 1))  # before the months
        found = self.env["feedback.scores"].with_company(self.company).get_dashboard()
        self.assertEqual(
            found["marks"],
            [
                {
                    "id": done.id,
                    "name": "A second courier",
                    "date": "2025-05-01",
                    "metric": "nps",
                }
            ],
        )

    def test_rights(self):
        found = self._add()
        seller = self._add_user("improve_seller", INSIGHT_USER)
        with self.assertRaises(AccessError):
            found.with_user(seller).action_in_effect()
        stranger = self._add_user(
            "improve_stranger", FEEDBACK_AGENT, company=self._add_company("Other")
        )
        with self.assertRaises(AccessError):
            found.with_user(stranger).read(["name"])
