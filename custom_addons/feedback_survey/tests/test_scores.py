import json
from datetime import timedelta

from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import INSIGHT_USER
from odoo.exceptions import UserError

from .common import FEEDBACK_AGENT, FeedbackCase


@freeze_time("2025-06-30 12:00:00")
class TestScores(FeedbackCase):
    """The dashboard's figures, counted by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["feedback.answer"].search([]).unlink()
        cls.agent = cls._add_user("agent", FEEDBACK_AGENT)

    def _dashboard(self, user=None, **options):
        scores = self.env["feedback.scores"].with_user(user or self.agent)
        found = scores.with_company(self.company).get_dashboard(**options)
        json.dumps(found, allow_nan=False)
        return found

    def _card(self, metric="nps", **options):
        cards = self._dashboard(**options)["cards"]
        [card] = [card for card in cards if card["metric"] == metric]
        return card

    def test_nobody_answered(self):
        found = self._dashboard()
        self.assertEqual(
            (found["cards"], found["trend"], found["groups"]), ([], {}, [])
        )

    def test_cards_have_formula_interval_and_number(self):
        self._answer_nps([10] * 8 + [7, 0], date="2025-06-20")
        card = self._card()
        self.assertEqual(
            [round(card[key], 1) for key in ("value", "low", "high", "n")],
            [70.0, 14.7, 93.0, 10],  # definitions: 8 / 1 / 1
        )
        self.assertFalse(card["reliable"])

    def test_from_the_fewest_answers_on_a_score_is_reliable(self):
        self.company.insight_min_observations = 3
        self._answer_nps([10, 10], date="2025-06-20")
        self.assertFalse(self._card()["reliable"])
        self._answer_nps([10], date="2025-06-20")
        self.assertTrue(self._card()["reliable"])

    def test_the_period_is_one_of_the_companys_days(self):
        self.company.partner_id.tz = "Asia/Shanghai"  # UTC+8; today is the 30th there
        self._answer_nps([10], date="2025-05-31 15:59:59")  # the 31st of May
        self._answer_nps([0], date="2025-05-31 16:00:00")  # the first of June
        self.assertEqual(self._card(days=30)["value"], -100)

    def test_a_real_change_is_told_from_chance(self):
        self._answer_nps([10] * 50 + [0] * 10, date="2025-06-20")
        self.assertIsNone(self._card()["change"])  # nothing in the 90 days before
        self._answer_nps([10] * 30 + [0] * 30, date="2025-03-20")
        card = self._card()
        self.assertAlmostEqual(card["change"], 100 * 40 / 60)
        self.assertTrue(card["is_real"])

    def test_a_change_of_few_answers_is_never_real(self):
        self._answer_nps([0] * 10, date="2025-03-20")
        self._answer_nps([10] * 10, date="2025-06-20")
        card = self._card(days=90)
        self.assertEqual((card["change"], card["is_real"]), (200, False))

    def test_the_trend_has_a_point_for_each_month_with_answers(self):
        self._answer_nps([10], date="2025-04-10")
        self._answer_nps([0, 10], date="2025-06-10")
        self._answer_nps([10], date="2024-06-10")  # before the twelve months
        trend = self._dashboard()["trend"]["nps"]
        self.assertEqual(
            [(point["month"], point["value"], point["n"]) for point in trend],
            [("2025-04-01", 100, 1), ("2025-06-01", 0, 2)],
        )

    def test_groups_add_up_and_open_to_their_answers(self):
        self._answer_nps([10, 0], date="2025-06-20")
        self._answer(dimension=5, date="2025-06-20")
        found = self._dashboard(breakdown="dimension_id")["groups"]
        self.assertEqual(
            [group["label"] for group in found], ["Not known", self.dimension.name]
        )
        for group in found:
            for score in group["scores"].values():
                count = self.answers.search_count(score["domain"])
                self.assertEqual(count, score["n"])

    def test_unknown_periods_and_fields_are_refused(self):
        for options in ({"days": 7}, {"breakdown": "create_uid"}, {"days": "90; --"}):
            with self.assertRaises(UserError):
                self._dashboard(**options)

    def test_salespeople_see_scores_of_their_customers_only(self):
        seller = self._add_user("seller", INSIGHT_USER)
        mine = self._add_customer("Mine", user_id=seller.id)
        self._answer(mine, nps=10, date="2025-06-20")
        self._answer(self._add_customer("Other"), nps=0, date="2025-06-20")
        self.assertEqual(self._dashboard(user=seller)["cards"][0]["n"], 1)
        self.assertEqual(self._card()["n"], 2)

    def test_companies_are_apart(self):
        other = self._add_company("Other")
        survey = self._add_survey("nps", company_id=other.id)
        self._answer(nps=0, survey=survey, date="2025-06-20")
        self._answer(nps=10, date="2025-06-20")
        self.assertEqual(self._card()["value"], 100)

    def test_the_last_day_counts_to_its_end(self):
        today = self.company._insight_today()
        self._answer_nps([10], date=f"{today} 23:59:59")
        self._answer_nps([10], date=f"{today - timedelta(days=29)} 00:00:00")
        self._answer_nps([10], date=f"{today - timedelta(days=30)} 23:59:59")
        self.assertEqual(self._card(days=30)["n"], 2)
