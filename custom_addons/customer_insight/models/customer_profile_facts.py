from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import SQL


class CustomerProfile(models.Model):
    """From documents to facts: what each customer bought, in one row each."""

    _inherit = "customer.profile"

    def _collect_facts(self, company, as_of, policy, customer_ids=None):
        """Fill the temporary table ``insight_facts``, one row per customer in scope."""
        self.env.cr.execute("DROP TABLE IF EXISTS insight_facts")
        self._set_planner(few=customer_ids is not None)
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE insight_facts ON COMMIT DROP AS
                   SELECT fact.*, partner.active, %s AS created_on
                   FROM (%s) fact
                   JOIN res_partner partner ON partner.id = fact.partner_id""",
                self._created_on_sql(company),
                self._facts_query(company, as_of, policy, customer_ids),
            )
        )
        self.env.cr.execute(
            """RESET enable_hashagg; RESET work_mem; RESET random_page_cost;
               RESET parallel_tuple_cost; RESET parallel_setup_cost"""
        )
        self.env.cr.execute("ALTER TABLE insight_facts ADD PRIMARY KEY (partner_id)")
        if policy.prospect_scope != "none":
            self._collect_prospects(company, as_of, policy, customer_ids)
        self.env.cr.execute("ANALYZE insight_facts")

    def _set_planner(self, few):
        """Tell the planner what it cannot know about the facts' statement.

        One sort by customer and day serves the day totals, the look-back at earlier
        visits and the totals per customer; hashing 1 M days took half as long again.
        Compiling the statement (jit) took as long as running it. Parallel workers read
        and join the documents of all customers, a quarter faster; those of few
        customers are looked up by index, where the default cost prefers a full scan.
        """
        self.env.cr.execute(
            """SET LOCAL enable_hashagg = off;
               SET LOCAL work_mem = '256MB';
               SET LOCAL jit = off"""
        )
        self.env.cr.execute(
            "SET LOCAL random_page_cost = 1.1"
            if few
            else """SET LOCAL parallel_tuple_cost = 0.001;
                    SET LOCAL parallel_setup_cost = 10"""
        )

    def _facts_query(self, company, as_of, policy, customer_ids):
        """Purchases of each customer up to ``as_of``, in numbers (SQL)."""
        window_start = (
            as_of - relativedelta(months=policy.rfm_window_months)
            if policy.rfm_window_months
            else fields.Date.to_date("0001-01-01")
        )
        return SQL(
            """
            SELECT partner_id,
                   MIN(date) FILTER (WHERE is_visit) AS first_date,
                   MAX(date) FILTER (WHERE is_visit) AS last_date,
                   %(as_of)s - MAX(date) FILTER (WHERE is_visit) AS recency_days,
                   SUM(documents)::int AS purchase_count,
                   COUNT(*) FILTER (WHERE is_visit)::int AS purchase_days,
                   ROUND(SUM(amount)::numeric, 6) AS amount_total,
                   COUNT(*) FILTER (WHERE is_visit AND date > %(window_start)s)::int
                       AS frequency,
                   COALESCE(ROUND(SUM(amount) FILTER (
                       WHERE date > %(window_start)s)::numeric, 6), 0) AS monetary,
                   MAX(loyal_from) FILTER (WHERE is_visit) AS loyal_from,
                   MAX(%(entry)s) FILTER (WHERE is_visit) AS entry_date,
                   MAX(date) FILTER (
                       WHERE is_visit AND date - previous - 1 > %(churned_days)s
                   ) AS won_back_date
            FROM (%(visits)s) visit
            GROUP BY partner_id
            """,
            as_of=as_of,
            window_start=window_start,
            entry=self._stage_entry_sql(policy),
            churned_days=policy.churned_days,
            visits=self._visits_query(company, as_of, policy, customer_ids),
        )

    def _visits_query(self, company, as_of, policy, customer_ids):
        """Each customer's days, each with a look back at the earlier visits (SQL).

        ``loyal_from`` is the visit with which the loyalty window has to begin, so that
        this day completes the purchases of a loyal customer; ``loyal_before`` the same
        as of the visit before.
        """
        return SQL(
            """
            SELECT *,
                   LAG(date) OVER visits AS previous,
                   LAG(date, 2) OVER visits AS before_previous,
                   LAG(date, %(steps)s - 1) OVER visits AS loyal_from,
                   LAG(date, %(steps)s) OVER visits AS loyal_before
            FROM (SELECT *, amount >= %(smallest)s AS is_visit FROM (%(days)s) day) day
            WINDOW visits AS (PARTITION BY partner_id, is_visit ORDER BY date)
            """,
            steps=policy.loyal_purchases,
            smallest=company.currency_id.rounding / 2,
            days=self._days_query(company, as_of, customer_ids),
        )

    def _days_query(self, company, as_of, customer_ids):
        """Net amount and number of purchases per customer and day (SQL).

        Sums are of double precision and rounded when stored: five times as compact
        as numeric while a million days are sorted, and exact to far below a cent.
        """
        purchases = self.env["customer.purchase"]._documents_query(company)
        customers = (
            SQL("AND partner_id = ANY(%s)", customer_ids)
            if customer_ids is not None
            else SQL("")
        )
        return SQL(
            """
            SELECT partner_id, date, SUM(amount) AS amount,
                   COUNT(*) FILTER (WHERE amount > 0) AS documents
            FROM (SELECT partner_id, date, amount::float8 AS amount
                  FROM (%s) document
                  WHERE company_id = %s AND date <= %s %s
                  OFFSET 0  -- so that the narrow number is what gets sorted
                 ) purchase
            GROUP BY partner_id, date
            """,
            purchases,
            company.id,
            as_of,
            customers,
        )

    def _collect_prospects(self, company, as_of, policy, customer_ids):
        """Add contacts without a purchase to ``insight_facts``.

        Left out are contacts that stand for a company of the database or one of its
        employees, mere vendors, and those that another company keeps for itself.
        """
        conditions = [SQL("TRUE")]
        if customer_ids is not None:
            conditions.append(SQL("partner.id = ANY(%s)", customer_ids))
        if policy.prospect_scope == "quoted":
            conditions.append(
                SQL(
                    """EXISTS (
                        SELECT FROM sale_order sale
                        JOIN res_partner contact ON contact.id = sale.partner_id
                        WHERE contact.commercial_partner_id = partner.id
                          AND sale.company_id = %s)""",
                    company.id,
                )
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO insight_facts
                    (partner_id, purchase_count, purchase_days, amount_total,
                     frequency, monetary, active, created_on)
                SELECT partner.id, 0, 0, 0, 0, 0, TRUE, %(created)s
                FROM res_partner partner
                WHERE partner.commercial_partner_id = partner.id
                  AND partner.active
                  AND COALESCE(partner.company_id, %(company)s) = %(company)s
                  AND %(created)s <= %(as_of)s
                  AND NOT (partner.supplier_rank > 0 AND partner.customer_rank = 0)
                  AND NOT EXISTS (SELECT FROM res_company company
                                  WHERE company.partner_id = partner.id)
                  AND NOT EXISTS (SELECT FROM res_users staff
                                  WHERE staff.partner_id = partner.id
                                    AND NOT staff.share)
                  AND %(conditions)s
                ON CONFLICT DO NOTHING
                """,
                company=company.id,
                created=self._created_on_sql(company),
                as_of=as_of,
                conditions=SQL(" AND ").join(conditions),
            )
        )

    def _created_on_sql(self, company):
        """The company's business day on which a contact was created (alias partner)."""
        return SQL(
            "(partner.create_date AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            company._insight_timezone(),
        )

    def _count_future(self, company, as_of):
        """:return: number of counted documents dated after ``as_of``"""
        # the bare moment lets the index on the order date find the few rows
        [[count]] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM (%s) purchase
                   WHERE company_id = %s AND date > %s AND moment >= %s""",
                self.env["customer.purchase"]._documents_query(company),
                company.id,
                as_of,
                as_of - relativedelta(days=1),
            )
        )
        return count
