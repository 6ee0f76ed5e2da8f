import logging
from datetime import datetime, time

import pytz
from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from . import customer_profile_signals  # noqa: F401  extended below
from .customer_warning import PENDING

_logger = logging.getLogger(__name__)
#: So many warnings a mail lists, and the hour it goes out.
_MOST_LISTED, _HOUR = 20, 7


class ResCompany(models.Model):
    _inherit = "res.company"

    insight_warning_activity = fields.Boolean(
        string="Activities for Warnings",
        help="A new warning plans a call for the salesperson of the customer.",
        prefetch="customer_insight",
    )
    insight_warning_mail = fields.Boolean(
        string="Morning Mail of Warnings",
        help="Each salesperson gets one mail a day with their new warnings, if any.",
        prefetch="customer_insight",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    insight_warning_activity = fields.Boolean(
        related="company_id.insight_warning_activity", readonly=False
    )
    insight_warning_mail = fields.Boolean(
        related="company_id.insight_warning_mail", readonly=False
    )


class CustomerWarningAlert(models.Model):
    """The warnings a salesperson was told of on a day: one row, one mail.

    The row and its mail are stored in one transaction, and the database takes one row
    per person, company and day: nobody is told twice, however often the job runs.
    """

    _name = "customer.warning.alert"
    _description = "Alert of Warnings"
    _order = "date desc, id desc"
    _rec_name = "date"

    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True)
    warning_ids = fields.One2many("customer.warning", "alert_id", readonly=True)

    _once_a_day = models.UniqueIndex(
        "(user_id, company_id, date)", "A salesperson is told once a day."
    )

    @api.model
    def _refresh(self, company):
        """Tell the salespeople of a company of their new warnings.

        :return: number of people told
        """
        warnings = self.env["customer.warning"].sudo()
        warnings._end_activities(company)
        if not (company.insight_warning_activity or company.insight_warning_mail):
            return 0
        new = warnings.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "open")
            & Domain("alert_id", "=", False)
            & Domain("partner_id.user_id", "!=", False)
        )
        owners = new.grouped(lambda one: one.partner_id.user_id)
        return sum(
            self.sudo()._tell(company, owner, batch) for owner, batch in owners.items()
        )

    def _tell(self, company, owner, warnings):
        """:return: whether this person was told; who may not see warnings never is"""
        if (
            not owner.active
            or company not in owner.company_ids
            or not owner.has_group("customer_insight.group_user")
        ):
            return False
        try:
            with self.env.cr.savepoint():
                alert = self._claim(company, owner)
                if not alert:
                    return False
                warnings.alert_id = alert
                if company.insight_warning_activity:
                    warnings._plan_activities(owner)
                if company.insight_warning_mail:
                    alert._mail()
        except Exception:  # one mail that fails stops nobody else's
            _logger.exception("Alert of user %s failed", owner.id)
            return False
        return True

    def _claim(self, company, owner):
        """:return: the row of today, empty if there is one already"""
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO customer_warning_alert (user_id, company_id, date,
                       create_uid, write_uid, create_date, write_date)
                   VALUES (%(user)s, %(company)s, %(day)s, %(uid)s, %(uid)s,
                           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                   ON CONFLICT DO NOTHING RETURNING id""",
                user=owner.id,
                company=company.id,
                day=company._insight_today(),
                uid=self.env.uid,
            )
        )
        return self.browse(row[0] for row in rows)

    def _mail(self):
        template = self.env.ref("customer_insight.mail_template_warning_alert")
        template.send_mail(
            self.id,
            email_values={"scheduled_date": self._mail_time()},
        )

    def _mail_time(self):
        """:return: this morning, where the person is; False if it is over"""
        zone = pytz.timezone(self.user_id.tz or self.company_id._insight_timezone())
        morning = zone.localize(datetime.combine(self.date, time(_HOUR)))
        moment = morning.astimezone(pytz.utc).replace(tzinfo=None)
        return moment if moment > fields.Datetime.now() else False

    # === WHAT THE MAIL SAYS === #

    def _listed(self):
        """The warnings the mail lists, the largest amounts first."""
        return self.warning_ids.sorted(lambda one: (-one.value_at_risk, one.id))[
            :_MOST_LISTED
        ]

    def _pending_count(self):
        """How many warnings this person still has to deal with, these included."""
        return self.env["customer.warning"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id.user_id", "=", self.user_id.id),
                ("state", "in", PENDING),
            ]
        )

    def _today_url(self):
        return f"{self.company_id.get_base_url()}/odoo/customer-today"


class CustomerWarning(models.Model):
    """The activity that comes with a warning."""

    _inherit = "customer.warning"

    alert_id = fields.Many2one(
        "customer.warning.alert", readonly=True, index="btree_not_null"
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _plan_activities(self, owner):
        """Plan a call per warning, with the reasons and what to offer.

        A playbook that begins with the warning decides what is done instead, and who
        is left alone to compare with.
        """
        planned = self.filtered("activity_id") | self._taken_over()
        localized = (self - planned).with_context(lang=owner.lang)
        model_id = self.env["ir.model"]._get_id("res.partner")
        call = self.env.ref("mail.mail_activity_data_call")
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "res_model_id": model_id,
                        "res_id": warning.partner_id.id,
                        "activity_type_id": call.id,
                        "summary": warning.env._("Churn warning"),
                        "note": warning._activity_note(),
                        "date_deadline": warning.deadline or warning.date,
                        "user_id": owner.id,
                    }
                    for warning in localized
                ]
            )
        )
        for warning, activity in zip(localized, activities, strict=True):
            warning.activity_id = activity

    def _taken_over(self):
        """:return: the warnings with which a running playbook begins, or has begun"""
        if not self:
            return self
        company = self.company_id
        day = company._insight_today()
        playbooks = self.env["customer.playbook"].search(
            [
                ("company_id", "=", company.id),
                ("trigger", "=", "warning"),
                ("state", "=", "running"),
            ]
        )
        begins = SQL("SELECT NULL::int4 AS partner_id")
        for playbook in playbooks:
            newcomers = playbook._newcomers_query(day)
            begins = SQL("%s UNION SELECT partner_id FROM (%s) n", begins, newcomers)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT warning.id FROM customer_warning warning
                   WHERE warning.id = ANY(%s)
                     AND (warning.partner_id IN (%s)
                          OR EXISTS (
                              SELECT FROM customer_playbook_enrolment enrolment
                              WHERE enrolment.partner_id = warning.partner_id
                                AND enrolment.company_id = warning.company_id
                                AND enrolment.entry_key = 'warning,' || warning.id))""",
                self.ids,
                begins,
            )
        )
        return self.browse(row[0] for row in rows)

    def _activity_note(self):
        parts = [*(self.reason or "").split("\n"), *(self.strategy or "").split("\n")]
        return Markup("<br/>").join(filter(None, parts))

    @api.model
    def _end_activities(self, company):
        """Remove activities whose warning has ended; nobody need call any more."""
        ended = self.search(
            [
                ("company_id", "=", company.id),
                ("activity_id.active", "=", True),  # done ones are touches and stay
                ("state", "not in", PENDING),
            ]
        )
        ended.activity_id.unlink()


class CustomerPlaybook(models.Model):
    _inherit = "customer.playbook"

    def _enrol(self, now):
        """Who begins with a warning needs no call from the switch beside it."""
        count = super()._enrol(now)
        if count and self.trigger == "warning":
            warnings = self.env["customer.warning"].search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("activity_id.active", "=", True),
                    ("state", "in", PENDING),
                ]
            )
            warnings._taken_over().activity_id.unlink()
        return count


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """Whoever does the activity of a warning has contacted the customer."""
        warnings = (
            self.env["customer.warning"]
            .sudo()  # nobody writes warnings
            .search([("activity_id", "in", self.ids), ("state", "=", "open")])
        )
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        warnings.write({"state": "contacted", "contacted_on": fields.Datetime.now()})
        return result


class CustomerProfile(models.Model):
    _inherit = "customer.profile"

    @api.model
    def _night_steps(self):
        return [*super()._night_steps(), ("alerts of warnings", self._night_alerts)]

    @api.model
    def _night_alerts(self, company):
        self.env["customer.warning.alert"]._refresh(company.sudo())
        return False
