"""The CD web shop CDNOW: all 23,570 customers who first bought in early 1997.

Fader, P. S. and Hardie, B. G. S. (2001), "Forecasting Repeat Sales at CDNOW: A Case
Study", Interfaces 31 (3, part 2), S94-S107.  The PyPI package ``lifetimes`` ships the
data as CDNOW_master.txt, and the systematic 1/10 sample as CDNOW_sample.txt.
"""

from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple

from ..history import Document, History, Line, Product
from .packages import data_file

PACKAGE = "lifetimes"
DISTRIBUTION = "lifetimes==0.11.3"
NOON = time(12)

# (a CD costs up to, product); the prices of a web shop of its time
PRICE_BANDS = (
    (Decimal("5"), Product("CD single", ("Music", "Singles"), Decimal("4.49"))),
    (Decimal("8"), Product("CD bargain bin", ("Music", "Budget"), Decimal("6.99"))),
    (Decimal("10"), Product("CD budget line", ("Music", "Budget"), Decimal("8.99"))),
    (
        Decimal("12"),
        Product("CD back catalogue", ("Music", "Albums"), Decimal("11.49")),
    ),
    (Decimal("14"), Product("CD album", ("Music", "Albums"), Decimal("12.99"))),
    (Decimal("16"), Product("CD new release", ("Music", "Albums"), Decimal("14.99"))),
    (Decimal("18"), Product("CD classical", ("Music", "Classical"), Decimal("16.99"))),
    (Decimal("21"), Product("CD import", ("Music", "Imports"), Decimal("19.49"))),
    (Decimal("28"), Product("Double CD", ("Music", "Sets"), Decimal("24.99"))),
    (Decimal("40"), Product("CD box, 3 discs", ("Music", "Sets"), Decimal("34.99"))),
    (Decimal("70"), Product("CD box, 5 discs", ("Music", "Sets"), Decimal("54.99"))),
)
COLLECTOR = Product("Collector's edition", ("Music", "Sets"), Decimal("99.99"))
FREE = Product("Promotional CD", ("Music", "Promotion"))


class Purchase(NamedTuple):
    """One row of the data; ``number`` is its place in CDNOW_master.txt, from 1."""

    number: int
    customer: str
    day: datetime
    quantity: int
    amount: Decimal

    @property
    def key(self):
        """Name of the purchase, the same in sample and full set."""
        return f"CDNOW-{self.number:05}"


def read_purchases(sample=False):
    """The rows of the data set, oldest data line first.

    :param sample: only the customers of the published 1/10 sample
    :rtype: list[Purchase]
    :raise LoadError: when the data package is missing
    """
    path = data_file(PACKAGE, DISTRIBUTION, "datasets", "CDNOW_master.txt")
    chosen = _sample_customers() if sample else None
    purchases = []
    with path.open(encoding="ascii") as lines:
        for number, line in enumerate(lines):
            cells = line.split()
            # the first line holds the names of the columns
            if number and cells and (chosen is None or cells[0] in chosen):
                purchases.append(_purchase(number, cells))
    return purchases


def read_history(faces, purchases, shift):
    """The shop's history, moved by ``shift``.

    :param faces: invents the people, see ``faces.Faces``
    :param purchases: what ``read_purchases`` returned
    :rtype: History
    """
    history = History(products={p.name: p for p in _products()})
    for purchase in purchases:
        if purchase.customer not in history.customers:
            history.customers[purchase.customer] = faces.customer(purchase.customer)
        product = _product(purchase)
        quantity = Decimal(max(purchase.quantity, 1))
        history.orders.append(
            Document(
                customer=purchase.customer,
                key=purchase.key,
                moment=datetime.combine(purchase.day + shift, NOON),
                lines=(Line(product.name, quantity, purchase.amount),),
            )
        )
    return history


def _sample_customers():
    path = data_file(PACKAGE, DISTRIBUTION, "datasets", "CDNOW_sample.txt")
    with path.open(encoding="ascii") as lines:
        return {line.split()[0] for line in lines if line.strip()}


def _purchase(number, cells):
    customer, day, quantity, amount = cells
    return Purchase(
        number,
        customer,
        datetime.strptime(day, "%Y%m%d"),
        int(quantity),
        Decimal(amount),
    )


def _products():
    return [*(product for _limit, product in PRICE_BANDS), COLLECTOR, FREE]


def _product(purchase):
    price = purchase.amount / max(purchase.quantity, 1)
    if not price:
        return FREE
    return next((p for limit, p in PRICE_BANDS if price <= limit), COLLECTOR)
