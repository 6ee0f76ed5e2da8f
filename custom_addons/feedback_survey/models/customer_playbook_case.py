from odoo import fields, models

from . import customer_playbook, feedback_case  # noqa: F401  extended below
from .feedback_case import SEVERITIES


class CustomerPlaybookStep(models.Model):
    """Playbooks open a case, so that somebody looks into it by a deadline."""

    _inherit = "customer.playbook.step"

    action = fields.Selection(
        selection_add=[("case", "Case")], ondelete={"case": "cascade"}
    )
    case_severity = fields.Selection(SEVERITIES, string="Severity", default="1")

    def _required_fields(self):
        return {**super()._required_fields(), "case": "summary"}

    def _do_case(self, enrolments):
        cases = self.env["feedback.case"]
        for enrolment in enrolments:
            lang = enrolment.user_id.lang or self.playbook_id.user_id.lang
            cases.create(
                {
                    "name": self.with_context(lang=lang).summary,
                    "partner_id": enrolment.partner_id.id,
                    "company_id": self.company_id.id,
                    "severity": self.case_severity,
                    "channel": False,
                    "enrolment_id": enrolment.id,
                }
            )


class FeedbackCase(models.Model):
    _inherit = "feedback.case"

    enrolment_id = fields.Many2one(
        "customer.playbook.enrolment",
        string="Opened by Playbook",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="customer_insight.group_user",
        help="No complaint of the customer: it is no sign of leaving.",
    )
