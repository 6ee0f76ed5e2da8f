from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.deferral import deferred_revenue, liability, stand_alone_value
from ..engine.points import to_points

_BATCH = 20000


class LoyaltyDeferral(models.Model):
    """The money of a ledger line that gave or took back points, written once.

    Lines belong to the pool of the month in which their points were first granted;
    given back, moved or merged points stay in it. Money is in the company's currency.
    """

    _name = "loyalty.deferral"
    _description = "Deferred Revenue of Points"
    _order = "move_id desc"
    _log_access = False

    move_id = fields.Many2one(
        "loyalty.point.move", required=True, readonly=True, ondelete="restrict"
    )
    program_id = fields.Many2one(
        "loyalty.program", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    period = fields.Date(
        string="Granted In", readonly=True, help="First day of the month of the grant."
    )
    kind = fields.Selection(
        [("sale", "Part of a sale"), ("bonus", "Given without a sale")],
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(readonly=True)
    price = fields.Monetary(
        readonly=True, help="What was paid for the goods that gave the points."
    )
    point_value = fields.Float(digits=(16, 6), readonly=True)
    redemption_rate = fields.Float(digits=(6, 4), readonly=True, aggregator=None)
    entry_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", ondelete="set null"
    )

    _move_uniq = models.UniqueIndex("(move_id)")
    _pool_idx = models.Index("(program_id, period)")


class LoyaltyProgram(models.Model):
    """What points of a program are worth, line by line and pool by pool."""

    _inherit = "loyalty.program"

    def _value_lines(self):
        """Write down the money of ledger lines that have none yet.

        :return: number of lines
        """
        count = 0
        for program in self.sudo():
            program._lock_money()
            while rows := program._unvalued_lines():
                program._insert_values(rows)
                count += len(rows)
        return count

    def _lock_money(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id FROM loyalty_program WHERE id = %s FOR NO KEY UPDATE", [self.id]
        )

    def _roots_sql(self):
        """Which first credit each credit of the program comes from."""
        return SQL(
            """WITH RECURSIVE root AS (
                   SELECT id, id AS root_id, date FROM loyalty_point_move
                   WHERE program_id = %(program)s AND points > 0
                     AND origin_move_id IS NULL
                   UNION ALL
                   SELECT move.id, root.root_id, root.date FROM loyalty_point_move move
                   JOIN root ON root.id = move.origin_move_id
                   WHERE move.points > 0)""",
            program=self.id,
        )

    def _unvalued_lines(self):
        """Lines with money of their own: grants, and what takes grants back.

        :return: list of ``_Line``, in the order they were written
        """
        rows = self.env.execute_query(
            SQL(
                """%(roots)s
                   SELECT move.id, date_trunc('month',
                              COALESCE(root.date, first.date, move.date))::date,
                          move.kind, move.side = 'earn' AND document.id IS NOT NULL,
                          move.source_model, move.source_id, move.points, move.date,
                          move.reversed_move_id, COALESCE(undone.amount, 0),
                          COALESCE(given.points, 0)
                   FROM loyalty_point_move move
                   LEFT JOIN root ON root.id = move.id
                   LEFT JOIN (%(documents)s) document
                       ON document.model = move.source_model
                       AND document.id = move.source_id
                   LEFT JOIN loyalty_deferral undone
                       ON undone.move_id = move.reversed_move_id
                   LEFT JOIN loyalty_point_move given
                       ON given.id = move.reversed_move_id
                   LEFT JOIN LATERAL (
                       SELECT min(grant_line.date) AS date
                       FROM loyalty_point_move grant_line
                       WHERE grant_line.program_id = move.program_id
                         AND grant_line.source_model = move.source_model
                         AND grant_line.source_id = move.source_id
                         AND grant_line.side = move.side AND grant_line.points > 0
                         AND move.points < 0) first ON TRUE
                   WHERE move.program_id = %(program)s
                     AND (move.kind IN ('earn', 'bonus', 'opening', 'clawback')
                          OR move.kind = 'adjust' AND move.points > 0
                          OR move.kind = 'restore' AND move.side = 'earn')
                     AND NOT EXISTS (SELECT FROM loyalty_deferral known
                                     WHERE known.move_id = move.id)
                   ORDER BY move.id LIMIT %(limit)s""",
                roots=self._roots_sql(),
                documents=self._documents_sql(),
                program=self.id,
                limit=_BATCH,
            )
        )
        return [_Line(*row) for row in rows]

    @api.model
    def _document_prices(self):
        """What was paid for goods, untaxed, in the company's currency.

        :return: ``{model: SELECT id, price}`` of the documents that give points
        """
        rate = SQL("COALESCE(NULLIF(currency_rate, 0), 1)")
        return {
            "sale.order": SQL(
                "SELECT id, amount_untaxed / %s AS price FROM sale_order", rate
            )
        }

    def _documents_sql(self):
        return SQL(" UNION ALL ").join(
            SQL("SELECT %s AS model, id, price FROM (%s) paid", model, query)
            for model, query in self._document_prices().items()
        )

    def _insert_values(self, rows):
        """Value lines in the order they were written."""
        orders = self._order_values([row for row in rows if row.is_of_sale])
        rate = Decimal(str(self._redemption_rate()))
        days = {row.date for row in rows}
        worth = {day: self._point_value_on(day) for day in days}
        rounding = self.company_id.currency_id.round
        amounts = {}
        for row in rows:
            order = orders.get((row.source_model, row.source_id))
            order = order if row.is_of_sale else None
            if order:
                amount = order.amount(row.points, worth[row.date], rate)
            elif row.kind == "clawback" and row.reversed_id:
                kept = Decimal(str(amounts.get(row.reversed_id, row.undone)))
                amount = kept * row.points / to_points(row.given)
            else:
                amount = stand_alone_value(row.points, worth[row.date], rate)
            amounts[row.id] = rounding(float(amount))
            if order:
                order.note(row.points, amounts[row.id])
        self.env.cr.execute_values(
            """INSERT INTO loyalty_deferral (move_id, program_id, period, kind, amount,
                                             price, point_value, redemption_rate)
               VALUES %s""",
            [
                (
                    row.id,
                    self.id,
                    row.period,
                    "sale" if row.is_of_sale else "bonus",
                    amounts[row.id],
                    orders[row.source_model, row.source_id].price
                    if row.is_of_sale
                    else 0,
                    worth[row.date],
                    rate,
                )
                for row in rows
            ],
        )
        self.env["loyalty.deferral"].invalidate_model(flush=False)

    def _point_value_on(self, day):
        """Decimal: worth of a point in the company's currency, not rounded."""
        company = self.company_id
        if self.currency_id == company.currency_id:
            return Decimal(str(self.point_value))
        worth = self.currency_id._convert(
            self.point_value, company.currency_id, company, day, round=False
        )
        return Decimal(str(worth))

    def _order_values(self, lines):
        """``{(model, id): _Order}``: what was paid, and what was valued before."""
        rows = self.env.execute_query(
            SQL(
                """SELECT document.model, document.id, document.price,
                          COALESCE(known.points, 0), COALESCE(known.amount, 0),
                          COALESCE(ledger.points, 0)
                   FROM (%(documents)s) document
                   JOIN unnest(%(models)s::varchar[], %(ids)s::int4[]) asked (model, id)
                       ON asked.model = document.model AND asked.id = document.id
                   LEFT JOIN LATERAL (
                       SELECT sum(move.points) AS points, sum(value.amount) AS amount
                       FROM loyalty_point_move move
                       JOIN loyalty_deferral value ON value.move_id = move.id
                       WHERE move.source_model = document.model
                         AND move.source_id = document.id
                         AND move.program_id = %(program)s
                         AND value.kind = 'sale') known ON TRUE
                   LEFT JOIN LATERAL (
                       SELECT sum(points) AS points FROM loyalty_point_move move
                       WHERE move.source_model = document.model
                         AND move.source_id = document.id
                         AND move.program_id = %(program)s
                         AND move.kind = 'earn') ledger ON TRUE""",
                documents=self._documents_sql(),
                program=self.id,
                models=[line.source_model for line in lines],
                ids=[line.source_id for line in lines],
            )
        )
        return {(model, id_): _Order(*figures) for model, id_, *figures in rows}

    # === POOLS === #

    def _pools(self, day=None, until=None):
        """The pools of a program at the end of a day.

        :param until: only lines up to this id
        :return: ``{month: _Pool}``
        """
        self.ensure_one()
        self.env.flush_all()
        pools = defaultdict(_Pool)
        for period, *figures in self.env.execute_query(self._pools_sql(day, until)):
            pools[period] = _Pool(*figures)
        return pools

    def _pools_sql(self, day=None, until=None):
        """SELECT month, deferred, granted, used, expired of each pool."""
        return SQL(
            """%(roots)s, seen AS (
                   SELECT id, kind, points, reversed_move_id, date
                   FROM loyalty_point_move
                   WHERE program_id = %(program)s
                     AND (%(day)s::date IS NULL OR date <= %(day)s)
                     AND (%(until)s::int4 IS NULL OR id <= %(until)s)
               ), change AS (%(changes)s
               ), pool AS (
                   SELECT date_trunc('month', date)::date AS period,
                          sum(granted) AS granted, sum(used) AS used,
                          sum(expired) AS expired
                   FROM change GROUP BY 1
               ), money AS (
                   SELECT value.period, sum(value.amount) AS deferred
                   FROM loyalty_deferral value JOIN seen ON seen.id = value.move_id
                   GROUP BY value.period
               )
               SELECT period, COALESCE(money.deferred, 0), COALESCE(pool.granted, 0),
                      COALESCE(pool.used, 0), COALESCE(pool.expired, 0)
               FROM pool FULL JOIN money USING (period) ORDER BY period""",
            roots=self._roots_sql(),
            changes=self._pool_changes_sql(),
            program=self.id,
            day=day,
            until=until,
        )

    def _pool_changes_sql(self):
        """SELECT date, granted, used, expired: what lines seen do to their pools."""
        return SQL(
            """SELECT root.date, seen.points AS granted, 0::numeric AS used,
                      0::numeric AS expired
               FROM seen JOIN root ON root.id = seen.id
               WHERE seen.kind IN ('earn', 'bonus', 'opening', 'adjust')
               UNION ALL
               SELECT root.date,
                      CASE WHEN undone.kind = 'redeem' THEN 0 ELSE seen.points END,
                      CASE WHEN undone.kind = 'redeem' THEN -seen.points ELSE 0 END,
                      0
               FROM seen JOIN root ON root.id = seen.id
               LEFT JOIN loyalty_point_move undone
                   ON undone.id = seen.reversed_move_id
               WHERE seen.kind = 'restore'
               UNION ALL
               SELECT root.date,
                      CASE WHEN debit.kind IN ('redeem', 'expire', 'transfer')
                           THEN 0 ELSE -part.points END,
                      CASE debit.kind WHEN 'redeem' THEN part.points ELSE 0 END,
                      CASE debit.kind WHEN 'expire' THEN part.points ELSE 0 END
               FROM loyalty_point_allocation part
               JOIN seen debit ON debit.id = part.debit_id
               JOIN seen credit ON credit.id = part.credit_id
               JOIN root ON root.id = part.credit_id"""
        )

    def _pool_liabilities(self, day=None, until=None, rate=None):
        """``{month: Decimal}``: what of each pool is not revenue yet, to the cent."""
        rate = Decimal(str(self._redemption_rate() if rate is None else rate))
        rounding = self.company_id.currency_id.round
        return {
            period: Decimal(str(rounding(float(pool.liability(rate)))))
            for period, pool in self._pools(day, until).items()
        }


class _Line(NamedTuple):
    """A ledger line to be valued."""

    id: int
    period: date
    kind: str
    is_of_sale: bool
    source_model: str
    source_id: int
    number: float
    date: date
    reversed_id: int
    undone: float
    given: float

    @property
    def points(self):
        return to_points(self.number)


class _Order:
    """What an order is worth, and what of it was kept back for its points so far."""

    __slots__ = ("price", "points", "kept", "all_points")

    def __init__(self, price, points, kept, all_points):
        self.price = Decimal(str(price or 0))
        self.points, self.kept = to_points(points), Decimal(str(kept))
        self.all_points = to_points(all_points)

    def amount(self, points, worth, rate):
        """The share of some points; taking all points back leaves nothing."""
        if points < 0:
            left = self.points + points
            if left <= 0 or not self.points:
                return -self.kept
            return self.kept * points / self.points
        whole = deferred_revenue(
            self.price, stand_alone_value(self.all_points, worth, rate)
        )
        return whole * points / self.all_points if self.all_points else Decimal(0)

    def note(self, points, amount):
        self.points += points
        self.kept += Decimal(str(amount))


class _Pool:
    """Points and money of a month of grants."""

    __slots__ = ("deferred", "granted", "used", "expired")

    def __init__(self, deferred=0, granted=0, used=0, expired=0):
        self.deferred = Decimal(str(deferred))
        self.granted, self.used = Decimal(str(granted)), Decimal(str(used))
        self.expired = Decimal(str(expired))

    def liability(self, rate):
        return liability(self.deferred, self.granted, self.used, self.expired, rate)
