from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare, format_date


class CustomerHealthWeight(models.Model):
    """A set of weights of the health score, in force from a day until the next set.

    A set that has been in force is not changed any more: past scores keep the weights
    they were made with. Without any set the components' own weights count.
    """

    _name = "customer.health.weight"
    _description = "Customer Health Weights"
    _order = "date_from desc, id desc"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        string="In Force From",
        required=True,
        default=lambda self: self.env.company._insight_today(),
    )
    line_ids = fields.One2many(
        "customer.health.weight.line",
        "weight_id",
        string="Weights",
        default=lambda self: self._default_line_ids(),
    )
    total = fields.Float(compute="_compute_total", help="Must be 100.")
    summary = fields.Char(string="Weights in Short", compute="_compute_summary")
    state = fields.Selection(
        [("past", "Past"), ("current", "In force"), ("future", "Planned")],
        compute="_compute_state",
    )

    _company_date_uniq = models.UniqueIndex(
        "(company_id, date_from)", "There is a set of weights from this day already."
    )

    @api.model
    def _default_line_ids(self):
        company = self.env.company
        weights = self._to_change(company, company._insight_today())
        return [
            Command.create({"code": code, "weight": weight})
            for code, weight in weights.items()
        ]

    @api.model
    def _to_change(self, company, as_of):
        """The weights of a day for the user to change: shipped ones in whole per cent.

        :return: ``{code: weight}``, adding up to 100
        """
        digits = 2 if self._latest(company, as_of) else 0
        weights = self._in_force(company, as_of)
        weights = {code: round(weight, digits) for code, weight in weights.items()}
        if weights:  # the heaviest takes what rounding left over
            heaviest = max(weights, key=weights.get)
            rest = 100 - sum(weights.values())
            weights[heaviest] = round(weights[heaviest] + rest, digits)
        return weights

    @api.depends("line_ids.weight")
    def _compute_total(self):
        for weights in self:
            weights.total = sum(weights.line_ids.mapped("weight"))

    @api.depends("line_ids.weight", "line_ids.code")
    @api.depends_context("lang")
    def _compute_summary(self):
        for weights in self:
            weights.summary = ", ".join(
                f"{line.name} {line.weight:g}" for line in weights.line_ids
            )

    @api.depends("date_from", "company_id")
    def _compute_state(self):
        for weights in self:
            today = weights.company_id._insight_today()
            current = self._latest(weights.company_id, today)
            if not weights.date_from or weights.date_from > today:
                weights.state = "future"
            else:
                weights.state = "current" if weights._origin == current else "past"

    @api.depends("date_from")
    def _compute_display_name(self):
        for weights in self:
            weights.display_name = self.env._(
                "Health weights from %(date)s",
                date=format_date(self.env, weights.date_from),
            )

    @api.constrains("line_ids")
    def _check_total(self):
        for weights in self:
            if float_compare(weights.total, 100.0, precision_digits=2):
                raise ValidationError(
                    self.env._(
                        "The weights add up to %(total)s; they must add up to 100.",
                        total=f"{weights.total:g}",
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        in_set = self.with_context(health_weight_set=True)
        weights = super(CustomerHealthWeight, in_set).create(vals_list)
        weights._check_not_past()
        weights._check_total()  # also where no line was given
        self.env["customer.profile"]._trigger_full_refresh()
        return weights.with_env(self.env)

    def write(self, vals):
        self._check_not_past()
        in_set = self.with_context(health_weight_set=True)
        result = super(CustomerHealthWeight, in_set).write(vals)
        self._check_not_past()
        self.env["customer.profile"]._trigger_full_refresh()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_past(self):
        self._check_not_past()
        self.env["customer.profile"]._trigger_full_refresh()

    def _check_not_past(self):
        """Refuse to touch sets that scores of earlier days were made with.

        :raise UserError: if a set begins before today
        """
        for weights in self:
            if weights.date_from < weights.company_id._insight_today():
                raise UserError(
                    self.env._(
                        "Scores of past days keep the weights they were made with."
                        " Make a new set that begins today or later."
                    )
                )

    @api.model
    def _latest(self, company, as_of):
        """:return: the set in force on a day, or an empty recordset"""
        return self.sudo().search(
            [("company_id", "=", company.id), ("date_from", "<=", as_of)], limit=1
        )

    @api.model
    def _in_force(self, company, as_of):
        """The weights of a day.

        :return: ``{code of the component: weight}``, adding up to 100, in the order of
            the components; those a set does not name weigh nothing
        :rtype: dict[str, float]
        """
        components = self.env["customer.profile"]._health_components(company, as_of)
        chosen = self._latest(company, as_of)
        if chosen:
            weights = {line.code: line.weight for line in chosen.line_ids}
        else:
            weights = {code: part["weight"] for code, part in components.items()}
        weights = {code: weights.get(code, 0.0) for code in components}
        total = sum(weights.values())
        return {code: w * 100 / total for code, w in weights.items()} if total else {}


class CustomerHealthWeightLine(models.Model):
    _name = "customer.health.weight.line"
    _description = "Customer Health Weight"
    _order = "weight desc, id"

    weight_id = fields.Many2one(
        "customer.health.weight",
        string="Set",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="weight_id.company_id")
    code = fields.Selection(
        selection="_selection_code", string="Component", required=True
    )
    name = fields.Char(compute="_compute_name")
    weight = fields.Float(required=True, digits=(5, 2))

    _code_uniq = models.UniqueIndex(
        "(weight_id, code)", "Each component has one weight in a set."
    )
    _weight_not_negative = models.Constraint(
        "CHECK (weight >= 0 AND weight <= 100)", "A weight lies between 0 and 100."
    )

    @api.model
    def _selection_code(self):
        company = self.env.company
        components = self.env["customer.profile"]._health_components(
            company, company._insight_today()
        )
        return [(code, part["name"]) for code, part in components.items()]

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_name(self):
        names = dict(self._selection_code())
        for line in self:
            line.name = names.get(line.code, line.code)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_set()
        return lines

    def write(self, vals):
        self.weight_id._check_not_past()
        result = super().write(vals)
        self._check_set()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_past(self):
        self.weight_id._check_not_past()

    def unlink(self):
        sets = self.weight_id
        result = super().unlink()
        if not self.env.context.get("health_weight_set"):
            sets._check_total()
        return result

    def _check_set(self):
        """A line changed by itself must leave its set whole, too."""
        if not self.env.context.get("health_weight_set"):
            self.weight_id._check_not_past()
            self.weight_id._check_total()
