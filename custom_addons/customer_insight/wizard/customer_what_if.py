from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine.policy import Policy
from ..models.customer_profile import LIFECYCLE_STAGES, VALUE_CLASSES

#: The settings that can be tried out.
SETTINGS = (
    "stage_set",
    "at_risk_days",
    "churned_days",
    "loyal_purchases",
    "loyal_months",
    "rfm_window_months",
    "value_rule",
    "value_high",
    "value_low",
)
#: Which settings the borders of the scores and those of the value classes rest on.
_BORDER_SETTINGS = ("rfm_window_months",)
_VALUE_SETTINGS = ("rfm_window_months", "value_rule", "value_high", "value_low")
#: What is compared: column of a profile, and its column in the rows of the result.
_COMPARED = {
    "lifecycle_stage": "stage",
    "value_class": "value",
    "rfm_segment_id": "segment_id",
    "rfm_score": "score",
}


class CustomerWhatIf(models.TransientModel):
    """Other settings, tried out on a day that was: who would move where.

    All customers are computed twice as of that day, with the settings then in force
    and with those entered here. Nothing stored changes until *Apply*.
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
    value_rule = fields.Selection(
        lambda self: self._company_selection("insight_value_rule"), required=True
    )
    value_high = fields.Float(string="High Value")
    value_low = fields.Float(string="Low Value")
    is_computed = fields.Boolean(readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    moved_count = fields.Integer(string="Would Move", readonly=True)
    moved_amount = fields.Monetary(
        string="Their Amount Bought",
        readonly=True,
        help="What the customers who would move had bought by that day.",
    )
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
        return {**self._settings_of(scoring), **values}

    @api.onchange("scoring_id")
    def _onchange_scoring_id(self):
        """Begin with the settings of the chosen day."""
        self.update(self._settings_of(self.scoring_id))
        self.is_computed = False

    @api.onchange(*SETTINGS)
    def _onchange_settings(self):
        self.is_computed = False

    @api.model
    def _settings_of(self, scoring):
        policy = (scoring.policy or {}) if scoring else {}
        policy = policy or self.env.company._insight_policy().to_dict()
        return {name: policy[name] for name in SETTINGS}

    def _policy(self):
        """:return: the settings of the day with those entered here (Policy)"""
        changed = {name: self[name] for name in SETTINGS}
        return Policy(**{**self.scoring_id.policy, **changed})

    # === TRYING OUT === #

    def action_compute(self):
        """Compute who would move, and show it.

        :raise UserError: if the settings contradict each other
        """
        self.ensure_one()
        self._check_manager()
        self._check_settings()
        self.line_ids.unlink()
        self.customer_ids.unlink()
        self._keep("what_if_before", Policy(**self.scoring_id.sudo().policy))
        self._keep("what_if_after", self._policy(), is_trial=True)
        self._count_reproduced()
        self._collect_customers()
        self._collect_lines()
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

    def _keep(self, table, policy, is_trial=False):
        """Compute all profiles and keep what is compared in a temporary table."""
        profiles = self.env["customer.profile"].sudo()
        company, day = self.company_id.sudo(), self.scoring_id.as_of
        query = profiles._rebuild_query(company, day, policy, self.scoring_id.sudo())
        if is_trial:
            tried = self._tried_scoring(policy)
            query = profiles._profile_query(company, day, policy, tried)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(table)))
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE %s ON COMMIT DROP AS
                   SELECT partner_id, amount_total, %s FROM (%s) profile""",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, _COMPARED)),
                query,
            )
        )

    def _redrawn(self, policy):
        """The borders of the day, drawn anew where the settings ask for others.

        :return: dict of borders, to be read while ``insight_facts`` holds the customers
        """
        profiles, stored = self.env["customer.profile"].sudo(), self.scoring_id.policy
        changed = {n for n in SETTINGS if stored[n] != policy.to_dict()[n]}
        if changed & set(_BORDER_SETTINGS):
            return profiles._compute_borders(policy)
        if changed & set(_VALUE_SETTINGS):
            return {"value_borders": profiles._compute_value_borders(policy)}
        return {}

    def _tried_scoring(self, policy):
        """:return: a customer.scoring that is not stored: the day's, with changes"""
        scoring = self.scoring_id.sudo()
        [values] = scoring.copy_data()
        return scoring.new(
            {**values, **self._redrawn(policy), "policy": policy.to_dict()}
        )

    # === RESULT === #

    def _count_reproduced(self):
        """Compare what is stored of the day with what was computed again."""
        [[stored, reproduced]] = self.env.execute_query(
            SQL(
                """SELECT COUNT(*),
                          COUNT(*) FILTER (WHERE (%(stored)s)
                                           IS NOT DISTINCT FROM (%(before)s))
                   FROM (SELECT partner_id, %(names)s FROM customer_profile
                         WHERE company_id = %(company)s AND as_of = %(day)s
                         UNION ALL
                         SELECT partner_id, %(names)s FROM customer_snapshot snapshot
                         WHERE company_id = %(company)s AND date = %(day)s
                           AND NOT EXISTS (
                               SELECT FROM customer_profile profile
                               WHERE profile.partner_id = snapshot.partner_id
                                 AND profile.company_id = %(company)s
                                 AND profile.as_of = %(day)s)) stored
                   LEFT JOIN what_if_before before
                       ON before.partner_id = stored.partner_id""",
                stored=SQL(", ").join(SQL.identifier("stored", n) for n in _COMPARED),
                before=SQL(", ").join(SQL.identifier("before", n) for n in _COMPARED),
                names=SQL(", ").join(map(SQL.identifier, _COMPARED)),
                company=self.company_id.id,
                day=self.scoring_id.as_of,
            )
        )
        self.write({"stored_count": stored, "reproduced_count": reproduced})

    def _collect_customers(self):
        """Write down who differs, by one statement."""
        pairs = [
            (SQL.identifier(side, name), SQL.identifier(f"{short}_{end}"))
            for name, short in _COMPARED.items()
            for side, end in (("before", "from"), ("after", "to"))
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO customer_what_if_customer
                       (what_if_id, partner_id, company_id, amount, create_uid, %s)
                   SELECT %s, partner_id, %s, before.amount_total, %s, %s
                   FROM what_if_before before JOIN what_if_after after
                       USING (partner_id)
                   WHERE (%s) IS DISTINCT FROM (%s)""",
                SQL(", ").join(column for __, column in pairs),
                self.id,
                self.company_id.id,
                self.env.uid,
                SQL(", ").join(value for value, __ in pairs),
                SQL(", ").join(SQL.identifier("before", n) for n in _COMPARED),
                SQL(", ").join(SQL.identifier("after", n) for n in _COMPARED),
            )
        )
        moved = self.env.cr.rowcount
        self.env.invalidate_all()
        [[amount]] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(SUM(amount), 0) FROM customer_what_if_customer
                   WHERE what_if_id = %s""",
                self.id,
            )
        )
        [[count]] = self.env.execute_query(SQL("SELECT COUNT(*) FROM what_if_before"))
        self.write(
            {
                "moved_count": moved,
                "moved_amount": amount,
                "customer_count": count,
                "is_computed": True,
            }
        )

    def _collect_lines(self):
        """Add up who would go from where to where."""
        for kind, old, new in (
            ("stage", "stage_from", "stage_to"),
            ("value", "value_from", "value_to"),
            ("segment", "segment_id_from", "segment_id_to"),
        ):
            old, new = SQL.identifier(old), SQL.identifier(new)
            self.env.cr.execute(
                SQL(
                    """INSERT INTO customer_what_if_line
                           (what_if_id, kind, key_from, key_to, count, amount,
                            create_uid)
                       SELECT what_if_id, %s, %s::text, %s::text, COUNT(*),
                              SUM(amount), %s
                       FROM customer_what_if_customer
                       WHERE what_if_id = %s AND %s IS DISTINCT FROM %s
                       GROUP BY what_if_id, %s, %s""",
                    kind,
                    old,
                    new,
                    self.env.uid,
                    self.id,
                    old,
                    new,
                    old,
                    new,
                )
            )
        self.invalidate_recordset(["line_ids"])

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
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_what_if_customer_action"
        )
        return {**action, "domain": [("what_if_id", "=", self.id)]}

    def action_apply(self):
        """Make these the settings of the company; all customers follow soon."""
        self.ensure_one()
        self._check_manager()
        self.company_id.check_access("read")
        self.company_id.sudo().write(self._company_values())
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


