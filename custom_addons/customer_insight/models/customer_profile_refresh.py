import logging
import time
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL

from ..engine.policy import Policy
from ..tools.planner import ONCE, id_array, joining_all, looking_up

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
            changed_here = self._compute(company, day, partners)
            if partners is not None:
                self._record_history(company, day, partners, bool(changed_here))
            changed += changed_here
        self.env.invalidate_all()
        return changed

    @api.model
    def _cron_refresh_changed(self):
        """Bring the profiles of customers whose documents changed up to date.

        A customer who fails is named in the log and stops nobody else. A company that
        fails keeps its notes for the next run and stops no other.
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
            self._limit_waiting()
            self._refresh_by_halves(company, partners)
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
    def _trigger_followers(self):
        """Have what follows from all profiles done soon, unless the night does it."""
        if not self.env.context.get("insight_night"):
            self.env["customer.segment"]._trigger_refresh()

    @api.model
    def _all_companies(self):
        # every company has its profiles, and there are few
        return self.env["res.company"].sudo().search([])  # pylint: disable=no-search-all

    # === ONE COMPANY === #

    def _compute(self, company, as_of, partners=None):
        """Compute profiles: facts, scores, stages, health, and the rows they make.

        :param partners: as :meth:`_refresh` has them; without borders of an earlier
            day all customers are computed
        :return: number of profile rows created, changed or removed
        """
        scoring = self.env["customer.scoring"]
        if partners is not None:
            scoring = scoring._latest(company, as_of)
        if not scoring:
            return self._compute_all(company, as_of)
        ids = self._customer_ids(partners)
        policy = Policy(**scoring.policy)  # borders and settings belong together
        self._collect_facts(company, as_of, policy, ids)
        return self._write_profiles(company, as_of, policy, scoring, ids)

    def _customer_ids(self, partners):
        """:return: ids of these contacts and of the customers they belong to"""
        rows = self.env.execute_query(
            SQL(
                "SELECT commercial_partner_id FROM res_partner WHERE id = ANY(%s)",
                id_array(partners.ids),
            )
        )
        return list({*partners.ids, *(customer for (customer,) in rows if customer)})

    def _record_history(self, company, as_of, partners, changed=True):
        """Write down what a change of these customers means for their past and habits.

        Of all customers these are steps of the night.

        :param changed: whether any profile of theirs did
        """
        scoring = self.env["customer.scoring"]._latest(company, as_of)
        if not scoring:
            return
        ids = self._customer_ids(partners)
        self._write_usual_categories(company, as_of, ids)
        policy = Policy(**scoring.policy)
        self.env["customer.stage.move"]._write_moves(company, as_of, policy, ids)
        if changed:
            segments = self.env["customer.segment"]
            stored = segments._stored_rfm_query(company, ids)
            segments._record_rfm(company, as_of, stored, ids)

    def _compute_all(self, company, as_of):
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
        moves = self.env["customer.stage.move"]
        corrected = moves._customers_of_changed_documents(company)
        changed = self._write_profiles(company, as_of, policy, scoring)
        moves._correct(company, as_of, policy, corrected)
        self._trigger_followers()
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

    # === PROFILE ROWS === #

    def _write_profiles(self, company, as_of, policy, scoring, customer_ids=None):
        """Insert or update the profiles of all customers in ``insight_facts``.

        Those of contacts that are no longer in scope are deleted.

        :return: number of rows that are new, gone or differ from what was stored
        """
        # a table of its own: parallel workers may not help a statement that writes;
        # in the order of the indexes, foreign keys and stored rows it will meet
        self.env.cr.execute("DROP TABLE IF EXISTS insight_profiles")
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE insight_profiles ON COMMIT DROP AS"
                " %s ORDER BY fact.partner_id",
                self._profile_query(company, as_of, policy, scoring, customer_ids),
            )
        )
        computed = self.env.cr.rowcount
        names = list(self._profile_columns(company, as_of, policy))
        are_few = customer_ids is not None
        with (looking_up if are_few else joining_all)(self.env.cr):
            changed = self._update_profiles(company, names)
            if changed < computed:  # at night all rows change, none is left to add
                changed += self._add_profiles(names)
            if are_few or self._count_profiles(company) > computed:
                changed += self._remove_profiles(company, customer_ids)
        return changed

    @api.model
    def _count_profiles(self, company):
        """:return: how many customers of a company have a profile (int)"""
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM customer_profile WHERE company_id = %s",
                company.id,
            )
        )
        return self.env.cr.fetchone()[0]

    def _update_profiles(self, company, names):
        """Update the profiles that differ from those in ``insight_profiles``.

        :return: number of rows
        """
        written = [name for name in names if name not in ("partner_id", "company_id")]
        compared = [name for name in written if name != "computed_at"]
        self.env.cr.execute(
            SQL(
                """UPDATE customer_profile profile SET %(assignments)s
                   FROM insight_profiles computed
                   WHERE profile.partner_id = computed.partner_id
                     AND profile.company_id = %(company)s
                     AND (%(stored)s) IS DISTINCT FROM (%(new)s)""",
                assignments=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(n), SQL.identifier("computed", n))
                    for n in written
                ),
                company=company.id,
                stored=SQL(", ").join(SQL.identifier("profile", n) for n in compared),
                new=SQL(", ").join(SQL.identifier("computed", n) for n in compared),
            )
        )
        return self.env.cr.rowcount

    def _add_profiles(self, names):
        """Add the profiles of ``insight_profiles`` that are missing.

        :return: number of rows
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO customer_profile (%(names)s)
                   SELECT %(names)s FROM insight_profiles computed
                   WHERE NOT EXISTS (
                       SELECT FROM customer_profile profile
                       WHERE profile.partner_id = computed.partner_id
                         AND profile.company_id = computed.company_id)
                   ON CONFLICT DO NOTHING""",
                names=SQL(", ").join(map(SQL.identifier, names)),
            )
        )
        return self.env.cr.rowcount

    def _profile_query(self, company, as_of, policy, scoring, customer_ids=None):
        """The profiles of all customers in ``insight_facts`` (SQL).

        :return: SELECT of the columns of ``_profile_columns``, named as there
        """
        columns = self._profile_columns(company, as_of, policy)
        sources = self._fact_sources(company, as_of, policy, customer_ids)
        return SQL(
            """
            SELECT %(values)s
            FROM (%(scored)s) fact
            LEFT JOIN customer_rfm_cell cell ON cell.code = fact.rfm_score
            %(sources)s
            """,
            values=SQL(", ").join(
                SQL("%s AS %s", value, SQL.identifier(name))
                for name, value in columns.items()
            ),
            scored=self._scored_query(scoring),
            sources=SQL(" ").join(
                SQL(
                    "LEFT JOIN (SELECT * FROM (%(query)s) source %(once)s) %(alias)s"
                    " ON %(alias)s.partner_id = fact.partner_id",
                    query=query,
                    once=ONCE,
                    alias=SQL.identifier(alias),
                )
                for alias, query in sources.items()
            ),
        )

    def _fact_sources(self, company, as_of, policy, customer_ids=None):
        """What else is known of each customer as of a day, beside the purchases.

        An add-on that stores a figure of its own adds a SELECT here and the column
        that reads it to ``_profile_columns``.

        :param customer_ids: ids of the customers wanted, None for all of the company
        :return: ``{alias: SELECT}``, each with ``partner_id`` (commercial partner), at
            most one row per customer, from documents dated by the end of ``as_of``
        :rtype: dict[str, SQL]
        """
        return {}

    def _profile_columns(self, company, as_of, policy):
        """What is stored in each profile, over fact, cell and the aliases of
        ``_fact_sources``.

        :return: ``{column: SQL expression}``; add-ons add their own columns
        :rtype: dict[str, SQL]
        """
        prospect = self.env.ref("customer_insight.segment_prospect")
        return {
            "partner_id": SQL("fact.partner_id"),
            "company_id": SQL("%s", company.id),
            "active": SQL("fact.active"),
            "as_of": SQL("%s::date", as_of),
            "computed_at": SQL("%s::timestamp", fields.Datetime.now()),
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
            "value_class": SQL("fact.value_class"),
            "lifecycle_stage": self._stage_sql(as_of, policy),
            "stage_since": self._stage_since_sql(as_of, policy),
            "won_back_date": SQL("won_back.date"),
        }

    def _remove_profiles(self, company, customer_ids=None):
        """Delete profiles of contacts that are no longer in scope.

        :return: number of deleted rows
        """
        customers = (
            SQL("AND partner_id = ANY(%s)", id_array(customer_ids))
            if customer_ids is not None
            else SQL("")
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM customer_profile
                   WHERE company_id = %s %s
                     AND partner_id NOT IN (SELECT partner_id FROM insight_facts)""",
                company.id,
                customers,
            )
        )
        return self.env.cr.rowcount
