from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

STATES = [
    ("open", "To Be Contacted"),
    ("contacted", "Contacted"),
    ("won_back", "Won Back"),
    ("lost", "Lost"),
    ("dismissed", "Dismissed"),
]
#: Warnings somebody still has to deal with.
PENDING = ("open", "contacted")
#: Risk from which the forecast is a sign of leaving, and warns as a classifier.
HIGH_RISK = 0.5
DISMISS_REASONS = [
    ("false_alarm", "False alarm: the customer is fine"),
    ("season", "Buys by season or by project"),
    ("known", "Known and agreed"),
    ("closed", "The customer has closed down"),
    ("eased", "The signs have gone"),
]


class CustomerWarning(models.Model):
    """A customer who may be leaving: why, what is at stake, and what came of it.

    There is at most one pending warning per customer and company. It ends with a
    purchase (won back), with the stage churned (lost), or when somebody dismisses it.
    Nobody edits it: it says what the signals say, and what was done by its actions.
    """

    _name = "customer.warning"
    _description = "Churn Warning"
    _order = "value_at_risk desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Owner")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    profile_id = fields.Many2one("customer.profile", compute="_compute_profile")
    strategy = fields.Text(string="Suggested Action", compute="_compute_profile")
    date = fields.Date(string="Warned On", required=True, readonly=True)
    deadline = fields.Date(readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", index=True
    )
    points = fields.Integer(readonly=True, aggregator="avg")
    threshold = fields.Integer(readonly=True)
    risk = fields.Float(
        string="Churn Risk",
        readonly=True,
        digits=(5, 4),
        aggregator="avg",
        help="By the forecast; 0 where there is none.",
    )
    value_at_risk = fields.Monetary(
        string="Value at Risk",
        readonly=True,
        help="Bought in the 12 months before the warning, untaxed.",
    )
    reasons = fields.Json(readonly=True)
    reason = fields.Text(string="Why", compute="_compute_reason")
    way_out = fields.Text(string="What Would End It", compute="_compute_reason")
    contacted_on = fields.Datetime(readonly=True)
    closed_on = fields.Date(readonly=True)
    dismiss_reason = fields.Selection(DISMISS_REASONS, readonly=True)
    note = fields.Text(readonly=True)

    _one_pending = models.UniqueIndex(
        "(partner_id, company_id) WHERE state IN ('open', 'contacted')"
    )
    _company_state_idx = models.Index("(company_id, state)")
    _customer_idx = models.Index("(partner_id, company_id, date)")

    @api.depends("partner_id", "company_id")
    def _compute_profile(self):
        profiles = self.env["customer.profile"].with_context(active_test=False)
        found = {
            (profile.partner_id, profile.company_id): profile
            for profile in profiles.search(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        }
        for warning in self:
            key = warning.partner_id, warning.company_id
            warning.profile_id = found.get(key, False)
            warning.strategy = warning.profile_id.rfm_segment_id.strategy

    @api.depends("reasons", "points", "threshold")
    @api.depends_context("lang")
    def _compute_reason(self):
        for company, warnings in self.grouped("company_id").items():
            signals = self.env["customer.profile"]._churn_signals(
                company.sudo(), company.sudo()._insight_today()
            )
            for warning in warnings:
                told = warning._told(signals)
                warning.reason = "\n".join(
                    self.env._("%(sentence)s (%(points)s points)", **one)
                    for one in told
                )
                warning.way_out = warning._way_out_sentence(told)

    def _told(self, signals):
        """:return: the reasons as dicts of ``name``, ``sentence`` and ``points``"""
        profiles = self.env["customer.profile"]
        return [
            {
                "name": signals[one["code"]]["name"],
                "points": one["points"],
                "sentence": getattr(profiles, signals[one["code"]]["sentence"])(
                    one["values"]
                ),
            }
            for one in self.reasons or ()
            if one["code"] in signals  # the add-on of a signal may be gone
        ]

    def _way_out_sentence(self, told):
        enough = [
            one["name"] for one in told if self.points - one["points"] < self.threshold
        ]
        purchase = self.env._("A purchase ends this warning.")
        if not enough:
            return purchase
        return self.env._(
            "%(purchase)s Below %(threshold)s points it would come without: %(names)s.",
            purchase=purchase,
            threshold=self.threshold,
            names=format_list(self.env, enough, "or"),
        )

    # === WHAT STAFF DO === #

    def action_call(self):
        """Write down a call; the warning counts as contacted."""
        return self._contact("action_log_call")

    def action_email(self):
        """Write to the customer; the warning counts as contacted."""
        return self._contact("action_send_email")

    def action_meeting(self):
        """Plan a meeting; the warning counts as contacted."""
        return self._contact("action_schedule_meeting")

    def action_open_customer(self):
        """Open the customer's page."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)

    def action_open_value(self):
        """Open the purchases that make up the value at risk."""
        self.ensure_one()
        action = self.profile_id.action_open_purchases()
        since = fields.Date.subtract(self.date, years=1)
        action["domain"] += [("date", ">", since), ("date", "<=", self.date)]
        return action

    def action_dismiss(self):
        """Ask for the reason why these warnings need no action."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dismiss"),
            "res_model": "customer.warning.dismiss",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_warning_ids": self.ids},
        }

    def action_reopen(self):
        """Take back a dismissal.

        :raise UserError: if the customer has another pending warning
        """
        self.check_access("read")
        for warning in self.sudo().filtered(lambda one: one.state == "dismissed"):
            if warning._pending_of_customer():
                raise UserError(
                    self.env._(
                        "%(customer)s has a newer warning.",
                        customer=warning.partner_id.display_name,
                    )
                )
            warning.write(
                {"state": "open", "closed_on": False, "dismiss_reason": False}
            )

    def _contact(self, method):
        self.ensure_one()
        self.check_access("read")
        if self.state == "open":
            self.sudo().write(
                {"state": "contacted", "contacted_on": fields.Datetime.now()}
            )
        return getattr(self.profile_id, method)()

    def _dismiss(self, reason, note=False):
        """End these warnings without a purchase.

        :param reason: one of ``DISMISS_REASONS``
        """
        self.check_access("read")
        pending = self.sudo().filtered(lambda one: one.state in PENDING)
        for company, warnings in pending.grouped("company_id").items():
            warnings.write(
                {
                    "state": "dismissed",
                    "dismiss_reason": reason,
                    "note": note,
                    "closed_on": company._insight_today(),
                }
            )

    def _pending_of_customer(self):
        return self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", PENDING),
            ]
        )
