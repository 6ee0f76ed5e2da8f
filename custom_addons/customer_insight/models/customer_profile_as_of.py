from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.policy import Policy


class CustomerProfile(models.Model):
    """The profiles of a past day, computed again from the documents.

    Nothing stored is touched. What is read are the documents as they are now: one that
    was cancelled or whose date was changed afterwards counts as it is today, and one
    that was a quotation that day counts once it is confirmed. What was *entered* later
    can be left out, and be listed.
    """

    _inherit = "customer.profile"

    @api.model
    def _as_of(self, company, as_of, known_at=None, customer_ids=None):
        """Compute the profiles of a day without storing them.

        With the settings and borders of that day's computation where there was one,
        so that the figures are those stored that day. Otherwise with the settings last
        used before, or today's, and with borders drawn anew.

        :param company: res.company record
        :param as_of: date; documents dated by the end of it count
        :param known_at: date by the end of which a document must have been entered,
            None for whenever
        :param customer_ids: ids of the customers wanted, None for all
        :return: list of dicts, one per customer, with the columns of a profile
        """
        self.env.cr.execute(self._as_of_query(company, as_of, known_at, customer_ids))
        return self.env.cr.dictfetchall()

    @api.model
    def _as_of_query(self, company, as_of, known_at=None, customer_ids=None):
        """The profiles of a day, as :meth:`_as_of` returns them (SQL).

        :return: SELECT over the temporary table ``insight_facts``: read it before
            anything else is computed
        """
        as_of = fields.Date.to_date(as_of)
        policy = self._policy_of(company, as_of)
        return self._rebuild_query(
            company,
            as_of,
            policy,
            self._scoring_of(company, as_of),
            fields.Date.to_date(known_at),
            customer_ids,
        )

    @property
    def _table_query(self):
        """The profiles of a past day instead of the stored ones, see ``_on_day``."""
        if "insight_day" in self.env.context:
            return SQL("SELECT * FROM insight_day")
        return super()._table_query

    @api.model
    def _on_day(self, company, as_of):
        """This model with the profiles a company had on a past day, to search them.

        They lie in a temporary table until the next call. Whoever has no profile today
        has an id below zero; what no day has of its own is as it is stored now.

        :return: this model; the stored profiles themselves from today on
        """
        if as_of >= company._insight_today():
            return self
        query = self._as_of_query(company, as_of)
        columns = self._profile_columns(company, as_of, self._policy_of(company, as_of))
        stored = [
            SQL.identifier("stored", name)
            for name, field in self._fields.items()
            if field.store and field.column_type and name not in {"id", *columns}
        ]
        self.env.cr.execute("DROP TABLE IF EXISTS insight_day")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE insight_day ON COMMIT DROP AS
                SELECT COALESCE(stored.id, -day.partner_id) AS id, day.* %(stored)s
                FROM (%(day)s) day
                LEFT JOIN customer_profile stored
                    ON stored.partner_id = day.partner_id
                   AND stored.company_id = day.company_id
                """,
                day=query,
                stored=SQL("").join(SQL(", %s", column) for column in stored),
            )
        )
        self.env.cr.execute("ANALYZE insight_day")
        return self.with_context(insight_day=fields.Date.to_string(as_of))

    @api.model
    def _rebuild_query(
        self, company, as_of, policy, scoring=None, known_at=None, customer_ids=None
    ):
        """The profiles of a day by given settings (SQL over ``insight_facts``).

        :param scoring: customer.scoring whose borders hold; drawn anew if empty
        """
        self.env.flush_all()
        company = company.sudo()
        profiles = self.sudo()._turned_back(company, policy, known_at)
        wanted = None if customer_ids is None else list(customer_ids)
        scope = wanted if scoring else None  # borders take the documents of all
        profiles._collect_facts(company, as_of, policy, scope)
        query = profiles._profile_query(
            company,
            as_of,
            policy,
            scoring or profiles._draw_scoring(company, as_of, policy),
            wanted,
        )
        if wanted is None or scope is not None:
            return query
        return SQL("SELECT * FROM (%s) p WHERE partner_id = ANY(%s)", query, wanted)

    def _turned_back(self, company, policy, known_at=None):
        """:return: this model, reading documents as they counted under ``policy``"""
        return self.with_context(
            insight_basis=policy.purchase_basis,
            insight_known_until=known_at and self._end_of_day(company, known_at),
        )

    def _draw_scoring(self, company, as_of, policy):
        """:return: a customer.scoring that is not stored, over ``insight_facts``"""
        return self.env["customer.scoring"].new(
            {
                "company_id": company.id,
                "as_of": as_of,
                "policy": policy.to_dict(),
                **self._compute_borders(policy),
            }
        )

    @api.model
    def _scoring_of(self, company, as_of):
        """:return: the stored scoring of exactly this day, or an empty recordset"""
        scoring = self.env["customer.scoring"]._latest(company, as_of)
        return scoring if scoring.as_of == as_of else scoring.browse()

    @api.model
    def _policy_of(self, company, as_of):
        """:return: the settings in force on a day (Policy): those last computed with,
        or today's when nothing had been computed yet
        """
        scoring = self.env["customer.scoring"]._latest(company, as_of)
        return Policy(**scoring.policy) if scoring else company._insight_policy()

    # === WHAT WAS NOT KNOWN YET === #

    @api.model
    def _later_documents(self, company, as_of, known_until, customer_ids=None):
        """Documents dated by a day but entered after a moment.

        They are why a figure stored at that moment no longer comes out of the
        documents.

        :param known_until: datetime (UTC), or date for the end of it
        :return: customer.purchase records
        """
        if not isinstance(known_until, datetime):
            known_until = self._end_of_day(company, fields.Date.to_date(known_until))
        policy = self._policy_of(company, as_of)
        purchases = self.env["customer.purchase"].with_context(
            insight_basis=policy.purchase_basis
        )
        known = purchases.with_context(insight_known_until=known_until)
        customers = (
            SQL("AND partner_id = ANY(%s)", list(customer_ids))
            if customer_ids is not None
            else SQL("")
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM (%s) document WHERE date <= %s %s
                   EXCEPT SELECT id FROM (%s) known""",
                purchases._documents_query(company),
                as_of,
                customers,
                known._documents_query(company),
            )
        )
        return self.env["customer.purchase"].browse(sorted(i for (i,) in rows))

    @api.model
    def _end_of_day(self, company, day):
        """:return: the moment (naive UTC) at which a company's business day is over"""
        zone = pytz.timezone(company._insight_timezone())
        midnight = zone.localize(datetime.combine(day + timedelta(days=1), time()))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)
