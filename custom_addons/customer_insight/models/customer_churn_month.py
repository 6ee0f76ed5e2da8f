from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..engine.intervals import wilson
from .customer_profile import LIFECYCLE_STAGES

#: A customer in one of these is not one at the moment.
_ABSENT = ("prospect", "churned")
#: What churn can be split by.
DIMENSIONS = ("opening_stage", "user_id", "team_id", "country_id", "category_id")
_COUNTS = ("opening", "new", "won_back", "lost", "closing", "lost_opening")


class CustomerChurnMonth(models.Model):
    """Customers at the start of a month, who came, came back and left, and at its end.

    A customer is whoever bought and has not churned since. In each row and each sum of
    rows of a month, opening + new + won back - lost = closing. The churn rate is the
    share of the customers at the start who were lost in the month. All of it is counted
    from the stage moves, by the company's calendar days; customers archived since are
    counted, or the past would look better with each of them.
    """

    _name = "customer.churn.month"
    _description = "Churn per Month"
    _auto = False
    _order = "month desc, company_id, opening_stage, user_id, country_id"
    _rec_name = "month"

    month = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        readonly=True,
        help="The team of the salesperson.",
    )
    country_id = fields.Many2one("res.country", readonly=True)
    opening_stage = fields.Selection(
        LIFECYCLE_STAGES, string="Stage at Start", readonly=True
    )
    is_finished = fields.Boolean(
        string="Finished Month", readonly=True, help="All its days have been computed."
    )
    opening = fields.Integer(
        string="At Start",
        readonly=True,
        help="Customers who had not churned. Adds up within a month; of several months"
        " together it is that of the first.",
    )
    new = fields.Integer(readonly=True, help="First purchases in the month.")
    won_back = fields.Integer(
        readonly=True, help="Churned customers who bought again in the month."
    )
    lost = fields.Integer(
        readonly=True, help="Customers who churned in the month, each time counted."
    )
    closing = fields.Integer(
        string="At End",
        readonly=True,
        help="At start + new + won back - lost. Of several months together it is that"
        " of the last.",
    )
    lost_opening = fields.Integer(
        string="Lost of Those at Start",
        readonly=True,
        help="Customers at the start of the month who churned in it.",
    )
    rate = fields.Float(
        string="Churn Rate",
        readonly=True,
        aggregator="avg",
        help="Lost of those at start, divided by those at start.",
    )
    interval = fields.Char(
        string="95 % Interval",
        compute="_compute_interval",
        help="Where the true rate lies with a probability of 95 % (Wilson).",
    )
    is_reliable = fields.Boolean(
        compute="_compute_interval",
        help="Whether there were enough customers at the start for a rate.",
    )

    _depends = {
        "customer.stage.move": [
            "company_id",
            "date",
            "from_stage",
            "opening_stage",
            "partner_id",
            "to_stage",
        ],
        "customer.scoring": ["as_of", "company_id"],
        "res.partner": ["country_id", "user_id"],
        "res.users": ["sale_team_id"],
    }

    @property
    def _table_query(self):
        """Flows and the change of each stage, by month and cell, then added up."""
        return SQL(
            """
            WITH move AS (%(moves)s),
            flow AS (%(flows)s),
            change AS (%(changes)s),
            calendar AS (
                SELECT scoring.company_id, as_of, month::date
                FROM (SELECT company_id, MAX(as_of) AS as_of
                      FROM customer_scoring GROUP BY company_id) scoring
                JOIN (SELECT company_id, MIN(month) AS first
                      FROM move GROUP BY company_id) began USING (company_id)
                CROSS JOIN LATERAL
                    generate_series(first, as_of, '1 month'::interval) month),
            cell AS (SELECT company_id, user_id, country_id, category_id, stage
                     FROM flow
                     UNION
                     SELECT company_id, user_id, country_id, category_id, stage
                     FROM change),
            state AS (%(states)s)
            SELECT ROW_NUMBER() OVER (
                       ORDER BY month, state.company_id, opening_stage, user_id,
                                country_id, category_id
                   ) AS id,
                   state.*, opening + new + won_back - lost AS closing,
                   lost_opening::float8 / NULLIF(opening, 0) AS rate,
                   salesperson.sale_team_id AS team_id
            FROM state
            LEFT JOIN res_users salesperson ON salesperson.id = state.user_id
            WHERE (opening, new, won_back, lost) <> (0, 0, 0, 0)
            """,
            moves=self._moves_query(),
            flows=self._flows_query(),
            changes=self._changes_query(),
            states=self._states_query(),
        )

    def _moves_query(self):
        return SQL(
            """SELECT move.company_id, move.partner_id, move.from_stage, move.to_stage,
                      move.opening_stage, partner.user_id, partner.country_id,
                      %s AS category_id,
                      date_trunc('month', move.date::timestamp)::date AS month
               FROM customer_stage_move move
               JOIN res_partner partner ON partner.id = move.partner_id""",
            self._category_sql(),
        )

    def _flows_query(self):
        """Who came and left, by the stage in which they began the month (SQL)."""
        return SQL(
            """SELECT company_id, user_id, country_id, category_id,
                      opening_stage AS stage, month,
                      COUNT(*) FILTER (WHERE from_stage = 'prospect') AS new,
                      COUNT(*) FILTER (WHERE from_stage = 'churned') AS won_back,
                      COUNT(*) FILTER (WHERE to_stage = 'churned') AS lost,
                      COUNT(DISTINCT partner_id) FILTER (
                          WHERE to_stage = 'churned' AND opening_stage <> ALL(%s)
                      ) AS lost_opening
               FROM move GROUP BY 1, 2, 3, 4, 5, 6""",
            list(_ABSENT),
        )

    def _changes_query(self):
        """By how much the number of customers in each stage changed (SQL)."""
        return SQL(
            """SELECT company_id, user_id, country_id, category_id, stage, month,
                      SUM(difference) AS difference
               FROM (SELECT *, to_stage AS stage, 1 AS difference FROM move
                     UNION ALL SELECT *, from_stage, -1 FROM move) step
               WHERE stage <> ALL(%s)
               GROUP BY 1, 2, 3, 4, 5, 6""",
            list(_ABSENT),
        )

    def _states_query(self):
        return SQL(
            """
            SELECT calendar.company_id, calendar.month, cell.user_id, cell.country_id,
                   cell.category_id, cell.stage AS opening_stage,
                   (calendar.month + '1 month - 1 day'::interval)::date < as_of
                       AS is_finished,
                   COALESCE(SUM(change.difference) OVER (
                       PARTITION BY calendar.company_id, cell.user_id,
                                    cell.country_id, cell.category_id, cell.stage
                       ORDER BY calendar.month
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                   ), 0)::int AS opening,
                   COALESCE(flow.new, 0)::int AS new,
                   COALESCE(flow.won_back, 0)::int AS won_back,
                   COALESCE(flow.lost, 0)::int AS lost,
                   COALESCE(flow.lost_opening, 0)::int AS lost_opening
            FROM calendar
            JOIN cell ON cell.company_id = calendar.company_id
            LEFT JOIN flow
                ON (flow.company_id, flow.month, flow.stage)
                   = (calendar.company_id, calendar.month, cell.stage)
               AND flow.user_id IS NOT DISTINCT FROM cell.user_id
               AND flow.country_id IS NOT DISTINCT FROM cell.country_id
               AND flow.category_id IS NOT DISTINCT FROM cell.category_id
            LEFT JOIN change
                ON (change.company_id, change.month, change.stage)
                   = (calendar.company_id, calendar.month, cell.stage)
               AND change.user_id IS NOT DISTINCT FROM cell.user_id
               AND change.country_id IS NOT DISTINCT FROM cell.country_id
               AND change.category_id IS NOT DISTINCT FROM cell.category_id
            """
        )

    @api.depends("opening", "lost_opening")
    @api.depends_context("lang")
    def _compute_interval(self):
        for row in self:
            figures = row._rate_figures(row.company_id, row.opening, row.lost_opening)
            row.is_reliable = figures["is_reliable"]
            row.interval = figures["low"] is not None and self.env._(
                "%(low)s–%(high)s %% of %(count)s",
                low=formatLang(self.env, 100 * figures["low"], digits=1),
                high=formatLang(self.env, 100 * figures["high"], digits=1),
                count=row.opening,
            )

    @api.model
    def _rate_figures(self, company, opening, lost):
        """:return: dict of ``rate``, ``low`` and ``high`` (shares, None without
        customers), ``n`` and ``is_reliable``
        """
        low, high = wilson(lost, opening) or (None, None)
        return {
            "rate": lost / opening if opening else None,
            "low": low,
            "high": high,
            "n": opening,
            "is_reliable": opening >= max(company.sudo().insight_min_population, 1),
        }

    def _read_group_select(self, aggregate_spec, query):
        """Figures of several rows: the rate is that of their sums, not a mean of rates;
        customers at the start are those of the first month, at the end of the last.
        """
        if aggregate_spec in ("opening:sum", "closing:sum"):
            return self._end_of_group(aggregate_spec.partition(":")[0], query)
        if aggregate_spec != "rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "SUM(%s)::float8 / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "lost_opening", query),
            self._field_to_sql(self._table, "opening", query),
        )

    def _end_of_group(self, name, query):
        """The sum of a stock over the rows of the first or last month (SQL)."""
        month = self._field_to_sql(self._table, "month", query)
        return SQL(
            """(SELECT SUM(stock)
                FROM UNNEST(ARRAY_AGG(%(month)s), ARRAY_AGG(%(stock)s))
                    AS row (month, stock)
                WHERE row.month = %(end)s(%(month)s))""",
            month=month,
            stock=self._field_to_sql(self._table, name, query),
            end=SQL("MIN") if name == "opening" else SQL("MAX"),
        )

    # === FOR CHARTS === #

    @api.model
    def _churn_months(self, company, date_from=None, date_to=None, dimension=None):
        """Churn per month, of the customers the user may see.

        :param dimension: one of ``DIMENSIONS``, None for the company as a whole
        :return: list of dicts, oldest month first: ``month`` (date), ``key`` (stage
            code or record id, None for none), ``label``, the counts of this model,
            ``is_finished`` and the keys of :meth:`_rate_figures`
        :raise ValueError: if ``dimension`` is none of those
        """
        if dimension and dimension not in DIMENSIONS:
            raise ValueError(f"Churn is split by {', '.join(DIMENSIONS)}")
        domain = Domain("company_id", "=", company.id)
        if date_from:
            domain &= Domain("month", ">=", fields.Date.start_of(date_from, "month"))
        if date_to:
            domain &= Domain("month", "<=", date_to)
        groups = (
            self._read_categories(domain, _COUNTS)
            if dimension == "category_id"
            else self._read_group(
                domain,
                ["month:month", *filter(None, [dimension])],
                [f"{name}:sum" for name in _COUNTS] + ["is_finished:bool_and"],
            )
        )
        return [
            self._as_month(company, dimension, month, values)
            for month, *values in groups
        ]

    def _as_month(self, company, dimension, month, values):
        key = values.pop(0) if dimension else None
        *counts, is_finished = values
        row = dict(zip(_COUNTS, counts, strict=True))
        label = False
        if dimension == "opening_stage":
            field = self._fields[dimension]
            label = dict(field._description_selection(self.env)).get(key)
        elif dimension:
            label, key = key.display_name, key.id or None
        return {
            "month": month,
            "key": key or None,
            "label": label,
            **row,
            "is_finished": bool(is_finished),
            **self._rate_figures(company, row["opening"], row["lost_opening"]),
        }

    # === THE CUSTOMERS BEHIND === #

    def action_open_opening(self):
        """Open the customers at the start of the month."""
        return self._open_moves(
            self.env._("At Start"),
            Domain("to_stage", "=", self.opening_stage)
            & Domain("to_stage", "not in", _ABSENT)
            & Domain("date", "<", self.month)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", self.month)),
            of_stage=False,
        )

    def action_open_moves(self):
        """Open who came, came back or was lost in the month."""
        return self._open_moves(
            self.env._("Came and Left"),
            self._in_month()
            & (
                Domain("from_stage", "in", list(_ABSENT))
                | Domain("to_stage", "=", "churned")
            ),
        )

    def action_open_new(self):
        """Open the first purchases of the month."""
        return self._open_moves(
            self.env._("New"), self._in_month() & Domain("from_stage", "=", "prospect")
        )

    def action_open_won_back(self):
        """Open the churned customers who came back in the month."""
        return self._open_moves(
            self.env._("Won Back"),
            self._in_month() & Domain("from_stage", "=", "churned"),
        )

    def action_open_lost(self):
        """Open the customers lost in the month."""
        return self._open_moves(
            self.env._("Lost"), self._in_month() & Domain("to_stage", "=", "churned")
        )

    def _in_month(self):
        return Domain("date", ">=", self.month) & Domain(
            "date", "<", self.month + relativedelta(months=1)
        )

    def _open_moves(self, title, domain, of_stage=True):
        """:return: action that opens those stage moves of this row"""
        self.ensure_one()
        domain &= (
            Domain("company_id", "=", self.company_id.id)
            & Domain("partner_id.user_id", "=", self.user_id.id)
            & Domain("partner_id.country_id", "=", self.country_id.id)
        )
        if of_stage:
            domain &= Domain("opening_stage", "=", self.opening_stage)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_stage_move_action"
        )
        return {
            **action,
            "display_name": title,
            "domain": list(domain),
            "context": {},
        }
