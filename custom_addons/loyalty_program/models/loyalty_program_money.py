import logging
from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..engine.breakage import redemption_rate

_logger = logging.getLogger(__name__)
_ACCOUNTS = ("deferral_journal_id", "liability_account_id", "revenue_account_id")


class LoyaltyProgram(models.Model):
    """Points as money: their value, how many will be used, and journal entries."""

    _inherit = "loyalty.program"
    _check_company_auto = True

    point_value = fields.Float(
        string="Value of a Point",
        digits=(16, 6),
        compute="_compute_point_value",
        store=True,
        readonly=False,
        help="What a point buys, in the program's currency. Taken from the rewards"
        " unless it is set here.",
        prefetch="loyalty_program",
    )
    redemption_rate_entered = fields.Float(
        string="Expected Use (%)",
        digits=(6, 2),
        default=100.0,
        help="Share of points that will be used, while the program's own curve cannot"
        " tell yet.",
        prefetch="loyalty_program",
    )
    redemption_rate_own = fields.Float(
        string="Expected Use, Own Curve (%)",
        digits=(6, 2),
        readonly=True,
        copy=False,
        help="From how the points of earlier months were used with age (chain ladder)."
        " 0 while there are less than 6 months or 1,000 points.",
        prefetch="loyalty_program",
    )
    redemption_rate_date = fields.Date(
        string="Estimated On", readonly=True, copy=False, prefetch="loyalty_program"
    )
    posts_deferrals = fields.Boolean(
        string="Post Points to Accounting",
        help="Keeps back revenue for points that are earned, and releases it as they"
        " are used, expire or are taken back: one entry each month.",
        prefetch="loyalty_program",
    )
    deferral_journal_id = fields.Many2one(
        "account.journal",
        string="Journal",
        domain=[("type", "=", "general")],
        check_company=True,
        prefetch="loyalty_program",
    )
    liability_account_id = fields.Many2one(
        "account.account",
        string="Points Owed",
        check_company=True,
        help="Liability: what is owed to members for points that are not used yet.",
        prefetch="loyalty_program",
    )
    revenue_account_id = fields.Many2one(
        "account.account",
        string="Revenue",
        check_company=True,
        help="Where revenue is kept back and released.",
        prefetch="loyalty_program",
    )
    expense_account_id = fields.Many2one(
        "account.account",
        string="Points as a Gift",
        check_company=True,
        help="Expense of points that were given without a sale. Empty: the revenue"
        " account.",
        prefetch="loyalty_program",
    )
    deferral_move_ids = fields.One2many(
        "account.move", "loyalty_program_id", string="Points Entries", readonly=True
    )
    point_liability = fields.Monetary(
        string="Owed by the Ledger",
        compute="_compute_point_liability",
        currency_field="company_currency_id",
        help="What of the deferred revenue is not revenue yet, by the points today.",
    )
    point_liability_posted = fields.Monetary(
        string="Owed by Accounting",
        compute="_compute_point_liability",
        currency_field="company_currency_id",
        help="Balance of the posted entries of this program.",
    )
    company_currency_id = fields.Many2one(
        string="Company Currency", related="company_id.currency_id"
    )

    _money_check = models.Constraint(
        "CHECK (redemption_rate_entered BETWEEN 0 AND 100 AND point_value >= 0)",
        "Points are worth nothing or more, and 0 to 100 % of them are used.",
    )

    @api.depends(
        "reward_ids.discount",
        "reward_ids.discount_mode",
        "reward_ids.required_points",
        "reward_ids.reward_type",
        "reward_ids.reward_product_id",
        "reward_ids.reward_product_qty",
        "currency_id",
    )
    def _compute_point_value(self):
        for program in self:
            worths = [reward._worth_of_point() for reward in program.reward_ids]
            program.point_value = max(worths, default=0.0)

    @api.constrains("posts_deferrals", "company_id", *_ACCOUNTS)
    def _check_deferral_accounts(self):
        for program in self.filtered("posts_deferrals"):
            if not (program.company_id and all(program[name] for name in _ACCOUNTS)):
                raise ValidationError(
                    self.env._(
                        "To post points, choose a company, a journal, the account of"
                        " points owed and that of revenue."
                    )
                )
            if program.liability_account_id == program.revenue_account_id:
                raise ValidationError(
                    self.env._("Points owed and revenue need two accounts.")
                )

    def _compute_point_liability(self):
        for program in self:
            if not program.posts_deferrals:
                program.point_liability = program.point_liability_posted = 0
                continue
            owed = program.sudo()._pool_liabilities()
            program.point_liability = float(sum(owed.values()))
            program.point_liability_posted = float(program.sudo()._posted_liability())

    # === EXPECTED USE === #

    def _redemption_rate(self):
        """Share of points expected to be used, 0 to 1."""
        self.ensure_one()
        own = self.redemption_rate_own if self.redemption_rate_date else 0
        return (own or self.redemption_rate_entered) / 100

    def _estimate_use(self, day=None):
        """Learn from the program's own past how many points are used in the end."""
        for program in self.sudo():
            company = program.company_id or self.env.company
            today = day or company._insight_today()
            rate = redemption_rate(*program._use_by_age(today))
            program.write(
                {
                    "redemption_rate_own": 100 * rate if rate is not None else 0,
                    "redemption_rate_date": today if rate is not None else False,
                }
            )

    def _use_by_age(self, day):
        """Points of each month of grant, and those used up to each age.

        Months up to the last complete one; see ``engine.breakage``.
        """
        pools = self._pools(day)
        rows = self.env.execute_query(
            SQL(
                """%(roots)s
                   SELECT date_trunc('month', root.date)::date,
                          date_trunc('month', debit.date)::date, sum(part.points)
                   FROM loyalty_point_allocation part
                   JOIN loyalty_point_move debit ON debit.id = part.debit_id
                   JOIN root ON root.id = part.credit_id
                   WHERE debit.kind = 'redeem' AND debit.date <= %(day)s
                   GROUP BY 1, 2""",
                roots=self._roots_sql(),
                day=day,
            )
        )
        used = {(granted, month): float(points) for granted, month, points in rows}
        last = day.replace(day=1) - relativedelta(months=1)
        months = [month for month in sorted(pools) if month <= last]
        table = []
        for month in months:
            total, row = 0.0, []
            age = month
            while age <= last:
                total += used.get((month, age), 0.0)
                row.append(total)
                age += relativedelta(months=1)
            table.append(row)
        return [float(pools[month].granted) for month in months], table

    # === JOURNAL ENTRIES === #

    @api.model
    def _cron_post_deferrals(self):
        """Value new lines, and post all months that are complete."""
        cron = self.env["ir.cron"]
        programs = self.sudo().search([("company_id", "!=", False)])
        programs = programs.filtered("is_nominative")
        cron._commit_progress(remaining=len(programs))
        for program in programs:
            try:
                with self.env.cr.savepoint():
                    program._close_months()
            except Exception:
                _logger.exception("Points of program %s were not posted", program.id)
            if not cron._commit_progress(1):
                break

    def _close_months(self):
        """Post the last complete month of a program, if it posts."""
        self._value_lines()
        if self.posts_deferrals:
            today = self.company_id._insight_today()
            self._post_deferrals(today.replace(day=1) - timedelta(days=1))

    def action_post_deferrals(self):
        """Value new lines and post what is missing up to today."""
        self.ensure_one()
        self.check_access("write")
        if not self.posts_deferrals:
            raise UserError(self.env._("The program does not post its points."))
        self._post_deferrals(self.company_id._insight_today())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _post_deferrals(self, day):
        """Bring accounting to what is owed at the end of a day, by one entry.

        What is posted is the difference to the entries before, so that a second run
        posts nothing, and what came late is in the next entry. Entries are dated in
        order: what was posted for a later day already holds all that was owed before.

        :return: account.move, empty if nothing is missing
        """
        self.ensure_one()
        program = self.sudo().with_company(self.company_id)
        program._value_lines()
        if program._has_posted_after(day):
            return self.env["account.move"]
        program._estimate_use(day)
        values = program._values_to_post(day)
        owed = sum(program._pool_liabilities(day).values(), Decimal(0))
        changes = program._deferral_changes(values, owed)
        if not any(changes.values()):
            return self.env["account.move"]
        entry = program.env["account.move"].create(
            program._prepare_deferral_entry(day, changes)
        )
        entry.action_post()
        program.env.flush_all()
        program.env.cr.execute(
            "UPDATE loyalty_deferral SET entry_id = %s WHERE id = ANY(%s)",
            [entry.id, values.ids],
        )
        values.invalidate_recordset(["entry_id"], flush=False)
        return entry

    def _values_to_post(self, day):
        """loyalty.deferral records without an entry that stands."""
        return self.env["loyalty.deferral"].search(
            [
                ("program_id", "=", self.id),
                ("move_id.date", "<=", day),
                "|",
                "|",
                ("entry_id", "=", False),
                ("entry_id.state", "!=", "posted"),
                ("entry_id.reversal_move_ids.state", "=", "posted"),
            ]
        )

    def _has_posted_after(self, day):
        domain = [
            ("loyalty_program_id", "=", self.id),
            ("state", "=", "posted"),
            ("date", ">", day),
        ]
        return bool(self.env["account.move"].search_count(domain, limit=1))

    def _posted_liability(self):
        """Decimal: what the posted entries of this program say is owed."""
        self.env.flush_all()
        [(balance,)] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(-sum(line.balance), 0)
                   FROM account_move_line line
                   JOIN account_move move ON move.id = line.move_id
                   WHERE move.loyalty_program_id = %s AND move.state = 'posted'
                     AND line.account_id = %s""",
                self.id,
                self.liability_account_id.id,
            )
        )
        return Decimal(str(balance))

    def _deferral_changes(self, values, owed):
        """What the entry adds to and takes from the liability, by reason.

        :return: ``{reason: Decimal}``; the sum is what is owed less what was posted
        """
        amounts = {"earned": Decimal(0), "taken": Decimal(0), "gift": Decimal(0)}
        for value in values:
            reason = "gift"
            if value.kind == "sale":
                reason = "earned" if value.amount > 0 else "taken"
            amounts[reason] += Decimal(str(value.amount))
        posted = self._posted_liability()
        amounts["released"] = owed - posted - sum(amounts.values())
        return amounts

    def _prepare_deferral_entry(self, day, changes):
        revenue = self.revenue_account_id
        labels = {
            "earned": (self.env._("Points earned"), revenue),
            "taken": (self.env._("Points taken back"), revenue),
            "gift": (
                self.env._("Points as a gift"),
                self.expense_account_id or revenue,
            ),
            "released": (self.env._("Points used, expired, expected use"), revenue),
        }
        lines = []
        for reason, amount in changes.items():
            if not amount:
                continue
            label, account = labels[reason]
            for target, balance in (
                (self.liability_account_id, -amount),
                (account, amount),
            ):
                lines.append(
                    Command.create(
                        {
                            "name": label,
                            "account_id": target.id,
                            "balance": float(balance),
                        }
                    )
                )
        return {
            "move_type": "entry",
            "journal_id": self.deferral_journal_id.id,
            "company_id": self.company_id.id,
            "date": day,
            "ref": self.env._(
                "Points of %(program)s until %(day)s", program=self.name, day=day
            ),
            "loyalty_program_id": self.id,
            "line_ids": lines,
        }

    def action_open_deferral_moves(self):
        """Show the journal entries of this program."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_journal_line"
        )
        domain = [("loyalty_program_id", "=", self.id)]
        return {**action, "domain": domain, "context": {}}


class LoyaltyReward(models.Model):
    _inherit = "loyalty.reward"

    def _worth_of_point(self):
        """What a point is worth that is spent on this reward, in money."""
        if self.reward_type == "discount" and self.discount_mode == "per_point":
            return self.discount
        if not self.required_points:
            return 0.0
        if self.reward_type == "discount" and self.discount_mode == "per_order":
            return self.discount / self.required_points
        if self.reward_type == "product" and self.reward_product_id:
            return self._product_price() / self.required_points
        return 0.0

    def _product_price(self):
        """List price of all pieces of a free product, in the program's currency."""
        program = self.program_id
        company = program.company_id or self.env.company
        product = self.reward_product_id.with_company(company)
        return product.currency_id._convert(
            product.lst_price * self.reward_product_qty,
            program.currency_id or company.currency_id,
            company,
            company._insight_today(),
            round=False,
        )
