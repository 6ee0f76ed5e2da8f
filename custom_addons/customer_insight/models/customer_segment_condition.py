from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, float_repr

_OPERATORS = {
    ">=": SQL(">="),
    "<=": SQL("<="),
    "=": SQL("="),
    "!=": SQL("<>"),
}
_OPERATOR_SIGNS = {">=": "≥", "<=": "≤", "=": "=", "!=": "≠"}


class CustomerSegmentCondition(models.Model):
    """What a customer did within a period, compared with a number.

    It is counted from the documents as of a day, so it holds for past days too, and
    net of cancelled and returned orders.
    """

    _name = "customer.segment.condition"
    _description = "Segment Condition"
    _order = "sequence, id"

    segment_id = fields.Many2one(
        "customer.segment", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    measure = fields.Selection(
        selection="_selection_measure", required=True, default="purchase_count"
    )
    product_ids = fields.Many2many("product.product", string="Of Products")
    product_category_ids = fields.Many2many(
        "product.category",
        string="Of Categories",
        help="Products of these categories and of those below them.",
    )
    days = fields.Integer(
        string="In the Last (Days)",
        default=90,
        help="The day of the evaluation is the last of them; 0 is the whole history.",
    )
    operator = fields.Selection(
        [
            (">=", "is at least"),
            ("<=", "is at most"),
            ("=", "is exactly"),
            ("!=", "is not"),
        ],
        required=True,
        default=">=",
    )
    value = fields.Float(default=1.0, digits=(16, 2))
    interaction_kind = fields.Selection(
        selection="_selection_interaction_kind",
        string="Of Kind",
        help="Count these touches only; empty: any contact.",
    )
    uses_products = fields.Boolean(compute="_compute_uses_products")

    _days_valid = models.Constraint(
        "CHECK (days BETWEEN 0 AND 36500)",
        "A condition looks back from 0 (the whole history) to 36,500 days.",
    )

    @api.depends("measure")
    def _compute_uses_products(self):
        for condition in self:
            condition.uses_products = condition.measure in self._product_measures()

    @api.depends("measure", "operator", "value", "days")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for condition in self:
            condition.display_name = " ".join(
                (
                    condition._what(),
                    _OPERATOR_SIGNS.get(condition.operator, ""),
                    condition._number(),
                )
            )

    @api.constrains("measure")
    def _check_measure(self):
        for condition in self:
            if condition.measure not in self._condition_measures():
                raise ValidationError(
                    self.env._(
                        "There is no measure named %(name)s.", name=condition.measure
                    )
                )

    @api.model
    def _selection_measure(self):
        return [
            (key, label[:1].upper() + label[1:])
            for key, (label, __) in self._condition_measures().items()
        ]

    @api.model
    def _selection_interaction_kind(self):
        """All kinds of touches, those of other apps among them."""
        kind = self.env["customer.interaction"]._fields["kind"]
        return kind._description_selection(self.env)

    @api.model
    def _condition_measures(self):
        """What can be counted of a customer; add-ons add measures of their own.

        :return: ``{key: (label, builder)}``; ``builder(condition, company, after,
            until)`` returns a SELECT partner_id, value (number) over what is dated
            after one day (None: ever) and by the end of the other, a customer at most
            once; customers it leaves out count as 0
        """
        return {
            "purchase_count": (self.env._("purchases"), self._purchases_sql),
            "purchase_days": (self.env._("purchase days"), self._purchase_days_sql),
            "amount": (self.env._("amount bought"), self._amount_sql),
            "quantity": (self.env._("units bought"), self._quantity_sql),
            "interactions": (self.env._("contacts"), self._interactions_sql),
        }

    @api.model
    def _product_measures(self):
        """:return: keys of the measures that can be limited to products"""
        return ("purchase_count", "purchase_days", "amount", "quantity")

    # === SQL === #

    def _values_query(self, company, as_of):
        """The measure of each customer as of a day (SELECT partner_id, value)."""
        self.ensure_one()
        __, builder = self._condition_measures()[self.measure]
        after = as_of - relativedelta(days=self.days) if self.days else None
        return builder(self, company, after, as_of)

    def _holds_sql(self, value):
        """Whether the condition holds for a number (SQL)."""
        return SQL("%s %s %s", value, _OPERATORS[self.operator], self.value)

    def _reason_sql(self, value):
        """The value and the condition in words, as ``3 purchases …: ≥ 2`` (SQL)."""
        sign = f"{_OPERATOR_SIGNS[self.operator]} {self._number()}"
        return SQL(
            "%s || CASE WHEN %s THEN %s ELSE %s END",
            SQL(
                "trim_scale(ROUND(%s::numeric, 2))::text || %s",
                value,
                f" {self._what()} ",
            ),
            self._holds_sql(value),
            f"({sign})",
            self.env._("(not %(condition)s)", condition=sign),
        )

    def _what(self):
        """:return: measure, products and period in words (str)"""
        label, __ = self._condition_measures().get(self.measure, ("", None))
        names = [
            *self.product_ids.mapped("display_name"),
            *self.product_category_ids.mapped("display_name"),
        ]
        if self.interaction_kind and self.measure == "interactions":
            kinds = dict(self._selection_interaction_kind())
            names = [kinds.get(self.interaction_kind, self.interaction_kind)]
        if names and (self.uses_products or self.measure == "interactions"):
            label = self.env._(
                "%(measure)s of %(products)s", measure=label, products=", ".join(names)
            )
        if not self.days:
            return label
        return self.env._("%(measure)s in %(days)s days", measure=label, days=self.days)

    def _number(self):
        text = float_repr(self.value or 0.0, 2)
        return text.rstrip("0").rstrip(".")

    def _period_sql(self, after, until):
        """What is dated within the period; the bare moment lets an index help."""
        end = until + relativedelta(days=2)
        if after is None:
            return SQL("date <= %s AND moment < %s", until, end)
        return SQL(
            """moment >= %s AND moment < %s
               -- of two limits of a day a planner expects one document in 200 within
               AND CASE WHEN date > %s THEN date <= %s ELSE FALSE END""",
            after - relativedelta(days=1),
            end,
            after,
            until,
        )

    def _products_sql(self):
        if not self.product_ids and not self.product_category_ids:
            return SQL("TRUE")
        products = self.env["product.product"].sudo().with_context(active_test=False)
        found = products._search(
            [
                "|",
                ("id", "in", self.product_ids.ids),
                ("categ_id", "child_of", self.product_category_ids.ids),
            ]
        )
        return SQL("product_id IN %s", found.subselect())

    def _is_of_products(self):
        return bool(self.product_ids or self.product_category_ids)

    def _purchases_sql(self, condition, company, after, until):
        return condition._documents_sql(SQL("COUNT(*)"), company, after, until)

    def _purchase_days_sql(self, condition, company, after, until):
        return condition._documents_sql(
            SQL("COUNT(DISTINCT date)"), company, after, until
        )

    def _documents_sql(self, aggregate, company, after, until):
        """Documents of the period of which something was kept by its end."""
        kept = self._kept_lines_sql if self._is_of_products() else self._kept_totals_sql
        return SQL(
            "SELECT partner_id, %s AS value FROM (%s) document GROUP BY partner_id",
            aggregate,
            kept(company, self._period_sql(after, until)),
        )

    def _kept_lines_sql(self, company, period):
        """Documents with some of these products left, returned ones taken off (SQL)."""
        return SQL(
            """
            SELECT partner_id, MAX(date) FILTER (WHERE NOT is_return) AS date
            FROM (%s) line
            WHERE %s AND %s AND source_id IS NOT NULL
            GROUP BY partner_id, source_id, source_model
            HAVING SUM(quantity) >= %s AND NOT BOOL_AND(is_return)
            """,
            self.env["customer.purchase"]._lines_query(company),
            period,
            self._products_sql(),
            company.currency_id.rounding / 2,
        )

    def _kept_totals_sql(self, company, period):
        """Documents with some of their amount left, what was returned taken off (SQL).

        Each document is one row; only the few returns have to be added up.
        """
        purchases = self.env["customer.purchase"]
        # a number is smaller than a name where millions leave the workers
        source = SQL(
            "array_position(%s, source_model) AS source",
            list(purchases._purchase_sources(company)),
        )
        documents = purchases._narrowed_sources(
            company,
            SQL("partner_id, source_id, %s, date, amount", source),
            SQL("amount > 0 AND %s", period),
        )
        return SQL(
            """
            SELECT partner_id, date
            FROM (%(documents)s) document
            LEFT JOIN (SELECT partner_id, source_id, %(source)s,
                              SUM(amount) AS amount
                       FROM (%(lines)s) line
                       WHERE %(period)s AND is_return AND source_id IS NOT NULL
                       GROUP BY partner_id, source_id, source_model) returned
                USING (partner_id, source_id, source)
            WHERE CASE WHEN returned.amount IS NULL THEN document.amount
                       ELSE document.amount + returned.amount END >= %(least)s
            """,
            source=source,
            documents=SQL(" UNION ALL ").join(documents.values()),
            lines=purchases._lines_query(company),
            period=period,
            least=company.currency_id.rounding / 2,
        )

    def _amount_sql(self, condition, company, after, until):
        return condition._total_sql(SQL("amount"), company, after, until)

    def _quantity_sql(self, condition, company, after, until):
        return condition._total_sql(SQL("quantity"), company, after, until)

    def _total_sql(self, figure, company, after, until):
        """What was bought less what was returned, each on its own day."""
        purchases = self.env["customer.purchase"]
        by_line = self._is_of_products() or self.measure == "quantity"
        return SQL(
            """SELECT partner_id, SUM(%s) AS value FROM (%s) purchase
               WHERE %s AND %s AND %s GROUP BY partner_id""",
            figure,
            purchases._lines_query(company)
            if by_line
            else purchases._documents_query(company),
            self._period_sql(after, until),
            self._products_sql() if by_line else SQL("TRUE"),
            SQL("TRUE") if by_line else SQL("company_id = %s", company.id),
        )

    def _interactions_sql(self, condition, company, after, until):
        """Touches between people, or those of one kind, within the period."""
        interactions = self.env["customer.interaction"]
        kinds = (
            [condition.interaction_kind]
            if condition.interaction_kind
            else interactions._contact_kinds()
        )
        first = after + relativedelta(days=1) if after else date.min
        touches = interactions._touches_query(
            company,
            SQL(
                "touch.kind = ANY(%s) AND touch.date >= %s AND touch.date < %s",
                kinds,
                first - relativedelta(days=1) if after else first,
                until + relativedelta(days=2),
            ),
        )
        return SQL(
            """SELECT partner_id, COUNT(*) AS value
               FROM (SELECT partner.commercial_partner_id AS partner_id,
                            (touch.date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date AS day
                     FROM (%s) touch
                     JOIN res_partner partner ON partner.id = touch.anchor_id) touch
               WHERE day BETWEEN %s AND %s GROUP BY partner_id""",
            company._insight_timezone(),
            touches,
            first,
            until,
        )
