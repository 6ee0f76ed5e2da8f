from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from ..engine import rfm


def _has_enough(population, policy):
    return population >= (policy or {}).get("min_population", 0)


class CustomerScoring(models.Model):
    """One computation of all profiles of a company, with what it was based on.

    Borders and settings are kept, so that each score can be explained later and a
    single customer can be scored without looking at all the others.
    """

    _name = "customer.scoring"
    _description = "Customer Scoring"
    _order = "as_of desc, id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(required=True, readonly=True)
    computed_at = fields.Datetime(required=True, readonly=True)
    duration = fields.Float(string="Seconds", readonly=True, digits=(10, 2))
    population = fields.Integer(
        string="Buyers",
        readonly=True,
        help="Active customers with at least one purchase: the borders divide these.",
    )
    profile_count = fields.Integer(string="Customers", readonly=True)
    changed_count = fields.Integer(string="Changed Profiles", readonly=True)
    future_count = fields.Integer(
        string="Future Documents",
        readonly=True,
        help="Documents dated after the day of the scoring; they were left out.",
    )
    policy = fields.Json(readonly=True)
    recency_borders = fields.Json(
        readonly=True, help="Negated days since the last purchase, for scores 2 to 5."
    )
    frequency_borders = fields.Json(readonly=True)
    monetary_borders = fields.Json(readonly=True)
    value_borders = fields.Json(
        readonly=True,
        help="Amount below which value is low, and from which it is high.",
    )
    usual_interval_days = fields.Float(
        readonly=True,
        digits=(16, 2),
        help="Median of the customers' mean intervals between purchases; the rhythm of"
        " customers with fewer than three purchase days is compared with it.",
    )
    is_reliable = fields.Boolean(compute="_compute_is_reliable")
    borders_html = fields.Html(string="Borders", compute="_compute_borders_html")

    _company_as_of_uniq = models.UniqueIndex("(company_id, as_of)")

    @api.depends("population", "policy")
    def _compute_is_reliable(self):
        for scoring in self:
            scoring.is_reliable = _has_enough(scoring.population, scoring.policy)

    @api.depends("recency_borders", "frequency_borders", "monetary_borders")
    @api.depends_context("lang")
    def _compute_borders_html(self):
        """Show what each score takes, as a table of scores 2 to 5."""
        for scoring in self:
            scoring.borders_html = self.env["ir.qweb"]._render(
                "customer_insight.scoring_borders",
                {"rows": scoring._border_rows(), "scores": rfm.SCORES[1:]},
            )

    def _border_rows(self):
        """:return: list of ``(name of the score, four border texts)``"""

        def texts(borders, write):
            return ["–" if b is None else write(b) for b in borders or [None] * 4]

        return [
            (
                self.env._("Recency: days since the last purchase, at most"),
                texts(self.recency_borders, lambda border: str(-int(border))),
            ),
            (
                self.env._("Frequency: purchase days, at least"),
                texts(self.frequency_borders, lambda border: str(int(border))),
            ),
            (
                self.env._("Monetary: amount bought, at least"),
                texts(
                    self.monetary_borders,
                    lambda border: format_amount(self.env, border, self.currency_id),
                ),
            ),
        ]

    def _borders_to_set(self):
        """The borders of this scoring as those set by hand are written.

        :return: ``{name: text}``, empty where nobody reaches a score
        """
        return {
            name: rfm.write_borders(self[name], falling)
            for name, falling in rfm.FIXED_BORDERS.items()
        }

    @api.depends("company_id", "as_of")
    def _compute_display_name(self):
        for scoring in self:
            scoring.display_name = self.env._(
                "%(company)s as of %(date)s",
                company=scoring.company_id.name,
                date=fields.Date.to_string(scoring.as_of),
            )

    @api.model
    def _latest(self, company, as_of):
        """Find the borders to score single customers with.

        :param company: res.company record
        :param as_of: date
        :return: the newest scoring not after ``as_of``, or an empty recordset
        """
        return self.sudo().search(
            [("company_id", "=", company.id), ("as_of", "<=", as_of)], limit=1
        )

    @api.model
    def _is_reliable_on(self, company_id, as_of):
        """Whether the borders of a day rest on enough buyers.

        Each page of a list asks for it, and records take longer than all the rest of
        a column: hence a bare statement.

        :param company_id: id of a res.company
        :param as_of: date, or False
        :return: bool; False if nothing was scored by then
        """
        self.flush_model(["company_id", "as_of", "population", "policy"])
        rows = self.env.execute_query(
            SQL(
                """SELECT population, policy FROM customer_scoring
                   WHERE company_id = %s AND as_of <= %s
                   ORDER BY as_of DESC LIMIT 1""",
                company_id,
                as_of or None,
            )
        )
        return any(_has_enough(count, policy) for count, policy in rows)

    @api.model
    def _record(self, company, as_of, values):
        """Store the scoring of a company and day, replacing an earlier one of it."""
        scoring = self.sudo().search(
            [("company_id", "=", company.id), ("as_of", "=", as_of)]
        )
        values = {**values, "computed_at": fields.Datetime.now()}
        if scoring:
            scoring.write(values)
            return scoring
        return scoring.create({"company_id": company.id, "as_of": as_of, **values})
