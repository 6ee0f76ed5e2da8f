"""Customers as contacts: found by their reference, or inserted."""

from typing import NamedTuple

from odoo.tools import SQL, email_normalize

from . import bulk
from .prototypes import partner_rows

COLUMNS = (
    "id",
    "name",
    "complete_name",
    "ref",
    "email",
    "email_normalized",
    "phone",
    "phone_sanitized",
    "street",
    "zip",
    "city",
    "birthdate",
    "gender",
    "occupation",
    "commercial_partner_id",
    "customer_rank",
)
# what an order takes over from a contact that was there before
INHERITED = (
    "country_id",
    "user_id",
    "property_account_position_id",
    "property_account_receivable_id",
    "property_payment_term_id",
)


class Party(NamedTuple):
    """A contact as documents need it; ``kind`` chooses their prototype."""

    id: int
    commercial_id: int
    invoice_id: int
    delivery_id: int
    name: str  # as documents show it
    kind: tuple[tuple[str, object], ...]


def find_partners(env, company, refs):
    """The contacts with these references that the company may use.

    The company's own come before shared ones, active before archived ones.

    :return: pairs (partner id, commercial partner id) by reference
    """
    rows = env.execute_query(
        SQL(
            "SELECT DISTINCT ON (ref) ref, id, commercial_partner_id FROM res_partner"
            " WHERE ref = ANY(%s) AND (company_id = %s OR company_id IS NULL)"
            " ORDER BY ref, company_id NULLS LAST, active DESC, id",
            list(refs),
            company.id,
        )
    )
    return {ref: (partner, commercial) for ref, partner, commercial in rows}


def found_parties(env, company, found):
    """Parties of contacts that were there before.

    :param found: as ``find_partners`` returned it
    :rtype: dict[str, Party]
    """
    partners = env["res.partner"].with_company(company)
    partners = partners.browse(
        [partner_id for partner_id, _commercial in found.values()]
    )
    parties = {}
    for (ref, (partner_id, commercial_id)), partner in zip(
        found.items(), partners, strict=True
    ):
        kind = tuple((name, partner[name].id) for name in INHERITED)
        addresses = {"invoice": partner_id, "delivery": partner_id}
        if partner.child_ids or partner.parent_id:
            addresses = partner.address_get(["invoice", "delivery"])
        parties[ref] = Party(
            id=partner_id,
            commercial_id=commercial_id,
            invoice_id=addresses["invoice"],
            delivery_id=addresses["delivery"],
            name=partner.display_name,
            kind=kind,
        )
    return parties


def insert_partners(env, company, customers, progress):
    """Insert customers that are not there yet, with their tags.

    :param customers: list of ``history.Customer``
    :return: their parties by reference
    :rtype: dict[str, Party]
    """
    parties = _insert(env, company, customers, progress)
    _tag(env, customers, parties)
    return parties


def _insert(env, company, customers, progress):
    if not customers:
        return {}
    model = env["res.partner"]
    kinds = _Kinds(env)
    parties = {}
    new_ids = bulk.new_ids(model, len(customers))
    for new_id, customer in zip(new_ids, customers, strict=True):
        party = Party(*[new_id] * 4, customer.name, kinds.of(customer))
        parties[customer.ref] = party
    prototypes = partner_rows(env, company, {party.kind for party in parties.values()})
    rows = (
        (parties[customer.ref].kind, *_values(env, company, customer, parties))
        for customer in customers
    )
    bulk.insert(model, prototypes, COLUMNS, rows, progress)
    return parties


def _values(env, company, customer, parties):
    party = parties[customer.ref]
    email = customer.email and email_normalize(customer.email, strict=False)
    return (
        party.id,
        customer.name,
        customer.name,
        customer.ref,
        customer.email,
        email or None,
        customer.phone,
        _sanitized(env, company, customer.phone, dict(party.kind)),
        customer.street,
        customer.zip,
        customer.city,
        customer.birthdate,
        customer.gender,
        customer.occupation,
        party.commercial_id,
        1,
    )


def _sanitized(env, company, phone, kind):
    partners = env["res.partner"].with_company(company)
    if not phone or not hasattr(partners, "_phone_format"):
        return None
    country = env["res.country"].browse(kind.get("country_id"))
    return partners._phone_format(number=phone, country=country) or None


class _Kinds:
    """Which prototype a new customer follows: by country, language, salesperson."""

    def __init__(self, env):
        self._countries = _countries(env)
        self._users = {user.login: user.id for user in env["res.users"].search([])}
        self._langs = {code for code, _name in env["res.lang"].get_installed()}

    def of(self, customer):
        values = {
            "country_id": self._countries.get((customer.country or "").lower(), False),
            "user_id": self._users.get(customer.login, False),
        }
        if customer.lang in self._langs:
            values["lang"] = customer.lang
        return tuple(values.items())


def _countries(env):
    """Ids of countries by code and by name in every language, in lower case."""
    ids = {}
    env["res.country"].flush_model(["code", "name"])
    for country_id, code, names in env.execute_query(
        SQL("SELECT id, code, name FROM res_country")
    ):
        ids |= {word.lower(): country_id for word in (*names.values(), code or "")}
    ids.pop("", None)
    return ids


def _tag(env, customers, parties):
    """Give the customers their tags, one category for each kind of tag."""
    tags = _Tags(env)
    rows = [
        (tags.id(tag), parties[customer.ref].id)
        for customer in customers
        for tag in customer.tags
    ]
    bulk.insert_relation(
        env.cr,
        "res_partner_res_partner_category_rel",
        ("category_id", "partner_id"),
        rows,
    )


class _Tags:
    """Contact tags by (kind, value), made when first asked for."""

    def __init__(self, env):
        self._model = env["res.partner.category"]
        self._ids = {}

    def id(self, tag):
        if tag not in self._ids:
            kind, value = tag
            parent = self._find_or_create(kind, False)
            self._ids[tag] = self._find_or_create(value, parent)
        return self._ids[tag]

    def _find_or_create(self, name, parent):
        values = {"name": name, "parent_id": parent}
        domain = [(field, "=", value) for field, value in values.items()]
        found = self._model.search(domain, limit=1)
        return (found or self._model.create(values)).id
