"""Makes one document of each kind by the ORM, reads its rows, and takes it back."""

from contextlib import closing
from typing import NamedTuple

from odoo.fields import Command, Date

from .bulk import snapshot

# what a load must not do: mail, follow, log, track, ask
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "tracking_disable": True,
}
SAMPLE_REF = "prototype"


class OrderRows(NamedTuple):
    """Snapshots of the rows of one confirmed order."""

    order: str
    line: str


class NoteRows(NamedTuple):
    """Snapshots of the rows of one posted credit note.

    ``items`` holds one line for each account of revenue.
    """

    move: str
    items: dict[int, str]
    due: str


def taken_back(env):
    """Context manager: whatever is done inside is undone at its end."""
    return closing(env.cr.savepoint())


def partner_rows(env, company, kinds):
    """Snapshots of a new customer of each kind.

    :param kinds: tuples of pairs (field, value), hashable
    :rtype: dict[kind, str]
    """
    with taken_back(env):
        return {kind: snapshot(_partner(env, company, kind)) for kind in kinds}


def order_rows(env, company, product, kinds):
    """Snapshots of a confirmed order of one line, for each kind.

    :param product: record of ``product.product`` that the order sells
    :param kinds: pairs (kind of partner, record of the currency)
    :rtype: dict[kind, OrderRows]
    """
    pricelists = {
        currency: foreign_pricelist(env, company, currency)
        for currency in {currency for _kind, currency in kinds}
        if currency != company.currency_id
    }
    rows = {}
    with taken_back(env):
        partners = {}
        for kind in kinds:
            partner_kind, currency = kind
            if partner_kind not in partners:
                partners[partner_kind] = _partner(env, company, partner_kind)
            order = _order(
                company, partners[partner_kind], product, pricelists.get(currency)
            )
            rows[kind] = OrderRows(snapshot(order), snapshot(order.order_line))
    return rows


def note_rows(env, company, journal, products, kinds):
    """Snapshots of a posted credit note for each kind.

    :param journal: record of the sales journal
    :param products: a record of ``product.product`` by the id of its revenue account
    :param kinds: pairs (kind of partner, record of the currency)
    :rtype: dict[kind, NoteRows]
    """
    rows = {}
    with taken_back(env):
        for partner_kind, currency in kinds:
            partner = _partner(env, company, partner_kind)
            move = _note(company, partner, journal, currency, products.values())
            lines = move.line_ids.sorted("id")
            items = lines.filtered(lambda line: line.display_type == "product")
            due = lines.filtered(lambda line: line.display_type == "payment_term")
            rows[partner_kind, currency] = NoteRows(
                snapshot(move),
                dict(zip(products, map(snapshot, items), strict=True)),
                snapshot(due),
            )
    return rows


def foreign_pricelist(env, company, currency):
    """The company's first pricelist in a currency, made if there is none.

    An order has another currency than its company only through its pricelist.
    """
    pricelists = env["product.pricelist"]
    domain = [("currency_id", "=", currency.id)]
    domain += [("company_id", "in", (company.id, False))]
    return pricelists.search(domain, limit=1) or pricelists.create(
        {"name": currency.name, "currency_id": currency.id, "company_id": company.id}
    )


def _partner(env, company, kind):
    values = {"name": SAMPLE_REF, "ref": SAMPLE_REF, "company_id": company.id}
    return env["res.partner"].with_company(company).create(values | dict(kind))


def _order(company, partner, product, pricelist):
    values = {
        "company_id": company.id,
        "partner_id": partner.id,
        # else Odoo makes whoever loads the salesperson
        "user_id": partner.user_id.id,
        "order_line": [
            Command.create({"product_id": product.id, "price_unit": 1, "tax_ids": []})
        ],
    }
    if pricelist:
        values["pricelist_id"] = pricelist.id
    order = partner.env["sale.order"].with_company(company).create(values)
    if not pricelist and order.currency_id != company.currency_id:
        # the customers' usual pricelist is in a foreign currency
        order.pricelist_id = False
    order.action_confirm()
    # a quotation's end of validity means nothing to an order of the past
    order.validity_date = False
    return order


def _note(company, partner, journal, currency, products):
    line = {"price_unit": 1, "tax_ids": []}
    move = partner.env["account.move"].with_company(company)
    move = move.create(
        {
            "move_type": "out_refund",
            "company_id": company.id,
            "journal_id": journal.id,
            "partner_id": partner.id,
            "currency_id": currency.id,
            "invoice_date": Date.today(),
            # what was paid back is not due in instalments
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create({"product_id": product.id, **line})
                for product in products
            ],
        }
    )
    move.action_post()
    move.invoice_user_id = partner.user_id
    return move
