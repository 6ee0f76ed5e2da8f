import logging
from functools import partial

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: What goes wrong because of a segment's rule, not because of other transactions.
RULE_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    UserError,
    psycopg2.DataError,
    psycopg2.ProgrammingError,
)


class CustomerSegment(models.Model):
    """How memberships are brought up to date: one comparison by SQL per segment."""

    _inherit = "customer.segment"

    # === ENTRY POINTS === #

    @api.model
    def _refresh(self, as_of=None, companies=None):
        """Bring the memberships of all segments up to date.

        Who no longer belongs leaves, who does now enters, each with the reason; what
        was before is kept. A segment whose rule fails is switched off with a note and
        stops no other. A second call on the same day changes nothing.

        :param as_of: date, today in the company's time zone when not given; segments
            that already have a later history are left alone, save those of RFM
        :param companies: res.company records, all companies when not given
        :return: number of customers who entered, left or changed a segment
        :raise UserError: if the same company is being done by someone else
        """
        self.env.flush_all()
        moved = 0
        for company in companies or self._all_companies():
            day = self._refresh_day(company, as_of)
            self._lock_refresh(company)
            differing = self._differences(company, day)
            for segments in self._refresh_groups():
                among = differing.get(segments[:1].id)
                if among != []:
                    moved += segments._refresh_group(company, day, among)
        self.env.invalidate_all()
        return moved

    @api.model
    def _cron_refresh(self):
        """Bring all memberships up to date, committed after each segment.

        A segment that fails stops no other, neither in this company nor in the next.
        """
        todo = [
            (company, segments)
            for company in self._all_companies()
            for segments in self._refresh_groups()
        ]
        self.env["ir.cron"]._commit_progress(remaining=len(todo))
        for company, segments in todo:
            try:
                retrying(partial(self._refresh_one, company, segments), self.env)
            except UserError as error:
                _logger.info("Left out: %s", error)  # being done already
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Segments %s failed", segments.ids)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _refresh_one(self, company, segments):
        self._lock_refresh(company)
        return segments.exists()._refresh_group(company, self._refresh_day(company))

    @api.model
    def _trigger_refresh(self):
        """Have the memberships follow soon: profiles or segments changed."""
        cron = self.env.ref(
            "customer_insight.ir_cron_refresh_segments", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _record_rfm(self, company, as_of, query, customer_ids=None, joined=True):
        """Write down the RFM segments of a company's customers as of a day.

        Past months are filled by calling this for each of them, oldest first.

        :param company: res.company record
        :param as_of: date the scores are of
        :param query: SELECT partner_id, rfm_segment_id, rfm_score (SQL)
        :param customer_ids: ids of the customers ``query`` speaks of, None for all;
            of these, whoever it does not return is no longer in any RFM segment
        :param joined: False while several months are filled, see ``_record_state``;
            then ``_join_rfm`` in the end
        :return: number of customers who moved
        """
        segments = self._rfm_segments()
        return self.env["customer.segment.membership"]._record_state(
            company,
            as_of,
            segments,
            SQL(
                """SELECT partner_id, rfm_segment_id AS segment_id,
                          CASE WHEN rfm_score IS NULL THEN %s
                               ELSE rfm_score || ' → ' || name END AS reason
                   FROM (SELECT *, (%s::text[])[array_position(
                                           %s::int[], rfm_segment_id)] AS name
                         FROM (%s) scored) named
                   WHERE name IS NOT NULL""",
                self.env._("No purchase yet"),
                segments.mapped("name"),
                segments.ids,
                query,
            ),
            customer_ids,
            lambda leavers: self._same_reason(leavers, self.env._("No longer scored")),
            joined,
        )

    @api.model
    def _join_rfm(self, company):
        """Make one of stays that follow on each other, after months were filled."""
        self.env["customer.segment.membership"]._join_touching(
            company, self._rfm_segments()
        )

    # === ONE COMPANY === #

    @api.model
    def _refresh_groups(self):
        """:return: list of segments that exclude each other: those of RFM, each other

        Archived ones are among them, so that their members leave.
        """
        segments = self.sudo().with_context(active_test=False)
        others = segments.search([("kind", "!=", "rfm")])
        return [self._rfm_segments(), *others]

    @api.model
    def _rfm_segments(self):
        segments = self.sudo().with_context(active_test=False)
        return segments.search([("kind", "=", "rfm")])

    def _refresh_group(self, company, as_of, among=None):
        """Bring the memberships of segments that exclude each other up to date.

        :param among: ids of the customers who may move, None for all
        """
        if not self or not company.exists():
            return 0
        if self[0].kind == "rfm":
            return self._record_rfm(company, as_of, self._stored_rfm_query(company))
        if self.kind == "manual" or self._has_later_history(company, as_of):
            return 0
        return self._refresh_computed(company, as_of, among)

    def _refresh_computed(self, company, as_of, among=None):
        """Bring the memberships of one computed segment up to date."""
        self.ensure_one()
        query = (
            self._computed_members_query(company, as_of)
            if self.active
            else SQL("SELECT NULL::int AS partner_id, NULL AS reason WHERE FALSE")
        )
        if query is None:
            return 0
        return self.env["customer.segment.membership"]._record_state(
            company,
            as_of,
            self,
            SQL(
                """SELECT member.partner_id, %s AS segment_id, member.reason
                   FROM (%s) member
                   WHERE member.partner_id <> ALL(%s) %s""",
                self.id,
                query,
                self.excluded_partner_ids.ids,
                SQL("AND member.partner_id = ANY(%s)", among) if among else SQL(""),
            ),
            among,
            exit_reasons=partial(self._exit_reasons_query, company, as_of),
        )

    def _has_later_history(self, company, as_of):
        """Whether members of a later day are known: history is written forward."""
        return bool(
            self.env["customer.segment.membership"]
            .sudo()
            .search_count(
                [
                    ("segment_id", "in", self.ids),
                    ("company_id", "=", company.id),
                    "|",
                    ("date_from", ">", as_of),
                    ("date_to", ">", as_of),
                ],
                limit=1,
            )
        )

    @api.model
    def _stored_rfm_query(self, company, customer_ids=None):
        scope = (
            SQL("AND partner_id = ANY(%s)", list(customer_ids))
            if customer_ids is not None
            else SQL("")
        )
        return SQL(
            """SELECT partner_id, rfm_segment_id, rfm_score FROM customer_profile
               WHERE company_id = %s AND rfm_segment_id IS NOT NULL %s""",
            company.id,
            scope,
        )

    @api.model
    def _refresh_day(self, company, as_of=None):
        return fields.Date.to_date(as_of) or company._insight_today()

    @api.model
    def _all_companies(self):
        return self.env["customer.profile"]._all_companies()

    @api.model
    def _lock_refresh(self, company):
        """Let one refresh of a company's memberships run at a time.

        :raise UserError: if another one is under way
        """
        if not self._try_lock_refresh(company):
            raise UserError(
                self.env._(
                    "The segments of %(company)s are being brought up to date at this"
                    " moment. Please look again in a minute.",
                    company=company.name,
                )
            )

    @api.model
    def _try_lock_refresh(self, company):
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('customer.segment'), %s)",
            [company.id],
        )
        return self.env.cr.fetchone()[0]
