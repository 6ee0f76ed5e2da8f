"""Automatic replies to what opens cases; a person goes on with the case."""

import logging
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import email_normalize

from ..engine.themes import KeywordReader

_logger = logging.getLogger(__name__)

#: RFC 3834 and what is in use beside it: who sends with these awaits no answer.
_MACHINE_HEADERS = (
    "List-Id",
    "List-Unsubscribe",
    "List-Post",
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "Feedback-ID",
)
_MACHINE_PRECEDENCE = ("bulk", "list", "junk", "auto_reply")
_MACHINE_NAMES = re.compile(
    r"(mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply|owner-.*|.*-request)"
    r"([+.-].*)?@"
)
_ONE_DAY = timedelta(days=1)


class FeedbackReply(models.Model):
    """What is answered by itself: the first line that fits is sent."""

    _name = "feedback.reply"
    _description = "Automatic Reply"
    _order = "sequence, id"
    _rec_name = "template_id"

    mailbox_id = fields.Many2one("feedback.mailbox", index=True, ondelete="cascade")
    survey_id = fields.Many2one("survey.survey", index=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        help="Whose customers get it: of a survey for all companies, those of who wrote"
        " the line.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    theme_ids = fields.Many2many(
        "feedback.theme",
        string="Themes",
        help="Sent if what was written has a keyword of one of them; without themes"
        " to everything.",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Reply",
        required=True,
        domain=[("model", "=", "feedback.case")],
        default=lambda self: self.env.ref(
            "feedback_survey.mail_template_acknowledge", raise_if_not_found=False
        ),
        ondelete="cascade",
    )

    _one_source = models.Constraint(
        "CHECK ((mailbox_id IS NULL) <> (survey_id IS NULL))",
        "An automatic reply belongs to a mailbox or to a survey.",
    )

    @api.depends("mailbox_id.company_id", "survey_id.company_id")
    def _compute_company_id(self):
        for reply in self:
            source = reply.mailbox_id or reply.survey_id
            reply.company_id = source.company_id or reply.company_id or self.env.company

    def _fitting(self, text):
        """:return: the first of these replies that fits a text, or none"""
        reader = KeywordReader(self.theme_ids._keyword_lists())
        [found] = reader.find([text])
        return self.filtered(
            lambda reply: not reply.theme_ids or found.keys() & set(reply.theme_ids.ids)
        )[:1]


class FeedbackMailbox(models.Model):
    _inherit = "feedback.mailbox"

    reply_ids = fields.One2many("feedback.reply", "mailbox_id", copy=True)


class FeedbackCase(models.Model):
    _inherit = "feedback.case"

    auto_replied_on = fields.Datetime(
        string="Answered Automatically On", readonly=True, copy=False
    )

    def _reply_automatically(self, mailbox, message):
        """Acknowledge the mail that opened this case, if its mailbox does so.

        A person gets one in 24 hours at most, and a machine none: what answers by
        itself must never talk to what answers by itself.

        :param mailbox: feedback.mailbox that the mail came to
        :param message: the mail (email.message.EmailMessage)
        """
        self.ensure_one()
        reply = mailbox.reply_ids._fitting(f"{self.name}\n{self.description or ''}")
        if not reply or self._is_from_machine(message) or self._was_replied():
            return
        self._send_reply(reply)

    def _send_reply(self, reply):
        """Send a line in the name of the company; it stands in the case."""
        self.ensure_one()
        self.auto_replied_on = fields.Datetime.now()
        subject, body = (
            reply.template_id._render_field(name, self.ids, compute_lang=True)[self.id]
            for name in ("subject", "body_html")
        )
        self.message_post(
            subject=" ".join((subject or "").split()),
            body=body,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.company_id.partner_id.id,
            email_from=self.company_id.email_formatted or None,
            partner_ids=self.partner_id.ids,
            notify_author=True,
            notify_skip_followers=True,
            mail_headers={
                "Auto-Submitted": "auto-replied",
                "X-Auto-Response-Suppress": "All",
            },
        )

    def _was_replied(self):
        """Whether this person got an automatic reply within a day, or has no address
        (bool)."""
        email = self.partner_id.email_normalized
        since = fields.Datetime.now() - _ONE_DAY
        return not email or bool(
            self.search_count(
                [
                    ("partner_id.email_normalized", "=", email),
                    ("auto_replied_on", ">", since),
                ],
                limit=1,
            )
        )

    def _is_from_machine(self, message):
        """Whether a mail was sent by a program, a list or ourselves (bool)."""
        sender = email_normalize(message.get("From") or "") or ""
        if (
            (message.get("Auto-Submitted") or "no").strip().lower() != "no"
            or (message.get("Precedence") or "").strip().lower() in _MACHINE_PRECEDENCE
            or any(name in message for name in _MACHINE_HEADERS)
            or message.get_content_type() == "multipart/report"
            or (message.get("Return-Path") or "").strip() == "<>"
            or not sender
            or _MACHINE_NAMES.match(sender)
        ):
            return True
        domain = self.company_id.alias_domain_id
        own = {
            email_normalize(self.company_id.email or ""),
            domain.default_from_email,
            domain.catchall_email,
            domain.bounce_email,
        }
        aliases = self.env["mail.alias"]
        known = aliases.search_count([("alias_full_name", "=", sender)], limit=1)
        return sender in own or bool(known)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """After a mail has become a case, and stands in it, it may be acknowledged.

        A reply that fails is named in the log; the case stays.
        """
        thread_id = super()._message_route_process(message, message_dict, routes)
        # the id returned is that of the last route
        model, known, _values, _user, alias = (*(routes or [()])[-1], *[None] * 5)[:5]
        if model == "feedback.case" and not known and thread_id and alias:
            case = self.env["feedback.case"].sudo().browse(thread_id)
            mailbox = self.env["feedback.mailbox"].sudo()
            mailbox = mailbox.search([("alias_id", "=", alias.id)], limit=1)
            try:
                with self.env.cr.savepoint():
                    case._reply_automatically(mailbox, message)
            except Exception:
                _logger.exception("Case %s could not be answered by itself", case.id)
        return thread_id
