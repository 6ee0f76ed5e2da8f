from datetime import date

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.points import to_points

#: Events that a member has once, whatever happens later.
ONCE = {"first_purchase", "profile_completed"}
#: Events that come with a day and are looked for by the job.
YEARLY = {"birthday", "anniversary"}


class LoyaltyEarningRule(models.Model):
    """Points for something else than buying: an event, how many, and how often."""

    _name = "loyalty.earning.rule"
    _description = "Points for an Event"
    _order = "program_id, sequence, id"

    name = fields.Char(
        required=True, translate=True, help="Members read it beside their points."
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("is_nominative", "=", True)],
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    event = fields.Selection(
        [
            ("first_purchase", "First purchase"),
            ("birthday", "Birthday"),
            ("anniversary", "Anniversary of membership"),
            ("profile_completed", "Contact data complete"),
            ("survey_answered", "Survey answered"),
            ("referral", "Recommended somebody who bought"),
        ],
        required=True,
    )
    points = fields.Float(digits=(16, 2), required=True)
    date_from = fields.Date(string="From", help="First day. Empty: since ever.")
    date_to = fields.Date(string="Until", help="Last day. Empty: for ever.")
    cap_points = fields.Float(
        string="At Most",
        digits=(16, 2),
        help="Points a member can get by this rule in the period. 0 means no limit.",
    )
    cap_period = fields.Selection(
        [("day", "Day"), ("month", "Month"), ("year", "Year"), ("ever", "Ever")],
        string="In a",
        default="year",
        required=True,
    )
    segment_ids = fields.Many2many(
        "customer.segment",
        string="Only for",
        groups="customer_insight.group_user",
        help="Members in one of these segments on the day. Empty: all members.",
    )
    move_count = fields.Integer(string="Granted", compute="_compute_move_count")

    _figures_check = models.Constraint(
        "CHECK (points > 0 AND points <= 1000000 AND cap_points >= 0)",
        "A rule gives more than zero and at most 1,000,000 points.",
    )
    _days_check = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day is not before the first."
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _compute_move_count(self):
        moves = self.env["loyalty.point.move"]
        for rule in self:
            rule.move_count = moves.search_count(rule._moves_domain())

    def _moves_domain(self):
        return [("source_key", "=like", f"rule,{self.id}:%"), ("kind", "=", "bonus")]

    def action_open_moves(self):
        """Show the lines this rule has added."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_program.loyalty_point_move_action"
        )
        return {**action, "domain": self._moves_domain(), "context": {}}

    # === GRANTING === #

    @api.model
    @tools.ormcache("event")
    def _ids_of_event(self, event):
        rules = self.sudo().search(
            [("event", "=", event), ("program_id.active", "=", True)]
        )
        return tuple(rules.ids)

    @api.model
    def _of_event(self, event, company):
        """Rules for an event in a company, as superuser."""
        rules = self.sudo().browse(self._ids_of_event(event))
        return rules.filtered(
            lambda rule: rule.company_id in (company, company.browse())
        )

    def _grant(self, partner, record=None, day=None):
        """Give the points of these rules for an event of a contact, once.

        :param record: what happened; the same record counts once
        :param day: of the event, by default today; of yearly events the year counts
        :return: loyalty.point.move, new and old ones
        """
        moves = self.env["loyalty.point.move"].sudo()
        for rule in self:
            account = rule._account_of(partner, record)
            if account:
                moves |= rule._grant_account(account, record, day)
        return moves

    def _account_of(self, partner, record):
        """The account of a contact; the first purchase opens it."""
        company = self.company_id or self.env.company
        owner = partner._loyalty_owner(company)
        account = (
            self.env["loyalty.card"].sudo()._find_account(self.program_id, owner.id)
        )
        if account or self.event != "first_purchase":
            return account
        return record.sudo()._open_account(self.program_id, owner)

    def _grant_account(self, account, record=None, day=None):
        moves = self.env["loyalty.point.move"].sudo()
        account = account.sudo()
        day = day or account._today()
        if not self._is_due(account, day):
            return moves
        account._lock()
        key = self._key(account, record, day)
        used = moves.search([("card_id", "=", account.id), ("source_key", "=", key)])
        if used:
            return used
        return account._post(
            self._capped(account, self._points_for(account)),
            "bonus",
            source=record or None,
            key=key,
            reason=self.name,
        )

    def _is_due(self, account, day):
        """Whether the rule holds on a day for this account."""
        return bool(
            self.active
            and account.active
            and account.partner_id.active
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
            and not self._was_forgiven(account)
            and account.partner_id._is_in_segments(
                self.sudo().segment_ids, account.company_id or self.env.company
            )
        )

    def _was_forgiven(self, account):
        """Points that were spent, taken back and written off are not given again."""
        return self.event == "first_purchase" and bool(
            self.env["loyalty.point.move"].search_count(
                [
                    ("card_id", "=", account.id),
                    ("source_key", "=like", f"write-off:rule,{self.id}:%"),
                ],
                limit=1,
            )
        )

    def _key(self, account, record, day):
        """Names the event: one line each."""
        if self.event in YEARLY:
            what = f"{self.event}:{day.year}"
        elif self.event == "first_purchase":  # again after a cancelled one
            what = f"{record._name},{record.id}:{self._times(account)}"
        elif self.event in ONCE or not record:
            what = self.event if self.event in ONCE else f"{self.event}:{day}"
        else:
            what = f"{record._name},{record.id}"
        return f"rule,{self.id}:{what}"

    def _times(self, account):
        """How often this rule's points were taken back from an account."""
        return self.env["loyalty.point.move"].search_count(
            [
                ("card_id", "=", account.id),
                ("source_key", "=like", f"undo:rule,{self.id}:%"),
            ]
        )

    def _points_for(self, account):
        """Points of the rule; a tier may have its own for birthdays."""
        own = self.event == "birthday" and account.tier_id._birthday_points()
        return to_points(own or self.points)

    def _capped(self, account, points):
        """What of the points the limit of the rule leaves."""
        if not self.cap_points:
            return points
        [(used,)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(sum(points), 0) FROM loyalty_point_move
                   WHERE card_id = %s AND date >= %s AND kind = 'bonus'
                     AND source_key LIKE %s""",
                account.id,
                self._cap_start(account._today()),
                f"rule,{self.id}:%",
            )
        )
        left = to_points(self.cap_points) - to_points(used)
        return min(points, max(left, to_points(0)))

    def _cap_start(self, day):
        """First day of the period of a day that the limit counts."""
        if self.cap_period == "ever":
            return date.min
        return fields.Date.start_of(day, self.cap_period)


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    earning_rule_ids = fields.One2many(
        "loyalty.earning.rule", "program_id", string="Points for Events", copy=True
    )

    def write(self, vals):
        if "active" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.constrains("earning_rule_ids", "program_type", "applies_on")
    def _check_earning_rules(self):
        for program in self:
            if program.earning_rule_ids and not program.is_nominative:
                raise UserError(
                    self.env._("Points for events need a program with accounts.")
                )
