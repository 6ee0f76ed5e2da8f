import logging
from threading import Thread

import psycopg2
from odoo import api, fields, models
from odoo.tools import SQL
from psycopg2.pool import PoolError

_logger = logging.getLogger(__name__)

_PENDING = "customer_insight_pending_profiles"
_FOLLOWING_CRON = "customer_insight.ir_cron_refresh_changed"


def _notify(cron):
    """Wake the workers, in a thread: whoever confirms an order does not wait for it.

    If that fails, or the process ends before, they find the trigger by themselves
    within a minute.
    """
    try:
        cron._notifydb()
    except (psycopg2.Error, PoolError) as error:
        _logger.info("The scheduler was not woken: %s", error)


class CustomerProfileQueue(models.Model):
    """Customers whose documents changed and whose profile has to follow.

    Rows are only added and removed: two transactions never wait for each other here.
    """

    _name = "customer.profile.queue"
    _description = "Customer Profile Queue"
    _log_access = False

    # Plain numbers: a foreign key would make a confirmation check, lock and perhaps
    # wait for the contact. The refresh ignores contacts that are gone.
    partner = fields.Integer(required=True)
    company = fields.Integer(required=True)

    @api.model
    def _add(self, pairs):
        """Note customers for refresh; written once, just before the commit.

        :param pairs: iterable of ``(partner id, company id)``; any contact of a
            customer stands for the customer
        """
        precommit = self.env.cr.precommit
        if _PENDING not in precommit.data:
            precommit.data[_PENDING] = set()
            precommit.add(self._write_pending)
        precommit.data[_PENDING].update(pairs)

    @api.model
    def _write_pending(self):
        pairs = self.env.cr.precommit.data.pop(_PENDING, set())
        if pairs:
            self._write_and_wake(*zip(*sorted(pairs), strict=True))

    @api.model
    def _write_and_wake(self, partners, companies):
        """Write the notes and have them handled at once.

        All in one statement, and the trigger's own create() is passed over: a search
        and two inserts took twice as long. Waking the workers takes a connection of
        its own, a sixth of the time of a confirmation. Core's ``_trigger`` does it
        every time; here only the first of a burst does, the others find its trigger
        waiting. Should a worker have just finished with that one, its next poll,
        within a minute, finds theirs.

        :param partners: ids, one per note
        :param companies: ids, as many
        """
        cron = self.env["ir.cron"].browse(
            self.env["ir.model.data"]._xmlid_to_res_id(_FOLLOWING_CRON)
        )
        [[is_waiting]] = self.env.execute_query(
            SQL(
                """WITH noted AS (
                       INSERT INTO customer_profile_queue (partner, company)
                       SELECT * FROM unnest(%(partners)s, %(companies)s)
                   ), added AS (
                       INSERT INTO ir_cron_trigger (cron_id, call_at)
                       VALUES (%(cron)s, %(now)s))
                   SELECT EXISTS (SELECT FROM ir_cron_trigger
                                  WHERE cron_id = %(cron)s AND call_at <= %(now)s)""",
                partners=list(partners),
                companies=list(companies),
                cron=cron.id,
                now=fields.Datetime.now(),
            )
        )
        if not is_waiting:
            self.env.cr.postcommit.add(
                Thread(target=_notify, args=[cron], daemon=True).start
            )

    @api.model
    def _companies(self):
        """:return: ids of the companies that have notes (list of int)"""
        return [
            company for (company,) in self._read_group([], ["company"], order="company")
        ]

    @api.model
    def _take(self, company, limit=1000):
        """Remove the oldest notes of a company and hand them out.

        :return: set of partner ids; what another worker is handling at the moment is
            left to it
        """
        rows = self.env.execute_query(
            SQL(
                """DELETE FROM customer_profile_queue
                   WHERE id = ANY(ARRAY(  -- an array is made once, IN may be re-run
                       SELECT id FROM customer_profile_queue
                       WHERE company = %s
                       ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
                   RETURNING partner""",
                company.id,
                limit,
            )
        )
        return {partner for (partner,) in rows}
