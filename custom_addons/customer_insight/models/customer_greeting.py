import hmac
from datetime import timedelta
from hashlib import sha256

from odoo import api, fields, models
from odoo.tools import SQL

from . import customer_profile  # noqa: F401  extended below
from .customer_occasion import KINDS

STATES = [
    ("planned", "Planned"),
    ("reminded", "With the Owner"),
    ("sent", "Greeted"),
    ("suppressed", "Not Greeted"),
    ("failed", "Failed"),
]
#: Why somebody was not greeted.
REASONS = [
    ("objection", "Objects to profiling"),
    ("refused", "Does not want greetings"),
    ("blacklisted", "The address is blacklisted"),
    ("no_address", "There is no e-mail address"),
    ("bounced", "Mails to the address come back"),
    ("archived", "The contact is archived"),
    ("duplicate", "The same person has been greeted already"),
    ("audience", "The occasion is no longer for this customer"),
    ("budget", "The budget of the year is spent"),
    ("late", "The day is past"),
    ("off", "The occasion was switched off"),
    ("skipped", "Left out by staff"),
]
#: How far ahead people are listed.
HORIZON_DAYS = 35


class CustomerGreeting(models.Model):
    """Who is, was or was not greeted on which occasion: plan and log of the care.

    The database lets nobody be greeted twice: a person is an e-mail address, whatever
    contacts have it, or a contact without one.
    """

    _name = "customer.greeting"
    _description = "Greeting"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    occasion_id = fields.Many2one(
        "customer.occasion",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Person", required=True, readonly=True, ondelete="cascade"
    )
    customer_id = fields.Many2one(
        "res.partner",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="customer_id.user_id", string="Owner")
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    date = fields.Date(required=True, readonly=True)
    year = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="Of the occasion; that of the Chinese calendar for its festivals.",
    )
    event_key = fields.Char(required=True, readonly=True)
    person_key = fields.Char(required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="planned")
    reason = fields.Selection(REASONS, readonly=True)
    error = fields.Char(readonly=True)
    done_on = fields.Datetime(string="Greeted On", readonly=True)
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )
    cost = fields.Monetary(readonly=True)

    # a greeting that was not sent leaves room for one that is
    _once_per_event = models.UniqueIndex(
        "(person_key, event_key, year) WHERE state <> 'suppressed'",
        "A person is greeted once.",
    )
    _once_per_occasion = models.UniqueIndex(
        "(person_key, occasion_id, year) WHERE state <> 'suppressed'",
        "A person is greeted once.",
    )
    _once_per_contact = models.UniqueIndex("(partner_id, occasion_id, year)")
    _planned_idx = models.Index("(company_id, date) WHERE state = 'planned'")
    _company_date_idx = models.Index("(company_id, date)")

    # === PLANNING === #

    @api.model
    def _plan_all(self):
        """Plan for all companies.

        :return: number of people added
        """
        companies = self.env["customer.profile"]._all_companies()
        return sum(self._plan(company) for company in companies.sudo())

    @api.model
    def _plan(self, company):
        """List whom to greet in the next weeks, and who is left over of the last days.

        What was planned and no longer holds goes. Run twice, nothing changes.

        :return: number of people added
        """
        self.env.flush_all()
        occasions = self.env["customer.occasion"]._of_company(company)
        today = company._insight_today()
        longest = max(occasions.mapped("catch_up_days"), default=0)
        self._collect_due(
            occasions._occurrences(
                company,
                today - timedelta(days=longest),
                today + timedelta(days=HORIZON_DAYS),
            )
        )
        self._drop_outdated(company, today)
        added = self._insert_due(company, today, "planned")
        # another contact of the same person, or another occasion for the same event
        self._insert_due(company, today, "suppressed", "duplicate")
        self.env.cr.execute("DROP TABLE insight_due")
        self.invalidate_model()
        return added

    def _collect_due(self, query):
        self.env.cr.execute("DROP TABLE IF EXISTS insight_due")
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE insight_due ON COMMIT DROP AS %s", query)
        )
        self.env.cr.execute("ANALYZE insight_due")

    def _drop_outdated(self, company, today):
        """Remove plans of days to come that the occasion no longer makes."""
        gone = self.env.execute_query(
            SQL(
                """DELETE FROM customer_greeting greeting
                   WHERE greeting.company_id = %s AND greeting.state = 'planned'
                     AND greeting.date > %s
                     AND NOT EXISTS (
                         SELECT FROM insight_due due
                         WHERE due.partner_id = greeting.partner_id
                           AND due.occasion_id = greeting.occasion_id
                           AND due.year = greeting.year
                           AND due.date = greeting.date)
                   RETURNING greeting.activity_id""",
                company.id,
                today,
            )
        )
        activities = self.env["mail.activity"].browse(
            activity_id for (activity_id,) in gone if activity_id
        )
        self.invalidate_model()
        activities.exists().filtered("active").unlink()

    def _insert_due(self, company, today, state, reason=None):
        """Add who has no row yet; the indexes keep out who is greeted already."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_greeting (
                    occasion_id, kind, partner_id, customer_id, company_id, date, year,
                    event_key, person_key, state, reason, create_uid, write_uid,
                    create_date, write_date)
                SELECT due.occasion_id, occasion.kind, due.partner_id, due.customer_id,
                       %(company)s, due.date, due.year, occasion.event_key,
                       COALESCE(NULLIF(person.email_normalized, ''),
                                'contact ' || person.id),
                       %(state)s, %(reason)s, %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                FROM insight_due due
                JOIN customer_occasion occasion ON occasion.id = due.occasion_id
                JOIN res_partner person ON person.id = due.partner_id
                WHERE due.date >= %(today)s - occasion.catch_up_days
                  AND NOT EXISTS (
                      SELECT FROM customer_greeting other
                      WHERE other.partner_id = due.partner_id
                        AND other.occasion_id = due.occasion_id
                        AND other.year = due.year)
                ORDER BY due.date, occasion.sequence, occasion.id, due.partner_id
                ON CONFLICT DO NOTHING
                """,
                company=company.id,
                today=today,
                state=state,
                reason=reason,
                uid=self.env.uid,
            )
        )
        return self.env.cr.rowcount

    # === WHAT STAFF DO === #

    def action_open_customer(self):
        """Open the customer's page."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.customer_id, self.company_id)

    def action_skip(self):
        """Take these people off the plan; they are not greeted this time."""
        self.check_access("read")
        self.sudo().filtered(  # the rows are the job's; whom to greet is the reader's
            lambda one: one.state in ("planned", "reminded")
        )._suppress("skipped")

    def action_greeted(self):
        """Note that these people were greeted in person."""
        self.check_access("read")
        for greeting in self.sudo():  # as above
            if greeting.state in ("planned", "reminded"):
                greeting._note_sent()

    def _suppress(self, reason):
        """:param reason: one of ``REASONS``"""
        self._drop_activities()
        self.write({"state": "suppressed", "reason": reason})

    def _drop_activities(self):
        """Nobody need greet them any more; what was done stays."""
        self.activity_id.filtered("active").unlink()

    def _note_sent(self):
        for greeting in self:
            greeting.write(
                {
                    "state": "sent",
                    "done_on": fields.Datetime.now(),
                    "cost": greeting.occasion_id.unit_cost,
                    "reason": False,
                    "error": False,
                }
            )

    # === STOPPING THEM === #

    def _stop_token(self):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = f"greeting-stop:{self.id}"
        return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()

    def _stop_url(self):
        """:return: link by which the person stops further greetings"""
        base = self.company_id.get_base_url()
        return f"{base}/customer/greetings/stop/{self.id}/{self._stop_token()}"

    def _stop(self):
        """Greet this person no more, whatever contacts have the address."""
        people = self.partner_id
        if email := self.partner_id.email_normalized:
            people |= people.with_context(active_test=False).search(
                [("email_normalized", "=", email)]
            )
        people.insight_no_greetings = True


class CustomerProfile(models.Model):
    """The care a customer was and will be given."""

    _inherit = "customer.profile"

    greeting_ids = fields.One2many(
        "customer.greeting", compute="_compute_greeting_ids", string="Care"
    )

    def _compute_greeting_ids(self):
        greetings = self.env["customer.greeting"].search(
            [
                ("customer_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        found = greetings.grouped(lambda one: (one.customer_id, one.company_id))
        for profile in self:
            key = profile.partner_id, profile.company_id
            profile.greeting_ids = found.get(key, greetings.browse())
