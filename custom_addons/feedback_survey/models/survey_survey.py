from odoo import api, fields, models


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Answers belong to this company; to that of the asked person's"
        " invitation, if empty.",
    )
    has_metrics = fields.Boolean(
        string="Has Scores",
        compute="_compute_has_metrics",
        search="_search_has_metrics",
    )
    feedback_count = fields.Integer(
        string="Scored Answers", compute="_compute_feedback_count"
    )

    @api.depends("question_and_page_ids.metric")
    def _compute_has_metrics(self):
        for survey in self:
            survey.has_metrics = any(survey.question_and_page_ids.mapped("metric"))

    def _search_has_metrics(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            (
                "question_and_page_ids",
                "any" if True in value else "not any",
                [("metric", "!=", False)],
            )
        ]

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_feedback_count(self):
        answers = self.env["feedback.answer"]
        counts = {}
        if answers.has_access("read"):
            counts = dict(
                answers._read_group(
                    [("survey_id", "in", self.ids)], ["survey_id"], ["__count"]
                )
            )
        for survey in self:
            survey.feedback_count = counts.get(survey, 0)

    def action_open_feedback(self):
        """Open the scored answers of this survey."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_answer_action"
        )
        return {
            **action,
            "display_name": self.title,
            "domain": [("survey_id", "=", self.id)],
            "context": {},
        }
