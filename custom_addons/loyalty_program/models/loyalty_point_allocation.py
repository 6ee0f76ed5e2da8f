from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class LoyaltyPointAllocation(models.Model):
    """Which credit a debit consumed, and how much of it. Never changed or removed."""

    _name = "loyalty.point.allocation"
    _description = "Points Consumed"
    _order = "id"
    _log_access = False

    credit_id = fields.Many2one(
        "loyalty.point.move",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    debit_id = fields.Many2one(
        "loyalty.point.move",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    points = fields.Float(digits=(16, 2), required=True, readonly=True)

    _points_check = models.Constraint(
        "CHECK (points > 0)", "Only a positive number of points can be consumed."
    )

    def init(self):
        """Have the database itself refuse what the models refuse."""
        self.env["loyalty.point.move"]._create_guard()
        self.env.cr.execute(
            """
            DROP TRIGGER IF EXISTS loyalty_sealed ON loyalty_point_allocation;
            CREATE TRIGGER loyalty_sealed
                BEFORE UPDATE OR DELETE ON loyalty_point_allocation
                FOR EACH ROW EXECUTE FUNCTION loyalty_ledger_is_append_only();
            DROP TRIGGER IF EXISTS loyalty_sealed_truncate ON loyalty_point_allocation;
            CREATE TRIGGER loyalty_sealed_truncate
                BEFORE TRUNCATE ON loyalty_point_allocation
                FOR EACH STATEMENT EXECUTE FUNCTION loyalty_ledger_is_append_only();
            """
        )

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("Points are allocated by the ledger alone."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("Allocations of points are never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Allocations of points are never deleted."))

    @api.model
    def _add_whole(self, debit_ids):
        """Store debits that took all that was left of the lot they name.

        :param debit_ids: new lines with an ``origin_move_id`` and nothing open
        """
        if not debit_ids:
            return
        self.env.execute_query(
            SQL(
                """WITH used AS (
                       INSERT INTO loyalty_point_allocation
                           (credit_id, debit_id, points)
                       SELECT origin_move_id, id, -points FROM loyalty_point_move
                       WHERE id = ANY(%s) ORDER BY id RETURNING credit_id
                   )
                   UPDATE loyalty_point_move lot SET points_open = 0
                   FROM used WHERE lot.id = used.credit_id RETURNING lot.id""",
                debit_ids,
            )
        )
        self.env["loyalty.point.move"].invalidate_model(
            ["points_open", "credit_ids", "debit_ids"], flush=False
        )

    @api.model
    def _add(self, rows):
        """Store allocations and lower what is left on both sides.

        :param rows: list of ``(credit id, debit id, Decimal)``
        """
        if not rows:
            return
        self.env.cr.execute_values(
            "INSERT INTO loyalty_point_allocation (credit_id, debit_id, points)"
            " VALUES %s",
            rows,
        )
        changes = {}
        for credit, debit, points in rows:
            changes[credit] = changes.get(credit, 0) - points
            changes[debit] = changes.get(debit, 0) + points
        self.env.execute_query(
            SQL(
                """UPDATE loyalty_point_move move
                   SET points_open = move.points_open + change.points
                   FROM unnest(%s::int4[], %s::numeric[]) change (id, points)
                   WHERE move.id = change.id RETURNING move.id""",
                list(changes),
                list(changes.values()),
            )
        )
        moves = self.env["loyalty.point.move"].browse(changes)
        moves.invalidate_recordset(
            ["points_open", "credit_ids", "debit_ids"], flush=False
        )
