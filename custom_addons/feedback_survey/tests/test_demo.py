from odoo.addons.customer_insight.tests.demo import DemoMixin
from odoo.tests import tagged

from .common import FeedbackCase


@tagged("post_install", "-at_install")
class TestDemo(DemoMixin, FeedbackCase):
    demo_module = "feedback_survey"

    def test_loaded_twice_it_is_there_once(self):
        requests = self.env["feedback.request"].search_count([])
        mails = self.env["mail.mail"].search_count([])
        for _time in range(2):
            self.load_demo()
        entries = self.env["survey.user_input"].browse(
            self.of_demo(f"answer_demo_{number}").id for number in range(1, 9)
        )
        scores = entries.feedback_answer_ids
        nps = scores.filtered(lambda answer: answer.metric == "nps")
        self.assertEqual(
            sorted(nps.mapped("score")),
            [3, 6, 7, 8, 9, 9, 9, 10],
        )
        self.assertEqual(len(scores), 12)
        self.assertEqual(len(entries.user_input_line_ids), 19)
        self.assertEqual(
            [(entry.start_datetime - entry.end_datetime).days for entry in entries],
            [0] * 8,
        )
        for answer in scores:
            self.assertEqual(answer.date, answer.user_input_id.end_datetime)
        comments = self.env["feedback.comment"].search(
            [("user_input_id", "in", entries.ids)]
        )
        self.assertEqual(len(comments), 7)

        cases = self.env["feedback.case"].search(
            [("participation_id", "in", entries.ids)]
        )
        late = cases.filtered(
            lambda case: case.participation_id == self.of_demo("answer_demo_8")
        )
        self.assertEqual((late.state, late.description), ("new", comments[0].text))
        self.assertEqual(self.of_demo("case_demo_invoice").state, "closed")

        self.assertTrue(self.of_demo("place_demo_counter").qr_code)
        self.assertFalse(self.of_demo("rule_demo_repeat").active)
        # nobody is asked or written to by demonstration data
        self.assertEqual(self.env["feedback.request"].search_count([]), requests)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
