from odoo import api, fields, models
from odoo.tools import SQL

from .loyalty_point_move import ROW, SEALED

#: Columns of a statement that adds lines, with their types.
TYPES = {**SEALED, "points_open": "numeric"}
#: Kinds of lines that keep an account from ending for want of activity.
ACTIVITIES = ("opening", "earn", "bonus", "redeem")


class LoyaltyPointMove(models.Model):
    """The one way in which lines come into the ledger."""

    _inherit = "loyalty.point.move"

    @api.model
    def _append(self, rows):
        """Add lines, seal them and move the balances: the only way into the table.

        The cards must be locked. History lines for core's portal are written along.
        Several lines of a card follow each other by their days and lots.

        :param rows: SELECT of the columns ``ROW``
        :return: list of ``(move id, card id)``
        """
        self.env.flush_all()
        added = self.env.execute_query(
            SQL(
                """
                WITH line AS MATERIALIZED (
                    SELECT item.*, card.partner_id, card.company_id, card.program_id,
                           COALESCE(card.ledger_sequence, 0)
                               + (row_number() OVER chain)::int4 AS sequence,
                           COALESCE(card.ledger_digest, '') AS previous,
                           %(uid)s::int4 AS create_uid,
                           (now() AT TIME ZONE 'UTC')::timestamp AS create_date
                    FROM (%(rows)s) item
                    JOIN loyalty_card card ON card.id = item.card_id
                    WINDOW chain AS (PARTITION BY item.card_id
                                     ORDER BY item.date, item.origin_move_id)
                ), added AS (
                    INSERT INTO loyalty_point_move
                        (%(sealed)s, partner_id, company_id, program_id, points_open,
                         digest)
                    SELECT %(sealed)s, partner_id, company_id, program_id, points_open,
                           loyalty_ledger_chain(previous, jsonb_build_array(%(said)s))
                               OVER (PARTITION BY card_id ORDER BY sequence)
                    FROM line
                    RETURNING id, card_id, sequence, points, digest, kind, date, reason,
                              source_model, source_id, create_uid, create_date
                ), %(moved)s
                , told AS (%(history)s)
                SELECT id, card_id FROM added ORDER BY id
                """,
                uid=self.env.uid,
                rows=rows,
                sealed=SQL(", ").join(SQL.identifier(name) for name in SEALED),
                said=self._said_sql("line"),
                moved=self._moved_sql(),
                history=self._history_sql(),
            )
        )
        cards = self.env["loyalty.card"].browse({card for _move, card in added})
        cards._forget_figures()
        return added

    @api.model
    def _moved_sql(self):
        """CTEs that bring the accounts of the lines ``added`` up to date."""
        return SQL(
            """
            total AS (
                SELECT card_id, sum(points) AS points, max(sequence) AS sequence,
                       (array_agg(digest ORDER BY sequence DESC))[1] AS digest,
                       max(date) FILTER (
                           WHERE kind IN %s
                       ) AS active_on
                FROM added GROUP BY card_id
            ), month AS (
                SELECT card_id, to_char(date, 'YYYY-MM') AS name,
                       COALESCE(sum(points) FILTER (WHERE points > 0), 0) AS came,
                       COALESCE(-sum(points) FILTER (WHERE points < 0), 0) AS went
                FROM added GROUP BY card_id, name
            ), months AS (
                SELECT month.card_id, jsonb_object_agg(name, jsonb_build_array(
                    came + COALESCE((card.month_points -> name ->> 0)::numeric, 0),
                    went + COALESCE((card.month_points -> name ->> 1)::numeric, 0)
                )) AS points
                FROM month JOIN loyalty_card card ON card.id = month.card_id
                GROUP BY month.card_id
            ), moved AS (
                UPDATE loyalty_card card
                SET points = round(COALESCE(card.points, 0)::numeric
                                   + total.points, 2),
                    ledger_sequence = total.sequence,
                    ledger_digest = total.digest,
                    last_activity_date = GREATEST(card.last_activity_date,
                                                  total.active_on),
                    month_points = COALESCE(card.month_points, '{}')
                                   || months.points
                FROM total JOIN months USING (card_id)
                WHERE card.id = total.card_id
            )
            """,
            ACTIVITIES,
        )

    @api.model
    def _row_sql(self, values):
        """A SELECT of one row for ``_append``.

        :param values: ``{column: value}``; what is missing is NULL
        """
        return SQL(
            "SELECT %s",
            SQL(", ").join(
                SQL(
                    "%s::%s AS %s",
                    values.get(name) or None,
                    SQL(TYPES[name]),
                    SQL.identifier(name),
                )
                for name in ROW
            ),
        )

    @api.model
    def _digest_sql(self, alias, previous):
        """The digest of a line: all it says and the digest of the line before."""
        return SQL(
            "encode(sha256(convert_to(jsonb_build_array(%s, %s)::text, 'UTF8')),"
            " 'hex')",
            previous,
            self._said_sql(alias),
        )

    @api.model
    def _said_sql(self, alias):
        """All columns of a line that are sealed."""
        return SQL(", ").join(SQL.identifier(alias, name) for name in SEALED)

    @api.model
    def _history_sql(self):
        """The lines in core's history, which core's portal reads."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return SQL(
            """
            INSERT INTO loyalty_history
                (point_move_id, card_id, description, issued, used, order_model,
                 order_id, create_uid, write_uid, create_date, write_date)
            SELECT added.id, added.card_id,
                   concat_ws(': ', %(kinds)s::jsonb ->> added.kind,
                             COALESCE(sale.name, added.reason)),
                   GREATEST(added.points, 0), GREATEST(-added.points, 0),
                   added.source_model, added.source_id, added.create_uid,
                   added.create_uid, added.create_date, added.create_date
            FROM added
            LEFT JOIN sale_order sale ON added.source_model = 'sale.order'
                AND sale.id = added.source_id
            ORDER BY added.id
            """,
            kinds=fields.Json().convert_to_column(kinds, self),
        )
