from unittest.mock import patch

from .common import FeedbackCase


class TestAnswers(FeedbackCase):
    """Completed surveys become scored answers."""

    def test_each_scored_question_makes_an_answer(self):
        customer = self._add_customer("Ann")
        self._answer(customer, nps=9, csat=4, ces=7, dimension=2, comment="Good.")
        rows = self.answers.search([("partner_id", "=", customer.id)])
        self.assertEqual(
            {row.metric: (row.score, row.category, row.comment) for row in rows},
            {
                "nps": (9, "promoter", "Good."),
                "csat": (4, "content", "Good."),
                "ces": (7, "content", "Good."),
                "dimension": (2, "discontent", "Good."),
            },
        )
        self.assertEqual(rows.company_id, self.company)
        self.assertEqual(rows.filtered("dimension_id").dimension_id, self.dimension)

    def test_add_ons_are_told_of_answers_but_not_of_trials(self):
        customer = self._add_customer("Ann")
        told = []
        with patch.object(
            type(customer), "_customer_event", lambda *args: told.append(args)
        ):
            self._answer(customer, nps=9, trial=True)
            self._answer(nps=9)
            answer = self._answer(customer, nps=9)
        self.assertEqual(told, [(customer, "survey_answered", answer)])

    def test_zero_is_an_answer(self):
        participation = self._answer(nps=0)
        answer = participation.feedback_answer_ids
        self.assertEqual((answer.score, answer.category), (0, "detractor"))
        self.assertEqual(answer.nps_points, -100)

    def test_a_skipped_question_makes_no_answer(self):
        participation = self._answer(nps=10)
        self.assertEqual(participation.feedback_answer_ids.mapped("metric"), ["nps"])

    def test_trials_and_unfinished_ones_do_not_count(self):
        self._answer(nps=10, trial=True)
        unfinished = self.survey._create_answer(company_id=self.company.id)
        unfinished._save_lines(self._question("nps"), "10")
        self.answers._record(unfinished)
        self.assertFalse(self.answers.search([("survey_id", "=", self.survey.id)]))

    def test_finishing_twice_records_once(self):
        participation = self._answer(nps=10)
        participation._mark_done()
        self.assertEqual(len(participation.feedback_answer_ids), 1)

    def test_a_contact_answers_for_the_customer(self):
        customer = self._add_customer("Firm", is_company=True)
        contact = self._add_customer("Employee", parent_id=customer.id)
        answer = self._answer(contact, nps=7).feedback_answer_ids
        self.assertEqual(answer.partner_id, customer)
        self.assertEqual(answer.contact_id, contact)

    def test_old_answers_keep_what_was_asked(self):
        """FS-23: the question changes afterwards."""
        answer = self._answer(nps=7).feedback_answer_ids
        question = self._question("nps")
        question.title = "Something else"
        self.assertEqual(answer.question, "Question nps")
        question.unlink()
        self.assertEqual((answer.question, answer.score), ("Question nps", 7))

    def test_a_label_translated_later_changes_no_answer(self):
        """FS-22"""
        self.env["res.lang"]._activate_lang("zh_CN")
        answer = self._answer(nps=9).feedback_answer_ids
        question = answer.question_id.with_context(lang="zh_CN")
        question.write({"title": "另一个问题", "scale_max_label": "一点也不"})
        self.env.invalidate_all()
        self.assertEqual((answer.score, answer.category), (9, "promoter"))
        self.assertEqual(answer.with_context(lang="zh_CN").question, "Question nps")

    def test_the_stage_is_that_of_the_day(self):
        customer = self._add_customer("Buyer")
        self._add_order(customer, self.company._insight_today(), 100)
        self._refresh(as_of=self.company._insight_today())
        answer = self._answer(customer, nps=7).feedback_answer_ids
        self.assertEqual(answer.lifecycle_stage, "first")
        self.assertTrue(answer.rfm_segment_id)

    def test_the_average_of_points_is_the_nps_of_a_pivot(self):
        self._answer_nps([10, 9, 10, 8, 0])
        [[average]] = self.answers._read_group(
            [("survey_id", "=", self.survey.id)], [], ["nps_points:avg"]
        )
        self.assertEqual(average, 40)  # 3 promoters, 1 detractor of 5

    def test_points_of_other_metrics_do_not_dilute_the_nps(self):
        self._answer(nps=10, csat=1, ces=1)
        [[nps, content]] = self.answers._read_group(
            [("survey_id", "=", self.survey.id)],
            [],
            ["nps_points:avg", "content_points:avg"],
        )
        self.assertEqual((nps, content), (100, 0))

    def test_the_survey_decides_on_the_company(self):
        """FS-30: the survey's company owns its answers, whoever sent the link."""
        other = self._add_company("Other")
        survey = self._add_survey("nps", company_id=other.id)
        participation = survey._create_answer()
        participation._save_lines(self._question("nps", survey), "5")
        participation._mark_done()
        self.assertEqual(participation.feedback_answer_ids.company_id, other)
