from odoo import api, models
from odoo.tools import SQL

#: Lots that one transaction ends; an account is not divided.
_BATCH = 20_000


class LoyaltyCard(models.Model):
    """The job that ends points, in sets."""

    _inherit = "loyalty.card"

    @api.model
    def _cron_expire(self):
        """End all points whose last day has passed, a batch of accounts at a time."""
        cron = self.env["ir.cron"]
        cards = self.sudo()
        batches = cards._due_batches(_BATCH)
        cron._commit_progress(remaining=sum(map(len, batches)))
        for ids in batches:
            cards.browse(ids)._lock_free()._expire()
            if not cron._commit_progress(len(ids)):
                break

    @api.model
    def _due_sql(self, scope):
        return SQL(
            "SELECT id, card_id, points_open, expiry FROM (%s) lot"
            " WHERE expiry < today",
            self._open_lots_sql(scope),
        )

    @api.model
    def _due_batches(self, size):
        """Accounts with points to end, in lists of about so many lots together."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT array_agg(card_id ORDER BY card_id) FROM (
                       SELECT card_id, sum(count(*)) OVER (ORDER BY card_id) AS so_far
                       FROM (%s) due GROUP BY card_id
                   ) card GROUP BY div(so_far, %s) ORDER BY div(so_far, %s)""",
                self._due_sql(SQL("TRUE")),
                size,
                size,
            )
        )
        return [ids for (ids,) in rows]

    @api.model
    def _due_accounts(self, limit):
        """Lock accounts with points to end; those in use elsewhere come next time."""
        due = [card_id for ids in self._due_batches(_BATCH) for card_id in ids]
        return self.browse(due[:limit])._lock_free()

    def _lock_free(self):
        """Lock those of these accounts that nobody else has locked."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM loyalty_card WHERE id = ANY(%s)
                   ORDER BY id FOR NO KEY UPDATE SKIP LOCKED""",
                self.ids,
            )
        )
        return self.browse([card_id for (card_id,) in rows])

    def _expire(self):
        """End the due lots of these locked accounts, one line per lot.

        The line is dated on the lot's last day, however late the job.

        :return: number of lines added
        """
        if not self:
            return 0
        added = self.env["loyalty.point.move"]._append(self._expire_rows())
        self.env["loyalty.point.allocation"]._add_whole([move for move, _card in added])
        return len(added)

    def _expire_rows(self):
        """The lines; what they take is taken at once, so nothing of them is open."""
        return SQL(
            """SELECT due.card_id, due.expiry AS date, 'expire'::varchar AS kind,
                      'other'::varchar AS side, -due.points_open AS points,
                      0::numeric AS points_open, NULL::date AS available_on,
                      NULL::date AS expires_on, NULL::varchar AS source_model,
                      NULL::int4 AS source_id,
                      ('expire:' || due.id)::varchar AS source_key,
                      NULL::int4 AS reversed_move_id, due.id AS origin_move_id,
                      NULL::varchar AS reason
               FROM (%s) due""",
            self._due_sql(SQL("card.id = ANY(%s)", self.ids)),
        )
