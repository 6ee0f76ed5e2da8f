from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..engine.points import allocate, to_points

#: What a program says of the end of points, with the types in the database.
_EXPIRY = {
    "expiry_mode": "varchar",
    "expiry_term": "int4",
    "expiry_unit": "varchar",
    "expiry_not_before": "date",
}
_SIDES = {"earn": "earn", "clawback": "earn", "redeem": "spend"}


class LoyaltyCard(models.Model):
    """The one door to the points ledger, and what an account may spend."""

    _inherit = "loyalty.card"

    def _post(self, points, kind, source=None, key=None, **values):
        """Add a line to the ledger and move the balance, in this transaction.

        Who comes second to an account waits for the first and then has to be repeated,
        as the server does by itself for requests.

        :param points: signed; rounded to hundredths
        :param kind: see ``loyalty.point.move.kind``
        :param source: the document the line comes from, a record
        :param key: names the event; a key that was used returns its line. By default
            one event per document and kind.
        :param values: ``date``, ``side``, ``available_on``, ``expires_on``, ``reason``,
            ``reversed_move``, ``origin_move``; ``lot``: the credit to consume
        :return: loyalty.point.move (superuser), empty if the points round to nothing
        :raise ValidationError: if a debit is not covered by points it may consume
        """
        self.ensure_one()
        card = self.sudo()
        amount = card._checked_points(points)
        moves = card.env["loyalty.point.move"]
        if not amount:
            return moves
        if key is None:
            key = f"{source._name},{source.id}:{kind}" if source else uuid4().hex
        card._lock()
        used = moves.search([("card_id", "=", card.id), ("source_key", "=", key)])
        return used or card._post_new(amount, kind, source, key, **values)

    def _post_new(self, amount, kind, source, key, **values):
        """Add a line under a key that nothing has used yet.

        What was read of the account since this transaction began still holds, or
        adding the line fails and the transaction is repeated.

        :param amount: Decimal; see ``_post`` for the rest
        """
        card = self.sudo()
        moves = card.env["loyalty.point.move"]
        date = fields.Date.to_date(values.get("date")) or card._today()
        plan = []
        if amount < 0:
            plan = card._plan(amount, kind, source, date, values.get("lot"))
        plans = card.program_id.communication_plan_ids.filtered(
            lambda plan: plan.trigger == "points_reach"
        )
        before = plans and card.points
        move_id, owed = moves._append_one(
            card._row_values(amount, kind, source, key, date, values), source
        )
        if amount > 0 and owed:  # a credit first covers what is owed
            plan, _rest = allocate(card._debts(), amount)
        card.env["loyalty.point.allocation"]._add(
            [
                (move_id, other, share) if amount > 0 else (other, move_id, share)
                for other, share in plan
            ]
        )
        card._queue_profile()
        if amount > 0 and plans:
            changes = {card: {"old": before, "new": card.points}}
            card._send_points_reach_communication(changes)
        return moves.browse(move_id)

    def _row_values(self, amount, kind, source, key, date, values):
        expires_on = values.get("expires_on")
        if kind in ("earn", "bonus", "opening", "adjust") and amount > 0:
            expires_on = expires_on or self.program_id._points_expire_on(date)
        link = {
            f"{name}_id": values[name].id
            for name in ("reversed_move", "origin_move")
            if values.get(name)
        }
        return {
            "card_id": self.id,
            "date": date,
            "kind": kind,
            "side": values.get("side") or _SIDES.get(kind, "other"),
            "points": amount,
            "points_open": amount,
            "available_on": values.get("available_on") if amount > 0 else None,
            "expires_on": expires_on if amount > 0 else None,
            "source_model": source._name if source else None,
            "source_id": source.id if source else None,
            "source_key": key,
            "reason": values.get("reason"),
            **link,
        }

    def _queue_profile(self):
        """Have the figures of the member follow."""
        if self.company_id:
            self.env["customer.profile.queue"]._add(
                [(self.partner_id.id, self.company_id.id)]
            )

    def _lock(self):
        """Let nobody else move these accounts until this transaction ends."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, points, ledger_sequence FROM loyalty_card"
                " WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                self.ids,
            )
        )
        self.invalidate_recordset(["points", "ledger_sequence"], flush=False)
        for card_id, points, sequence in rows:
            card = self.browse(card_id)
            self._fields["points"]._insert_cache(card, [points])
            self._fields["ledger_sequence"]._insert_cache(card, [sequence or 0])

    def _today(self):
        return (self.company_id or self.env.company)._insight_today()

    # === LOTS === #

    def _plan(self, amount, kind, source, day, lot=None):
        """Choose the lots a debit consumes.

        :return: ``[(move id, Decimal)]``
        """
        lots = self._lots(source)
        usable = [(row.id, row.open) for row in lots if row.is_usable(day)]
        pending = [(row.id, row.open) for row in lots if row.is_pending(day)]
        if kind == "clawback":
            # the points of the document itself first, whatever their state
            own = [
                (row.id, row.open)
                for row in lots
                if (row.id == lot.id if lot else row.is_own)
            ]
            own_ids = {lot_id for lot_id, _open in own}
            rest = usable
            if self.program_id.debt_policy != "none":
                rest = usable + pending
            chosen = own + [row for row in rest if row[0] not in own_ids]
        elif lot:
            chosen = [(row.id, row.open) for row in lots if row.id == lot.id]
        elif kind == "redeem":
            chosen = usable
        else:
            chosen = usable + pending
        plan, rest = allocate(chosen, -amount)
        if rest and kind not in ("clawback", "transfer"):
            raise ValidationError(
                self.env._(
                    "%(account)s has %(usable)s points to spend, not %(wanted)s.",
                    account=self.display_name,
                    usable=sum(points for _id, points in chosen),
                    wanted=-amount,
                )
            )
        return plan

    def _debts(self):
        """``[(debit id, Decimal)]`` not covered by a credit yet, the oldest first."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id, points_open FROM loyalty_point_move
                   WHERE card_id = %s AND points_open < 0 ORDER BY id""",
                self.id,
            )
        )
        return [(move_id, -to_points(points)) for move_id, points in rows]

    def _lots(self, source=None):
        """Credits with something left, soonest expiry first.

        :param source: document whose own credits are marked
        :return: list of ``_Lot``
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT move.id, move.points_open, move.available_on,
                          %(expiry)s AS expiry,
                          move.side = 'earn' AND move.source_model = %(model)s
                          AND move.source_id = %(source)s
                   FROM loyalty_point_move move
                   WHERE move.card_id = %(card)s AND move.points_open > 0
                   ORDER BY expiry NULLS LAST, move.available_on NULLS FIRST,
                            move.id""",
                expiry=self._own_expiry_sql(),
                model=source._name if source else None,
                source=source.id if source else None,
                card=self.id,
            )
        )
        return [_Lot(*row) for row in rows]

    def _expiry_sql(self):
        """Last day of a lot, over ``move``, ``card``, ``program``."""
        return self._expiry_rule(
            SQL("card.last_activity_date"),
            *(SQL.identifier("program", name) for name in _EXPIRY),
        )

    def _own_expiry_sql(self):
        """Last day of a lot of this account, over ``move`` alone."""
        program = self.program_id
        return self._expiry_rule(
            SQL("%s::date", self.last_activity_date or None),
            *(
                SQL("%s::%s", program[name] or None, SQL(kind))
                for name, kind in _EXPIRY.items()
            ),
        )

    @api.model
    def _expiry_rule(self, active_on, mode, term, unit, not_before):
        """Last day of a lot: the one rule.

        What lay on the account when expiry was switched on never ends before one full
        period after that day (``expiry_not_before``).
        """
        return SQL(
            """CASE %(mode)s
                   WHEN 'inactivity' THEN GREATEST(
                       (%(active_on)s + (%(term)s || ' ' || %(unit)s)::interval)::date,
                       %(not_before)s)
                   WHEN 'none' THEN NULL
                   ELSE GREATEST(COALESCE(move.expires_on, %(not_before)s),
                                 %(not_before)s)
               END""",
            mode=mode,
            active_on=active_on,
            term=term,
            unit=unit,
            not_before=not_before,
        )

    def _usable_points(self):
        """Decimal: what may be spent today, without what orders have reserved."""
        self.ensure_one()
        self.flush_recordset()
        day = self._today()
        return sum(
            (row.open for row in self._lots() if row.is_usable(day)), to_points(0)
        )


class _Lot:
    """What is left of a credit."""

    __slots__ = ("id", "open", "available_on", "expires_on", "is_own")

    def __init__(self, move_id, points, available_on, expires_on, is_own):
        self.id, self.open = move_id, to_points(points)
        self.available_on, self.expires_on = available_on, expires_on
        self.is_own = bool(is_own)

    def is_pending(self, day):
        return bool(self.available_on and self.available_on > day)

    def is_usable(self, day):
        expired = self.expires_on and self.expires_on < day
        return not self.is_pending(day) and not expired
