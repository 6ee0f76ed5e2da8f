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
