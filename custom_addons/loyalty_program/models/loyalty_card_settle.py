from odoo import fields, models
from odoo.tools import SQL

from ..engine.points import allocate, to_points


class LoyaltyCard(models.Model):
    """What settling an order needs of the account."""

    _inherit = "loyalty.card"

    def _capped(self, points, order, day):
        """What of an order's points the limits of the program allow."""
        program = self.program_id
        month = [fields.Date.start_of(day, "month"), fields.Date.end_of(day, "month")]
        limits = [
            (program.earn_cap_day, SQL("card_id = %s AND date = %s", self.id, day)),
            (
                program.earn_cap_month,
                SQL("card_id = %s AND date BETWEEN %s AND %s", self.id, *month),
            ),
            (program.earn_cap_program, SQL("program_id = %s", program.id)),
        ]
        if program.earn_cap_program:
            self._note_budget_use()
        for limit, scope in limits:
            if not limit:
                continue
            [(used,)] = self.env.execute_query(
                SQL(
                    """SELECT COALESCE(sum(points), 0) FROM loyalty_point_move
                       WHERE side = 'earn' AND %s
                         AND NOT (source_model = %s AND source_id = %s)""",
                    scope,
                    order._name,
                    order.id,
                )
            )
            points = min(points, max(to_points(limit) - to_points(used), to_points(0)))
        return points

    def _note_budget_use(self):
        self.env.cr.execute(
            "UPDATE loyalty_program SET claim_count = COALESCE(claim_count, 0) + 1"
            " WHERE id = %s",
            [self.program_id.id],
        )

    def _give_back(self, event, points, kind):
        """Undo debits of a document: each part returns with the days of its old lot.

        What was consumed last is given back first. Lots that have ended meanwhile end
        again at once.

        :param kind: of the debits, ``redeem`` or ``clawback``
        :return: Decimal, what came from no lot
        """
        moves = self.env["loyalty.point.move"]
        parts = self._parts_of(event, kind)
        lots = [((debit, lot), to_points(left)) for debit, lot, left in parts]
        chosen, rest = allocate(lots, points)
        for (debit_id, lot_id), share in chosen:
            lot = moves.browse(lot_id)
            self._post(
                share,
                "restore",
                source=event.order,
                key=event.key(),
                side="earn" if kind == "clawback" else "spend",
                reversed_move=moves.browse(debit_id),
                origin_move=lot,
                available_on=lot.available_on,
                expires_on=lot.expires_on,
            )
        self._expire()
        return rest

    def _parts_of(self, event, kind):
        """``[(debit id, lot id, points not given back yet)]``, the latest first."""
        return self.env.execute_query(
            SQL(
                """SELECT used.debit_id, used.credit_id,
                          used.points - COALESCE(sum(back.points), 0)
                   FROM loyalty_point_allocation used
                   JOIN loyalty_point_move debit ON debit.id = used.debit_id
                   LEFT JOIN loyalty_point_move back
                       ON back.reversed_move_id = used.debit_id
                       AND back.origin_move_id = used.credit_id
                   WHERE debit.source_model = %s AND debit.source_id = %s
                     AND debit.program_id = %s AND debit.kind = %s
                   GROUP BY used.id ORDER BY used.id DESC""",
                event.order._name,
                event.order.id,
                self.program_id.id,
                kind,
            )
        )

    def _write_off(self, move, key, source=None):
        """Forgive what a line could not take, unless the policy lets it be owed."""
        if self.program_id.debt_policy != "debt" and move.points_open < 0:
            self._post(
                -to_points(move.points_open),
                "adjust",
                source=source,
                key=key,
                reversed_move=move,
                reason=self.env._("Written off: the points were already spent"),
            )

    def _undo_write_off(self, event, points):
        """Take back what was written off when the order's points were taken back."""
        lines = self.env["loyalty.point.move"].search(
            [
                ("source_model", "=", "sale.order"),
                ("source_id", "=", event.order.id),
                ("program_id", "=", self.program_id.id),
                ("kind", "=", "adjust"),
            ]
        )
        owed = min(to_points(sum(lines.mapped("points"))), points)
        if owed > 0:
            self._post(
                -owed,
                "adjust",
                source=event.order,
                key=event.key(),
                reason=self.env._("Write-off taken back: the order counts again"),
            )
