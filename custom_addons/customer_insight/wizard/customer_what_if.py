from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import float_compare, format_date

from ..engine import rfm
from ..engine.policy import Policy, TrialPolicy

#: The settings that can be tried out.
SETTINGS = (
    "stage_set",
    "at_risk_days",
    "churned_days",
    "loyal_purchases",
    "loyal_months",
    "rfm_window_months",
    "rfm_rule",
    *rfm.FIXED_BORDERS,
    "value_rule",
    "value_high",
    "value_low",
)


class CustomerWhatIf(models.TransientModel):
    """Other settings, tried out on a day that was: who would move where.

    All customers are computed twice as of that day, with the settings then in force
    and with those entered here: limits of stages, borders of scores and value classes,
    weights of the health score, codes of the RFM grid. Nothing stored changes until
    *Apply*.
    """

    _name = "customer.what.if"
    _description = "What If"

    scoring_id = fields.Many2one(
        "customer.scoring",
        string="Tried Out On",
        required=True,
        default=lambda self: self._default_scoring_id(),
        domain="[('company_id', '=', company_id)]",
        ondelete="cascade",
        help="A day whose borders and settings are known: the last night's, or the end"
        " of a month.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    stage_set = fields.Selection(
        lambda self: self._company_selection("insight_stage_set"),
        string="Lifecycle Stages",
        required=True,
    )
    at_risk_days = fields.Integer(string="At Risk After (Days)")
    churned_days = fields.Integer(string="Churned After (Days)")
    loyal_purchases = fields.Integer(string="Purchases of a Loyal Customer")
    loyal_months = fields.Integer(string="Loyalty Window (Months)")
    rfm_window_months = fields.Integer(
        string="RFM Window (Months)", help="0 counts the whole history."
    )
    rfm_rule = fields.Selection(
        lambda self: self._company_selection("insight_rfm_rule"),
        string="RFM Borders",
        required=True,
    )
    recency_borders = fields.Char(
        help="Most days since the last purchase for scores 2, 3, 4 and 5."
    )
    frequency_borders = fields.Char(
        help="Fewest purchase days for scores 2, 3, 4 and 5."
    )
    monetary_borders = fields.Char(help="Least amount bought for scores 2, 3, 4 and 5.")
    value_rule = fields.Selection(
        lambda self: self._company_selection("insight_value_rule"), required=True
    )
    value_high = fields.Float(string="High Value")
    value_low = fields.Float(string="Low Value")
    grid = fields.Json(help="Codes of the RFM grid to try out: {code: segment id}.")
    grid_count = fields.Integer(compute="_compute_grid_count")
    weight_ids = fields.One2many(
        "customer.what.if.weight", "what_if_id", string="Health Weights"
    )
    is_computed = fields.Boolean(readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    moved_count = fields.Integer(string="Would Move", readonly=True)
    moved_amount = fields.Monetary(
        string="Their Amount Bought",
        readonly=True,
        help="What the customers who would move had bought by that day.",
    )
    health_count = fields.Integer(string="Health Would Change", readonly=True)
    health_before = fields.Float(digits=(5, 1), readonly=True)
    health_after = fields.Float(digits=(5, 1), readonly=True)
    band_count = fields.Integer(string="Would Cross a Limit of Health", readonly=True)
    band_amount = fields.Monetary(readonly=True)
    stored_count = fields.Integer(readonly=True)
    reproduced_count = fields.Integer(
        readonly=True,
        help="How many of the figures stored on that day come out of the documents"
        " again with the settings then in force.",
    )
    line_ids = fields.One2many("customer.what.if.line", "what_if_id", readonly=True)
    customer_ids = fields.One2many("customer.what.if.customer", "what_if_id")

    @api.model
    def _company_selection(self, name):
        return self.env["res.company"]._fields[name]._description_selection(self.env)

    @api.model
    def _default_scoring_id(self):
        company = self.env.company
        return self.env["customer.scoring"]._latest(company, company._insight_today())

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        scoring = self.env["customer.scoring"].browse(values.get("scoring_id"))
        begin = {
            **self._settings_of(scoring),
            "weight_ids": self._weight_commands(scoring),
        }
        return {**begin, **values}

    @api.onchange("scoring_id")
    def _onchange_scoring_id(self):
        """Begin with the settings of the chosen day."""
        self.update(self._settings_of(self.scoring_id))
        self.weight_ids = [Command.clear(), *self._weight_commands(self.scoring_id)]
        self.is_computed = False

    @api.onchange("rfm_rule")
    def _onchange_rfm_rule(self):
        """Borders set by hand begin with those of the day."""
        if self.rfm_rule == "fixed" and not any(
            self[name] for name in rfm.FIXED_BORDERS
        ):
            self.update(self.scoring_id._borders_to_set())

    @api.onchange(*SETTINGS, "weight_ids")
    def _onchange_settings(self):
        self.is_computed = False

    @api.depends("grid")
    def _compute_grid_count(self):
        for trial in self:
            trial.grid_count = len(trial.grid or {})

    @api.depends("scoring_id")
    def _compute_display_name(self):
        for trial in self:
            trial.display_name = self.env._(
                "What if, on %(date)s",
                date=format_date(self.env, trial.scoring_id.as_of),
            )

    @api.model
    def _settings_of(self, scoring):
        if scoring and scoring.policy:
            policy = Policy(**scoring.policy).to_dict()
        else:
            policy = self.env.company._insight_policy().to_dict()
        return {name: policy[name] for name in SETTINGS}

    def _policy(self):
        """:return: the settings of the day with those entered here (TrialPolicy)"""
        changed = {name: self[name] for name in SETTINGS}
        for name in rfm.FIXED_BORDERS:
            changed[name] = changed[name] or ""
        weights = self._tried_weights()
        values = {**self.scoring_id.sudo().policy, **changed}
        return TrialPolicy(**values, health_weights=weights)

    # === HEALTH WEIGHTS === #

    @api.model
    def _weights_of(self, scoring):
        """:return: the weights of a day as they are shown, ``{code: weight}``"""
        if not scoring:
            return {}
        scoring = scoring.sudo()
        return self.env["customer.health.weight"]._to_change(
            scoring.company_id, scoring.as_of
        )

    @api.model
    def _weight_commands(self, scoring):
        return [
            Command.create({"code": code, "weight": weight})
            for code, weight in self._weights_of(scoring).items()
        ]

    def _tried_weights(self):
        """:return: ``{code: weight}`` where they differ from those of the day, or None

        Unchanged ones are left to the day, which knows them to the last digit.
        """
        entered = {line.code: line.weight for line in self.weight_ids}
        of_the_day = self._weights_of(self.scoring_id)
        changed = any(
            float_compare(
                entered.get(code, 0), of_the_day.get(code, 0), precision_digits=2
            )
            for code in entered.keys() | of_the_day.keys()
        )
        return entered if entered and changed else None

    def _check_weights(self):
        """
        :raise ValidationError: if weights that were changed do not add up to 100
        """
        total = sum(self.weight_ids.mapped("weight"))
        if self._tried_weights() and float_compare(total, 100, precision_digits=2):
            raise ValidationError(
                self.env._(
                    "The weights add up to %(total)s; they must add up to 100.",
                    total=f"{total:g}",
                )
            )

    # === ACTIONS === #

    def action_compute(self):
        """Compute who would move, and show it.

        :raise UserError: if the settings contradict each other
        """
        self.ensure_one()
        self._check_manager()
        self._check_settings()
        self._check_weights()
        self._replay()
        return self._reopen()

    def _check_manager(self):
        if not self.env.user.has_group("customer_insight.group_manager"):
            raise AccessError(
                self.env._("Only a customer insight manager can try out settings.")
            )

    def _check_settings(self):
        """Refuse what the company's settings would refuse, with the same words."""
        values = self._company_values()
        with self.env.cr.savepoint() as savepoint:
            self.company_id.sudo().write(values)
            self.env.flush_all()  # the constraints are the database's
            savepoint.rollback()
        self.company_id.invalidate_recordset()

    def _company_values(self):
        return {f"insight_{name}": self[name] for name in SETTINGS}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What If"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_open_customers(self):
        """Open the customers who would move."""
        return self._open_customers([("is_moved", "=", True)])

    def action_open_health(self):
        """Open the customers whose health would change."""
        return self._open_customers([("is_health_changed", "=", True)])

    def _open_customers(self, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_what_if_customer_action"
        )
        return {**action, "domain": [("what_if_id", "=", self.id), *domain]}

    def action_apply(self):
        """Make these the settings of the company; all customers follow soon.

        Weights of the health score hold from today on, as a set of their own.
        """
        self.ensure_one()
        self._check_manager()
        self._check_weights()
        self.company_id.check_access("read")
        self.company_id.sudo().write(self._company_values())
        self._apply_weights()
        if self.grid:
            self.env["customer.rfm.cell"].write_grid(self.grid)
        self.env.flush_all()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Settings saved. All customers are computed with them within a"
                    " few minutes."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _apply_weights(self):
        weights = self._tried_weights()
        if not weights:
            return
        sets = self.env["customer.health.weight"]
        today = self.company_id._insight_today()
        commands = [
            Command.create({"code": code, "weight": weight})
            for code, weight in weights.items()
        ]
        same_day = sets.search(
            [("company_id", "=", self.company_id.id), ("date_from", "=", today)]
        )
        if same_day:
            same_day.line_ids = [Command.clear(), *commands]
        else:
            values = {"company_id": self.company_id.id, "date_from": today}
            sets.create({**values, "line_ids": commands})
