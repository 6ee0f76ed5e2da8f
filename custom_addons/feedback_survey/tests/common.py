from odoo import fields
from odoo.addons.customer_insight.tests.common import CustomerInsightCase
from odoo.tests import tagged

FEEDBACK_AGENT = "feedback_survey.group_agent"
FEEDBACK_MANAGER = "feedback_survey.group_manager"
#: The scale of each metric, written once more so that the tests do not trust the code.
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "dimension": (1, 5)}


@tagged("post_install", "-at_install")
class FeedbackCase(CustomerInsightCase):
    """A survey that makes all scores, with builders for what people answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dimension = cls.env["feedback.dimension"].create({"name": "Test dimension"})
        cls.survey = cls._add_survey("nps", "csat", "ces", "dimension")
        cls.answers = cls.env["feedback.answer"]

    @classmethod
    def _add_survey(cls, *metrics, **values):
        """A survey on one page: a question for each metric and one for a comment."""
        survey = cls.env["survey.survey"].create(
            {
                "title": "How was it?",
                "access_mode": "public",
                "questions_layout": "one_page",
                **values,
            }
        )
        for metric in metrics:
            cls._add_question(survey, metric)
        cls.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "Why?",
                "sequence": 99,
                "question_type": "text_box",
                "is_feedback_comment": True,
            }
        )
        return survey

    @classmethod
    def _add_question(cls, survey, metric, **values):
        low, high = SCALES[metric]
        return cls.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": f"Question {metric}",
                "question_type": "scale",
                "scale_min": low,
                "scale_max": high,
                "metric": metric,
                "dimension_id": cls.dimension.id if metric == "dimension" else False,
                **values,
            }
        )

    @classmethod
    def _question(cls, metric, survey=None):
        return (survey or cls.survey).question_ids.filtered(
            lambda question: question.metric == metric
        )

    @classmethod
    def _answer(cls, partner=None, comment=None, date=None, survey=None, **given):
        """A completed participation.

        :param given: ``{metric: number}``
        :return: survey.user_input
        """
        survey = survey or cls.survey
        values = {
            "company_id": (survey.company_id or cls.company).id,
            "test_entry": given.pop("trial", False),
        }
        participation = survey._create_answer(
            partner=partner or cls.env["res.partner"], **values
        )
        for metric, number in given.items():
            participation._save_lines(cls._question(metric, survey), str(number))
        if comment:
            text = survey.question_ids.filtered("is_feedback_comment")
            participation._save_lines(text, comment)
        participation._mark_done()
        if date:
            moment = cls._moment(date)
            participation.end_datetime = moment
            participation.feedback_answer_ids.date = moment
        return participation

    @classmethod
    def _answer_nps(cls, numbers, **values):
        """One participation for each number."""
        for number in numbers:
            cls._answer(nps=number, **values)


class AskingCase(FeedbackCase):
    """A rule that asks after orders, at any hour, and a customer with an address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "feedback_ask_from": 0,
                "feedback_ask_to": 24,
                "feedback_ask_weekend": True,
                "email": "shop@example.com",
            }
        )
        cls.customer = cls._add_customer("Ann", email="Ann@Example.com")
        cls.requests = cls.env["feedback.request"]
        cls.rules = cls.env["feedback.rule"].with_context(active_test=False)
        cls.rules.search([]).active = False

    @classmethod
    def _add_rule(cls, **values):
        """An active rule that asks about what happened since yesterday."""
        return cls.env["feedback.rule"].create(
            {
                "name": "After the order",
                "active": True,
                "company_id": cls.company.id,
                "survey_id": cls.survey.id,
                "date_from": fields.Datetime.subtract(fields.Datetime.now(), days=1),
                **values,
            }
        )

    @classmethod
    def _order_now(cls, partner=None, **values):
        """An order confirmed a minute ago."""
        moment = fields.Datetime.subtract(fields.Datetime.now(), minutes=1)
        return cls._add_order(partner or cls.customer, moment, **values)

    @classmethod
    def _requests_of(cls, rule):
        return cls.requests.search([("rule_id", "=", rule.id)], order="id")

    def _run(self, job):
        """Run a job as the scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref(f"feedback_survey.{job}").method_direct_trigger()
        self.env.invalidate_all()

    def _ask(self, rule):
        """Queue and send what a rule calls for. :return: its requests"""
        self._run("ir_cron_scan")
        self._run("ir_cron_send")
        return self._requests_of(rule)
