from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.points import to_points

_SOON_DAYS = 30


class LoyaltyCard(models.Model):
    """The figures of an account: what may be spent, what waits, what ends soon."""

    _inherit = "loyalty.card"

    available_points = fields.Float(
        string="Available",
        digits=(16, 2),
        compute="_compute_point_figures",
        help="May be spent today, without what quotations have reserved.",
    )
    reserved_points = fields.Float(
        string="Reserved",
        digits=(16, 2),
        compute="_compute_point_figures",
        help="Claimed on quotations that are not confirmed yet.",
    )
    pending_points = fields.Float(
        string="Waiting",
        digits=(16, 2),
        compute="_compute_point_figures",
        help="Granted, but not to be spent yet, and points of confirmed orders that are"
        " granted when these are delivered or paid.",
    )
    expiring_points = fields.Float(
        string="Expiring Soon",
        digits=(16, 2),
        compute="_compute_point_figures",
        help="End within 30 days if they are not used.",
    )
    next_expiry_date = fields.Date(
        string="Next Expiry",
        compute="_compute_point_figures",
        search="_search_next_expiry_date",
    )

    @api.depends("points", "program_id", "company_id")
    def _compute_point_figures(self):
        accounts = self.filtered(lambda card: card.is_account and card._origin.id)
        lots = accounts._lot_figures()
        waiting = accounts._waiting_points()
        reserved = accounts._reserved_points()
        for card in self:
            key = card._origin.id
            usable, pending, expiring, day = lots.get(key, (0, 0, 0, False))
            card.reserved_points = reserved.get(key, 0)
            # a quotation may claim what it will earn itself
            card.available_points = max(usable - card.reserved_points, 0)
            card.pending_points = pending + waiting.get(key, 0)
            card.expiring_points = expiring
            card.next_expiry_date = day

    def _forget_figures(self):
        """Have figures read again that a statement has changed."""
        self.invalidate_recordset(
            [
                "points",
                "points_display",
                "points_move_ids",
                "history_ids",
                "ledger_sequence",
                "ledger_digest",
                "last_activity_date",
                "month_points",
                "available_points",
                "pending_points",
                "expiring_points",
                "next_expiry_date",
            ],
            flush=False,
        )

    def _lot_figures(self):
        """``{card id: (usable, pending, expiring soon, next day)}`` in one query."""
        if not self:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT card_id,
                          COALESCE(sum(points_open) FILTER (WHERE NOT waits), 0),
                          COALESCE(sum(points_open) FILTER (WHERE waits), 0),
                          COALESCE(sum(points_open)
                                   FILTER (WHERE expiry <= today + %(soon)s), 0),
                          min(expiry)
                   FROM (%(lots)s) lot WHERE expiry IS NULL OR expiry >= today
                   GROUP BY card_id""",
                soon=_SOON_DAYS,
                lots=self._open_lots_sql(SQL("card.id = ANY(%s)", self._origin.ids)),
            )
        )
        return {card_id: tuple(figures) for card_id, *figures in rows}

    def _open_lots_sql(self, scope):
        """SELECT of the lots with something left: card, open, expiry, waits, today."""
        return SQL(
            """SELECT move.id, move.card_id, move.points_open, %(expiry)s AS expiry,
                      COALESCE(move.available_on > day.today, FALSE) AS waits, day.today
               FROM loyalty_point_move move
               JOIN loyalty_card card ON card.id = move.card_id
               JOIN loyalty_program program ON program.id = card.program_id
               JOIN (%(days)s) day ON day.company = COALESCE(card.company_id, 0)
               WHERE move.points_open > 0 AND %(scope)s""",
            expiry=self._expiry_sql(),
            days=self._days_sql(),
            scope=scope,
        )

    @api.model
    def _days_sql(self):
        """SELECT of today in each company; 0 stands for accounts of all companies."""
        companies = self.env["res.company"].sudo().search([], order="id")  # pylint: disable=no-search-all
        days = [(company.id, company._insight_today()) for company in companies]
        days.append((0, self.env.company._insight_today()))
        return SQL(
            "SELECT * FROM unnest(%s::int4[], %s::date[]) day (company, today)",
            [company for company, _day in days],
            [day for _company, day in days],
        )

    def _search_next_expiry_date(self, operator, value):
        """Find accounts by the day their next points end."""
        if operator not in ("<", "<=", ">", ">=", "in"):
            return NotImplemented
        if operator == "in":
            wanted = [day for day in value if day]
            if len(wanted) != len(value):
                return NotImplemented
            condition = SQL("min(expiry) = ANY(%s::date[])", wanted)
        else:
            condition = SQL("min(expiry) " + operator + " %s", value)
        found = self.env.execute_query(
            SQL(
                "SELECT card_id FROM (%s) lot WHERE expiry >= today"
                " GROUP BY card_id HAVING %s",
                self._open_lots_sql(SQL("TRUE")),
                condition,
            )
        )
        return Domain("id", "in", [card_id for (card_id,) in found])

    def _waiting_points(self):
        """``{card id: points}`` of confirmed orders that are not granted yet."""
        if not self:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT entry.coupon_id, sum(entry.points)
                   FROM sale_order_coupon_points entry
                   JOIN sale_order sale ON sale.id = entry.order_id
                   WHERE entry.coupon_id = ANY(%s) AND sale.state = 'sale'
                     AND entry.is_waiting
                   GROUP BY entry.coupon_id""",
                self._origin.ids,
            )
        )
        return dict(rows)

    def _reserved_points(self):
        """``{card id: points}`` that quotations have claimed."""
        if not self:
            return {}
        self._flush_claims()
        rows = self.env.execute_query(
            SQL(
                """SELECT line.coupon_id, sum(line.points_cost)
                   FROM sale_order_line line
                   JOIN sale_order sale ON sale.id = line.order_id
                   JOIN loyalty_card card ON card.id = line.coupon_id
                   JOIN loyalty_program program ON program.id = card.program_id
                   WHERE line.coupon_id = ANY(%(ids)s) AND %(reserves)s
                   GROUP BY line.coupon_id""",
                ids=self._origin.ids,
                reserves=self._reserves_sql(SQL("program.reservation_days")),
            )
        )
        return {card_id: float(to_points(points)) for card_id, points in rows}

    @api.model
    def _reserves_sql(self, days, without=None, before=None):
        """Whether a ``line`` of a quotation ``sale`` reserves points.

        :param days: how long quotations reserve points of the program
        """
        return SQL(
            """line.points_cost > 0 AND sale.state IN ('draft', 'sent') %s %s
               AND line.create_date > (now() AT TIME ZONE 'UTC')
                   - %s * interval '1 day'
               AND (sale.validity_date IS NULL OR sale.validity_date >= current_date)
            """,
            SQL("AND sale.id != %s", without.id) if without else SQL(),
            SQL("AND line.id < %s", before) if before else SQL(),
            days,
        )

    def _free_points(self, without=None, before=None):
        """What may be spent today and is not reserved, in one query.

        :param without: sale.order whose own claims do not count
        :param before: id of a line; only earlier claims count: first come, first served
        :return: Decimal, below zero if more is reserved than there is
        """
        self.ensure_one()
        self._flush_claims()
        [(usable, reserved)] = self.env.execute_query(
            SQL(
                """SELECT (SELECT COALESCE(sum(move.points_open), 0)
                           FROM loyalty_point_move move
                           WHERE move.card_id = %(card)s AND move.points_open > 0
                             AND (move.available_on <= %(day)s) IS NOT FALSE
                             AND (%(expiry)s >= %(day)s) IS NOT FALSE),
                          (SELECT sum(line.points_cost)
                           FROM sale_order_line line
                           JOIN sale_order sale ON sale.id = line.order_id
                           WHERE line.coupon_id = %(card)s AND %(reserves)s)""",
                card=self._origin.id,
                day=self._today(),
                expiry=self._own_expiry_sql(),
                reserves=self._reserves_sql(
                    SQL("%s", self.program_id.reservation_days), without, before
                ),
            )
        )
        return to_points(usable) - to_points(reserved or 0)

    def _flush_claims(self):
        self.env["sale.order.line"].flush_model(
            ["coupon_id", "points_cost", "order_id"]
        )
        self.env["sale.order"].flush_model(["state", "validity_date"])
