from collections import Counter

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL, float_compare

from ..engine.points import to_points
from ..engine.tiers import Rules, Tier, walk

_MANAGER = "loyalty_program.group_manager"


class LoyaltyWhatIf(models.TransientModel):
    """Other rules of a program, tried out on what its members really did.

    All members are replayed twice from their first line on: with the rules as they are
    and with those entered here. The first replay shows how far it can be trusted: how
    many members it leaves in the tier they hold. Nothing stored changes.
    """

    _name = "loyalty.what.if"
    _description = "What If: Points and Tiers"

    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        ondelete="cascade",
        domain=[("is_nominative", "=", True), ("program_type", "!=", "ewallet")],
    )
    company_id = fields.Many2one(related="program_id.company_id")
    currency_id = fields.Many2one(related="program_id.currency_id")
    date_from = fields.Date(
        string="Points From",
        required=True,
        default=lambda self: self._today() - relativedelta(years=1, days=-1),
    )
    date_to = fields.Date(
        string="Until", required=True, default=lambda self: self._today()
    )
    earn_percent = fields.Float(
        string="Points per Purchase (%)",
        default=100.0,
        help="100 are the points the rules give today; 150 half as many again.",
    )
    window = fields.Selection(
        lambda self: self._program_selection("tier_window"), string="Counted"
    )
    months = fields.Integer()
    downgrade = fields.Selection(
        lambda self: self._program_selection("tier_downgrade"),
        string="At the End of the Period",
    )
    grace_days = fields.Integer(string="Days of Grace")
    point_value = fields.Float(
        string="Worth of a Point",
        digits=(16, 6),
        help="In the program's currency; by default that of the program.",
    )
    line_ids = fields.One2many("loyalty.what.if.tier", "what_if_id", string="Tiers")
    move_ids = fields.One2many("loyalty.what.if.move", "what_if_id", readonly=True)
    is_computed = fields.Boolean(readonly=True)
    member_count = fields.Integer(string="Members", readonly=True)
    same_count = fields.Integer(string="Reproduced", readonly=True)
    moved_count = fields.Integer(string="In Another Tier", readonly=True)
    points_now = fields.Float(string="Points Earned", digits=(16, 2), readonly=True)
    points_then = fields.Float(
        string="Points with These Rules", digits=(16, 2), readonly=True
    )
    points_more = fields.Float(string="More Points", digits=(16, 2), readonly=True)
    cost = fields.Monetary(
        string="Would Cost",
        readonly=True,
        help="More points times the worth of a point, if all were redeemed.",
    )

    _percent_check = models.Constraint(
        "CHECK (earn_percent BETWEEN 0 AND 10000 AND point_value >= 0"
        " AND months BETWEEN 1 AND 120 AND grace_days BETWEEN 0 AND 366)",
        "Points lie between 0 and 10,000 %, a point is not worth less than nothing,"
        " months between 1 and 120, days of grace between 0 and 366.",
    )

    @api.depends("program_id")
    def _compute_display_name(self):
        for what_if in self:
            what_if.display_name = self.env._(
                "What If: %s", what_if.program_id.name or ""
            )

    def _today(self):
        return self.env.company._insight_today()

    def _program_selection(self, name):
        field = self.env["loyalty.program"]._fields[name]
        return field._description_selection(self.env)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "program_id" in fields and not values.get("program_id"):
            values["program_id"] = (
                self.env["loyalty.program"]
                .search(
                    [
                        ("program_type", "=", "loyalty"),
                        ("company_id", "in", [self.env.company.id, False]),
                    ],
                    order="id",
                    limit=1,
                )
                .id
            )
        return values

    @api.onchange("program_id")
    def _onchange_program_id(self):
        program = self.program_id
        self.window = program.tier_window
        self.months = program.tier_window_months
        self.downgrade = program.tier_downgrade
        self.grace_days = program.tier_grace_days
        self.point_value = program.point_value
        self.line_ids = [fields.Command.clear()] + [
            fields.Command.create(
                {
                    "tier_id": tier.id,
                    "threshold": tier.threshold,
                    "multiplier": tier.multiplier,
                }
            )
            for tier in program.tier_ids.sorted("threshold")
        ]
        self.is_computed = False

    # === COMPUTING === #

    def action_compute(self):
        """Replay all members with both sets of rules."""
        self.ensure_one()
        if not self.env.user.has_group(_MANAGER):
            raise AccessError(self.env._("Rules are tried out by loyalty managers."))
        self._check_input()
        result = self._replay()
        self.write(self._summary(result))
        for line in self.line_ids:
            line.write(
                {
                    "count_now": result["now"][line.tier_id.id],
                    "count_then": result["then"][line.tier_id.id],
                }
            )
        self.move_ids.unlink()
        self.move_ids = [
            fields.Command.create(
                {
                    "from_tier_id": old,
                    "to_tier_id": new,
                    "count": len(ids),
                    "cards": ids,
                }
            )
            for (old, new), ids in sorted(
                result["moves"].items(), key=lambda item: -len(item[1])
            )
        ]
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "current",
            "name": self.env._("What If: Points and Tiers"),
        }

    def _check_input(self):
        if self.date_from > self.date_to:
            raise ValidationError(self.env._("The first day is not after the last."))
        thresholds = [line.threshold for line in self.line_ids]
        if len(set(thresholds)) < len(thresholds) or min(thresholds, default=0) < 0:
            raise ValidationError(
                self.env._("Each tier needs a threshold of its own, not below zero.")
            )
        if any(not 0.01 <= line.multiplier <= 100 for line in self.line_ids):
            raise ValidationError(self.env._("A multiplier lies between 0.01 and 100."))

    def _summary(self, result):
        now, then = result["points_now"], result["points_then"]
        return {
            "is_computed": True,
            "member_count": result["members"],
            "same_count": result["same"],
            "moved_count": sum(map(len, result["moves"].values())),
            "points_now": float(now),
            "points_then": float(then),
            "points_more": float(then - now),
            "cost": float(then - now) * self.point_value,
        }

    def _rules(self):
        """``(Rules as they are, Rules to try out)``"""
        program = self.program_id

        def rules(tiers, window, months, downgrade, grace):
            return Rules(
                tuple(
                    Tier(key, to_points(threshold), multiplier)
                    for key, threshold, multiplier in tiers
                ),
                window,
                months,
                downgrade,
                grace,
            )

        now = rules(
            [(t.id, t.threshold, t.multiplier) for t in program.tier_ids],
            program.tier_window,
            program.tier_window_months,
            program.tier_downgrade,
            program.tier_grace_days,
        )
        then = rules(
            [(t.tier_id.id, t.threshold, t.multiplier) for t in self.line_ids],
            self.window,
            self.months,
            self.downgrade,
            self.grace_days,
        )
        return now, then

    def _replay(self):
        self.env.flush_all()
        rules_now, rules_then = self._rules()
        earned = self._events("points")
        basis = self.program_id.tier_basis
        counted = earned if basis == "points" else self._events(basis)
        result = {
            "members": 0,
            "same": 0,
            "points_now": to_points(0),
            "points_then": to_points(0),
            "now": Counter(),
            "then": Counter(),
            "moves": {},
        }
        is_today = self.date_to >= self._today()
        for card_id, joined, held in self._members():
            points = earned.get(card_id, [])
            events = counted.get(card_id, [])
            now = walk(rules_now, joined, events, self.date_to)
            change = _Change(self, points, events, now, basis)
            then = walk(rules_then, joined, events, self.date_to, change.counted)
            tiers = [side.tier.key if side.tier else False for side in (now, then)]
            result["members"] += 1
            result["same"] += is_today and (tiers[0] or 0) == held
            result["now"][tiers[0]] += 1
            result["then"][tiers[1]] += 1
            if tiers[0] != tiers[1]:
                result["moves"].setdefault(tuple(tiers), []).append(card_id)
            before, after = change.points(then)
            result["points_now"] += before
            result["points_then"] += after
        return result

    # === WHAT MEMBERS DID === #

    def _members(self):
        """``[(card id, first day, tier held or False)]`` of the program's accounts."""
        return self.env.execute_query(
            SQL(
                """SELECT id, create_date::date, COALESCE(tier_id, 0)
                   FROM loyalty_card
                   WHERE program_id = %s AND is_account AND active ORDER BY id""",
                self.program_id.id,
            )
        )

    def _events(self, basis):
        """What counted for each member, in the order it came.

        :param basis: ``points``, ``spend`` or ``orders``
        :return: ``{card id: [(day, Decimal)]}``
        """
        if basis == "points":
            query = SQL(
                """SELECT card_id, date, points FROM loyalty_point_move
                   WHERE program_id = %s AND side = 'earn' AND date <= %s
                   ORDER BY date, id""",
                self.program_id.id,
                self.date_to,
            )
        else:
            company = self.company_id or self.env.company
            value = SQL("1") if basis == "orders" else SQL("bought.amount")
            only = SQL("bought.amount > 0") if basis == "orders" else SQL("TRUE")
            query = SQL(
                """SELECT start.card_id, bought.bought_on, %(value)s
                   FROM (SELECT id AS card_id, NULL::date AS day FROM loyalty_card
                         WHERE program_id = %(program)s AND is_account) start
                   %(orders)s
                   WHERE bought.bought_on IS NOT NULL AND %(only)s
                   ORDER BY bought.bought_on""",
                value=value,
                program=self.program_id.id,
                orders=self.program_id._tier_orders_sql(
                    self.date_to, company._insight_timezone()
                ),
                only=only,
            )
        result = {}
        for card_id, day, amount in self.env.execute_query(query):
            result.setdefault(card_id, []).append((day, to_points(amount)))
        return result


