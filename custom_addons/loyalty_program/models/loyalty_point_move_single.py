from odoo import api, models
from odoo.tools import SQL

from .loyalty_point_move import ROW, SEALED
from .loyalty_point_move_append import ACTIVITIES, TYPES


class LoyaltyPointMove(models.Model):
    """One line for one account, as each order has it."""

    _inherit = "loyalty.point.move"

    @api.model
    def _append_one(self, values, source=None):
        """Add a line, seal it and move the balance, as ``_append`` does.

        A statement over sets takes the database longer to read and to plan than this
        one takes it altogether. It begins with the account: who comes second waits
        here, and has to be repeated.

        :param values: ``{column: value}`` of ``ROW``; what is missing is NULL
        :param source: the record the line comes from
        :return: ``(move id, whether the account owed points before)``
        """
        self.env.flush_all()
        said = self._row_expressions(values)
        columns = [*SEALED, "points_open"]
        [added] = self.env.execute_query(
            SQL(
                """WITH card AS (%(moved)s), added AS (
                       INSERT INTO loyalty_point_move
                           (%(columns)s, partner_id, company_id, program_id, digest)
                       SELECT %(values)s, partner_id, company_id, program_id,
                              ledger_digest
                       FROM card RETURNING id
                   ), told AS (%(history)s)
                   SELECT id, EXISTS (SELECT FROM loyalty_point_move debt
                                      WHERE debt.card_id = %(card)s
                                        AND debt.points_open < 0)
                   FROM added""",
                moved=self._moved_one_sql(values, said),
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                values=SQL(", ").join(
                    {**said, "sequence": SQL("ledger_sequence")}[name]
                    for name in columns
                ),
                history=self._history_one_sql(values, source),
                card=values["card_id"],
            )
        )
        self.env["loyalty.card"].browse(values["card_id"])._forget_figures()
        return added

    @api.model
    def _row_expressions(self, values):
        """``{column: SQL}`` of a line, its number as the account still has it."""
        result = {
            name: SQL("%s::%s", values.get(name) or None, SQL(TYPES[name]))
            for name in ROW
        }
        result["sequence"] = SQL("COALESCE(ledger_sequence, 0) + 1")
        result["create_uid"] = SQL("%s::int4", self.env.uid)
        result["create_date"] = SQL("(now() AT TIME ZONE 'UTC')::timestamp")
        return result

    @api.model
    def _moved_one_sql(self, values, said):
        """Bring the account up to date; as it was before, it says the line's digest."""
        points = values["points"]
        came, went = max(points, 0), max(-points, 0)
        is_active = values["kind"] in ACTIVITIES
        return SQL(
            """UPDATE loyalty_card
               SET points = round(COALESCE(points, 0)::numeric + %(points)s, 2),
                   ledger_sequence = %(sequence)s,
                   ledger_digest = loyalty_ledger_seal(
                       NULL, COALESCE(ledger_digest, ''), jsonb_build_array(%(said)s)),
                   last_activity_date = GREATEST(last_activity_date, %(active_on)s),
                   month_points = COALESCE(month_points, '{}') || jsonb_build_object(
                       %(month)s, jsonb_build_array(
                           %(came)s + COALESCE(
                               (month_points -> %(month)s ->> 0)::numeric, 0),
                           %(went)s + COALESCE(
                               (month_points -> %(month)s ->> 1)::numeric, 0)))
               WHERE id = %(card)s
               RETURNING partner_id, company_id, program_id, ledger_sequence,
                         ledger_digest""",
            points=said["points"],
            sequence=said["sequence"],
            said=SQL(", ").join(said[name] for name in SEALED),
            active_on=SQL("%s::date", values["date"] if is_active else None),
            month=SQL("%s::text", f"{values['date']:%Y-%m}"),
            came=SQL("%s::numeric", came),
            went=SQL("%s::numeric", went),
            card=values["card_id"],
        )

    @api.model
    def _history_one_sql(self, values, source):
        """The line in core's history, which core's portal reads."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        is_order = source is not None and source._name == "sale.order"
        about = source.name if is_order else values.get("reason")
        points = values["points"]
        return SQL(
            """INSERT INTO loyalty_history
                   (point_move_id, card_id, description, issued, used, order_model,
                    order_id, create_uid, write_uid, create_date, write_date)
               SELECT id, %(card)s, %(description)s, %(issued)s, %(used)s, %(model)s,
                      %(source)s, %(uid)s, %(uid)s, %(now)s, %(now)s
               FROM added""",
            card=values["card_id"],
            description=": ".join(filter(None, [kinds[values["kind"]], about])),
            issued=max(points, 0),
            used=max(-points, 0),
            model=values.get("source_model"),
            source=values.get("source_id"),
            uid=self.env.uid,
            now=SQL("now() AT TIME ZONE 'UTC'"),
        )
