import logging

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools.safe_eval import safe_eval

_logger = logging.getLogger(__name__)

EVENTS = [
    ("order_confirmed", "Order confirmed"),
    ("invoice_posted", "Invoice sent"),
    ("invoice_paid", "Invoice paid"),
    ("case_closed", "Case closed"),
    ("stage_entered", "Stage of life entered"),
    ("segment_entered", "Segment entered"),
    ("wave", "Recurring wave"),
]
RULE_CHANNELS = [
    ("email", "By e-mail"),
    ("phone", "By phone: a to-do for the salesperson"),
    ("portal", "In the customer's portal"),
]


class FeedbackRule(models.Model):
    """When whom to ask: an event, a delay, a share of the people, and how often.

    The rule only queues requests; whether one is really sent is decided when it is due,
    by ``feedback.request``.
    """

    _name = "feedback.rule"
    _description = "Feedback Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(
        default=False, help="Only active rules ask; what is queued already is sent."
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    event = fields.Selection(EVENTS, required=True, default="order_confirmed")
    stage = fields.Selection(
        lambda self: (
            self.env["customer.profile"]
            ._fields["lifecycle_stage"]
            ._description_selection(self.env)
        ),
        string="Stage Entered",
    )
    survey_id = fields.Many2one(
        "survey.survey",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('has_metrics', '=', True),"
        " ('company_id', 'in', (False, company_id))]",
    )
    channel = fields.Selection(RULE_CHANNELS, required=True, default="email")
    date_from = fields.Datetime(
        string="Since",
        required=True,
        default=fields.Datetime.now,
        help="Nobody is asked about what happened before.",
    )
    delay_days = fields.Integer(
        string="Delay", help="Days between the event and the question."
    )
    sample_share = fields.Integer(
        string="Share Asked",
        default=100,
        help="Per cent of the events that are asked about. The draw is always the same"
        " for the same event.",
    )
    first_only = fields.Boolean(
        string="First Time Only",
        help="Ask about the customer's first such document only.",
    )
    check_activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Also Plan",
        domain=[("res_model", "in", (False, "res.partner"))],
        help="A to-do for the salesperson on the same day, such as an after-sales"
        " call.",
    )
    rest_days = fields.Integer(
        string="Rest Period",
        default=30,
        help="Days in which a person is not asked again, by any survey. A person is an"
        " e-mail address: contacts that share it are one person.",
    )
    quota = fields.Integer(
        string="Most per Month", help="Requests sent in a calendar month; 0 for any."
    )
    expiry_days = fields.Integer(
        string="Open for", default=30, help="Days in which the link can be answered."
    )
    reminder_days = fields.Integer(
        string="Remind After", default=7, help="Days without an answer."
    )
    reminder_count = fields.Integer(string="Reminders", default=0)
    lang_mode = fields.Selection(
        [("customer", "The customer's"), ("fixed", "Always the same")],
        string="Language",
        required=True,
        default="customer",
    )
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(), string="Asked In"
    )
    wave_date = fields.Date(
        string="Next Wave", help="The day of the next wave; the following ones follow."
    )
    wave_months = fields.Integer(string="Repeat Every", default=3)
    audience = fields.Char(
        default="[('purchase_count', '>', 0)]",
        help="Which customers a wave asks.",
    )
    request_ids = fields.One2many("feedback.request", "rule_id")
    request_count = fields.Integer(compute="_compute_request_figures")
    sent_count = fields.Integer(
        string="Sent", compute="_compute_request_figures", help="Asked so far."
    )
    suppressed_count = fields.Integer(
        string="Not Sent", compute="_compute_request_figures"
    )
    answer_rate = fields.Float(
        string="Answered %", compute="_compute_request_figures", digits=(5, 1)
    )

    _figures_valid = models.Constraint(
        """CHECK (sample_share BETWEEN 1 AND 100 AND delay_days BETWEEN 0 AND 730
                  AND rest_days BETWEEN 0 AND 730 AND quota >= 0
                  AND expiry_days BETWEEN 1 AND 365 AND reminder_days BETWEEN 1 AND 90
                  AND reminder_count BETWEEN 0 AND 3
                  AND wave_months BETWEEN 1 AND 36)""",
        "Please check the rule: share 1 to 100 %, delay and rest period 0 to 730 days,"
        " open for 1 to 365 days, at most 3 reminders each 1 to 90 days apart, a wave"
        " every 1 to 36 months.",
    )

    @api.depends("request_ids.state")
    def _compute_request_figures(self):
        counted = {}
        for rule, state, count in self.env["feedback.request"]._read_group(
            [("rule_id", "in", self.ids)], ["rule_id", "state"], ["__count"]
        ):
            counted.setdefault(rule.id, {})[state] = count
        for rule in self:
            states = counted.get(rule._origin.id, {})
            answered = states.get("answered", 0)
            sent = answered + states.get("sent", 0) + states.get("expired", 0)
            rule.request_count = sum(states.values())
            rule.sent_count = sent
            rule.suppressed_count = states.get("suppressed", 0)
            rule.answer_rate = 100 * answered / sent if sent else 0.0

    @api.constrains("event", "stage", "wave_date", "audience", "survey_id", "lang_mode")
    def _check_complete(self):
        for rule in self:
            if rule.event == "stage_entered" and not rule.stage:
                raise ValidationError(
                    self.env._("Which stage is “%(rule)s” about?", rule=rule.name)
                )
            if rule.event == "wave":
                if not rule.wave_date:
                    raise ValidationError(
                        self.env._(
                            "When does “%(rule)s” ask for the first time?",
                            rule=rule.name,
                        )
                    )
                rule._check_audience()
            if rule.lang_mode == "fixed" and not rule.lang:
                raise ValidationError(
                    self.env._("In which language does “%(rule)s” ask?", rule=rule.name)
                )
            company = rule.survey_id.company_id
            if company and company != rule.company_id:
                raise ValidationError(
                    self.env._(
                        "The survey of “%(rule)s” belongs to another company.",
                        rule=rule.name,
                    )
                )

    def _check_audience(self):
        try:
            self._audience_domain().validate(self.env["customer.profile"])
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "The audience of “%(rule)s” cannot be read: %(error)s",
                    rule=self.name,
                    error=error,
                )
            ) from error

    def _audience_domain(self):
        """:return: the customers of a wave, a Domain on customer.profile"""
        domain = Domain(safe_eval(self.audience or "[]"))
        return domain & Domain("company_id", "=", self.company_id.id)

    @api.onchange("active")
    def _onchange_active(self):
        """A rule switched on later does not ask about the time before."""
        if self.active and not self._origin.active:
            self.date_from = fields.Datetime.now()

    def write(self, vals):
        """As the form does, for whoever switches rules on by another way."""
        if vals.get("active") and "date_from" not in vals:
            switched_on = self.filtered(lambda rule: not rule.active)
            super(FeedbackRule, switched_on).write({"date_from": fields.Datetime.now()})
        return super().write(vals)

    # === QUEUE === #

    @api.model
    def _queue(self, event, record):
        """Queue the requests that something that just happened calls for.

        The same record queues nothing twice. Who is not drawn is listed as suppressed.
        A rule that fails is named in the log: the document that called does not fail.

        :param event: one of ``EVENTS`` other than ``wave``
        :param record: the document: order, invoice, picking, case or stage move
        :return: the new feedback.request records
        """
        rules = self.sudo().search(
            [("event", "=", event), ("company_id", "=", record.company_id.id)]
        )
        requests = self.env["feedback.request"].sudo()
        if rules:
            self.env.flush_all()
        for rule in rules:
            try:
                with self.env.cr.savepoint():
                    requests |= rule._queue_documents(record.ids)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise  # the server repeats the whole transaction
            except Exception:
                _logger.exception("Feedback rule %s could not be applied", rule.id)
        return requests

    @api.model
    def _companies(self):
        """:return: the companies that have rules, also such as are switched off"""
        groups = self.with_context(active_test=False)._read_group([], ["company_id"])
        return self.env["res.company"].union(*(company for [company] in groups))

    @api.model
    def _cron_scan(self):
        """Queue what the documents and calendars of all rules call for.

        Each rule is a transaction of its own; one that fails is named in the log and
        stops no other.
        """
        rules = self.search([("active", "=", True)])
        self.env["ir.cron"]._commit_progress(remaining=len(rules))
        for rule in rules:
            try:
                with self.env.cr.savepoint():
                    rule._scan()
            except Exception:
                _logger.exception("Feedback rule %s could not be applied", rule.id)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _scan(self):
        """:return: the new feedback.request records of this rule"""
        self.ensure_one()
        self.env.flush_all()
        if self.event != "wave":
            return self._queue_documents()
        requests = self.env["feedback.request"]
        today = self.company_id._insight_today()
        if self.wave_date > today:
            return requests
        wave = self.wave_date
        requests = self._queue_wave(wave)
        while self.wave_date <= today:  # waves missed meanwhile are not made up for
            self.wave_date += relativedelta(months=self.wave_months)
        return requests

    # === ACTIONS === #

    def action_open_requests(self):
        """Open what this rule sent, and what it did not and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_request_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("rule_id", "=", self.id)],
            "context": {},
        }

    def action_scan(self):
        """Look for new events at once, instead of at the next run of the job."""
        self.check_access("write")
        count = sum(len(rule._scan()) for rule in self.filtered("active"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "info",
                "message": self.env._("%(count)s new requests queued.", count=count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