class _Change:
    """What the rules to try out make of the points of one member."""

    def __init__(self, wizard, points, events, now, basis):
        self.since, self.percent = wizard.date_from, wizard.earn_percent
        self.points_events, self.events = points, events
        self.now, self.basis = now, basis

    def counted(self, number, value, held):
        """What an event counts for the tier with the rules to try out."""
        if self.basis != "points":
            return value
        day, was = self.events[number][0], self.now.before[number]
        return self._scaled(day, value, was, held)

    def _scaled(self, day, value, was, held):
        if day < self.since:
            return value
        ratio = (held.multiplier if held else 1.0) / (was.multiplier if was else 1.0)
        ratio *= self.percent / 100
        if float_compare(ratio, 1, precision_digits=9) == 0:
            return value
        return to_points(float(value) * ratio, down=True)

    def points(self, then):
        """``(points of the period as they were, as they would be)``"""
        before = sum(
            (value for day, value in self.points_events if day >= self.since),
            to_points(0),
        )
        if self.basis == "points":
            after = [
                value
                for (day, _value), value in zip(self.events, then.values, strict=False)
                if day >= self.since
            ]
        else:
            after = [
                self._scaled(
                    day, value, self._tier_on(self.now, day), self._tier_on(then, day)
                )
                for day, value in self.points_events
                if day >= self.since
            ]
        return before, sum(after, to_points(0))

    def _tier_on(self, side, day):
        held = None
        for moved_on, tier in side.moves:
            if moved_on >= day:
                break
            held = tier
        return held
