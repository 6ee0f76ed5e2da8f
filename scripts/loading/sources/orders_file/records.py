"""Makes orders and refunds of a file's records."""

import hashlib
import sys
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from ...history import Customer, Document, History, Line, Product
from . import values
from .columns import find_columns
from .text import read_records

UNNAMED_PRODUCT = "Imported sale"
CURRENCY_WORDS = {
    "RMB": "CNY",
    "人民币": "CNY",
    "美元": "USD",
    "欧元": "EUR",
    "日元": "JPY",
    "英镑": "GBP",
    "港币": "HKD",
}


class Reject(NamedTuple):
    """A line that was not loaded."""

    line: int
    reason: str


class Entry(NamedTuple):
    """A good record, read."""

    line: int
    customer: str
    moment: object
    currency: str | None
    order: str | None
    item: Line
    is_refund: bool

    @property
    def document(self):
        """Entries with the same value belong to one document."""
        day = self.moment.date()
        return self.customer, self.order, day, self.currency, self.is_refund


class OrdersFile:
    """An order file as a history, with the lines that could not be read.

    :ivar history: the good lines as orders and refunds
    :ivar rejects: list of ``Reject``
    :ivar unused_columns: titles of the columns that were not used
    """

    def __init__(self, path, zone, date_format=None, quantity_digits=2, progress=None):
        """Read a file; see ``text.read_records`` and ``columns.find_columns``.

        :param zone: ``ZoneInfo`` of the company
        :param date_format: see ``values.moment``
        :param quantity_digits: decimals that Odoo keeps of a quantity
        :param progress: a ``Progress`` whose current step counts the lines
        """
        self.history, self.rejects = History(), []
        self._zone, self._date_format = zone, date_format
        self._unit = Decimal(1).scaleb(-quantity_digits)
        header, records = read_records(path)
        self._positions, self.unused_columns = find_columns(header)
        self._width = len(header)
        self._people, self._progress = {}, progress
        self._build(self._entries(records))

    def _entries(self, records):
        for record in records:
            if self._progress:
                self._progress.advance(1)
            if record.fault:
                self.rejects.append(Reject(record.line, record.fault))
                continue
            try:
                yield self._entry(record)
            except ValueError as error:
                self.rejects.append(Reject(record.line, str(error)))

    def _entry(self, record):
        """A record as an entry; ValueError says why it is none."""
        if len(record.cells) > self._width:
            raise ValueError(
                f"{len(record.cells)} cells, but {self._width} columns: is a delimiter"
                " or quote inside a cell?"
            )
        cell = self._cells(record.cells)
        customer = cell("customer_id")
        if not customer:
            raise ValueError("no customer")
        moment = values.moment(cell("date"), self._zone, self._date_format)
        amount = values.number(cell("amount"), "amount")
        quantity = self._quantity(cell("quantity"), amount)
        product = cell("product") or UNNAMED_PRODUCT
        currency = _currency(cell("currency"))
        self._remember(customer, cell)
        return Entry(
            line=record.line,
            # the same few words on half a million lines are kept once
            customer=sys.intern(customer),
            moment=moment,
            currency=currency,
            order=cell("order_id") or None,
            item=Line(sys.intern(product), quantity, abs(amount)),
            is_refund=amount < 0,
        )

    def _cells(self, cells):
        def cell(name):
            position = self._positions.get(name, self._width)
            return cells[position].strip() if position < len(cells) else ""

        return cell

    def _quantity(self, text, amount):
        if not text:
            return Decimal(1)
        quantity = values.number(text, "quantity")
        if amount < 0:
            # returns are written with a negative quantity or a positive one
            quantity = abs(quantity)
        quantity = quantity.quantize(self._unit, "ROUND_HALF_UP")
        if quantity <= 0:
            raise ValueError(f"quantity {text!r} is not above 0")
        return quantity

    def _remember(self, customer, cell):
        """Keep what is said first about a customer."""
        said = self._people.setdefault(customer, {})
        for name in ("customer_name", "email", "country"):
            if name not in said and (text := cell(name)):
                said[name] = text

    def _build(self, entries):
        groups, repeats = {}, Counter()
        for entry in entries:
            if not entry.order:
                entry = entry._replace(order=_made_up_key(entry, repeats))
            groups.setdefault(entry.document, []).append(entry)
            self.history.products.setdefault(
                entry.item.product, Product(entry.item.product)
            )
        for group in groups.values():
            documents = (
                self.history.refunds if group[0].is_refund else self.history.orders
            )
            documents.append(_document(group))
        for ref, said in self._people.items():
            self.history.customers[ref] = Customer(
                ref=ref,
                name=said.get("customer_name", ref),
                email=said.get("email"),
                country=said.get("country"),
            )


def _document(entries):
    first = entries[0]
    return Document(
        customer=first.customer,
        key=first.order,
        moment=first.moment,
        lines=tuple(entry.item for entry in entries),
        currency=first.currency,
        refund=first.is_refund,
        source_lines=tuple(entry.line for entry in entries),
    )


def _made_up_key(entry, repeats):
    """A name for a line without order number, the same whenever the file is read.

    Equal lines are purchases of their own; they are numbered.
    """
    content = "|".join(map(str, (entry.document, *entry.item)))
    digest = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()[:12]
    repeats[digest] += 1
    return f"{digest}-{repeats[digest]}"


def _currency(text):
    if not text:
        return None
    code = CURRENCY_WORDS.get(text.upper(), text.upper())
    if len(code) != 3 or not code.isalpha() or not code.isascii():
        raise ValueError(f"unknown currency {text}")
    return code
