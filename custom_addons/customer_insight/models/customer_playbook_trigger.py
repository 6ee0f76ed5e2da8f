from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from .customer_warning import PENDING

#: Upper ends of the bands of churn risk; without a forecast the band is 0.
RISK_BANDS = (0.25, 0.5, 0.75)
#: Triggers that are states, in which somebody may have been before the start.
_BACKLOG = ("stage", "segment", "warning", "silence")


class CustomerPlaybook(models.Model):
    """Who begins a playbook, and who of them is left alone: one statement each.

    Every entry has a key (a stay in a stage, a warning, an event …). The same entry
    begins a playbook once, however often the job runs.
    """

    _inherit = "customer.playbook"

    # === WHO === #

    def _entries_query(self, day):
        """The customers to whom the trigger of this playbook has happened.

        An add-on that adds a trigger ``x`` adds a method ``_trigger_x(day)``.

        :param day: date, the present day of the company
        :return: SELECT partner_id, entry_key, entry_date; a customer more than once
            where more than one thing happened
        """
        self.ensure_one()
        return getattr(self, f"_trigger_{self.trigger}")(day)

    def _takes_backlog(self):
        """:return: whether those to whom it happened before the start begin, too"""
        return self.is_backlog and self.trigger in _BACKLOG

    def _since(self, day):
        """:return: the first day on which something must have happened to count"""
        if since := self.env.context.get("playbook_since"):
            return since  # a dry run: as if it had been started on that day
        if self._takes_backlog():
            return day - timedelta(days=36500)
        return self.started_on or day

    def _trigger_stage(self, day):
        return SQL(
            """SELECT partner_id,
                      'stage,' || COALESCE(stage_since, %(day)s) AS entry_key,
                      COALESCE(stage_since, %(day)s) AS entry_date
               FROM customer_profile
               WHERE company_id = %(company)s AND lifecycle_stage = %(stage)s
                 AND COALESCE(stage_since, %(since)s) >= %(since)s""",
            company=self.company_id.id,
            stage=self.stage,
            since=self._since(day),
            day=day,
        )

    def _trigger_segment(self, day):
        return SQL(
            """SELECT partner_id, 'segment,' || date_from AS entry_key,
                      date_from AS entry_date
               FROM customer_segment_membership
               WHERE company_id = %s AND segment_id = %s AND date_to IS NULL
                 AND date_from >= %s""",
            self.company_id.id,
            self.segment_id.id,
            self._since(day),
        )

    def _trigger_warning(self, day):
        return SQL(
            """SELECT partner_id, 'warning,' || id AS entry_key, date AS entry_date
               FROM customer_warning
               WHERE company_id = %s AND state IN %s AND date >= %s""",
            self.company_id.id,
            PENDING,
            self._since(day),
        )

    def _trigger_delivery(self, day):
        """The first order of a customer, all of it delivered."""
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id,
                      'order,' || ord.id AS entry_key, %(day)s::date AS entry_date
               FROM sale_order ord
               JOIN res_partner partner ON partner.id = ord.partner_id
               JOIN (SELECT order_id,
                            BOOL_AND(qty_delivered >= product_uom_qty) AS is_complete
                     FROM sale_order_line
                     WHERE display_type IS NULL AND product_uom_qty > 0
                       AND is_downpayment IS NOT TRUE
                       AND company_id = %(company)s
                     GROUP BY order_id) line ON line.order_id = ord.id
               WHERE ord.company_id = %(company)s AND ord.state = 'sale'
                 AND ord.date_order >= %(since)s AND line.is_complete
                 AND NOT EXISTS (
                     SELECT FROM sale_order earlier
                     JOIN res_partner buyer ON buyer.id = earlier.partner_id
                     WHERE buyer.commercial_partner_id = partner.commercial_partner_id
                       AND earlier.company_id = %(company)s AND earlier.state = 'sale'
                       AND (earlier.date_order, earlier.id)
                           < (ord.date_order, ord.id))""",
            company=self.company_id.id,
            since=self._since(day),
            day=day,
        )

    def _trigger_occasion(self, day):
        """The customers of the persons whose birthday or other occasion it is."""
        return SQL(
            """SELECT person.commercial_partner_id AS partner_id,
                      'occasion,' || due.occasion_id || ',' || due.year AS entry_key,
                      %s::date AS entry_date
               FROM (%s) due JOIN res_partner person ON person.id = due.partner_id
               WHERE due.occasion_id = %s
                 AND person.insight_no_greetings IS NOT TRUE""",
            day,
            self.env["customer.occasion"]._due(self.company_id, day),
            self.occasion_id.id,
        )

    def _trigger_event(self, day):
        return SQL(
            """SELECT partner_id, 'event,' || id AS entry_key, date AS entry_date
               FROM customer_playbook_event
               WHERE company_id = %s AND kind = %s AND date >= %s""",
            self.company_id.id,
            self.event_kind,
            self._since(day),
        )

    def _trigger_silence(self, day):
        return SQL(
            """SELECT partner_id, 'silence,' || last_interaction_date AS entry_key,
                      last_interaction_date + %(days)s AS entry_date
               FROM customer_profile
               WHERE company_id = %(company)s
                 AND last_interaction_date + %(days)s BETWEEN %(since)s AND %(day)s""",
            company=self.company_id.id,
            days=self.silence_days,
            since=self._since(day),
            day=day,
        )

    def _trigger_manual(self, day):
        return SQL(
            """SELECT NULL::int4 AS partner_id, '' AS entry_key, %s::date AS entry_date
               WHERE FALSE""",
            day,
        )

    # === WHO OF THEM BEGINS, AND HOW === #

    def _newcomers_query(self, day, entries=None):
        """Who would begin now, drawn into the two groups.

        Within each band of churn risk the customers stand in an order that depends on
        nothing but playbook, customer and entry; of this row every tenth (or what the
        share says) is control, so that shares hold to within one customer and a
        repeated draw gives the same groups.

        :param entries: SELECT of entries; those of the trigger when not given
        :return: SELECT partner_id, entry_key, risk, stratum, is_control
        """
        return SQL(
            """
            WITH entry AS (
                SELECT DISTINCT ON (partner_id) partner_id, entry_key
                FROM (%(entries)s) entry
                ORDER BY partner_id, entry_date DESC, entry_key DESC
            ), earlier AS (
                SELECT stratum, COUNT(*) AS n FROM customer_playbook_enrolment
                WHERE playbook_id = %(playbook)s AND is_random GROUP BY stratum
            ), wanted AS (
                SELECT entry.*, profile.churn_risk AS risk,
                       CASE WHEN profile.churn_risk IS NULL THEN 0
                            ELSE 1 + width_bucket(profile.churn_risk::float8,
                                                  %(bands)s::float8[]) END AS stratum
                FROM entry
                JOIN res_partner partner ON partner.id = entry.partner_id
                JOIN customer_profile profile ON profile.partner_id = entry.partner_id
                    AND profile.company_id = %(company)s
                WHERE partner.active AND partner.insight_objection IS NOT TRUE
                  AND profile.id IN (%(condition)s)
                  AND NOT EXISTS (
                      SELECT FROM customer_playbook_enrolment other
                      WHERE other.playbook_id = %(playbook)s
                        AND other.partner_id = entry.partner_id
                        AND (other.state = 'running'
                             OR other.entry_key = entry.entry_key
                             OR %(never)s OR other.date > %(again)s))
            ), ordered AS (
                SELECT wanted.*, COALESCE(earlier.n, 0) + ROW_NUMBER() OVER (
                           PARTITION BY wanted.stratum
                           ORDER BY md5(%(playbook)s || ':' || partner_id || ':'
                                        || entry_key)) AS place,
                       ('x' || substr(md5(%(playbook)s || '/' || wanted.stratum), 1, 6)
                       )::bit(24)::int / 16777216.0 AS first
                FROM wanted LEFT JOIN earlier ON earlier.stratum = wanted.stratum
            )
            SELECT partner_id, entry_key, risk, stratum,
                   floor(place * %(share)s + first)
                       > floor((place - 1) * %(share)s + first) AS is_control
            FROM ordered
            """,
            entries=entries or self._entries_query(day),
            playbook=self.id,
            company=self.company_id.id,
            bands=list(RISK_BANDS),
            condition=self._condition_query(),
            never=self.reentry == "never",
            again=day - timedelta(days=self.reentry_days),
            share=self.control_share / 100,
        )

    def _enrol(self, now):
        """Let those begin to whom the trigger happened.

        :param now: moment, UTC
        :return: number of customers
        """
        self.ensure_one()
        self.env.flush_all()
        day = self.company_id._insight_today()
        first = self.step_ids.sorted()[:1]
        self.env.cr.execute(
            SQL(
                """INSERT INTO customer_playbook_enrolment (
                       playbook_id, company_id, partner_id, entry_key, date, window_end,
                       risk, stratum, is_random, is_control, state, step_id, next_date,
                       is_bought, is_measured, amount,
                       create_uid, create_date, write_uid, write_date)
                   SELECT %(playbook)s, %(company)s, partner_id, entry_key, %(day)s,
                          %(end)s, risk, stratum, %(random)s, is_control, 'running',
                          CASE WHEN is_control THEN NULL ELSE %(step)s END,
                          CASE WHEN is_control THEN NULL ELSE %(due)s::timestamp END,
                          FALSE, FALSE, 0, %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM (%(newcomers)s) newcomer
                   ON CONFLICT DO NOTHING""",
                playbook=self.id,
                company=self.company_id.id,
                day=day,
                end=day + timedelta(days=self.window_days),
                random=self.control_share > 0,
                step=first.id or None,
                due=now + timedelta(days=first.delay_days),
                uid=self.env.uid,
                now=now,
                newcomers=self._newcomers_query(day),
            )
        )
        count = self.env.cr.rowcount
        if count:
            self.env["customer.playbook.enrolment"].invalidate_model()
        return count
