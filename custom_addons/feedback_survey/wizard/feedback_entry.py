from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.survey_user_input import CHANNELS

_CHOICES = ("simple_choice", "multiple_choice")
_TYPES = ("scale", "text_box", "char_box", "date", *_CHOICES)


class FeedbackEntry(models.TransientModel):
    """Answers written down by staff on the phone or during a visit.

    The public page refuses a member of staff who answers for somebody else; this form
    goes through the same checks and the same storage instead.
    """

    _name = "feedback.entry"
    _description = "Record Feedback"

    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, ondelete="cascade"
    )
    survey_id = fields.Many2one(
        "survey.survey",
        required=True,
        default=lambda self: self._default_survey_id(),
        domain="[('has_metrics', '=', True), ('is_feedback_anonymous', '=', False),"
        " ('company_id', 'in', (False, company_id))]",
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Answered By", required=True, ondelete="cascade"
    )
    channel = fields.Selection(
        [pair for pair in CHANNELS if pair[0] not in ("web", "email", "review")],
        default="phone",
        required=True,
    )
    line_ids = fields.One2many(
        "feedback.entry.line",
        "entry_id",
        string="Questions",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.model
    def _default_survey_id(self):
        return self.env["survey.survey"].search(
            [
                ("has_metrics", "=", True),
                ("is_feedback_anonymous", "=", False),
                ("company_id", "in", (False, self.env.company.id)),
            ],
            limit=1,
        )

    @api.depends("survey_id")
    def _compute_line_ids(self):
        for entry in self:
            entry.line_ids = [Command.clear()] + [
                Command.create({"question_id": question.id})
                for question in entry.survey_id.question_ids
                if question.question_type in _TYPES
            ]

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Propose the survey of the customer's segment, until something is noted."""
        survey = self.env["customer.segment"]._survey_for(
            self.partner_id, self.company_id
        )
        if survey and survey != self.survey_id and not self._answered():
            self.survey_id = (
                survey.search(
                    [
                        ("id", "=", survey.id),
                        ("has_metrics", "=", True),
                        ("is_feedback_anonymous", "=", False),
                    ]
                )
                or self.survey_id
            )

    def action_save(self):
        """Store the answers as a completed participation.

        :return: a notification that says whose answers were recorded
        :raise UserError: if nothing was answered or an answer is not valid
        """
        self.ensure_one()
        self.env["feedback.answer"].check_access("read")
        self._check_answers()
        written = self._complete_participation().feedback_written
        told = self.env._(
            "Recorded what %(name)s said.", name=self.partner_id.display_name
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": "\n".join(filter(None, (told, written))),
                # what was written to the contact, or not, is read before it goes
                "sticky": bool(written),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _answered(self):
        return self.line_ids.filtered(lambda line: (line.answer or "").strip())

    def _check_answers(self):
        """:raise UserError: naming each question whose answer is not valid"""
        if self.survey_id.is_feedback_anonymous:
            raise UserError(
                self.env._(
                    "“%(survey)s” is anonymous: give the customer its link instead.",
                    survey=self.survey_id.title,
                )
            )
        if not self._answered().filtered("question_id.metric"):
            raise UserError(self.env._("Please note at least one score."))
        faults = [
            f"{line.question_id.title}: {fault}"
            for line in self.line_ids
            for fault in line._faults()
        ]
        if faults:
            raise UserError("\n".join(faults))

    def _complete_participation(self):
        """Answer the survey for the customer. :return: survey.user_input

        As superuser: the dialog is for all who may read answers, the survey itself is
        edited by others.
        """
        survey = self.survey_id.sudo()
        participation = survey._create_answer(
            partner=self.partner_id,
            check_attempts=False,
            feedback_channel=self.channel,
            feedback_user_id=self.env.uid,
            company_id=(survey.company_id or self.env.company).id,
        )
        for line in self._answered():
            participation._save_lines(line.question_id.sudo(), line._value())
        participation._mark_done()
        return participation


class FeedbackEntryLine(models.TransientModel):
    """One question of the form and what was answered."""

    _name = "feedback.entry.line"
    _description = "Question and Answer"
    _order = "id"

    entry_id = fields.Many2one("feedback.entry", required=True, ondelete="cascade")
    question_id = fields.Many2one("survey.question", required=True, ondelete="cascade")
    question_type = fields.Selection(related="question_id.question_type")
    title = fields.Char(related="question_id.title")
    scale_min = fields.Integer(related="question_id.scale_min")
    scale_max = fields.Integer(related="question_id.scale_max")
    choices = fields.Json(compute="_compute_choices")
    answer = fields.Char(
        help="A number of the scale, a text, a day in ISO 8601, or the numbers of the"
        " chosen answers with commas; empty is no answer."
    )

    @api.depends("question_id")
    def _compute_choices(self):
        """``[[id, label]]`` of the answers to choose from"""
        for line in self:
            # whoever may ask the question may read its answers
            answers = line.question_id.sudo().suggested_answer_ids
            line.choices = [[answer.id, answer.value] for answer in answers]

    def _value(self):
        """:return: what was answered, as core's questions take it"""
        self.ensure_one()
        answer = (self.answer or "").strip()
        if self.question_type == "multiple_choice":
            return [part for part in answer.split(",") if part]
        return answer

    def _faults(self):
        """:return: what is wrong with the answer (list of str)"""
        self.ensure_one()
        value = self._value()
        if self.question_type in _CHOICES:
            known = {str(number) for number, _label in self.choices}
            chosen = value if isinstance(value, list) else [value] if value else []
            if not known.issuperset(chosen):
                return [self.env._("Please choose one of the answers.")]
        return self.question_id.validate_question(value).values()
