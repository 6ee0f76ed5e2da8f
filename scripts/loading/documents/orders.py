"""Confirmed sale orders with their lines."""

from decimal import Decimal
from typing import NamedTuple

from odoo.tools import SQL, html_escape

from . import bulk
from .numbering import take_numbers
from .prototypes import order_rows

ORDER_COLUMNS = (
    "id",
    "name",
    "origin",
    "partner_id",
    "partner_invoice_id",
    "partner_shipping_id",
    "date_order",
    "currency_rate",
    "amount_untaxed",
    "amount_total",
    "note",
    "campaign_id",
)
LINE_COLUMNS = (
    "id",
    "order_id",
    "order_partner_id",
    "product_id",
    "name",
    "product_uom_qty",
    "price_unit",
    "technical_price_unit",
    "price_subtotal",
    "price_total",
    "price_reduce_taxexcl",
    "price_reduce_taxinc",
)
# what Odoo itself would ask: as it differs, it never replaces the price agreed then
NO_LIST_PRICE = 0


class PlacedOrder(NamedTuple):
    """An order to insert: the document and what Odoo adds to it."""

    id: int
    name: str
    document: object
    party: object
    currency: object
    moment: object  # in UTC, without time zone
    line_ids: tuple[int, ...]

    @property
    def kind(self):
        """Key of the order's prototype."""
        return self.party.kind, self.currency


def existing_orders(books):
    """Orders that came from elsewhere.

    :return: (order id, untaxed amount) by (partner id, origin, local day, currency id)
    """
    rows = books.company.env.execute_query(
        SQL(
            "SELECT partner_id, origin,"
            " (date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date, currency_id,"
            " id, amount_untaxed::text"
            " FROM sale_order WHERE company_id = %s AND origin IS NOT NULL",
            books.zone.key,
            books.company.id,
        )
    )
    return {row[:4]: (row[4], Decimal(row[5])) for row in rows}


def write_orders(books, documents, parties, products, progress):
    """Insert orders, oldest first.

    :param documents: list of ``history.Document`` that are not there yet
    :param parties: ``partners.Party`` by the customer's reference
    :param products: records of ``product.product`` by the history's keys
    :rtype: list[PlacedOrder]
    """
    env = books.company.env
    placed = _place(books, sorted(documents, key=_moment), parties)
    if not placed:
        return placed
    kinds = {order.kind for order in placed}
    product = next(iter(products.values()))
    prototypes = order_rows(env, books.company, product, kinds)
    campaigns = _Campaigns(env)
    with progress.step("orders", len(placed)):
        rows = {kind: both.order for kind, both in prototypes.items()}
        values = (_order_values(books, order, campaigns) for order in placed)
        bulk.insert(env["sale.order"], rows, ORDER_COLUMNS, values, progress)
    with progress.step("order lines", sum(len(order.line_ids) for order in placed)):
        rows = {kind: both.line for kind, both in prototypes.items()}
        values = _line_values(books, placed, products)
        bulk.insert(env["sale.order.line"], rows, LINE_COLUMNS, values, progress)
    return placed


def _moment(document):
    return document.moment


def _place(books, documents, parties):
    """Give every document its ids, its number and its moment in UTC."""
    env = books.company.env
    days = [document.moment.date() for document in documents]
    names = take_numbers(env, books.company, "sale.order", days)
    ids = bulk.new_ids(env["sale.order"], len(documents))
    count = sum(len(document.lines) for document in documents)
    line_ids = iter(bulk.new_ids(env["sale.order.line"], count))
    return [
        PlacedOrder(
            id=new_id,
            name=name,
            document=document,
            party=parties[document.customer],
            currency=books.rates.currency(document.currency),
            moment=books.utc(document.moment),
            line_ids=tuple(next(line_ids) for _line in document.lines),
        )
        for new_id, name, document in zip(ids, names, documents, strict=True)
    ]


def _order_values(books, order, campaigns):
    document, party = order.document, order.party
    return (
        order.kind,
        order.id,
        order.name,
        document.key,
        party.id,
        party.invoice_id,
        party.delivery_id,
        order.moment,
        books.rates.rate(order.currency, order.moment.date()),
        document.amount,
        document.amount,
        document.note and f"<p>{html_escape(document.note)}</p>",
        document.campaign and campaigns.id(document.campaign),
    )


def _line_values(books, orders, products):
    texts = {}
    for key, product in products.items():
        texts[key] = product.get_product_multiline_description_sale()
    for order in orders:
        for line_id, line in zip(order.line_ids, order.document.lines, strict=True):
            reduced = books.rates.rounded(line.amount / line.quantity, order.currency)
            yield (
                order.kind,
                line_id,
                order.id,
                order.party.id,
                products[line.product].id,
                texts[line.product],
                line.quantity,
                unit_price(line),
                NO_LIST_PRICE,
                line.amount,
                line.amount,
                reduced,
                reduced,
            )


def unit_price(line):
    """Price of one unit, exact enough for quantity times price to give the amount."""
    return float(line.amount / line.quantity) if line.amount else 0.0


class _Campaigns:
    """Marketing campaigns by name, made when first asked for."""

    def __init__(self, env):
        self._model = env["utm.campaign"]
        self._ids = {}

    def id(self, name):
        if name not in self._ids:
            found = self._model.search([("title", "=", name)], limit=1)
            self._ids[name] = (found or self._model.create({"title": name})).id
        return self._ids[name]
