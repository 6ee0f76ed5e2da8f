"""The job that greets: in committed batches, each person once."""

import logging
from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, groupby
from psycopg2.errors import (
    DeadlockDetected,
    LockNotAvailable,
    SerializationFailure,
)

_logger = logging.getLogger(__name__)
_BUSY = (SerializationFailure, DeadlockDetected, LockNotAvailable)

BATCH = 50
#: How many mails may come back before an address is left alone.
_MOST_BOUNCES = 3


class CustomerGreeting(models.Model):
    _inherit = "customer.greeting"

    @api.model
    def _cron_greet(self):
        """Plan, tell staff and send what is due.

        A greeting and its mail are stored in one transaction: a job that is killed
        neither loses nor repeats one. Those another worker holds are left to it.
        """
        cron = self.env["ir.cron"]
        greetings = self.sudo()
        companies = self.env["customer.profile"]._all_companies().sudo()
        for company in companies:
            greetings._plan(company)
            cron._commit_progress()
        due = [
            (company, method, domain)
            for company in companies
            for method, domain in (
                (greetings._remind_batch, greetings._to_remind(company)),
                (greetings._send_batch, greetings._to_send(company)),
            )
        ]
        cron._commit_progress(
            remaining=sum(greetings.search_count(domain) for __, __, domain in due)
        )
        for company, method, domain in due:
            if not greetings._work_off(company, method, domain):
                break

    @api.model
    def _work_off(self, company, method, domain):
        """Hand batches to a method until none is left.

        :return: whether there is time for more
        """
        cron, done = self.env["ir.cron"], 0
        try:
            while batch := self._take(domain & Domain("id", ">", done)):
                method(company, batch)
                done = batch.ids[-1]
                if not cron._commit_progress(len(batch)):
                    return False
        except _BUSY:
            self.env.cr.rollback()  # another worker is at the same people
            _logger.info("Greetings of company %s are being sent", company.id)
        return True

    @api.model
    def _take(self, domain):
        """:return: the next batch, locked; without what another worker holds"""
        query = self._search(domain, order="id", limit=BATCH)
        rows = self.env.execute_query(
            SQL("%s FOR NO KEY UPDATE OF customer_greeting SKIP LOCKED", query.select())
        )
        return self.browse(row[0] for row in rows)

    # === STAFF ARE TOLD === #

    @api.model
    def _to_remind(self, company):
        """Whom the salesperson is to be told of by now (Domain)."""
        today, domain = company._insight_today(), Domain.FALSE
        for occasion in self.env["customer.occasion"]._of_company(company):
            if occasion.activity_type_id:
                until = today + timedelta(days=occasion.lead_days)
                domain |= Domain("occasion_id", "=", occasion.id) & Domain(
                    "date", "<=", until
                )
        return domain & (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "planned")
            & Domain("activity_id", "=", False)
        )

    def _remind_batch(self, company, greetings):
        """Plan the activities; whoever must not be greeted is left out."""
        checked = greetings._in_time(company)._without_reason(company)
        for occasion, batch in checked.grouped("occasion_id").items():
            batch = batch._within_budget(occasion)
            model = self.env["ir.model"]._get_id("res.partner")
            activities = (
                self.env["mail.activity"]
                .with_context(mail_activity_quick_update=True)
                .create(
                    [greeting._activity_values(occasion, model) for greeting in batch]
                )
            )
            for greeting, activity in zip(batch, activities, strict=True):
                greeting.activity_id = activity
                if not occasion.template_id:
                    greeting.state = "reminded"

    def _activity_values(self, occasion, model_id):
        owner = self.customer_id.user_id or occasion.user_id or occasion.create_uid
        lang = owner.lang or self.env.lang
        localized = self.with_context(lang=lang)
        return {
            "res_model_id": model_id,
            "res_id": self.partner_id.id,
            "activity_type_id": occasion.activity_type_id.id,
            "summary": localized.env._(
                "%(occasion)s: %(person)s",
                occasion=occasion.with_context(lang=lang).name,
                person=self.partner_id.display_name,
            ),
            "date_deadline": self.date,
            "user_id": owner.id,
        }

    # === MAILS === #

    @api.model
    def _to_send(self, company):
        """Who is to be greeted by now, where they are (Domain).

        Also those of occasions without a mail: once their day is over they are
        closed, with the reason.
        """
        day, zones = self._local_days(company)
        base = Domain("company_id", "=", company.id) & Domain("state", "=", "planned")
        elsewhere = Domain("partner_id.tz", "in", list(zones))
        domain = ~elsewhere & Domain("date", "<=", day)
        for zone_day in set(zones.values()):
            names = [name for name, there in zones.items() if there == zone_day]
            domain |= Domain("partner_id.tz", "in", names) & Domain(
                "date", "<=", zone_day
            )
        return base & domain

    @api.model
    def _local_days(self, company):
        """The day whose greetings may go out by now, in the company and elsewhere.

        It begins at the hour of greetings, wherever the person is.

        :return: (day in the company's time zone, ``{time zone: day}`` of those where it
            is another day)
        """
        now = pytz.utc.localize(fields.Datetime.now())
        hours = timedelta(hours=company.insight_greeting_hour)

        def day_in(zone):
            local = now.astimezone(pytz.timezone(zone)).replace(tzinfo=None)
            return (local - hours).date()

        here = day_in(company._insight_timezone())
        days = {zone: day_in(zone) for zone in pytz.all_timezones}
        return here, {zone: day for zone, day in days.items() if day != here}

    def _in_time(self, company):
        """Leave out those whose day is too long past.

        :return: the others
        """
        today = company._insight_today()
        late = self.filtered(
            lambda one: (
                one.date < today - timedelta(days=one.occasion_id.catch_up_days + 1)
            )
        )
        late._suppress("late")
        return self - late

    def _send_batch(self, company, greetings):
        checked = greetings._in_time(company)._without_reason(company)
        for occasion, batch in checked.grouped("occasion_id").items():
            if occasion.template_id:
                # who has no address is left to the salesperson
                by_hand = batch.filtered(
                    lambda one: not one.partner_id.email_normalized
                )
                by_hand.state = "reminded"
                batch = (batch - by_hand)._within_budget(occasion)
                batch._deliver(occasion.template_id)

    def _deliver(self, template):
        """Queue the mails of a batch; if one fails, each by itself."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._mail(template)
        except _BUSY:
            raise
        except Exception:
            for greeting in self:
                greeting._deliver_alone(template)

    def _deliver_alone(self, template):
        try:
            with self.env.cr.savepoint():
                self._mail(template)
        except _BUSY:
            raise
        except Exception as error:
            _logger.exception("Greeting %s could not be sent", self.id)
            self.write({"state": "failed", "error": str(error)[:200]})

    def _mail(self, template):
        template.send_mail_batch(self.ids)  # a greeting has no frame
        self._note_sent()

    # === MAY THEY BE GREETED? === #

    def _without_reason(self, company):
        """Note why some must not be greeted.

        :return: the others
        """
        blocked = self._blocked_addresses()
        wanted = {
            occasion.id: {
                row[0]
                for row in self.env.execute_query(occasion._audience_sql(company))
            }
            for occasion in self.occasion_id
        }
        fine = self.browse()
        for greeting in self:
            reason = greeting._reason_against(blocked, wanted)
            if reason:
                greeting._suppress(reason)
            else:
                fine |= greeting
        return fine

    def _blocked_addresses(self):
        """:return: those of these people's addresses that are blacklisted (set)"""
        emails = self.partner_id.mapped("email_normalized")
        blacklist = self.env["mail.blacklist"].sudo()
        return set(blacklist.search([("email", "in", emails)]).mapped("email"))

    def _reason_against(self, blocked, wanted):
        """:return: one of ``REASONS``, or None"""
        self.ensure_one()
        person, occasion = self.partner_id, self.occasion_id
        if not occasion.active:
            return "off"
        if not person.active or not self.customer_id.active:
            return "archived"
        if person.insight_objection or self.customer_id.insight_objection:
            return "objection"
        if person.insight_no_greetings or self.customer_id.insight_no_greetings:
            return "refused"
        if self.customer_id.id not in wanted[occasion.id]:
            return "audience"
        return self._reason_of_address(blocked) if occasion.template_id else None

    def _reason_of_address(self, blocked):
        email = self.partner_id.email_normalized
        if not email:
            by_hand = self.activity_id or self.occasion_id.activity_type_id
            return None if by_hand else "no_address"
        if email in blocked:
            return "blacklisted"
        if self.partner_id.message_bounce >= _MOST_BOUNCES:
            return "bounced"
        return None

    def _within_budget(self, occasion):
        """:return: those the rest of the year's budget pays for"""
        if not occasion.budget or not occasion.unit_cost:
            return self
        fine = self.browse()
        for year, batch in groupby(self, lambda one: one.year):
            batch = self.concat(*batch)
            [(count,)] = self._read_group(
                [
                    ("occasion_id", "=", occasion.id),
                    ("year", "=", year),
                    "|",
                    ("state", "in", ("sent", "reminded")),
                    ("activity_id", "!=", False),
                    ("id", "not in", batch.ids),
                ],
                [],
                ["__count"],
            )
            left = int((occasion.budget + 1e-6) // occasion.unit_cost) - count
            fine |= batch[: max(left, 0)]
            batch[max(left, 0) :]._suppress("budget")
        return fine
