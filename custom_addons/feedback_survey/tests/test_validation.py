from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common import FeedbackCase


class TestValidation(FeedbackCase):
    """What a public page sends is checked on the server."""

    def test_numbers_off_the_scale_are_refused(self):
        """FS-02"""
        question = self._question("nps")
        for number in ("11", "-1", "5.5", "x", "1e1", "１"):
            self.assertIn(question.id, question.validate_question(number), number)
        for number in ("0", "10"):
            self.assertEqual(question.validate_question(number), {})

    def test_every_scale_is_checked_not_only_scored_ones(self):
        question = self._question("csat")
        question.metric = False
        self.assertIn(question.id, question.validate_question("6"))
        self.assertEqual(question.validate_question("5"), {})

    def test_an_optional_score_may_be_left_out(self):
        self.assertEqual(self._question("csat").validate_question(""), {})

    def test_texts_have_a_limit(self):
        """FS-03"""
        question = self.survey.question_ids.filtered("is_feedback_comment")
        self.assertEqual(question.validate_question("x" * 10_000), {})
        self.assertIn(question.id, question.validate_question("x" * 10_001))

    def test_the_database_knows_the_scales(self):
        answer = self._answer(nps=10).feedback_answer_ids
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            answer.score = 11
            answer.flush_recordset()

    def test_a_score_needs_its_scale(self):
        with self.assertRaisesRegex(ValidationError, "from 0 to 10"):
            self._question("nps").scale_max = 5
        with self.assertRaisesRegex(ValidationError, "from 1 to 7"):
            self._add_question(self.survey, "ces", question_type="char_box")

    def test_a_dimension_needs_a_name(self):
        with self.assertRaisesRegex(ValidationError, "Which dimension"):
            self._question("dimension").dimension_id = False

    def test_choosing_a_score_sets_its_scale(self):
        question = self.env["survey.question"].new({"metric": "ces"})
        question._onchange_metric()
        self.assertEqual(
            (question.question_type, question.scale_min, question.scale_max),
            ("scale", 1, 7),
        )


@tagged("post_install", "-at_install")
class TestPublicPage(FeedbackCase, HttpCase):
    """The public page, posted to as a browser would, and as one that lies."""

    def test_the_page_stores_what_is_valid_and_nothing_else(self):
        participation = self.survey._create_answer(company_id=self.company.id)
        url = f"/survey/start/{self.survey.access_token}"
        self.url_open(f"{url}?answer_token={participation.access_token}")
        self._begin(participation)
        question = self._question("nps")
        refused = self._submit(participation, {str(question.id): "99"})
        self.assertEqual(refused[1]["error"], "validation")
        self.assertIn(str(question.id), refused[1]["fields"])
        self.assertFalse(
            participation.user_input_line_ids.filtered(lambda line: not line.skipped)
        )
        self.assertFalse(participation.feedback_answer_ids)
        self._submit(participation, {str(question.id): "9"})
        participation.invalidate_recordset()
        self.assertEqual(participation.feedback_answer_ids.score, 9)
        self.assertEqual(participation.feedback_answer_ids.channel, "web")

    def test_an_answer_of_a_known_customer_has_stage_and_case(self):
        """The public reads no profile and no case; both are recorded all the same."""
        customer = self._add_customer("Buyer")
        self._add_order(customer, self.company._insight_today(), 100)
        self._refresh(as_of=self.company._insight_today())
        participation = self.survey._create_answer(
            partner=customer, company_id=self.company.id
        )
        self._begin(participation)
        self._submit(participation, {str(self._question("nps").id): "2"})
        participation.invalidate_recordset()
        answer = participation.feedback_answer_ids
        self.assertEqual((answer.partner_id, answer.score), (customer, 2))
        self.assertEqual(answer.lifecycle_stage, "first")
        self.assertTrue(answer.rfm_segment_id)
        case = self.env["feedback.case"].search(
            [("participation_id", "=", participation.id)]
        )
        self.assertEqual((case.partner_id, case.state), (customer, "new"))

    def test_other_surveys_take_the_address_of_a_link_as_before(self):
        """FS-08 is about surveys that make scores; core's own keep their ways."""
        plain = self.env["survey.survey"].create(
            {
                "title": "Plain",
                "access_mode": "public",
                "question_and_page_ids": [
                    Command.create({"title": "Why?", "question_type": "text_box"})
                ],
            }
        )
        scored = self._add_survey("nps", is_time_limited=True, time_limit=5)
        for survey, email in ((plain, "ann@example.com"), (scored, False)):
            self.url_open(f"/survey/start/{survey.access_token}?email=ann@example.com")
            self.env.invalidate_all()
            answer = survey.user_input_ids
            self.assertEqual((len(answer), answer.email), (1, email))

    def test_foreign_fields_are_ignored(self):
        """FS-07: customer, company and trial mark cannot be posted."""
        participation = self.survey._create_answer(company_id=self.company.id)
        self._begin(participation)
        self._submit(
            participation,
            {
                str(self._question("nps").id): "9",
                "partner_id": str(self._add_customer("Victim").id),
                "company_id": str(self._add_company("Other").id),
                "test_entry": "1",
            },
        )
        participation.invalidate_recordset()
        self.assertFalse(participation.partner_id)
        self.assertEqual(participation.company_id, self.company)
        self.assertEqual(len(participation.feedback_answer_ids), 1)

    def _begin(self, participation):
        self._call("begin", participation, {})

    def _submit(self, participation, answers):
        return self._call("submit", participation, answers)

    def _call(self, step, participation, values):
        return self.make_jsonrpc_request(
            f"/survey/{step}/{self.survey.access_token}/{participation.access_token}",
            values,
        )
