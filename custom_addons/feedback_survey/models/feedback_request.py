import secrets
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import SQL, hash_sign

from .feedback_rule import RULE_CHANNELS

STATES = [
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("answered", "Answered"),
    ("expired", "Not Answered"),
    ("suppressed", "Not Sent"),
    ("failed", "Failed"),
]
REASONS = [
    ("sample", "Not drawn"),
    ("cancelled", "The document was cancelled"),
    ("closed", "The survey is closed"),
    ("archived", "The contact is archived"),
    ("late", "Too late to ask"),
    ("no_address", "No e-mail address"),
    ("no_portal", "No access to the portal"),
    ("blacklisted", "The address is blacklisted"),
    ("opted_out", "Wants no surveys"),
    ("rest", "Was asked recently"),
    ("quota", "Enough for this month"),
    ("bounced", "Mail to this address bounces"),
    ("mail_error", "The mail could not be sent"),
    ("error", "An error, see the log"),
    ("manual", "Cancelled by hand"),
    ("erased", "The person was erased"),
]


class FeedbackRequest(models.Model):
    """One question to one person: waiting, sent, answered - or not sent, and why.

    It is also the queue of the job that sends. A rule queues the same event once: that
    is what ``key`` is for.
    """

    _name = "feedback.request"
    _description = "Feedback Request"
    _order = "scheduled_at desc, id desc"
    _rec_name = "partner_id"

    rule_id = fields.Many2one(
        "feedback.rule", readonly=True, required=True, index=True, ondelete="cascade"
    )
    survey_id = fields.Many2one(
        "survey.survey", readonly=True, required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        readonly=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    email = fields.Char(string="Address", readonly=True, index="btree_not_null")
    lang = fields.Char(string="Language", readonly=True)
    channel = fields.Selection(RULE_CHANNELS, readonly=True, required=True)
    key = fields.Char(readonly=True, required=True)
    state = fields.Selection(STATES, readonly=True, required=True, default="waiting")
    reason = fields.Selection(REASONS, readonly=True)
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(
        string="Document", model_field="source_model", readonly=True
    )
    sale_order_id = fields.Many2one(
        "sale.order", string="Order", readonly=True, ondelete="set null"
    )
    team_id = fields.Many2one("crm.team", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    event_date = fields.Datetime(string="Happened On", readonly=True)
    scheduled_at = fields.Datetime(string="Due", readonly=True, required=True)
    sent_at = fields.Datetime(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    deadline = fields.Datetime(readonly=True, help="Until when the link is answered.")
    remind_at = fields.Datetime(readonly=True)
    reminders_sent = fields.Integer(string="Reminders", readonly=True)
    tries = fields.Integer(readonly=True, help="How often the mail was refused.")
    token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    user_input_id = fields.Many2one(
        "survey.user_input",
        string="Participation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, index="btree_not_null", groups="base.group_system"
    )

    _key_uniq = models.UniqueIndex("(rule_id, key)")
    _token_uniq = models.UniqueIndex("(token) WHERE token IS NOT NULL")
    _waiting_idx = models.Index("(scheduled_at) WHERE state = 'waiting'")
    _sent_idx = models.Index("(remind_at) WHERE state = 'sent'")

    # === STATES === #

    def _suppress(self, reason):
        """Do not send these, and say why."""
        self.write({"state": "suppressed", "reason": reason})

    @api.model
    def _stop(self, email):
        """Stop what is queued or on its way to an address that wants no surveys."""
        waiting = self.search([("email", "=", email), ("state", "=", "waiting")])
        waiting |= self.search(
            [("partner_id.email_normalized", "=", email), ("state", "=", "waiting")]
        )
        waiting._suppress("opted_out")
        sent = self.search([("email", "=", email), ("state", "=", "sent")])
        queued = sent.mail_id.filtered(lambda mail: mail.state == "outgoing")
        stopped = sent.filtered(lambda request: request.mail_id in queued)
        queued.cancel()
        stopped._suppress("opted_out")
        (sent - stopped).write({"remind_at": False})

    def action_cancel(self):
        """Do not send what waits, nor remind of what was sent."""
        self.check_access("write")
        self.filtered(lambda request: request.state == "waiting")._suppress("manual")
        self.filtered(lambda request: request.state == "sent").write(
            {"remind_at": False}
        )

    def action_open_document(self):
        """Open the document that the request is about."""
        self.ensure_one()
        return self.env[self.source_model].browse(self.source_id)._get_records_action()

    def action_open_participation(self):
        """Open what the person answered."""
        self.ensure_one()
        return self.user_input_id._get_records_action()

    def _mark_answered(self):
        """The person has answered: no reminder any more."""
        self.write(
            {
                "state": "answered",
                "reason": False,
                "answered_at": fields.Datetime.now(),
                "remind_at": False,
            }
        )

    @api.model
    def _find_open(self, token):
        """:return: the request that can be answered with this token, or none"""
        request = self.search([("token", "=", token)], limit=1)
        is_open = (
            request.state == "sent"
            and request.survey_id.active
            and not request.survey_id.is_feedback_anonymous
            and request.deadline > fields.Datetime.now()
            and request.user_input_id.state in ("new", "in_progress")
        )
        return request if is_open else self.browse()

    @api.model
    def _find_anonymous(self, token):
        """:return: the open survey of a link that was personal until the survey became
        anonymous, or none"""
        request = self.search([("token", "=", token), ("state", "=", "sent")], limit=1)
        survey = request.survey_id
        is_open = survey.is_feedback_anonymous and survey._is_open()
        return survey if is_open else survey.browse()

    def _lock_open(self):
        """:return: the participation of this request, locked; none if it was answered

        Two forms that arrive at once cannot be serialized: the second is repeated by
        the server and finds the first.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT FROM feedback_request WHERE id = %s FOR UPDATE", self.id)
        )
        self.invalidate_recordset()
        return self.user_input_id if self.state == "sent" else self.user_input_id[:0]

    # === WHAT THE MAIL SHOWS === #

    def _get_token(self):
        """:return: the secret of the link, made when it is first needed"""
        self.ensure_one()
        request = self.sudo()
        if not request.token:
            request.token = secrets.token_urlsafe(24)
        return request.token

    def _url(self, score=None):
        """:return: the page that answers this request, with a score chosen on it"""
        self.ensure_one()
        base = self.company_id.get_base_url()
        if self.survey_id.is_feedback_anonymous:
            return f"{base}{self.survey_id._feedback_path(score)}"
        url = f"{base}/feedback/r/{self._get_token()}"
        return url if score is None else f"{url}?score={score}"

    def _stop_url(self):
        """:return: the page on which this address says that it wants no surveys"""
        self.ensure_one()
        env = self.env(su=True)
        address = env["feedback.address"].search([("email", "=", self.email)])
        token = hash_sign(env, "feedback-stop", address.id)
        return f"{self.company_id.get_base_url()}/feedback/stop/{token}"

    def _first_question(self):
        """:return: the scored question that the mail asks, in the person's language"""
        self.ensure_one()
        survey = self.survey_id.with_context(lang=self.lang)
        return survey.question_ids.filtered("metric")[:1]

    def _buttons(self):
        """:return: ``[(number, address, colours of the button)]`` for the mail"""
        question = self._first_question()
        span = max(1, question.scale_max - question.scale_min)
        # red over amber to green, dark enough for white letters (4.5 to 1)
        shades = ("#a82020", "#9a5200", "#6b6300", "#2f6b2f", "#11632f")
        return [
            (
                number,
                self._url(number),
                shades[(number - question.scale_min) * (len(shades) - 1) // span],
            )
            for number in range(question.scale_min, question.scale_max + 1)
        ]

    def _subject_line(self):
        """:return: what the request is about, one line without line breaks"""
        self.ensure_one()
        title = self.survey_id.with_context(lang=self.lang).title
        return " ".join(str(Markup(title).striptags()).split())

    # === TO-DOS === #

    def _plan_checks(self):
        """Plan the to-do that the rule adds to a document, on the day of the question.

        It is planned for whoever is not asked, too: a call is not a survey.
        """
        for request in self.filtered("rule_id.check_activity_type_id"):
            rule, customer = request.rule_id, request.partner_id
            seller = customer.commercial_partner_id.user_id
            customer.activity_schedule(
                activity_type_id=rule.check_activity_type_id.id,
                date_deadline=(
                    request.event_date + timedelta(days=rule.delay_days)
                ).date(),
                summary=rule.name,
                note=request.sale_order_id.name,
                user_id=request._responsible(request.user_id, seller).id,
            )

    def _responsible(self, *candidates):
        """Who looks after a to-do.

        :param candidates: users, the first choice first; empty ones are passed over
        :return: the first of them who works here, else whom the company's settings
            name, else who made the rule, else a manager of feedback; none if there is
            no person
        """
        self.ensure_one()
        company = self.company_id
        managers = self.env.ref("feedback_survey.group_manager").all_user_ids
        for user in (
            *candidates,
            company.feedback_case_user_id,
            self.rule_id.create_uid,
            *managers.filtered(lambda user: company in user.company_ids).sorted("id"),
        ):
            # nobody reads what falls to the system's own user, which is archived
            if user.active and not user.share and not user._is_superuser():
                return user
        return self.env["res.users"]
