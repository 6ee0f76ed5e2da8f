"""Posted credit notes for what was given back."""

from collections import Counter
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from odoo.tools import SQL

from . import bulk
from .numbering import take_move_numbers
from .orders import unit_price
from .prototypes import note_rows
from .returns import Returns

MOVE_COLUMNS = (
    "id",
    "name",
    "sequence_prefix",
    "sequence_number",
    "ref",
    "invoice_origin",
    "partner_id",
    "commercial_partner_id",
    "partner_shipping_id",
    "invoice_partner_display_name",
    "date",
    "invoice_date",
    "invoice_date_due",
    "invoice_currency_rate",
    "amount_untaxed",
    "amount_total",
    "amount_residual",
    "amount_total_in_currency_signed",
    "amount_untaxed_in_currency_signed",
    "amount_untaxed_signed",
    "amount_total_signed",
    "amount_residual_signed",
)
LINE_COLUMNS = (
    "id",
    "move_id",
    "move_name",
    "ref",
    "partner_id",
    "date",
    "invoice_date",
    "date_maturity",
    "name",
    "product_id",
    "quantity",
    "price_unit",
    "price_subtotal",
    "price_total",
    "amount_currency",
    "balance",
    "debit",
    "credit",
    "amount_residual",
    "amount_residual_currency",
)
DUE = "due"


class Note(NamedTuple):
    """A credit note to insert: the document and what Odoo adds to it."""

    id: int
    number: object  # numbering.MoveNumber
    document: object
    party: object
    currency: object
    rate: float
    origin: str | None  # number of the order it returns
    item_ids: tuple[int, ...]
    due_id: int  # line of the amount due
    balances: tuple[Decimal, ...]  # of the items, in the company's currency

    @property
    def kind(self):
        """Key of the credit note's prototype."""
        return self.party.kind, self.currency

    @property
    def day(self):
        """The day of the credit note."""
        return self.document.moment.date()

    @property
    def total(self):
        """What the customer got back, in the company's currency."""
        return sum(self.balances, Decimal(0))


def existing_notes(books):
    """Credit notes that came from elsewhere.

    :return: (move id, untaxed amount) by (partner id, reference, day, currency id)
    """
    rows = books.company.env.execute_query(
        SQL(
            "SELECT partner_id, ref, invoice_date, currency_id, id,"
            " amount_untaxed::text"
            " FROM account_move WHERE company_id = %s AND ref IS NOT NULL"
            " AND move_type = 'out_refund'",
            books.company.id,
        )
    )
    return {row[:4]: (row[4], Decimal(row[5])) for row in rows}


def write_notes(books, journal, documents, parties, products, progress):
    """Insert posted credit notes, oldest first, and link them to their orders.

    :param journal: record of the sales journal
    :param documents: list of ``history.Document`` that are not there yet
    :param parties: ``partners.Party`` by the customer's reference
    :param products: records of ``product.product`` by the history's keys
    :rtype: list[Note]
    """
    env = books.company.env
    documents = sorted(documents, key=lambda document: document.moment)
    returns = Returns(books, documents, parties, products)
    notes = _place(books, journal, documents, parties, returns)
    accounts = _revenue_accounts(books, products)
    examples = {account: products[key] for key, account in accounts.items()}
    kinds = {note.kind for note in notes}
    rows = note_rows(env, books.company, journal, examples, kinds)
    with progress.step("credit notes", len(notes)):
        moves = {kind: each.move for kind, each in rows.items()}
        values = map(_move_values, notes)
        bulk.insert(env["account.move"], moves, MOVE_COLUMNS, values, progress)
        lines = _line_prototypes(rows)
        values = _line_values(books, notes, products, accounts)
        bulk.insert(env["account.move.line"], lines, LINE_COLUMNS, values)
        _raise_rank(env, notes)
    with progress.step("links to orders"):
        returns.link(notes, progress)
    return notes


def _place(books, journal, documents, parties, returns):
    """Give every document its ids, its number and its amounts in company currency."""
    env, own = books.company.env, books.company.currency_id
    days = [document.moment.date() for document in documents]
    numbers = take_move_numbers(env, books.company, journal, days)
    ids = bulk.new_ids(env["account.move"], len(documents))
    count = sum(len(document.lines) + 1 for document in documents)
    line_ids = iter(bulk.new_ids(env["account.move.line"], count))
    notes = []
    for new_id, number, day, document in zip(
        ids, numbers, days, documents, strict=True
    ):
        currency = books.rates.currency(document.currency)
        rate = books.rates.rate(currency, day)
        amounts = [float(line.amount) for line in document.lines]
        note = Note(
            id=new_id,
            number=number,
            document=document,
            party=parties[document.customer],
            currency=currency,
            rate=rate,
            origin=returns.order_name(document),
            item_ids=tuple(islice(line_ids, len(amounts))),
            due_id=next(line_ids),
            # in decimals, so that their sum is exact
            balances=tuple(Decimal(str(own.round(each / rate))) for each in amounts),
        )
        notes.append(note)
    return notes


def _revenue_accounts(books, products):
    """Id of the account of a product's revenue, by the history's keys."""
    return {
        key: product.with_company(books.company)._get_product_accounts()["income"].id
        for key, product in products.items()
    }


def _line_prototypes(rows):
    lines = {(kind, DUE): each.due for kind, each in rows.items()}
    for kind, each in rows.items():
        lines |= {(kind, account): item for account, item in each.items.items()}
    return lines


def _move_values(note):
    amount, total = note.document.amount, note.total
    return (
        note.kind,
        note.id,
        note.number.name,
        note.number.prefix,
        note.number.number,
        note.document.key,
        note.origin,
        note.party.id,
        note.party.commercial_id,
        note.party.delivery_id,
        note.party.name,
        note.day,
        note.day,
        note.day,
        note.rate,
        amount,
        amount,
        amount,
        -amount,
        -amount,
        -total,
        -total,
        -total,
    )


def _line_values(books, notes, products, accounts):
    texts = {key: product.display_name for key, product in products.items()}
    storno = books.company.account_storno
    for note in notes:
        for line_id, line, balance in zip(
            note.item_ids, note.document.lines, note.balances, strict=True
        ):
            yield (
                (note.kind, accounts[line.product]),
                line_id,
                *_entry_values(note),
                None,
                texts[line.product],
                products[line.product].id,
                line.quantity,
                unit_price(line),
                line.amount,
                line.amount,
                line.amount,
                *_booked(balance, storno),
                0,
                0,
            )
        amount = note.document.amount
        yield (
            (note.kind, DUE),
            note.due_id,
            *_entry_values(note),
            note.day,
            None,
            None,
            0,
            0,
            0,
            0,
            -amount,
            *_booked(-note.total, storno),
            -note.total,
            -amount,
        )


def _entry_values(note):
    """What both kinds of lines repeat of their credit note."""
    number, party = note.number.name, note.party.commercial_id
    return note.id, number, note.document.key, party, note.day, note.day


def _booked(balance, storno):
    """Balance, debit and credit; with storno, taking back is negative booking."""
    if (balance > 0) != bool(storno):
        return balance, balance, 0
    return balance, 0, -balance


def _raise_rank(env, notes):
    """Count the credit notes in the customers' rank, as posting them would."""
    env.cr.execute_values(
        "UPDATE res_partner SET customer_rank = COALESCE(customer_rank, 0) + counted.n"
        " FROM (VALUES %s) AS counted (id, n) WHERE res_partner.id = counted.id",
        list(Counter(note.party.commercial_id for note in notes).items()),
    )
    env["res.partner"].invalidate_model(["customer_rank"])
