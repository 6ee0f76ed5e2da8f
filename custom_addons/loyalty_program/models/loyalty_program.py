from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine.expiry import expires_on, next_fixed_day

_EXPIRY_FIELDS = {"expiry_mode"}
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


class LoyaltyProgram(models.Model):
    """How points of a program live: when they count and end, who may how much."""

    _inherit = "loyalty.program"

    # === EARNING === #

    earn_on = fields.Selection(
        [
            ("confirm", "When the order is confirmed"),
            ("delivery", "When everything is delivered"),
            ("payment", "When everything is paid"),
        ],
        string="Points Are Granted",
        default="confirm",
        required=True,
    )
    pending_days = fields.Integer(
        string="Waiting Days",
        help="Points may be spent this many days after they were granted:"
        " take the days in which goods may be returned.",
    )
    earn_cap_day = fields.Float(
        string="At Most per Day",
        digits=(16, 2),
        help="Points a member can earn with orders of one day. 0 means no limit.",
    )
    earn_cap_month = fields.Float(
        string="At Most per Month",
        digits=(16, 2),
        help="Points a member can earn with orders of one calendar month."
        " 0 means no limit.",
    )
    earn_cap_program = fields.Float(
        string="Budget of the Program",
        digits=(16, 2),
        help="Points all members together can earn. 0 means no limit.",
    )

    # === EXPIRY === #

    expiry_mode = fields.Selection(
        [
            ("none", "Never"),
            ("term", "A term after they were granted"),
            ("fixed", "On a fixed day of the year"),
            ("inactivity", "When the member is inactive"),
        ],
        string="Points Expire",
        default="none",
        required=True,
    )
    expiry_term = fields.Integer(
        string="Term",
        default=12,
        help="How long points live at least. With a fixed day: they end on the first"
        " such day after this term.",
    )
    expiry_unit = fields.Selection(
        [("days", "Days"), ("months", "Months"), ("years", "Years")],
        string="Term Unit",
        default="months",
        required=True,
    )
    expiry_rounding = fields.Selection(
        [
            ("month", "End of the month"),
            ("quarter", "End of the quarter"),
            ("year", "End of the year"),
        ],
        string="Lasts Until",
        help="Points live on to the end of this period. Empty: to the day.",
    )
    expiry_day = fields.Integer(string="Day", default=31)
    expiry_month = fields.Selection(_MONTHS, string="Month", default="12")
    expiry_not_before = fields.Date(
        string="Nothing Expires Before",
        readonly=True,
        copy=False,
        help="One full period after expiry was switched on.",
    )

    # === SPENDING === #

    redeem_min_points = fields.Float(
        string="Redeem at Least",
        digits=(16, 2),
        help="Fewest points one order can redeem. 0 means no limit.",
    )
    redeem_max_share = fields.Float(
        string="Share of Order (%)",
        help="Highest share of an order that points can pay. 0 means no limit.",
    )
    reservation_days = fields.Integer(
        string="Reserve for Days",
        default=30,
        help="Points claimed on a quotation are kept for it this many days.",
    )
    debt_policy = fields.Selection(
        [
            ("none", "Write off what was already spent"),
            ("pending", "Take waiting points, write off the rest"),
            ("debt", "Let the balance go below zero"),
        ],
        string="Taken Back After Spending",
        default="debt",
        required=True,
        help="What happens when an order is cancelled or returned whose points were"
        " spent. A balance below zero is covered by what is earned later.",
    )
    claim_count = fields.Integer(
        readonly=True,
        copy=False,
        help="Counts claims of limited programs, so that two at the same moment"
        " notice each other.",
    )

    _waiting_days_check = models.Constraint(
        "CHECK (pending_days BETWEEN 0 AND 3650"
        " AND reservation_days BETWEEN 0 AND 3650)",
        "Waiting and reservation last between 0 and 3650 days.",
    )
    _expiry_term_check = models.Constraint(
        "CHECK (expiry_term BETWEEN 1 AND 3650 OR expiry_mode IN ('none', 'fixed')"
        " AND expiry_term BETWEEN 0 AND 3650)",
        "Points live for a term between 1 and 3650.",
    )
    _expiry_day_check = models.Constraint(
        "CHECK (expiry_day BETWEEN 1 AND 31)", "A month has the days 1 to 31."
    )
    _limits_check = models.Constraint(
        "CHECK (earn_cap_day >= 0 AND earn_cap_month >= 0 AND earn_cap_program >= 0"
        " AND redeem_min_points >= 0 AND redeem_max_share BETWEEN 0 AND 100)",
        "Limits are not below zero, and a share lies between 0 and 100 %.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs.filtered(lambda p: p.expiry_mode != "none")._start_expiry()
        return programs

    def write(self, vals):
        if {"applies_on", "program_type"} & vals.keys():
            self._check_kind_change(vals)
        starting = self.browse()
        if _EXPIRY_FIELDS & vals.keys():
            starting = self.filtered(lambda p: p.expiry_mode != vals["expiry_mode"])
        result = super().write(vals)
        starting._start_expiry()
        return result

    def _start_expiry(self):
        """Give points that lie on the accounts one full period from today."""
        for program in self:
            today = (program.company_id or self.env.company)._insight_today()
            program.expiry_not_before = (
                program._full_period_end(today)
                if program.expiry_mode != "none"
                else False
            )

    def _full_period_end(self, day):
        if self.expiry_mode == "inactivity":
            return expires_on(day, self.expiry_term, self.expiry_unit)
        return self._points_expire_on(day)

    def _points_expire_on(self, day):
        """Last day of points granted on a day, or None if no day is fixed then."""
        self.ensure_one()
        if self.expiry_mode == "term":
            return expires_on(
                day, self.expiry_term, self.expiry_unit, self.expiry_rounding or None
            )
        if self.expiry_mode == "fixed":
            return next_fixed_day(
                day,
                int(self.expiry_month),
                self.expiry_day,
                self.expiry_term,
                self.expiry_unit,
            )
        return None

    def _check_kind_change(self, vals):
        """Keep programs with a ledger what they are, and others without one."""
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)
        for program in self:
            changed = program.new({**program._kind_values(), **vals})
            if changed.is_nominative == program.is_nominative:
                continue
            if cards.search_count([("program_id", "=", program.id)], limit=1):
                raise UserError(
                    self.env._(
                        "%s has cards. Create a new program instead of changing what"
                        " these cards are.",
                        program.name,
                    )
                )

    def _kind_values(self):
        return {"program_type": self.program_type, "applies_on": self.applies_on}

    @api.constrains("expiry_mode", "expiry_month")
    def _check_fixed_day(self):
        for program in self:
            if program.expiry_mode == "fixed" and not program.expiry_month:
                raise ValidationError(
                    self.env._("Choose the month in which points end.")
                )

    def _note_claim(self):
        """Make two transactions that use up a limited program notice each other.

        The second one waits and has to be repeated; it then sees the first one's use.
        """
        limited = self.filtered("limit_usage")
        if limited:
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE loyalty_program SET claim_count = COALESCE(claim_count, 0) + 1"
                " WHERE id = ANY(%s)",
                [limited.ids],
            )
