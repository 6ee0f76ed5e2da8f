from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: A curve needs no more points than this to look smooth.
_CURVE_POINTS = 200
_MOST_CUSTOMERS = 500


class CustomerPareto(models.Model):
    """Which customers make how much of the revenue or margin, the best first.

    One row per customer with a net amount above zero. With ``pareto_measure`` of the
    context being ``margin`` the amount is the margin of what has a known cost, see
    ``customer.purchase._margins_query``; who has bought nothing of known cost is left
    out. Ranks and shares are those among
    the customers the reader may see. The period is taken from the context:
    ``pareto_date_from`` and ``pareto_date_to`` (ISO days), or ``pareto_months`` before
    today; without them it is the whole history.
    """

    _name = "customer.pareto"
    _description = "Share of Revenue by Customer"
    _auto = False
    _order = "rank, id"
    _rec_name = "partner_id"

    profile_id = fields.Many2one("customer.profile", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id")
    amount = fields.Monetary(
        readonly=True,
        help="Revenue, or margin: net of credit notes, untaxed.",
    )
    known_share = fields.Float(
        string="Cost Known (%)",
        readonly=True,
        digits=(16, 0),
        aggregator=None,
        help="Share of the customer's revenue that has a known cost; the margin is that"
        " of this part alone.",
    )
    rank = fields.Integer(readonly=True, aggregator=None)
    share = fields.Float(
        string="Share (%)",
        readonly=True,
        digits=(16, 2),
        help="Of the revenue or margin.",
    )
    cumulative_share = fields.Float(
        string="Cumulative Share (%)",
        readonly=True,
        digits=(16, 2),
        aggregator="max",
        help="Share of the revenue or margin of this customer and all better ones.",
    )
    share_before = fields.Float(
        string="Share of Better Customers (%)",
        readonly=True,
        digits=(16, 2),
        aggregator=None,
        help="A customer belongs to those who make 80 % if the better ones do not"
        " make 80 % yet.",
    )
    lifecycle_stage = fields.Selection(related="profile_id.lifecycle_stage")
    value_class = fields.Selection(related="profile_id.value_class")

    _depends = {"customer.profile": ["amount_total", "company_id", "partner_id"]}

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT profile_id AS id, profile_id, partner_id, company_id, amount, rank,
                   known_share,
                   100 * amount / total AS share,
                   100 * running / total AS cumulative_share,
                   100 * (running - amount) / total AS share_before
            FROM (SELECT profile_id, partner_id, company_id, amount, known_share,
                         ROW_NUMBER() OVER best AS rank,
                         SUM(amount) OVER best AS running,
                         SUM(amount) OVER (PARTITION BY company_id) AS total
                  FROM (%s) customer
                  WHERE amount > 0
                  WINDOW best AS (PARTITION BY company_id
                                  ORDER BY amount DESC, partner_id
                                  ROWS UNBOUNDED PRECEDING)) ranked
            """,
            self._amounts_query(),
        )

    @api.model
    def _period(self):
        """:return: first and last day from the context, ``None`` where open"""
        context = self.env.context
        since = fields.Date.to_date(context.get("pareto_date_from") or None)
        until = fields.Date.to_date(context.get("pareto_date_to") or None)
        if months := context.get("pareto_months"):
            today = self.env.company._insight_today()
            since = fields.Date.subtract(today, months=int(months))
            since = fields.Date.add(since, days=1)
        return since, until

    @api.model
    def _amounts_query(self):
        """Net amount of each customer the reader may see (SQL).

        Without a period it is stored; with one the purchases are added up.
        """
        since, until = self._period()
        if self.env.context.get("pareto_measure") == "margin":
            return self._margins_query(since, until)
        if not since and not until:
            profiles = self.env["customer.profile"]._search([], active_test=False)
            table = profiles.table
            return profiles.select(
                SQL(
                    "%s AS profile_id, %s, %s, %s AS amount, 100.0 AS known_share",
                    SQL.identifier(table, "id"),
                    SQL.identifier(table, "partner_id"),
                    SQL.identifier(table, "company_id"),
                    SQL.identifier(table, "amount_total"),
                )
            )
        domain = Domain("profile_id", "!=", False)
        if since:
            domain &= Domain("date", ">=", since)
        if until:
            domain &= Domain("date", "<=", until)
        purchases = self.env["customer.purchase"]._search(domain)
        columns = ("profile_id", "partner_id", "company_id", "amount")
        return SQL(
            """SELECT profile_id, partner_id, company_id, SUM(amount) AS amount,
                      100.0 AS known_share
               FROM (%s) purchase
               GROUP BY profile_id, partner_id, company_id""",
            purchases.select(
                *(SQL.identifier(purchases.table, name) for name in columns)
            ),
        )

    @api.model
    def _margins_query(self, since, until):
        """Margin of each customer the reader may see (SQL), where a cost is known."""
        purchases = self.env["customer.purchase"]
        profiles = self.env["customer.profile"]._search([], active_test=False)
        return SQL(
            """SELECT profile.id AS profile_id, profile.partner_id, profile.company_id,
                      margin.amount,
                      100.0 * margin.known_revenue / NULLIF(margin.revenue, 0)
                          AS known_share
               FROM (%s) margin
               JOIN customer_profile profile
                   ON profile.partner_id = margin.partner_id
                  AND profile.company_id = margin.company_id
               WHERE profile.id IN %s AND margin.amount IS NOT NULL""",
            SQL(" UNION ALL ").join(
                purchases._margins_query(company, since, until)
                for company in self.env.companies
            ),
            profiles.subselect(),
        )

    @api.model
    @api.readonly
    def get_data(self, filters=None):
        """How few customers make most of the revenue of the active company.

        :param filters: dict, all optional: ``date_from``, ``date_to`` (ISO days),
            ``share`` (per cent of the revenue asked for, 80), ``limit`` (customers in
            the list, 100, at most 500)
        :return: dict of

            - ``currency_id`` (int), ``share`` (float), ``date_from``, ``date_to``
            - ``n`` customers with a net amount above zero, ``total`` their revenue
            - ``needed``: how many of them make the share; ``needed_share``: in per cent
            - ``points``: the curve, at most about 200 of ``[customers %, revenue %]``,
              from ``[0, 0]`` to ``[100, 100]``, empty without customers
            - ``customers``: the best, ``{id (of the profile), partner_id, name, amount,
              rank, share, cumulative_share}``, shares in per cent

        :raise AccessError: for users without customer insight
        """
        filters = filters or {}
        self.browse().check_access("read")
        share = min(100.0, max(0.0, float(filters.get("share") or 80)))
        limit = min(_MOST_CUSTOMERS, max(0, int(filters.get("limit") or 100)))
        pareto = self.with_context(
            allowed_company_ids=self.env.company.ids,
            pareto_date_from=filters.get("date_from"),
            pareto_date_to=filters.get("date_to"),
        )
        n, total, needed = pareto._totals(share)
        since, until = pareto._period()
        return {
            "currency_id": self.env.company.currency_id.id,
            "share": share,
            "date_from": since and fields.Date.to_string(since),
            "date_to": until and fields.Date.to_string(until),
            "n": n,
            "total": total,
            "needed": needed,
            "needed_share": 100 * needed / n if n else 0.0,
            "points": pareto._curve(n),
            "customers": [
                {
                    "id": row.id,
                    "partner_id": row.partner_id.id,
                    "name": row.partner_id.display_name,
                    "amount": row.amount,
                    "rank": row.rank,
                    "share": row.share,
                    "cumulative_share": row.cumulative_share,
                }
                for row in pareto.search(
                    [("company_id", "=", self.env.company.id)], limit=limit
                )
            ]
            if n and limit
            else [],
        }

    @api.model
    def _totals(self, share):
        """:return: customers, revenue, customers who make ``share`` per cent of it"""
        [[n, total, needed]] = self.env.execute_query(
            SQL(
                """SELECT COUNT(*), COALESCE(SUM(amount), 0)::float8,
                          COUNT(*) FILTER (WHERE share_before < %s)
                   FROM (%s) pareto""",
                share,
                self._readable_query(),
            )
        )
        return n, total, needed

    @api.model
    def _curve(self, n):
        if not n:
            return []
        step = max(1, n // _CURVE_POINTS)
        points = self.env.execute_query(
            SQL(
                """SELECT 100.0 * rank / %(n)s, cumulative_share FROM (%(rows)s) pareto
                   WHERE rank %% %(step)s = 0 OR rank = %(n)s ORDER BY rank""",
                n=n,
                step=step,
                rows=self._readable_query(),
            )
        )
        return [[0.0, 0.0], *([float(x), float(y)] for x, y in points)]

    @api.model
    def _readable_query(self):
        """The rows of the active company, under the reader's rules (SQL)."""
        self.env["customer.profile"].flush_model()
        query = self._search([("company_id", "=", self.env.company.id)])
        return query.select(SQL("%s.*", SQL.identifier(query.table)))

    def action_open_profile(self):
        """Open the customer behind a row."""
        self.ensure_one()
        return self.profile_id._get_records_action()
