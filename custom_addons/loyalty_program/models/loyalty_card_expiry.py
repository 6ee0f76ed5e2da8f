from collections import defaultdict
from itertools import zip_longest

from odoo import api, models
from odoo.tools import SQL

from ..engine.points import to_points

_BATCH = 5000


class LoyaltyCard(models.Model):
    """The job that ends points, in sets."""

    _inherit = "loyalty.card"

    @api.model
    def _cron_expire(self):
        """End all points whose last day has passed, a batch of accounts at a time."""
        cron = self.env["ir.cron"]
        cards = self.sudo()
        cron._commit_progress(remaining=cards._due_count())
        while batch := cards._due_accounts(_BATCH):
            batch._expire()
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _due_sql(self, scope):
        return SQL(
            "SELECT id, card_id, points_open, expiry FROM (%s) lot"
            " WHERE expiry < today",
            self._open_lots_sql(scope),
        )

    @api.model
    def _due_count(self):
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(DISTINCT card_id) FROM (%s) due",
                self._due_sql(SQL("TRUE")),
            )
        )
        return count

    @api.model
    def _due_accounts(self, limit):
        """Lock accounts with points to end; those in use elsewhere come next time."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM loyalty_card
                   WHERE id = ANY(ARRAY(SELECT DISTINCT card_id FROM (%s) due))
                   ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                self._due_sql(SQL("TRUE")),
                limit,
            )
        )
        return self.browse([card_id for (card_id,) in rows])

    def _expire(self):
        """End the due lots of these locked accounts, one line per lot.

        Each round ends one due lot of every account that has some left: a line is
        sealed with the one before it. The line is dated on the lot's last day, however
        late the job.

        :return: number of lines added
        """
        by_card = defaultdict(list)
        for row in self.env.execute_query(
            SQL(
                "SELECT card_id, id, points_open, expiry FROM (%s) due"
                " ORDER BY card_id, expiry, id",
                self._due_sql(SQL("card.id = ANY(%s)", self.ids)),
            )
        ):
            by_card[row[0]].append(row)
        for lots in zip_longest(*by_card.values()):
            self._expire_round([lot for lot in lots if lot])
        return sum(map(len, by_card.values()))

    @api.model
    def _expire_round(self, due):
        """End lots, at most one of each account: ``(card, lot, points, day)``."""
        lots = {card_id: (lot, points) for card_id, lot, points, _day in due}
        added = self.env["loyalty.point.move"]._append(self._expire_rows(due))
        self.env["loyalty.point.allocation"]._add(
            [
                (lots[card_id][0], move_id, to_points(lots[card_id][1]))
                for move_id, card_id in added
            ]
        )

    @api.model
    def _expire_rows(self, due):
        return SQL(
            """SELECT due.card_id, due.day AS date, 'expire'::varchar AS kind,
                      'other'::varchar AS side, -lot.points_open AS points,
                      -lot.points_open AS points_open, NULL::date AS available_on,
                      NULL::date AS expires_on, NULL::varchar AS source_model,
                      NULL::int4 AS source_id,
                      ('expire:' || lot.id)::varchar AS source_key,
                      NULL::int4 AS reversed_move_id, lot.id AS origin_move_id,
                      NULL::varchar AS reason
               FROM unnest(%s::int4[], %s::int4[], %s::date[]) due (card_id, lot, day)
               JOIN loyalty_point_move lot ON lot.id = due.lot""",
            [card_id for card_id, *_rest in due],
            [lot for _card, lot, *_rest in due],
            [day for *_rest, day in due],
        )
