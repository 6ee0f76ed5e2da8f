import logging
from functools import partial

import psycopg2
from odoo import SUPERUSER_ID, api, fields, models, sql_db
from odoo.tools import SQL
from psycopg2.pool import PoolError

from ..tools.burst import Burst

_logger = logging.getLogger(__name__)

_PENDING = "customer_insight_pending_profiles"
_FOLLOWING_CRON = "customer_insight.ir_cron_refresh_changed"
_WAKE_AFTER = 0.02  # seconds
_WAKE_INTERVAL = 0.5  # seconds


def _wake(database):
    """Trigger the job that follows the notes, in a transaction of its own.

    If that fails, the next change wakes it, or it finds the notes within the hour.

    :param database: name of the database that has new notes
    """
    try:
        with sql_db.db_connect(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if cron := env.ref(_FOLLOWING_CRON, raise_if_not_found=False):
                cron._trigger()
    except (psycopg2.Error, PoolError) as error:
        _logger.info("The scheduler was not woken: %s", error)


_wakes = Burst(_wake, _WAKE_AFTER, _WAKE_INTERVAL)


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
        """Write the notes, and have the job woken once they can be seen.

        All that a confirmation waits for is one small insert. A trigger in the same
        transaction, as core's ``_trigger`` writes it, took more than twice as long, and
        waking the workers takes a connection of its own.
        """
        cr = self.env.cr
        pairs = cr.precommit.data.pop(_PENDING, set())
        if pairs:
            cr.execute(
                SQL(
                    "INSERT INTO customer_profile_queue (partner, company) VALUES %s",
                    SQL(", ").join(sorted(pairs)),
                )
            )
            cr.postcommit.add(partial(_wakes.ask, cr.dbname))

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
