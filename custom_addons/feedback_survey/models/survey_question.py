from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.scores import SCALES

METRICS = [
    ("nps", "Recommendation (NPS, 0 to 10)"),
    ("csat", "Satisfaction (CSAT, 1 to 5)"),
    ("ces", "Effort (CES, 1 to 7)"),
    ("dimension", "Dimension (1 to 5)"),
]
#: Longest free text that is stored, in characters; a page of print has about 3,000.
LONGEST_TEXT = 10_000


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    metric = fields.Selection(
        METRICS,
        help="The answers of this question make a score with its formula and interval.",
    )
    dimension_id = fields.Many2one(
        "feedback.dimension", ondelete="restrict", index="btree_not_null"
    )
    is_feedback_comment = fields.Boolean(
        string="Comment on the Scores",
        help="The text answered here is shown beside the scores of the same person.",
    )

    @api.constrains("metric", "question_type", "scale_min", "scale_max", "dimension_id")
    def _check_metric(self):
        """A score can only be computed on the scale its formula is made for."""
        for question in self.filtered("metric"):
            low, high = SCALES[question.metric]
            scale = (question.scale_min, question.scale_max)
            if question.question_type != "scale" or scale != (low, high):
                raise ValidationError(
                    self.env._(
                        "“%(question)s” makes a score: ask it on a scale from %(low)s"
                        " to %(high)s.",
                        question=question.title,
                        low=low,
                        high=high,
                    )
                )
            if question.metric == "dimension" and not question.dimension_id:
                raise ValidationError(
                    self.env._(
                        "Which dimension does “%(question)s” ask about?",
                        question=question.title,
                    )
                )

    @api.constrains(
        "metric",
        "question_type",
        "comments_allowed",
        "survey_id",
        "triggering_answer_ids",
    )
    def _check_anonymous(self):
        self.survey_id._check_anonymous()

    @api.onchange("metric")
    def _onchange_metric(self):
        if not self.metric:
            return
        self.question_type = "scale"
        self.scale_min, self.scale_max = SCALES[self.metric]
        self.scale_min_label, self.scale_max_label = {
            "nps": (self.env._("Not likely at all"), self.env._("Extremely likely")),
            "ces": (self.env._("Strongly disagree"), self.env._("Strongly agree")),
        }.get(
            self.metric, (self.env._("Very dissatisfied"), self.env._("Very satisfied"))
        )

    def validate_question(self, answer, comment=None):
        """Refuse texts that nobody wrote by hand, too."""
        texts = [answer] if self.question_type in ("char_box", "text_box") else []
        if any(
            len(text) > LONGEST_TEXT
            for text in [*texts, comment]
            if isinstance(text, str)
        ):
            return {
                self.id: self.env._(
                    "Please write at most %(count)s characters.", count=LONGEST_TEXT
                )
            }
        return super().validate_question(answer, comment)

    def _validate_scale(self, answer):
        """Refuse numbers that are not on the scale: the page is not to be trusted."""
        errors = super()._validate_scale(answer)
        if errors or not answer:
            return errors
        choices = {str(n) for n in range(self.scale_min, self.scale_max + 1)}
        if str(answer) not in choices:
            return {
                self.id: self.env._(
                    "Please choose a number from %(low)s to %(high)s.",
                    low=self.scale_min,
                    high=self.scale_max,
                )
            }
        return {}