class CustomerWhatIfLine(models.TransientModel):
    """How many customers would go from one stage, class or segment to another."""

    _name = "customer.what.if.line"
    _description = "What If: Flow"
    _order = "kind, count desc, id"

    what_if_id = fields.Many2one("customer.what.if", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="what_if_id.currency_id")
    kind = fields.Selection(
        [("stage", "Stage"), ("value", "Value class"), ("segment", "Segment")]
    )
    key_from = fields.Char()
    key_to = fields.Char()
    name_from = fields.Char(string="From", compute="_compute_names")
    name_to = fields.Char(string="To", compute="_compute_names")
    count = fields.Integer(string="Customers")
    amount = fields.Monetary(string="Amount Bought")

    @api.depends("kind", "key_from", "key_to")
    @api.depends_context("lang")
    def _compute_names(self):
        profiles = self.env["customer.profile"]._fields
        names = {
            "stage": profiles["lifecycle_stage"]._description_selection(self.env),
            "value": profiles["value_class"]._description_selection(self.env),
            "segment": [
                (str(segment.id), segment.name)
                for segment in self.env["customer.segment"]._rfm_segments()
            ],
        }
        names = {kind: dict(pairs) for kind, pairs in names.items()}
        for line in self:
            line.name_from = names[line.kind].get(line.key_from, "–")
            line.name_to = names[line.kind].get(line.key_to, "–")

    def action_open(self):
        """Open the customers of this flow."""
        self.ensure_one()
        name = "segment_id" if self.kind == "segment" else self.kind
        domain = [("what_if_id", "=", self.what_if_id.id)]
        for end, key in (("from", self.key_from), ("to", self.key_to)):
            value = key or False
            domain.append(
                (
                    f"{name}_{end}",
                    "=",
                    int(value) if value and self.kind == "segment" else value,
                )
            )
        return {
            **self.what_if_id.action_open_customers(),
            "display_name": f"{self.name_from} → {self.name_to}",
            "domain": domain,
        }


class CustomerWhatIfCustomer(models.TransientModel):
    """A customer who would move."""

    _name = "customer.what.if.customer"
    _description = "What If: Customer"
    _order = "amount desc, id"
    _rec_name = "partner_id"

    what_if_id = fields.Many2one(
        "customer.what.if", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one(related="company_id.currency_id")
    stage_from = fields.Selection(LIFECYCLE_STAGES, string="Stage")
    stage_to = fields.Selection(LIFECYCLE_STAGES, string="New Stage")
    value_from = fields.Selection(VALUE_CLASSES, string="Value Class")
    value_to = fields.Selection(VALUE_CLASSES, string="New Value Class")
    segment_id_from = fields.Many2one(
        "customer.segment", string="Segment", ondelete="set null"
    )
    segment_id_to = fields.Many2one(
        "customer.segment", string="New Segment", ondelete="set null"
    )
    score_from = fields.Char(string="RFM")
    score_to = fields.Char(string="New RFM")
    amount = fields.Monetary(string="Amount Bought")

    def action_open_profile(self):
        """Open the customer as they are."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)
