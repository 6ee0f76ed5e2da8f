from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import FEEDBACK_AGENT, AskingCase


@tagged("post_install", "-at_install")
class TestSegments(AskingCase):
    """S044: a segment carries a survey, and its customers are asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["customer.segment"].create(
            {"name": "Loved", "kind": "manual", "feedback_survey_id": cls.survey.id}
        )
        cls.other = cls._add_customer("Bob", email="bob@example.com")
        cls._refresh(as_of=cls.company._insight_today())
        cls.segment = cls.segment.with_company(cls.company)

    def _rule(self, **values):
        return self._add_rule(segment_id=self.segment.id, **values)

    def test_who_enters_is_asked_once(self):
        rule = self._rule(event="segment_entered")
        self.segment._add_members(self.customer)
        requests = self._ask(rule)
        self.assertEqual(requests.partner_id, self.customer)
        self.assertEqual((requests.state, requests.survey_id), ("sent", self.survey))
        self.assertEqual(self._ask(rule), requests)

    def test_members_of_before_and_others_are_not_asked(self):
        self.segment._add_members(self.customer)
        stay = self.env["customer.segment.membership"].search(
            [("segment_id", "=", self.segment.id)]
        )
        stay.date_from = fields.Date.subtract(stay.date_from, days=9)
        rule = self._rule(event="segment_entered")
        self.assertFalse(self._ask(rule))

    def test_a_wave_asks_the_members(self):
        self.segment._add_members(self.customer)
        rule = self._rule(
            event="wave", wave_date=self.company._insight_today(), audience="[]"
        )
        self._run("ir_cron_scan")
        self.assertEqual(self._requests_of(rule).partner_id, self.customer)

    def test_a_wave_without_a_segment_asks_all(self):
        rule = self._add_rule(
            event="wave", wave_date=self.company._insight_today(), audience="[]"
        )
        self._run("ir_cron_scan")
        self.assertLessEqual(
            self.customer + self.other, self._requests_of(rule).partner_id
        )

    def test_the_rule_needs_a_segment_to_be_entered(self):
        with self.assertRaisesRegex(ValidationError, "Which segment"):
            self._add_rule(event="segment_entered")

    def test_a_rule_proposes_the_survey_of_its_segment(self):
        rules = self.env["feedback.rule"].with_company(self.company)
        with Form(rules) as form:
            form.name = "Entering"
            form.event = "segment_entered"
            form.segment_id = self.segment
            self.assertEqual(form.survey_id, self.survey)

    def test_a_survey_of_another_company_is_not_proposed(self):
        self.survey.company_id = self._add_company("Other")
        self.assertFalse(self.segment._survey_of(self.company))

    def test_the_segment_counts_and_opens_its_rules(self):
        agent = self._add_user("segment_agent", FEEDBACK_AGENT)
        rule = self._rule(event="segment_entered", active=False)
        segment = self.segment.with_user(agent)
        self.assertEqual(segment.feedback_rule_count, 1)
        action = segment.action_open_feedback_rules()
        found = self.env["feedback.rule"].with_context(**action["context"])
        self.assertEqual(found.search(action["domain"]), rule)
        self.assertEqual(action["context"]["default_survey_id"], self.survey.id)
