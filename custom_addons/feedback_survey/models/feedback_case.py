import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

_logger = logging.getLogger(__name__)

SEVERITIES = [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Critical")]
STATES = [
    ("new", "New"),
    ("working", "In Progress"),
    ("informed", "Customer Told"),
    ("closed", "Closed"),
]
OUTCOMES = [
    ("solved", "Solved"),
    ("partly", "Partly solved"),
    ("impossible", "Cannot be solved"),
    ("unfounded", "Unfounded"),
]
#: Working hours within which a case of each severity is to be closed.
_HOURS = {"0": 80, "1": 40, "2": 16, "3": 4}


class FeedbackCase(models.Model):
    """A complaint or a bad answer that is followed up until the customer knows.

    A case closes only with an outcome and after the customer was told: that is what
    closes the loop. Its deadline runs in the company's working hours.
    """

    _name = "feedback.case"
    _description = "Customer Case"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "is_closed, severity desc, deadline, id desc"

    name = fields.Char(string="Subject", required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        tracking=True,
        domain=[("share", "=", False)],
        compute="_compute_user_id",
        store=True,
        readonly=False,
    )
    description = fields.Text(string="What the Customer Says")
    answer_id = fields.Many2one(
        "feedback.answer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    participation_id = fields.Many2one(
        "survey.user_input",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Order",
        index="btree_not_null",
        domain="[('partner_id', 'child_of', partner_id),"
        " ('company_id', '=', company_id)]",
    )
    product_id = fields.Many2one("product.product", index="btree_not_null")
    channel = fields.Selection(
        "_selection_channel", default="phone", help="How the customer told us."
    )
    severity = fields.Selection(
        SEVERITIES, default="1", required=True, tracking=True, index=True
    )
    cause_id = fields.Many2one("feedback.cause", tracking=True, index="btree_not_null")
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        tracking=True,
        group_expand=True,
    )
    is_closed = fields.Boolean(readonly=True, copy=False)
    started_on = fields.Datetime(readonly=True, copy=False)
    deadline = fields.Datetime(
        compute="_compute_deadline", store=True, readonly=False, tracking=True
    )
    is_overdue = fields.Boolean(
        compute="_compute_is_overdue", search="_search_is_overdue"
    )
    escalated_on = fields.Datetime(readonly=True, copy=False)
    outcome = fields.Selection(OUTCOMES, tracking=True, copy=False)
    resolution = fields.Text(
        string="What Was Done", copy=False, help="What the customer was told."
    )
    customer_informed_on = fields.Datetime(
        string="Customer Told On", readonly=True, copy=False, tracking=True
    )
    informed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    informed_channel = fields.Selection(
        "_selection_channel", string="Told By", readonly=True, copy=False
    )
    closed_on = fields.Datetime(readonly=True, copy=False)
    reopened = fields.Integer(
        string="Times Reopened", readonly=True, copy=False, aggregator="sum"
    )
    hours_to_answer = fields.Float(
        compute="_compute_durations",
        store=True,
        aggregator="avg",
        help="Hours from the complaint until the customer was told.",
    )
    hours_to_close = fields.Float(
        compute="_compute_durations", store=True, aggregator="avg"
    )
    repeat_count = fields.Integer(
        string="Earlier Cases", compute="_compute_repeat_count"
    )

    _participation_uniq = models.UniqueIndex(
        "(participation_id) WHERE participation_id IS NOT NULL",
        "There is a case for this participation already.",
    )
    _closed_is_told = models.Constraint(
        """CHECK (is_closed IS NOT TRUE
                  OR (customer_informed_on IS NOT NULL AND outcome IS NOT NULL))""",
        "A case closes with an outcome and after the customer was told.",
    )

    @api.model
    def _selection_channel(self):
        return (
            self.env["survey.user_input"]
            ._fields["feedback_channel"]
            ._description_selection(self.env)
        )

    # === COMPUTE === #

    @api.depends("company_id")
    def _compute_user_id(self):
        for case in self:
            case.user_id = case.user_id or case._default_owner()

    def _default_owner(self):
        """:return: the customer's salesperson, else whom the settings name"""
        seller = self.partner_id.commercial_partner_id.user_id
        return seller if seller.active else self.company_id.feedback_case_user_id

    @api.depends("is_closed", "customer_informed_on", "started_on")
    def _compute_state(self):
        for case in self:
            if case.is_closed:
                case.state = "closed"
            elif case.customer_informed_on:
                case.state = "informed"
            else:
                case.state = "working" if case.started_on else "new"

    @api.depends("severity", "company_id")
    def _compute_deadline(self):
        for case in self:
            start = case.create_date or fields.Datetime.now()
            calendar = case.company_id.resource_calendar_id
            hours = _HOURS[case.severity or "1"]
            case.deadline = calendar.plan_hours(
                hours, start, compute_leaves=True
            ) or fields.Datetime.add(start, hours=hours)

    @api.depends("deadline", "is_closed")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for case in self:
            case.is_overdue = not case.is_closed and (case.deadline or now) < now

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = [("is_closed", "=", False), ("deadline", "<", fields.Datetime.now())]
        return overdue if True in value else ["!", "&", *overdue]

    @api.depends("customer_informed_on", "closed_on")
    def _compute_durations(self):
        for case in self:
            case.hours_to_answer = case._hours_until(case.customer_informed_on)
            case.hours_to_close = case._hours_until(case.closed_on)

    def _hours_until(self, moment):
        if not moment or not self.create_date:
            return 0.0
        return max(0.0, (moment - self.create_date).total_seconds() / 3600)

    def _compute_repeat_count(self):
        for case in self:
            case.repeat_count = self.search_count(
                [
                    (
                        "partner_id",
                        "child_of",
                        case.partner_id.commercial_partner_id.id,
                    ),
                    ("company_id", "=", case.company_id.id),
                    ("id", "!=", case._origin.id),
                    ("create_date", "<=", case.create_date or fields.Datetime.now()),
                ]
            )

    # === ACTIONS === #

    def action_start(self):
        """Take the case up; who has no owner gets the one who starts."""
        for case in self.filtered(lambda case: not case.started_on):
            case.write(
                {
                    "started_on": fields.Datetime.now(),
                    "user_id": (case.user_id or self.env.user).id,
                }
            )

    def action_close(self):
        """Close cases whose customers know the outcome.

        :raise UserError: if the outcome is missing or the customer was not told
        """
        for case in self:
            if not case.outcome or not (case.resolution or "").strip():
                raise UserError(
                    self.env._(
                        "What came of “%(case)s”? Choose an outcome and say what was"
                        " done.",
                        case=case.name,
                    )
                )
            if not case.customer_informed_on:
                raise UserError(
                    self.env._(
                        "Tell the customer first: “%(case)s” closes when they know.",
                        case=case.name,
                    )
                )
        self.write({"is_closed": True, "closed_on": fields.Datetime.now()})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        for case in self:
            case.partner_id.commercial_partner_id._customer_event("case_closed", case)

    def action_reopen(self):
        """Begin again: the customer is not content with the outcome."""
        for case in self.filtered("is_closed"):
            case.write(
                {
                    "is_closed": False,
                    "closed_on": False,
                    "customer_informed_on": False,
                    "escalated_on": False,
                    "outcome": False,
                    "reopened": case.reopened + 1,
                    "deadline": case.company_id.resource_calendar_id.plan_hours(
                        _HOURS[case.severity],
                        fields.Datetime.now(),
                        compute_leaves=True,
                    ),
                }
            )

    def action_tell(self):
        """Open the dialog that tells the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tell the Customer"),
            "res_model": "feedback.case.tell",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_open_earlier(self):
        """Open all cases of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_case_action"
        )
        customer = self.partner_id.commercial_partner_id
        return {
            **action,
            "display_name": customer.display_name,
            "domain": [("partner_id", "child_of", customer.id)],
            "context": {},
        }

    # === BUSINESS === #

    @api.constrains("is_closed", "customer_informed_on", "outcome")
    def _check_closed(self):
        """Whoever writes the fields directly is held to the same rule."""
        for case in self:
            if case.is_closed and not (case.customer_informed_on and case.outcome):
                raise ValidationError(
                    self.env._(
                        "“%(case)s” closes with an outcome and after the customer was"
                        " told.",
                        case=case.name,
                    )
                )

    def _mark_told(self, channel):
        """Note that the customer was told, by whom and how."""
        self.action_start()
        self.write(
            {
                "customer_informed_on": fields.Datetime.now(),
                "informed_by_id": self.env.uid,
                "informed_channel": channel,
            }
        )

    @api.model
    def _open_for(self, answers):
        """Open a case for each participation with a bad answer of a known customer.

        A participation has one case at most, however often its answers are recorded.

        :param answers: feedback.answer, new ones
        :return: the new cases
        """
        bad = {}
        for answer in answers.sorted(lambda a: (a.score / a.scale_max, a.id)):
            if answer.partner_id and answer._is_bad():
                bad.setdefault(answer.user_input_id, answer)
        known = self.search([("participation_id", "in", [p.id for p in bad])])
        return self.create(
            [
                self._prepare_case_vals(answer)
                for participation, answer in bad.items()
                if participation not in known.participation_id
            ]
        )

    @api.model
    def _prepare_case_vals(self, answer):
        return {
            "name": self.env._(
                "%(score)s of %(best)s: %(question)s",
                score=answer.score,
                best=answer.scale_max,
                question=answer.question,
            ),
            "partner_id": answer.contact_id.id,
            "company_id": answer.company_id.id,
            "answer_id": answer.id,
            "participation_id": answer.user_input_id.id,
            "channel": answer.channel,
            "description": answer.comment,
        }

    @api.model
    def _cron_escalate(self, limit=200):
        """Tell a fallback owner of overdue cases, once each.

        Cases of archived owners are handed over as well. A case that fails is named in
        the log and stops no other.
        """
        cases = self.search(
            [("is_overdue", "=", True), ("escalated_on", "=", False)], limit=limit
        )
        self.env["ir.cron"]._commit_progress(remaining=len(cases))
        for case in cases:
            try:
                with self.env.cr.savepoint():
                    case._escalate()
            except Exception:
                _logger.exception("Case %s could not be escalated", case.id)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _escalate(self):
        self.ensure_one()
        fallback = self.company_id.feedback_case_user_id
        if not self.user_id.active:
            self.user_id = fallback
        self.escalated_on = fields.Datetime.now()
        responsible = fallback or self.user_id
        if responsible:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Overdue: the customer is still waiting"),
                user_id=responsible.id,
            )
