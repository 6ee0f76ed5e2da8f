import logging
import time
from functools import partial

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from ..engine import rfm
from ..engine.policy import Policy

_logger = logging.getLogger(__name__)


class CustomerProfile(models.Model):
    """How profiles are computed: one pass of set-based SQL per company.

    Purchases of a company become purchase days, days become facts (one row per
    customer), facts give borders, and facts with borders give the profile rows.
    """

    _inherit = "customer.profile"

    # === ENTRY POINTS === #

    @api.model
    def _refresh(self, partners=None, companies=None, as_of=None):
        """Compute profiles from the documents dated by the end of a day.

        :param partners: customers (res.partner) to compute with the stored borders;
            all customers, and new borders, when not given
        :param companies: res.company records, all companies when not given
        :param as_of: date, today in the company's time zone when not given
        :return: number of profile rows created, changed or removed
        :raise UserError: if the same company is being computed by someone else
        """
        self.env.flush_all()
        if companies is None:
            companies = self._all_companies()
        changed = 0
        for company in companies.sudo():
            day = fields.Date.to_date(as_of) or company._insight_today()
            scoring = self.env["customer.scoring"]
            if partners is not None:
                scoring = scoring._latest(company, day)
            if scoring:
                changed += self._refresh_some(company, day, scoring, partners)
            else:
                changed += self._refresh_all(company, day)
        self.env.invalidate_all()
        return changed

    @api.model
    def _cron_refresh_all(self):
        """Compute all profiles, a company at a time; a failing one stops no other."""
        companies = self._all_companies()
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                retrying(partial(self._refresh, companies=company), self.env)
            except UserError as error:
                _logger.info("Left out: %s", error)  # being computed already
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Customer profiles of company %s failed", company.id)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _cron_refresh_changed(self):
        """Bring the profiles of customers whose documents changed up to date.

        A company that fails keeps its notes for the next run and stops no other.
        """
        for company_id in self.env["customer.profile.queue"]._companies():
            company = self.env["res.company"].browse(company_id)
            try:
                while taken := retrying(
                    partial(self._refresh_queued, company), self.env
                ):
                    if not self.env["ir.cron"]._commit_progress(taken):
                        self.env.ref(
                            "customer_insight.ir_cron_refresh_changed"
                        )._trigger()
                        return
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Changed customers of company %s failed", company_id)

    @api.model
    def _refresh_queued(self, company):
        """Refresh one batch of a company's queue.

        :return: number of customers taken from the queue, 0 when it is empty
        """
        taken = self.env["customer.profile.queue"]._take(company)
        partners = self.env["res.partner"].browse(taken).exists()
        if partners and company.exists():
            self._refresh(partners=partners, companies=company)
        return len(taken)

    @api.model
    def _trigger_full_refresh(self):
        """Have the nightly computation run soon: rules or settings changed."""
        cron = self.env.ref(
            "customer_insight.ir_cron_refresh_all", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _all_companies(self):
        # every company has its profiles, and there are few
        return self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all

    # === ONE COMPANY === #

    def _refresh_all(self, company, as_of):
        started = time.monotonic()
        self._lock_company(company)
        policy = company._insight_policy()
        self._collect_facts(company, as_of, policy)
        borders = self._compute_borders(policy)
        scoring = self.env["customer.scoring"]._record(
            company,
            as_of,
            {
                **borders,
                "policy": policy.to_dict(),
                "future_count": self._count_future(company, as_of),
            },
        )
        changed = self._write_profiles(company, as_of, policy, scoring)
        changed += self._remove_profiles(company)
        self.env.cr.execute("SELECT count(*) FROM insight_facts")
        scoring.write(
            {
                "changed_count": changed,
                "profile_count": self.env.cr.fetchone()[0],
                "duration": time.monotonic() - started,
            }
        )
        _logger.info(
            "%s customer profiles of company %s changed in %.1f s, as of %s",
            changed,
            company.id,
            scoring.duration,
            as_of,
        )
        return changed

    def _refresh_some(self, company, as_of, scoring, partners):
        policy = Policy(**scoring.policy)  # borders and settings belong together
        customers = partners.sudo().with_context(active_test=False)
        customer_ids = customers.commercial_partner_id.ids + customers.ids
        self._collect_facts(company, as_of, policy, customer_ids)
        changed = self._write_profiles(company, as_of, policy, scoring)
        return changed + self._remove_profiles(company, customer_ids)

    def _lock_company(self, company):
        """Let one full computation of a company run at a time.

        :raise UserError: if another one is under way
        """
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('customer.profile'), %s)",
            [company.id],
        )
        if not self.env.cr.fetchone()[0]:
            raise UserError(
                self.env._(
                    "The profiles of %(company)s are being computed at this moment."
                    " Please look again in a minute.",
                    company=company.name,
                )
            )

    # === FACTS === #

    def _collect_facts(self, company, as_of, policy, customer_ids=None):
        """Fill the temporary table ``insight_facts``, one row per customer in scope."""
        self.env.cr.execute("DROP TABLE IF EXISTS insight_facts")
        # One sort by customer and day serves the day totals, the look-back at earlier
        # visits and the totals per customer; hashing 1 M days took half as long again.
        self.env.cr.execute(
            "SET LOCAL enable_hashagg = off; SET LOCAL work_mem = '256MB'"
        )
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE insight_facts ON COMMIT DROP AS %s",
                self._facts_query(company, as_of, policy, customer_ids),
            )
        )
        self.env.cr.execute("RESET enable_hashagg; RESET work_mem")
        self.env.cr.execute("ALTER TABLE insight_facts ADD PRIMARY KEY (partner_id)")
        if policy.prospect_scope != "none":
            self._collect_prospects(company, as_of, policy, customer_ids)
        self.env.cr.execute("ANALYZE insight_facts")

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
        purchases = self.env["customer.purchase"]._table_query
        customers = (
            SQL("AND partner_id = ANY(%s)", customer_ids)
            if customer_ids is not None
            else SQL("")
        )
        return SQL(
            """
            SELECT partner_id, date, SUM(amount::float8) AS amount,
                   COUNT(*) FILTER (WHERE amount > 0) AS documents
            FROM (%s) purchase
            WHERE company_id = %s AND date <= %s %s
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
                     frequency, monetary)
                SELECT partner.id, 0, 0, 0, 0, 0
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
                self.env["customer.purchase"]._table_query,
                company.id,
                as_of,
                as_of - relativedelta(days=1),
            )
        )
        return count

    # === BORDERS === #

    def _compute_borders(self, policy):
        """Divide the buyers into fifths, equal values always together.

        :return: values of a customer.scoring: population and the four kinds of borders
        """
        self.env.cr.execute(
            """SELECT count(*) FROM insight_facts
               JOIN res_partner partner ON partner.id = partner_id AND partner.active
               WHERE purchase_days > 0"""
        )
        borders = {"population": self.env.cr.fetchone()[0]}
        for name, value in self._score_values().items():
            lowest = self.env.execute_query(
                SQL(
                    """SELECT score, MIN(value) FROM (
                           SELECT value, 1 + LEAST(
                                      4, 5 * smaller / GREATEST(n - 1, 1)) AS score
                           FROM (%s) ranked) scored
                       GROUP BY score""",
                    self._ranks_query(value),
                )
            )
            borders[f"{name}_borders"] = rfm.fill_borders(
                {int(score): float(value) for score, value in lowest}
            )
        borders["value_borders"] = self._compute_value_borders(policy)
        return borders

    def _score_values(self):
        """:return: what is scored, larger is better: ``{name: SQL over the facts}``"""
        return {
            "recency": SQL("-recency_days"),
            "frequency": SQL("frequency"),
            "monetary": SQL("monetary"),
        }

    def _ranks_query(self, value):
        """Each distinct value with the number of buyers below it, and of all (SQL)."""
        return SQL(
            """
            SELECT value,
                   (SUM(buyers) OVER (ORDER BY value) - buyers)::bigint AS smaller,
                   (SUM(buyers) OVER ())::bigint AS n
            FROM (SELECT %(value)s AS value, COUNT(*) AS buyers
                  FROM insight_facts
                  JOIN res_partner partner ON partner.id = partner_id AND partner.active
                  WHERE purchase_days > 0
                  GROUP BY 1) counted
            """,
            value=value,
        )

    def _compute_value_borders(self, policy):
        """:return: ``[amount below which value is low, amount from which it is high]``

        By share of customers, a customer is of high value when at least
        ``100 - value_high`` per cent of the others bought for less, and of low value
        when fewer than ``value_low`` per cent did.
        """
        if policy.value_rule == "amount":
            return [policy.value_low, policy.value_high]
        [borders] = self.env.execute_query(
            SQL(
                """
                SELECT MIN(value) FILTER (WHERE 100 * smaller >= %(low)s * others),
                       MIN(value) FILTER (
                           WHERE 100 * smaller >= (100 - %(high)s) * others)
                FROM (SELECT *, GREATEST(n - 1, 1) AS others FROM (%(ranks)s) ranked) r
                """,
                low=policy.value_low,
                high=policy.value_high,
                ranks=self._ranks_query(self._score_values()["monetary"]),
            )
        )
        return [border if border is None else float(border) for border in borders]

    # === PROFILE ROWS === #

    def _write_profiles(self, company, as_of, policy, scoring):
        """Insert or update the profiles of all customers in ``insight_facts``.

        :return: number of rows that are new or differ from what was stored
        """
        columns = self._profile_columns(company, as_of, policy, scoring)
        names = SQL(", ").join(map(SQL.identifier, columns))
        written = [name for name in columns if name not in ("partner_id", "company_id")]
        compared = [name for name in written if name != "computed_at"]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_profile (%(names)s)
                SELECT %(values)s
                FROM (%(scored)s) fact
                JOIN res_partner partner ON partner.id = fact.partner_id
                LEFT JOIN customer_rfm_cell cell ON cell.code = fact.rfm_score
                ON CONFLICT (partner_id, company_id) DO UPDATE SET %(assignments)s
                WHERE (%(stored)s) IS DISTINCT FROM (%(computed)s)
                """,
                names=names,
                values=SQL(", ").join(columns.values()),
                scored=self._scored_query(policy, scoring),
                assignments=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(n), SQL.identifier("excluded", n))
                    for n in written
                ),
                stored=SQL(", ").join(
                    SQL.identifier("customer_profile", n) for n in compared
                ),
                computed=SQL(", ").join(
                    SQL.identifier("excluded", n) for n in compared
                ),
            )
        )
        return self.env.cr.rowcount

    def _scored_query(self, policy, scoring):
        """The facts with scores, for buyers only (SQL)."""
        scores = {
            name: SQL(
                "1 + width_bucket((%s)::float8, %s::float8[])",
                value,
                [
                    float("inf") if border is None else border
                    for border in scoring[f"{name}_borders"]
                ],
            )
            for name, value in self._score_values().items()
        }
        return SQL(
            """
            SELECT *, recency::text || frequency_score || monetary_score AS rfm_score
            FROM (SELECT *, CASE WHEN purchase_days > 0 THEN %(recency)s END AS recency,
                         CASE WHEN purchase_days > 0 THEN %(frequency)s END
                             AS frequency_score,
                         CASE WHEN purchase_days > 0 THEN %(monetary)s END
                             AS monetary_score
                  FROM insight_facts) facts
            """,
            **scores,
        )

    def _profile_columns(self, company, as_of, policy, scoring):
        """What is stored in each profile, over the aliases fact, partner and cell.

        :return: ``{column: SQL expression}``; add-ons add their own columns
        :rtype: dict[str, SQL]
        """
        prospect = self.env.ref("customer_insight.segment_prospect")
        return {
            "partner_id": SQL("fact.partner_id"),
            "company_id": SQL("%s", company.id),
            "active": SQL("partner.active"),
            "as_of": SQL("%s", as_of),
            "computed_at": SQL("%s", fields.Datetime.now()),
            "scoring_id": SQL("%s", scoring.id),
            "first_purchase_date": SQL("fact.first_date"),
            "last_purchase_date": SQL("fact.last_date"),
            "purchase_count": SQL("fact.purchase_count"),
            "purchase_days": SQL("fact.purchase_days"),
            "amount_total": SQL("fact.amount_total"),
            "average_interval_days": SQL(
                """(fact.last_date - fact.first_date)::numeric
                   / NULLIF(fact.purchase_days - 1, 0)"""
            ),
            "recency_days": SQL("fact.recency_days"),
            "frequency": SQL("fact.frequency"),
            "monetary": SQL("fact.monetary"),
            "rfm_recency": SQL("fact.recency"),
            "rfm_frequency": SQL("fact.frequency_score"),
            "rfm_monetary": SQL("fact.monetary_score"),
            "rfm_score": SQL("fact.rfm_score"),
            "rfm_segment_id": SQL("COALESCE(cell.segment_id, %s)", prospect.id),
            "value_class": self._value_class_sql(scoring),
            "lifecycle_stage": self._stage_sql(as_of, policy),
            "stage_since": self._stage_since_sql(company, as_of, policy),
            "won_back_date": SQL("fact.won_back_date"),
        }

    def _value_class_sql(self, scoring):
        low, high = (
            float("inf") if border is None else border
            for border in scoring.value_borders
        )
        return SQL(
            """CASE WHEN fact.purchase_days = 0 THEN NULL
                    WHEN fact.monetary >= %s THEN 'high'
                    WHEN fact.monetary >= %s THEN 'normal'
                    ELSE 'low' END""",
            high,
            low,
        )

    def _remove_profiles(self, company, customer_ids=None):
        """Delete profiles of contacts that are no longer in scope.

        :return: number of deleted rows
        """
        customers = (
            SQL("AND partner_id = ANY(%s)", customer_ids)
            if customer_ids is not None
            else SQL("")
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM customer_profile profile
                   WHERE company_id = %s %s
                     AND NOT EXISTS (SELECT FROM insight_facts fact
                                     WHERE fact.partner_id = profile.partner_id)""",
                company.id,
                customers,
            )
        )
        return self.env.cr.rowcount
