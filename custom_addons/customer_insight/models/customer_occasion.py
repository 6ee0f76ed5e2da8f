from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ..engine import festivals
from .customer_profile import LIFECYCLE_STAGES

KINDS = [
    ("birthday", "Birthday"),
    ("first_purchase", "Anniversary of the first purchase"),
    ("customer_since", "Anniversary as a customer"),
    ("festival", "Festival"),
]
_MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]
_WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
#: What the day of a festival is made of; a change makes it another festival.
_RULE_FIELDS = (
    "rule",
    "month",
    "month_day",
    "week",
    "weekday",
    "easter_days",
    "holiday_name",
)


class CustomerOccasion(models.Model):
    """A reason to greet customers once a year: whom, when, and how.

    Nothing happens while it is archived. ``customer_occasion_dates`` finds the people,
    ``customer.greeting`` is the log.
    """

    _name = "customer.occasion"
    _description = "Care Occasion"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="Of two that celebrate the same, the first one greets."
    )
    active = fields.Boolean(default=True)
    color = fields.Integer()
    kind = fields.Selection(KINDS, required=True, default="birthday")
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="Empty: for customers of all companies."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    event_key = fields.Char(
        compute="_compute_event_key",
        store=True,
        help="What is celebrated. Two occasions that celebrate the same, such as one"
        " for each of two segments, greet a person once.",
    )

    # when
    rule = fields.Selection(
        [
            ("fixed", "The same day each year"),
            ("lunar", "A day of the Chinese calendar"),
            ("weekday", "A weekday of a month"),
            ("easter", "By Easter"),
            ("holiday", "A public holiday"),
        ],
        string="Day",
        required=True,
        default="fixed",
    )
    month = fields.Selection(_MONTHS, required=True, default="1")
    month_day = fields.Integer(string="Day of the Month", required=True, default=1)
    week = fields.Selection(
        [
            ("1", "First"),
            ("2", "Second"),
            ("3", "Third"),
            ("4", "Fourth"),
            ("-1", "Last"),
        ],
        string="Which One",
        required=True,
        default="1",
    )
    weekday = fields.Selection(_WEEKDAYS, required=True, default="6")
    easter_days = fields.Integer(string="Days after Easter Sunday")
    holiday_name = fields.Char(
        string="Public Holiday", help="Its English name, as in the list below."
    )
    holiday_names = fields.Text(
        string="Known Holidays", compute="_compute_holiday_names"
    )
    next_date = fields.Date(string="Next", compute="_compute_next_date")

    # whom
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Only customers of these countries; who has none counts to the company's.",
    )
    segment_ids = fields.Many2many("customer.segment", string="Segments")
    lifecycle_stage = fields.Selection(
        LIFECYCLE_STAGES, string="Stage", help="Only customers in this stage."
    )

    # how
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail",
        domain=[("model", "=", "customer.greeting")],
        ondelete="restrict",
        help="Sent on the day, in the language of the person.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain=[("res_model", "in", [False, "res.partner"])],
        ondelete="restrict",
        help="Planned for the salesperson of the customer, to be done by the day.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Stand-in",
        domain=[("share", "=", False)],
        help="Gets the activities of customers without a salesperson.",
    )
    lead_days = fields.Integer(
        string="Days Ahead", default=3, help="So long before the day staff are told."
    )
    catch_up_days = fields.Integer(
        string="Catch Up Within (Days)",
        default=3,
        help="What was missed is made up for until so many days after the day.",
    )
    unit_cost = fields.Monetary(
        string="Cost of One", help="Of a card or a gift, in the company's currency."
    )
    budget = fields.Monetary(
        string="Budget per Year",
        help="When the cost reaches it, nobody is greeted any more; 0 means no limit.",
    )
    since = fields.Date(
        readonly=True,
        copy=False,
        help="The day it was switched on; what was before is not made up for.",
    )
    greeting_ids = fields.One2many("customer.greeting", "occasion_id")
    planned_count = fields.Integer(string="Planned", compute="_compute_counts")
    sent_count = fields.Integer(string="Greeted This Year", compute="_compute_counts")
    spent = fields.Monetary(string="Spent This Year", compute="_compute_counts")

    _days_within_limits = models.Constraint(
        "CHECK (lead_days BETWEEN 0 AND 30 AND catch_up_days BETWEEN 0 AND 30)",
        "Staff are told and missed days caught up within 30 days.",
    )
    _amounts_not_negative = models.Constraint(
        "CHECK (unit_cost >= 0 AND budget >= 0)",
        "Cost and budget cannot be negative.",
    )
    _easter_within_a_year = models.Constraint(
        "CHECK (easter_days BETWEEN -80 AND 240)",
        "Days around Easter stay within the same year.",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for occasion in self:
            company = occasion.company_id or self.env.company
            occasion.currency_id = company.currency_id

    @api.depends("kind", *_RULE_FIELDS)
    def _compute_event_key(self):
        parts = {
            "fixed": ("month", "month_day"),
            "lunar": ("month", "month_day"),
            "weekday": ("month", "week", "weekday"),
            "easter": ("easter_days",),
            "holiday": ("holiday_name",),
        }
        for occasion in self:
            key = [occasion.kind]
            if occasion.kind == "festival":
                names = ("rule", *parts[occasion.rule])
                key += [str(occasion[name]) for name in names]
            occasion.event_key = ":".join(key)

    @api.depends("kind", "rule", "country_ids")
    def _compute_holiday_names(self):
        year = self.env.company._insight_today().year
        for occasion in self:
            names = []
            if occasion.kind == "festival" and occasion.rule == "holiday":
                for country in occasion.country_ids:
                    names += festivals.holiday_names(country.code, year)
            occasion.holiday_names = ", ".join(dict.fromkeys(names))

    @api.depends("kind", "country_ids", *_RULE_FIELDS)
    def _compute_next_date(self):
        today = self.env.company._insight_today()
        later = fields.Date.add(today, years=1, days=30)
        for occasion in self:
            found = (
                occasion._festival_days(today, later) if occasion._is_dated() else []
            )
            occasion.next_date = min((day for day, *__ in found), default=False)

    def _is_dated(self):
        """Whether all of its customers are greeted on the same day."""
        return self.kind == "festival" and 1 <= self.month_day <= 31

    @api.depends_context("uid", "company")
    def _compute_counts(self):
        year = self.env.company._insight_today().year
        planned = self._counts([("state", "in", ("planned", "reminded"))])
        sent = self._counts([("state", "=", "sent"), ("year", "=", year)])
        for occasion in self:
            occasion.planned_count = planned.get(occasion.id, (0, 0))[0]
            occasion.sent_count, occasion.spent = sent.get(occasion.id, (0, 0))

    def _counts(self, domain):
        groups = self.env["customer.greeting"]._read_group(
            [("occasion_id", "in", self.ids), *domain],
            ["occasion_id"],
            ["__count", "cost:sum"],
        )
        return {occasion.id: (count, cost) for occasion, count, cost in groups}

    # === CONSTRAINTS === #

    @api.constrains("kind", "rule", "month", "month_day")
    def _check_month_day(self):
        longest = {"2": 29, "4": 30, "6": 30, "9": 30, "11": 30}
        for occasion in self.filtered(lambda one: one.kind == "festival"):
            if occasion.rule not in ("fixed", "lunar"):
                continue
            most = 30 if occasion.rule == "lunar" else longest.get(occasion.month, 31)
            if not 1 <= occasion.month_day <= most:
                raise ValidationError(
                    self.env._("This month has days 1 to %(most)s.", most=most)
                )

    @api.constrains("kind", "rule", "holiday_name", "country_ids")
    def _check_holiday(self):
        year = self.env.company._insight_today().year
        for occasion in self.filtered(
            lambda one: one.kind == "festival" and one.rule == "holiday"
        ):
            for country in occasion.country_ids:
                names = festivals.holiday_names(country.code, year)
                if occasion.holiday_name not in names:
                    raise ValidationError(
                        self.env._(
                            "%(country)s has no public holiday “%(name)s”. Known are:"
                            " %(names)s",
                            country=country.name,
                            name=occasion.holiday_name or "",
                            names=", ".join(names) or "–",
                        )
                    )
            if not occasion.country_ids:
                raise ValidationError(
                    self.env._("Choose the country whose public holiday it is.")
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        occasions = super().create(vals_list)
        occasions.filtered("active")._start()
        return occasions

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active"):
            self._start()
        elif "active" in vals:
            self._drop_plans()
        return result

    def _start(self):
        """Remember the day: nobody is greeted for what was before."""
        for occasion in self:
            company = occasion.company_id or self.env.company
            occasion.since = company._insight_today()

    def _drop_plans(self):
        plans = self.env["customer.greeting"].sudo()  # nobody deletes them by hand
        plans = plans.search(
            [("occasion_id", "in", self.ids), ("state", "=", "planned")]
        )
        plans._drop_activities()
        plans.unlink()

    # === ACTIONS === #

    def action_switch(self):
        """Switch on or off; when on, people of the next weeks are planned at once."""
        self.check_access("write")
        off = self.filtered(lambda one: not one.active)
        (self - off).active = False
        off.active = True
        if off:
            self.env["customer.greeting"].sudo()._plan_all()  # rows nobody writes
        return True

    def action_open_greetings(self):
        """Open the people of this occasion."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_greeting_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("occasion_id", "=", self.id)],
            "context": {"search_default_group_state": 1},
        }

    def action_preview_mail(self):
        """Open the template's preview."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.template_id.name,
            "res_model": "mail.template.preview",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_mail_template_id": self.template_id.id},
        }

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for occasion, vals in zip(self, vals_list, strict=True):
            vals["name"] = self.env._("%s (copy)", occasion.name)
            vals.setdefault("segment_ids", [Command.set(occasion.segment_ids.ids)])
        return vals_list
