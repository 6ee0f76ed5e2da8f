"""The job that sends what is due: in committed batches, each request once."""

import json
import logging
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formataddr
from psycopg2.errors import (
    DeadlockDetected,
    LockNotAvailable,
    SerializationFailure,
)

from .feedback_address import MOST_BOUNCES

_logger = logging.getLogger(__name__)
_BUSY = (SerializationFailure, DeadlockDetected, LockNotAvailable)

BATCH = 50
#: What is later than this is not asked any more: nobody remembers.
_LATEST = timedelta(days=7)
_MOST_TRIES = 3
_SOFT = ("mail_smtp", "unknown", False)


class FeedbackRequest(models.Model):
    _inherit = "feedback.request"

    @api.model
    def _cron_send(self):
        """Send what is due, remind, and close what nobody answers any more.

        Each batch is one transaction. If it is ended anywhere, nothing of it has
        happened; requests that another worker holds are left to it.
        """
        self._expire()
        self._follow_mails()
        companies = self.env["feedback.rule"]._companies()
        for company in companies.filtered(lambda each: each._feedback_may_ask()):
            self._work_off(company, self._send_batch, self._due())
            self._work_off(company, self._remind_batch, self._due(reminder=True))

    @api.model
    def _due(self, reminder=False):
        """:return: what is due now, a Domain"""
        now = fields.Datetime.now()
        if reminder:
            return Domain("state", "=", "sent") & Domain("remind_at", "<=", now)
        return Domain("state", "=", "waiting") & Domain("scheduled_at", "<=", now)

    @api.model
    def _work_off(self, company, method, domain):
        """Hand batches of a company's due requests to a method until none is left."""
        cron = self.env["ir.cron"]
        domain &= Domain("company_id", "=", company.id)
        cron._commit_progress(remaining=self.search_count(domain))
        try:
            while requests := self._take(domain):
                method(requests)
                if not cron._commit_progress(len(requests)):
                    return
        except _BUSY:
            self.env.cr.rollback()  # another worker asks the same people
            _logger.info("Requests of company %s are being sent", company.id)

    @api.model
    def _take(self, domain):
        """:return: the next batch, locked; without what another worker holds"""
        query = self._search(domain, order="scheduled_at, id", limit=BATCH)
        rows = self.env.execute_query(
            SQL("%s FOR NO KEY UPDATE SKIP LOCKED", query.select())
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _send_batch(self, requests):
        """Send these or note why not."""
        blocked = requests._blocked_addresses()
        invited = requests._last_invitations()
        ready = self.browse()
        for request in requests:
            try:
                with self.env.cr.savepoint():
                    if reason := request._reason_against(blocked, invited):
                        request._suppress(reason)
                    else:
                        request._prepare_sending()
                        ready |= request
            except _BUSY:
                raise
            except Exception:
                _logger.exception("Feedback request %s failed", request.id)
                request.write({"state": "failed", "reason": "error"})
        ready._deliver()

    # === MAY IT BE SENT? === #

    def _blocked_addresses(self):
        """:return: those of the requests' addresses that are blacklisted (set)"""
        emails = self.partner_id.mapped("email_normalized")
        blacklist = self.env["mail.blacklist"].sudo()
        return set(blacklist.search([("email", "in", emails)]).mapped("email"))

    def _reason_against(self, blocked, invited):
        """:return: why a due request is not sent, or None; then its person is claimed

        The claim comes last: who is not asked for another reason has not been asked.
        """
        self.ensure_one()
        return (
            self._reason_of_survey()
            or self._reason_of_person(blocked)
            or self._reason_of_quota()
            or self._reason_of_rest(invited)
        )

    def _reason_of_survey(self):
        document = self._document()
        if document is not None and (
            not document or ("state" in document and document.state == "cancel")
        ):
            return "cancelled"
        if not self.survey_id.active:
            return "closed"
        if self.scheduled_at < fields.Datetime.now() - _LATEST:
            return "late"
        return None

    def _document(self):
        """:return: the document asked about, empty if it is gone; None if there is
        none"""
        if not self.source_model or self.source_model not in self.env:
            return None
        return self.env[self.source_model].browse(self.source_id).exists()

    def _reason_of_person(self, blocked):
        person = self.partner_id
        if not person.active:
            return "archived"
        if self.channel == "portal" and not person.user_ids:
            return "no_portal"
        email = person.email_normalized
        if self.channel != "email":
            return None
        if not email:
            return "no_address"
        if email in blocked:
            return "blacklisted"
        if person.message_bounce >= MOST_BOUNCES:
            self._flag_bounces()
            return "bounced"
        return None

    def _flag_bounces(self):
        """Have the owner of the contact look for an address that works, once."""
        person = self.partner_id
        summary = self.env._("Mail to this address comes back")
        if not person.activity_ids.filtered(lambda todo: todo.summary == summary):
            owner = person.commercial_partner_id.user_id
            person.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                user_id=self._responsible(owner, self.user_id).id,
            )

    def _reason_of_quota(self):
        rule = self.rule_id
        if not rule.quota:
            return None
        first = self.company_id._insight_today().replace(day=1)
        sent = self.search_count(
            [
                ("rule_id", "=", rule.id),
                ("sent_at", ">=", self.company_id._feedback_moment(first)),
            ],
            limit=rule.quota,
        )
        return "quota" if sent >= rule.quota else None

    def _reason_of_rest(self, invited):
        person, days = self._person_key(), self.rule_id.rest_days
        rested = fields.Datetime.now() - timedelta(days=days)
        if days and invited.get(person, rested) > rested:
            return "rest"
        return self.env["feedback.address"]._claim(person, days)

    def _person_key(self):
        """Whom the rest period is about: the address; the customer, without one."""
        customer = self.partner_id.commercial_partner_id
        return self.partner_id.email_normalized or f"contact {customer.id}"

    def _last_invitations(self):
        """When any survey last asked these people, by whatever way.

        :return: ``{person key: moment}``
        """
        people = self.partner_id
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(email_normalized,
                                   'contact ' || commercial_partner_id) AS person,
                          max(participation.create_date)
                   FROM res_partner
                   JOIN survey_user_input participation
                        ON participation.partner_id = res_partner.id
                   WHERE participation.test_entry IS NOT TRUE
                     AND (email_normalized = ANY(%s)
                          OR (email_normalized IS NULL
                              AND commercial_partner_id = ANY(%s)))
                   GROUP BY person""",
                [email for email in people.mapped("email_normalized") if email],
                people.commercial_partner_id.ids,
            )
        )
        return dict(rows)

    # === SENDING === #

    def _prepare_sending(self):
        """Open the participation and mark the request as sent."""
        self.ensure_one()
        rule, now = self.rule_id, fields.Datetime.now()
        deadline = now + timedelta(days=rule.expiry_days)
        lang = rule.lang if rule.lang_mode == "fixed" else self.partner_id.lang
        values = {
            "state": "sent",
            "reason": False,
            "email": self.partner_id.email_normalized,
            "lang": lang or self.env.lang,
            "sent_at": now,
            "deadline": deadline,
        }
        anonymous = self.survey_id.is_feedback_anonymous
        if not anonymous:
            values["user_input_id"] = self._open_participation(lang, deadline).id
        if rule.reminder_count and self.channel == "email" and not anonymous:
            values["remind_at"] = now + timedelta(days=rule.reminder_days)
        self.write(values)
        if self.channel == "phone":
            self._plan_call()

    def _open_participation(self, lang, deadline):
        survey = self.survey_id.with_context(mail_create_nolog=True)
        return survey._create_answer(
            partner=self.partner_id,
            check_attempts=False,
            deadline=deadline,
            company_id=self.company_id.id,
            feedback_channel="email" if self.channel == "email" else "web",
            lang_id=self.env["res.lang"]._get_data(code=lang).id,
            **self._document_values(),
        )

    def _document_values(self):
        """:return: what the answers shall know of the document"""
        return {
            "feedback_order_id": self.sale_order_id.id,
            "feedback_team_id": self.team_id.id,
            "feedback_seller_id": self.user_id.id,
        }

    def _plan_call(self):
        seller = self.partner_id.commercial_partner_id.user_id
        self.partner_id.activity_schedule(
            "mail.mail_activity_data_call",
            summary=self.env._("Ask: %(survey)s", survey=self.survey_id.title),
            note=self.sale_order_id.name,
            user_id=self._responsible(self.user_id, seller).id,
        )

    def _deliver(self):
        """Hand the mails to Odoo's queue; one that cannot be made stops no other."""
        requests = self.filtered(lambda request: request.channel == "email")
        try:
            with self.env.cr.savepoint():
                requests._make_mails()
        except _BUSY:
            raise
        except Exception:
            if len(requests) == 1:
                _logger.exception("The mail of request %s failed", requests.id)
                requests._fail("error")
                return
            for request in requests:
                request._deliver()

    def _fail(self, reason):
        """Give up a mail: the link of one that was sent before still opens."""
        reminded = self.filtered("reminders_sent")
        reminded.write({"remind_at": False, "mail_id": False})
        (self - reminded).write({"state": "failed", "reason": reason})

    def _make_mails(self):
        template = self.env.ref("feedback_survey.mail_template_request")
        for request in self:
            request._get_token()
        mails = template.send_mail_batch(self.ids) if self else []
        for mail in mails:
            request = self.browse(mail.res_id)
            request.mail_id = mail
            mail.write(
                {
                    # core writes a name with a line break into the header as it is
                    "recipient_ids": [Command.clear()],
                    "email_to": request._recipient(),
                    "headers": json.dumps(
                        {
                            "List-Unsubscribe": f"<{request._stop_url()}>",
                            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                            "X-Auto-Response-Suppress": "OOF",
                        }
                    ),
                }
            )

    def _recipient(self):
        """:return: name and address, on one line"""
        name = " ".join((self.partner_id.name or "").split())
        return formataddr((name, self.partner_id.email_normalized))

    # === AFTERWARDS === #

    @api.model
    def _remind_batch(self, requests):
        """Remind these, or stop reminding them."""
        blocked = requests._blocked_addresses()
        ready = self.browse()
        for request in requests:
            try:
                with self.env.cr.savepoint():
                    if request._prepare_reminder(blocked):
                        ready |= request
            except _BUSY:
                raise
            except Exception:
                _logger.exception("Request %s could not be reminded of", request.id)
                request.remind_at = False
        ready._deliver()

    def _prepare_reminder(self, blocked):
        """:return: whether the person is reminded now (bool); else never any more"""
        self.ensure_one()
        rule, now = self.rule_id, fields.Datetime.now()
        if (
            self._reason_of_survey() == "closed"
            or self._reason_of_person(blocked)
            or self.env["feedback.address"]._is_opted_out(self.email)
            or self.deadline <= now
            or self.reminders_sent >= rule.reminder_count
        ):
            self.remind_at = False
            return False
        sent = self.reminders_sent + 1
        following = now + timedelta(days=rule.reminder_days)
        self.write(
            {
                "reminders_sent": sent,
                "remind_at": sent < rule.reminder_count and following,
            }
        )
        return True

    @api.model
    def _expire(self):
        """Close what nobody answered in time."""
        self.search(
            [("state", "=", "sent"), ("deadline", "<", fields.Datetime.now())]
        ).write({"state": "expired", "remind_at": False})

    @api.model
    def _follow_mails(self):
        """Try mails that were refused for the moment again; give up the others."""
        refused = self.search(
            [("state", "=", "sent"), ("mail_id.state", "=", "exception")]
        )
        for request in refused:
            mail = request.mail_id
            if mail.failure_type in _SOFT and request.tries < _MOST_TRIES:
                request.tries += 1
                mail.mark_outgoing()
            else:
                request._fail("mail_error")
