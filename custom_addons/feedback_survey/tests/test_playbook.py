from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import AskingCase


@tagged("post_install", "-at_install")
class TestPlaybook(AskingCase):
    def test_a_playbook_asks_each_customer_once(self):
        rule = self._add_rule(active=False)
        playbook = self.env["customer.playbook"].create(
            {
                "name": "Plan",
                "trigger": "manual",
                "company_id": self.company.id,
                "user_id": self.env.ref("base.user_root").id,
                "step_ids": [
                    Command.create({"action": "survey", "feedback_rule_id": rule.id})
                ],
            }
        )
        self.company.write({"insight_quiet_from": 0, "insight_quiet_to": 0})
        self.company.insight_quiet_days = "none"
        unreachable = self._add_customer()
        enrolments = self.env["customer.playbook.enrolment"]._start_by_hand(
            playbook, self.customer | unreachable
        )
        now = fields.Datetime.now() + timedelta(minutes=1)
        for _attempt in range(2):  # the second time changes nothing
            playbook._do_step(playbook.step_ids, enrolments, now)
        [request] = self._requests_of(rule)
        self.assertEqual(
            (request.partner_id, request.state, request.survey_id),
            (self.customer, "waiting", self.survey),
        )
        logs = self.env["customer.playbook.log"].search(
            [("playbook_id", "=", playbook.id)]
        )
        self.assertEqual(
            {log.partner_id: (log.state, log.reason) for log in logs},
            {
                self.customer: ("done", False),
                unreachable: ("suppressed", "no_address"),
            },
        )

    def test_the_plan_after_the_first_delivery_asks(self):
        playbook = self.env.ref("customer_insight.playbook_delivery")
        self.assertIn("survey", playbook.step_ids.mapped("action"))

    def test_a_playbook_opens_a_case_once_and_that_is_no_complaint(self):
        playbook = self.env["customer.playbook"].create(
            {
                "name": "Plan",
                "trigger": "manual",
                "company_id": self.company.id,
                "user_id": self.env.ref("base.user_root").id,
                "step_ids": [
                    Command.create(
                        {"action": "case", "summary": "Ask why", "case_severity": "2"}
                    )
                ],
            }
        )
        enrolments = self.env["customer.playbook.enrolment"]._start_by_hand(
            playbook, self.customer
        )
        for _attempt in range(2):  # the second time changes nothing
            playbook._do_step(playbook.step_ids, enrolments, fields.Datetime.now())
        [case] = self.env["feedback.case"].search(
            [("partner_id", "=", self.customer.id), ("name", "=", "Ask why")]
        )
        self.assertEqual((case.severity, case.company_id), ("2", self.company))
        self.assertTrue(case.deadline)
        self.assertEqual(case.enrolment_id, enrolments)
        day = self.company._insight_today() + timedelta(days=1)
        signals = self.env["customer.profile"]._churn_signals(self.company, day)
        self.env.flush_all()
        query = signals["complaints"]["query"]
        self.assertFalse(self.env.execute_query(query))
        case.copy()  # one that the customer brought up is a sign
        self.env.flush_all()
        self.assertEqual(self.env.execute_query(query)[0][0], self.customer.id)
