from odoo.addons.customer_insight.tests.common import INSIGHT_USER
from odoo.exceptions import AccessError, UserError

from .common import FEEDBACK_AGENT, FeedbackCase


class TestEntry(FeedbackCase):
    """Staff write down what customers say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls._add_user("agent", FEEDBACK_AGENT)
        cls.customer = cls._add_customer("Ann")

    def _entry(self, user=None, **answers):
        entry = (
            self.env["feedback.entry"]
            .with_user(user or self.agent)
            .with_company(self.company)
            .create({"survey_id": self.survey.id, "partner_id": self.customer.id})
        )
        for line in entry.line_ids:
            line.answer = answers.get(line.question_id.sudo().metric or "comment")
        return entry

    def test_the_form_asks_the_surveys_questions(self):
        entry = self._entry()
        self.assertEqual(entry.line_ids.question_id.ids, self.survey.question_ids.ids)

    def test_what_was_said_is_recorded_with_its_channel_and_writer(self):
        entry = self._entry(nps="0", csat="5", comment="Late.")
        entry.channel = "visit"
        entry.action_save()
        rows = self.answers.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(
            sorted((row.metric, row.score) for row in rows), [("csat", 5), ("nps", 0)]
        )
        self.assertEqual(set(rows.mapped("channel")), {"visit"})
        self.assertEqual(set(rows.mapped("comment")), {"Late."})
        self.assertEqual(rows.user_input_id.feedback_user_id, self.agent)
        self.assertEqual(rows.company_id, self.company)

    def test_an_answer_off_the_scale_is_named_and_nothing_is_stored(self):
        entry = self._entry(nps="11")
        with self.assertRaisesRegex(UserError, "Question nps: .*from 0 to 10"):
            entry.action_save()
        self.assertFalse(self.answers.search([("partner_id", "=", self.customer.id)]))

    def test_a_form_without_scores_is_refused(self):
        entry = self._entry(comment="Only words.")
        with self.assertRaisesRegex(UserError, "at least one score"):
            entry.action_save()

    def test_only_agents_record(self):
        user = self._add_user("seller", INSIGHT_USER)
        with self.assertRaises(AccessError):
            self._entry(user=user)
