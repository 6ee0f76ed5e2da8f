from odoo import api, fields, models
from odoo.fields import Domain

#: Rows shown on the page of a customer; all others are a click away.
_SHOWN = 10


class CustomerProfile(models.Model):
    """What this customer said, on their page: cases, answers and comments."""

    _inherit = "customer.profile"

    feedback_case_ids = fields.Many2many(
        "feedback.case", string="Cases", compute="_compute_feedback"
    )
    feedback_answer_ids = fields.Many2many(
        "feedback.answer", string="Answers", compute="_compute_feedback"
    )
    feedback_comment_ids = fields.Many2many(
        "feedback.comment", string="Comments", compute="_compute_feedback"
    )
    feedback_answer_count = fields.Integer(
        string="Scored Answers", compute="_compute_feedback"
    )

    feedback_open_case_count = fields.Integer(
        string="Open Now", compute="_compute_feedback"
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_feedback(self):
        for profile in self:
            own = profile._feedback_domain()
            family = Domain("company_id", "=", profile.company_id.id) & Domain(
                "partner_id", "child_of", profile.partner_id.id
            )
            answers = self.env["feedback.answer"].sudo(False)
            profile.feedback_answer_count = answers.search_count(own)
            profile.feedback_answer_ids = answers.search(own, limit=_SHOWN)
            profile.feedback_comment_ids = (
                self.env["feedback.comment"].sudo(False).search(own, limit=_SHOWN)
            )
            cases = self.env["feedback.case"].sudo(False)
            profile.feedback_case_ids = cases.search(family, limit=_SHOWN)
            profile.feedback_open_case_count = cases.search_count(
                family & Domain("is_closed", "!=", True)
            )

    def _feedback_domain(self):
        self.ensure_one()
        return Domain("company_id", "=", self.company_id.id) & Domain(
            "partner_id", "=", self.partner_id.id
        )

    def action_open_feedback_cases(self):
        """Open all cases of this customer."""
        self.ensure_one()
        return self._open_health_cases()

    def action_open_feedback_comments(self):
        """Open all comments of this customer."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "feedback_survey.feedback_comment_action"
            ),
            "display_name": self.partner_id.display_name,
            "domain": list(self._feedback_domain()),
            "context": {},
        }

    def action_open_feedback_answers(self):
        """Open all scored answers of this customer."""
        self.ensure_one()
        return self.partner_id.action_open_feedback()

    def _record_kinds(self):
        return {
            **super()._record_kinds(),
            "case": {
                "label": self.env._("Cases"),
                "icon": "fa-life-ring",
                "model": "feedback.case",
            },
            "survey": {
                "label": self.env._("Survey Answers"),
                "icon": "fa-star-half-o",
                "model": "feedback.answer",
                "views": ("list",),
            },
            "comment": {
                "label": self.env._("Comments"),
                "icon": "fa-quote-left",
                "model": "feedback.comment",
            },
        }

    def _record_domain(self, code):
        if code == "case":
            return Domain("company_id", "=", self.company_id.id) & Domain(
                "partner_id", "child_of", self.partner_id.id
            )
        if code in ("survey", "comment"):
            return self._feedback_domain()
        return super()._record_domain(code)
