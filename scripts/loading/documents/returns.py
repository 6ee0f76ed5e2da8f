"""Which order lines a refund gives back, as far as the order's number tells."""

from collections import defaultdict
from typing import NamedTuple

from odoo.tools import SQL, split_every

from . import bulk

BATCH = 1000


class OrderFound(NamedTuple):
    """An order that a refund names; ``lines`` are pairs (line id, product id)."""

    day: object
    name: str
    lines: list


class Returns:
    """Links credit notes to the order lines they return.

    A refund with the number of an order of the same customer returns the line with
    its product, else the first line.  With several orders of that number, the last
    one before the refund is meant.
    """

    def __init__(self, books, documents, parties, products):
        self._books, self._parties, self._products = books, parties, products
        self._orders = self._find({document.key for document in documents})

    def order_name(self, document):
        """Number of the order that a refund returns, None when it is not known."""
        order = self._order(document)
        return order.name if order else None

    def link(self, notes, progress):
        """Link the notes' lines to the order lines, and bring those up to date."""
        links = {}
        for note in notes:
            if order := self._order(note.document):
                for line_id, line in zip(
                    note.item_ids, note.document.lines, strict=True
                ):
                    links[line_id] = self._order_line(order, line), line.quantity
        env = self._books.company.env
        rows = ((line_id, target) for line_id, (target, _quantity) in links.items())
        columns = "invoice_line_id", "order_line_id"
        bulk.insert_relation(env.cr, "sale_order_line_invoice_rel", columns, rows)
        returned = defaultdict(int)
        for target, quantity in links.values():
            returned[target] += quantity
        for batch in split_every(BATCH, returned.items()):
            self._take_back(dict(batch))
            progress.advance(len(batch))

    def _take_back(self, returned):
        """Count returned quantities as taken back, so that none waits for an invoice.

        :param returned: quantity by id of the order line
        """
        env = self._books.company.env
        env.cr.execute_values(
            "UPDATE sale_order_line SET qty_delivered = qty_delivered - returned.n"
            " FROM (VALUES %s) AS returned (id, n)"
            " WHERE sale_order_line.id = returned.id",
            list(returned.items()),
        )
        lines = env["sale.order.line"].browse(returned)
        lines.invalidate_recordset()
        lines.modified(["invoice_lines", "qty_delivered"])
        env.flush_all()
        env.invalidate_all()

    def _find(self, keys):
        """Orders with these numbers, oldest first, by (partner id, number)."""
        rows = self._books.company.env.execute_query(
            SQL(
                "SELECT o.partner_id, o.origin, o.name,"
                " (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date,"
                " array_agg(l.id ORDER BY l.id), array_agg(l.product_id ORDER BY l.id)"
                " FROM sale_order o JOIN sale_order_line l ON l.order_id = o.id"
                " WHERE o.company_id = %s AND o.origin = ANY(%s) AND o.state = 'sale'"
                " AND l.product_id IS NOT NULL"
                " GROUP BY o.id ORDER BY o.date_order, o.id",
                self._books.zone.key,
                self._books.company.id,
                list(keys),
            )
        )
        orders = defaultdict(list)
        for partner_id, origin, name, day, lines, products in rows:
            found = OrderFound(day, name, list(zip(lines, products, strict=True)))
            orders[partner_id, origin].append(found)
        return orders

    def _order(self, document):
        partner_id = self._parties[document.customer].id
        orders = self._orders.get((partner_id, document.key), ())
        day = document.moment.date()
        return max(
            (order for order in orders if order.day <= day),
            key=lambda order: order.day,
            default=orders[0] if orders else None,
        )

    def _order_line(self, order, line):
        product_id = self._products[line.product].id
        fitting = (line_id for line_id, sold in order.lines if sold == product_id)
        return next(fitting, order.lines[0][0])
