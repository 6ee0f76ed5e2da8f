from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: What those who are asked may write themselves.
_MAY_WRITE = frozenset({"answer"})
#: What only asking and answering write: they say who and when.
_RECEIPT = frozenset(
    {"sent_on", "sent_by_id", "answered_on", "answered_by_id", "hours"}
)


class FeedbackCaseHandover(models.Model):
    """A question to another department about a case, and the answer that came back.

    The owner keeps the case and its clock; the time that passed here is counted for the
    department, in working hours.
    """

    _name = "feedback.case.handover"
    _description = "Hand-over of a Case"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sent_on desc, id desc"
    _rec_name = "question"

    case_id = fields.Many2one(
        "feedback.case", required=True, index=True, ondelete="cascade"
    )
    subject = fields.Char(
        related="case_id.name", string="Case Subject", related_sudo=True
    )
    company_id = fields.Many2one(
        related="case_id.company_id", store=True, related_sudo=True
    )
    department_id = fields.Many2one(
        "feedback.department", required=True, index=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who Answers",
        compute="_compute_user_id",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        index=True,
        domain=[("share", "=", False)],
    )
    question = fields.Text(
        required=True,
        help="What they need to know to answer: they do not see the case itself.",
    )
    sent_on = fields.Datetime(
        readonly=True, required=True, default=fields.Datetime.now, copy=False
    )
    sent_by_id = fields.Many2one(
        "res.users",
        string="Handed Over By",
        readonly=True,
        default=lambda self: self.env.user,
    )
    answer = fields.Text(copy=False)
    answered_on = fields.Datetime(readonly=True, copy=False)
    answered_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    hours = fields.Float(
        string="Working Hours",
        compute="_compute_hours",
        store=True,
        aggregator="avg",
        help="Working hours from the question until the answer.",
    )

    _open_uniq = models.UniqueIndex(
        "(case_id) WHERE answered_on IS NULL",
        "This case is with another department already.",
    )

    @api.depends("department_id")
    def _compute_user_id(self):
        for handover in self:
            handover.user_id = handover.department_id.user_id or handover.user_id

    @api.depends("sent_on", "answered_on")
    def _compute_hours(self):
        for handover in self:
            calendar = handover.company_id.resource_calendar_id
            hours = 0.0
            if handover.answered_on and calendar:
                hours = calendar.get_work_duration_data(
                    handover.sent_on, handover.answered_on
                )["hours"]
            elif handover.answered_on:
                passed = handover.answered_on - handover.sent_on
                hours = passed.total_seconds() / 3600
            handover.hours = hours

    @api.model_create_multi
    def create(self, vals_list):
        """Ask: the question becomes an activity of whoever answers."""
        if not self.env.su:
            asked = {
                "sent_on": fields.Datetime.now(),
                "sent_by_id": self.env.uid,
                "answered_on": False,
                "answered_by_id": False,
            }
            vals_list = [{**vals, **asked} for vals in vals_list]
        handovers = super().create(vals_list)
        for handover in handovers:
            if handover.case_id.is_closed:
                raise UserError(self.env._("The case is closed: reopen it first."))
            handover.case_id.action_start()
            handover.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("A customer's case needs your answer"),
                note=handover.question,
                user_id=handover.user_id.id,
            )
            handover.case_id.message_post(
                body=self.env._(
                    "Handed over to %(department)s: %(question)s",
                    department=handover.department_id.name,
                    question=handover.question,
                )
            )
        return handovers

    def write(self, vals):
        """Those who are asked write their answer and nothing else."""
        if (
            not self.env.su
            and not set(vals) <= _MAY_WRITE
            and not self.env.user.has_group("feedback_survey.group_agent")
        ):
            raise AccessError(self.env._("You may write the answer, nothing else."))
        if not self.env.su and vals.keys() & _RECEIPT:
            raise AccessError(
                self.env._("Who asked and who answered, and when, is not for writing.")
            )
        return super().write(vals)

    def action_answer(self):
        """Give the answer back to the owner of the case.

        :raise UserError: without an answer
        """
        self.check_access("write")
        for handover in self.filtered(lambda one: not one.answered_on):
            if not (handover.answer or "").strip():
                raise UserError(self.env._("What is the answer? Write it first."))
            handover.sudo().write(
                {
                    "answered_on": fields.Datetime.now(),
                    "answered_by_id": self.env.uid,
                }
            )
            handover.sudo()._bring_back()

    def _bring_back(self):
        """The answer comes to the record, and to the owner's activities."""
        self.ensure_one()
        self.activity_unlink(["mail.mail_activity_data_todo"])
        case = self.case_id
        case.message_post(
            body=self.env._(
                "%(department)s answers: %(answer)s",
                department=self.department_id.name,
                answer=self.answer,
            ),
            author_id=self.answered_by_id.partner_id.id,
        )
        if case.user_id.active:
            case.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "%(department)s has answered", department=self.department_id.name
                ),
                user_id=case.user_id.id,
            )
