from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

from ..tools.planner import each_by_itself, narrowed_to


class CustomerProfile(models.Model):
    """From documents to facts: what each customer bought, in one row each."""

    _inherit = "customer.profile"

    def _collect_facts(self, company, as_of, policy, customer_ids=None):
        """Fill ``insight_facts``, one row per customer in scope.

        Customers are the contacts with a purchase, and the prospects. The facts are
        this transaction's own, and end with it.
        """
        self._drop_facts()
        few = customer_ids is not None
        self._set_planner(few)
        if few:
            self._store_facts(company, as_of, policy, customer_ids)
        else:
            self._share_facts(company, as_of, policy)
        self._reset_planner()

    def _store_facts(self, company, as_of, policy, customer_ids):
        """Make ``insight_facts`` of few customers."""
        query = self._scope_query(
            company,
            as_of,
            policy,
            [self._days_query(company, as_of, customer_ids)],
            self._fact_joins(company, as_of, customer_ids),
            customer_ids,
        )
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE insight_facts ON COMMIT DROP AS %s", query)
        )
        self.env.cr.execute("ANALYZE insight_facts (partner_id)")

    def _share_facts(self, company, as_of, policy):
        """Make ``insight_facts`` of all customers.

        A view bears the name, so that whatever reads facts finds them.
        """
        days = self._shared_days(company, as_of)
        joins = {
            alias: SQL("SELECT * FROM %s", self._share(alias, query))
            for alias, query in self._fact_joins(company, as_of).items()
        }
        query = self._scope_query(company, as_of, policy, days, joins)
        with each_by_itself(self.env.cr):
            table = self._share("facts", query)
        self._drop_shared("purchases", *joins)
        self.env.cr.execute(SQL("ANALYZE %s (partner_id)", table))
        self.env.cr.execute(
            SQL("CREATE TEMPORARY VIEW insight_facts AS SELECT * FROM %s", table)
        )
        self.env.cr.precommit.add(self._drop_facts)

    def _drop_facts(self):
        self._drop_shared("facts")
        self.env.cr.execute("DROP TABLE IF EXISTS pg_temp.insight_facts")

    def _scope_query(self, company, as_of, policy, days, joins, customer_ids=None):
        """One row of facts for each customer in scope (SQL).

        :param days: list of SQL, as of :meth:`_days_query`, with different customers
        :param joins: as of :meth:`_fact_joins`
        """
        return SQL(
            """
            SELECT partner.id AS partner_id, partner.active,
                   %(created)s AS created_on,
                   fact.visits, fact.first_date, fact.last_date, fact.recency_days,
                   COALESCE(fact.purchase_count, 0) AS purchase_count,
                   COALESCE(fact.purchase_days, 0) AS purchase_days,
                   COALESCE(fact.amount_total, 0) AS amount_total,
                   COALESCE(fact.frequency, 0) AS frequency,
                   COALESCE(fact.monetary, 0) AS monetary %(more)s %(columns)s
            FROM res_partner partner
            LEFT JOIN (%(purchases)s) fact ON fact.partner_id = partner.id
            %(joins)s
            WHERE (fact.partner_id IS NOT NULL OR (%(prospects)s)) %(customers)s
              AND partner.insight_objection IS NOT TRUE
            """,
            created=self._created_on_sql(company),
            more=SQL("").join(
                SQL(", %s", SQL.identifier("fact", name))
                for name in self._fact_aggregates(as_of, policy)
            ),
            columns=SQL("").join(
                SQL(", %s AS %s", value, SQL.identifier(name))
                for name, value in self._fact_columns(company, as_of).items()
            ),
            purchases=SQL(" UNION ALL ").join(
                self._facts_query(company, as_of, policy, query) for query in days
            ),
            joins=SQL(" ").join(
                SQL(
                    "LEFT JOIN (%(query)s) %(alias)s"
                    " ON %(alias)s.partner_id = partner.id",
                    query=query,
                    alias=SQL.identifier(alias),
                )
                for alias, query in joins.items()
            ),
            prospects=self._prospects_sql(company, as_of, policy),
            customers=narrowed_to(SQL("partner.id"), customer_ids),
        )

    # === WHAT PARALLEL WORKERS READ === #

    def _share(self, name, query):
        """Put the rows of a query where parallel workers can read them.

        What is temporary is hidden from workers. So they lie in a table that nobody
        else sees before the transaction ends, and by then it is gone. Its name is that
        of this session, so that nobody waits for another one's.

        :return: the table (SQL)
        """
        table = SQL.identifier(self._shared_name(name))
        self.env.cr.execute(SQL("CREATE UNLOGGED TABLE %s AS %s", table, query))
        return table

    def _drop_shared(self, *names):
        tables = [SQL.identifier(self._shared_name(name)) for name in names]
        self.env.cr.execute(
            SQL("DROP TABLE IF EXISTS %s CASCADE", SQL(", ").join(tables))
        )

    def _shared_name(self, name):
        return f"insight_{name}_{self.env.cr.connection.info.backend_pid}"

    # === THE PLANNER === #

    def _set_planner(self, few):
        """Tell the planner what it cannot know about the facts' statement.

        One sort by customer and day serves the day totals, the look-back at earlier
        visits and the totals per customer; hashing 1 M days took half as long again.
        Compiling the statement (jit) took as long as running it. Parallel workers read
        and join the documents of all customers, a quarter faster; those of few
        customers are looked up by index, where the default cost prefers a full scan,
        and are found before a worker has started.
        """
        self.env.cr.execute(
            """SET LOCAL enable_hashagg = off;
               SET LOCAL work_mem = '256MB';
               SET LOCAL jit = off"""
        )
        self.env.cr.execute(
            """SET LOCAL random_page_cost = 1.1;
               SET LOCAL max_parallel_workers_per_gather = 0"""
            if few
            else """RESET random_page_cost; RESET max_parallel_workers_per_gather;
                    SET LOCAL parallel_tuple_cost = 0.001;
                    SET LOCAL parallel_setup_cost = 10"""
        )

    def _reset_planner(self):
        """Let the planner hash again.

        What reads the facts is about as many customers and joins tables as wide: the
        other settings are kept until the transaction ends.
        """
        self.env.cr.execute("RESET enable_hashagg")

    # === PURCHASES IN NUMBERS === #

    def _facts_query(self, company, as_of, policy, days):
        """Purchases of each customer up to ``as_of``, in numbers (SQL).

        ``visits`` are the purchase days, in order: whatever looks back at earlier
        visits, as stages do, reads them there.

        :param days: as of :meth:`_days_query`
        """
        in_window = SQL("")
        # where all time counts its sums are made only once
        all_time = SQL("purchase_days AS frequency, amount_total AS monetary,")
        if policy.rfm_window_months:
            start = as_of - relativedelta(months=policy.rfm_window_months)
            all_time = SQL("")
            in_window = SQL(
                """, COUNT(*) FILTER (WHERE is_visit AND date > %s)::int AS frequency,
                   ROUND((SUM(amount) FILTER (WHERE date > %s))::numeric, 6)
                       AS monetary""",
                start,
                start,
            )
        return SQL(
            """
            SELECT *, %(all_time)s
                   visits[1] AS first_date, visits[purchase_days] AS last_date,
                   %(as_of)s - visits[purchase_days] AS recency_days
            FROM (
                SELECT partner_id,
                       SUM(documents)::int AS purchase_count,
                       ROUND(SUM(amount)::numeric, 6) AS amount_total,
                       ARRAY_AGG(date) FILTER (WHERE is_visit) AS visits,
                       COUNT(*) FILTER (WHERE is_visit)::int AS purchase_days
                       %(in_window)s %(more)s
                FROM (SELECT *, amount >= %(smallest)s AS is_visit
                      FROM (%(days)s) day) day
                GROUP BY partner_id) customer
            """,
            as_of=as_of,
            all_time=all_time,
            in_window=in_window,
            more=SQL("").join(
                SQL(", %s AS %s", value, SQL.identifier(name))
                for name, value in self._fact_aggregates(as_of, policy).items()
            ),
            smallest=company.currency_id.rounding / 2,
            days=days,
        )

    def _fact_aggregates(self, as_of, policy):
        """What else to count in the one pass over a customer's days.

        :return: ``{name: SQL aggregate over date, amount, is_visit, orders and
            returned of a day}``, each a column of ``insight_facts``; NULL for prospects
        :rtype: dict[str, SQL]
        """
        return {}

    def _fact_joins(self, company, as_of, customer_ids=None):
        """What else to look up of customers while the facts are collected.

        Unlike ``_fact_sources`` it is read before ``insight_facts`` is there, and by
        parallel workers.

        :return: ``{alias: SELECT}``, each with ``partner_id`` (commercial partner), at
            most one row per customer
        :rtype: dict[str, SQL]
        """
        return {}

    def _fact_columns(self, company, as_of):
        """More columns of ``insight_facts``.

        :return: ``{name: SQL over partner, fact and the aliases of _fact_joins}``
        :rtype: dict[str, SQL]
        """
        return {}

    # === WHO IS IN SCOPE === #

    def _prospects_sql(self, company, as_of, policy):
        """Whether a contact without a purchase is a prospect (SQL, alias partner).

        Left out are contacts that stand for a company of the database or one of its
        employees, mere vendors, and those that another company keeps for itself.
        """
        if policy.prospect_scope == "none":
            return SQL("FALSE")
        is_prospect = SQL(
            """partner.commercial_partner_id = partner.id
               AND partner.active
               AND COALESCE(partner.company_id, %(company)s) = %(company)s
               AND %(created)s <= %(as_of)s
               AND NOT (partner.supplier_rank > 0 AND partner.customer_rank = 0)
               AND NOT EXISTS (SELECT FROM res_company company
                               WHERE company.partner_id = partner.id)
               AND NOT EXISTS (SELECT FROM res_users staff
                               WHERE staff.partner_id = partner.id
                                 AND NOT staff.share)""",
            company=company.id,
            created=self._created_on_sql(company),
            as_of=as_of,
        )
        if policy.prospect_scope == "quoted":
            return SQL("%s AND %s", is_prospect, self._quoted_sql(company))
        return is_prospect

    def _quoted_sql(self, company):
        """Whether a contact, or one of its own, has an order (SQL, alias partner)."""
        return SQL(
            """EXISTS (SELECT FROM sale_order sale
                       JOIN res_partner contact ON contact.id = sale.partner_id
                       WHERE contact.commercial_partner_id = partner.id
                         AND sale.company_id = %s)""",
            company.id,
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
