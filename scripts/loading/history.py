"""What a source hands to the writers: plain values, no Odoo, no files.

Moments are local times of the company without a time zone, amounts are untaxed
``Decimal`` in the document's currency and never negative: a refund lists what was
given back.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Customer(NamedTuple):
    """A buyer; ``ref`` is its key, unique in the company."""

    ref: str
    name: str
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    zip: str | None = None
    city: str | None = None
    country: str | None = None  # ISO 3166 code of two letters
    lang: str | None = None
    login: str | None = None  # of the salesperson
    tags: tuple[tuple[str, str], ...] = ()  # (kind, value)
    birthdate: date | None = None
    gender: str | None = None  # female, male or other
    occupation: str | None = None


class Product(NamedTuple):
    """An article; ``category`` is the path of its category from the root."""

    name: str
    category: tuple[str, ...] = ()
    price: Decimal = Decimal(0)


class Line(NamedTuple):
    """What was bought: ``amount`` is the total of the line, ``quantity`` is above 0."""

    product: str  # key into History.products
    quantity: Decimal
    amount: Decimal


class Document(NamedTuple):
    """An order, or a refund; ``key`` names it in the system it comes from."""

    customer: str  # key into History.customers
    key: str
    moment: datetime
    lines: tuple[Line, ...]
    currency: str | None = None  # ISO 4217 code; None: the company's own
    note: str | None = None
    campaign: str | None = None
    refund: bool = False
    source_lines: tuple[int, ...] = ()  # where it stands in a file

    @property
    def amount(self) -> Decimal:
        """Total of the lines, untaxed, in the document's currency."""
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass
class History:
    """Everything one source brings for one company."""

    customers: dict[str, Customer] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    orders: list[Document] = field(default_factory=list)
    refunds: list[Document] = field(default_factory=list)
