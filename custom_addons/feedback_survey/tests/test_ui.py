from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import FEEDBACK_MANAGER, FeedbackCase


@tagged("post_install", "-at_install")
class TestUi(FeedbackCase, HttpCase):
    """The screens, walked through in a browser."""

    def test_recording_a_call_moves_the_scores(self):
        manager = self._add_user("feedback_manager", FEEDBACK_MANAGER)
        self._add_customer("Talkative Tao")
        self.survey.title = "Tour Survey"
        self.env["survey.survey"].search([("id", "!=", self.survey.id)]).active = False
        self.start_tour("/odoo/feedback-scores", "feedback_record", login=manager.login)
        answers = self.answers.search([("survey_id", "=", self.survey.id)])
        self.assertEqual(
            sorted((row.metric, row.score) for row in answers),
            [("csat", 2), ("nps", 9)],
        )

    def test_a_theme_opens_its_comments_and_what_is_done_about_it(self):
        manager = self._add_user("themes_manager", FEEDBACK_MANAGER)
        customer = self._add_customer("Torn Tom")
        theme = self.env["feedback.theme"].create(
            {"name": "Tour boxes", "keywords": "tourbox"}
        )
        participation = self._answer(
            customer, nps=3, comment="the box was torn tourbox"
        )
        self.env["feedback.comment"]._collect()
        comment = self.env["feedback.comment"].search(
            [("user_input_id", "=", participation.id)]
        )
        comment.theme_ids = theme
        self.env["feedback.improvement"].create(
            {
                "name": "Padding",
                "company_id": self.company.id,
                "theme_id": theme.id,
                "date_effective": self.company._insight_today() - timedelta(days=10),
                "days": 5,
            }
        )
        self.start_tour("/odoo/feedback-themes", "feedback_themes", login=manager.login)
