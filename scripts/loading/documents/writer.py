"""Writes a whole history into one company."""

from dataclasses import dataclass, field

from odoo.exceptions import UserError

from . import companies
from .accounting import closed_until, ensure_sales_journal
from .books import Books
from .credit_notes import existing_notes, write_notes
from .orders import existing_orders, write_orders
from .partners import find_partners, found_parties, insert_partners
from .products import write_products
from .prototypes import QUIET
from .rates import Rates


@dataclass
class Written:
    """What a load did; ``refused`` pairs a document with the reason."""

    orders: int = 0
    refunds: int = 0
    skipped: int = 0
    refused: list = field(default_factory=list)
    profiles: int | None = None


def write_history(env, company, history, progress):
    """Insert whatever of a history is not there yet, in the caller's transaction.

    :param company: record of ``res.company``
    :param history: a ``history.History``
    :rtype: Written
    :raise LoadError: when the company cannot take credit notes
    """
    env = env(context=dict(env.context, **QUIET, allowed_company_ids=company.ids))
    company = company.with_env(env)
    writer = _Writer(company, history, progress)
    writer.write()
    return writer.written


class _Writer:
    """One load: sorts the documents out, then writes them with all they need."""

    def __init__(self, company, history, progress):
        self._env, self._company = company.env, company
        self._history, self._progress = history, progress
        self._books = Books(company, companies.time_zone(company), Rates(company))
        self._found = find_partners(company.env, company, history.customers)
        self._journal = ensure_sales_journal(company) if history.refunds else None
        self.written = Written()

    def write(self):
        """Write the orders, the credit notes, and bring all figures up to date."""
        orders, refunds = self._new_documents()
        if not orders and not refunds:
            return
        self._activate_currencies(orders + refunds)
        parties = self._parties(orders + refunds)
        products = self._products(orders + refunds)
        if orders:
            write_orders(self._books, orders, parties, products, self._progress)
        if refunds:
            write_notes(
                self._books, self._journal, refunds, parties, products, self._progress
            )
        self.written.orders, self.written.refunds = len(orders), len(refunds)
        self._refresh_profiles()

    def _new_documents(self):
        history, books = self._history, self._books
        total = len(history.orders) + len(history.refunds)
        with self._progress.step("look for what is there", total):
            orders, refunds = self._new(history.orders, existing_orders(books)), []
            if history.refunds:
                self._closed = closed_until(self._company, self._journal)
                refunds = self._new(history.refunds, existing_notes(books))
        return orders, refunds

    def _new(self, documents, stored):
        """The documents to write; those stored are counted, the bad ones refused.

        :param stored: (id, amount) by (partner id, key, day, currency id)
        """
        new = []
        for document in documents:
            self._progress.advance(1)
            day = document.moment.date()
            reason = self._books.rates.missing(document.currency, day)
            if not reason:
                document = self._rounded(document)
                reason = self._fault(document, stored)
            if reason:
                self.written.refused.append((document, reason))
            elif self._key(document) in stored:
                self.written.skipped += 1
            else:
                new.append(document)
        return new

    def _key(self, document):
        partner_id, _commercial = self._found.get(document.customer, (None, None))
        currency = self._books.rates.currency(document.currency)
        return partner_id, document.key, document.moment.date(), currency.id

    def _rounded(self, document):
        """The document with its amounts in whole coins of its currency."""
        rates = self._books.rates
        currency = rates.currency(document.currency)
        lines = tuple(
            line._replace(amount=rates.rounded(line.amount, currency))
            for line in document.lines
        )
        return document._replace(lines=lines)

    def _fault(self, document, stored):
        """Why a document cannot be written, None when it can."""
        if stored_as := stored.get(self._key(document)):
            _id, amount = stored_as
            if amount != document.amount:
                return (
                    f"{document.key} was loaded with the amount {amount} before:"
                    f" not changed to {document.amount}"
                )
            return None
        if document.refund:
            day = document.moment.date()
            if day <= self._closed:
                return (
                    f"no credit note on {day}: the books are closed to {self._closed}"
                )
            if not document.amount:
                return "a refund of less than the smallest coin"
        return None

    def _activate_currencies(self, documents):
        codes = {document.currency for document in documents}
        self._books.rates.activate(codes)

    def _parties(self, documents):
        refs = {document.customer for document in documents}
        found = {ref: ids for ref, ids in self._found.items() if ref in refs}
        customers = self._history.customers
        fresh = [
            customers[ref] for ref in customers if ref in refs and ref not in found
        ]
        with self._progress.step("customers", len(refs)) as step:
            parties = found_parties(self._env, self._company, found)
            step.advance(len(parties))
            return parties | insert_partners(self._env, self._company, fresh, step)

    def _products(self, documents):
        used = {line.product for document in documents for line in document.lines}
        products = {
            key: product
            for key, product in self._history.products.items()
            if key in used
        }
        with self._progress.step("products", len(products)) as step:
            return write_products(self._env, self._company, products, step)

    def _refresh_profiles(self):
        if "customer.profile" not in self._env:
            return
        profiles = self._env["customer.profile"]
        with self._progress.step("customer profiles"):
            try:
                self.written.profiles = profiles._refresh(companies=self._company)
                profiles._refresh_usual_categories(self._company)
            except UserError as busy:
                # no reason to take back the load: the nightly computation follows
                self._progress.say(f"customer profiles not computed: {busy}")
