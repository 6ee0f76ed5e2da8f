"""The company a history belongs to, its people and its time zone."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo.fields import Command

from ..errors import LoadError
from .prototypes import QUIET

PRISTINE_NAMES = ("My Company", "YourCompany", "My Company (San Francisco)")
# (login, name) of the salespeople of the demonstration companies
SALESPEOPLE = (
    ("sales.ann", "Ann Baker"),
    ("sales.ben", "Ben Carter"),
    ("sales.lin", "Lin Yue (林悦)"),
)
INSIGHT_GROUP = "customer_insight.group_user"


def named_company(env, name=None):
    """The company with this name, or the database's first one without a name.

    :raise LoadError: when there is no such company
    """
    companies = env["res.company"].search([], order="id")
    if not name:
        return companies[0]
    found = companies.filtered(lambda company: company.name.lower() == name.lower())
    if not found:
        names = ", ".join(companies.mapped("name"))
        raise LoadError(f"There is no company {name!r}; there are: {names}")
    return found[0]


def demo_company(env, name, currency, country, zone):
    """The demonstration company ``name``: found, taken over, or made.

    The database's main company is taken over while nobody has used it.

    :param currency: code of its currency
    :param country: ISO 3166 code
    :param zone: name of its time zone
    """
    model = env["res.company"]
    company = model.search([("name", "=", name)], limit=1)
    if not company:
        money = env["res.currency"].with_context(active_test=False)
        money = money.search([("name", "=", currency)], limit=1)
        money.active = True
        values = {
            "name": name,
            "currency_id": money.id,
            "country_id": env["res.country"].search([("code", "=", country)]).id,
        }
        company = _pristine_company(env)
        if company:
            company.write(values)
        else:
            company = model.create(values)
        company.partner_id.tz = zone
    env.ref("base.user_admin").company_ids = [Command.link(company.id)]
    return company


def time_zone(company):
    """The time zone whose calendar the company keeps: its contact's, else UTC.

    :raise LoadError: when the contact's is unknown to this machine
    """
    name = company.partner_id.tz or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise LoadError(
            f"{company.name} has the unknown time zone {name!r}: "
            "choose another one on its contact"
        ) from error


def local_day(moment, zone):
    """The calendar day of a moment in UTC without time zone, as Odoo stores it."""
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).date()


def today(company):
    """The company's calendar day."""
    return datetime.now(time_zone(company)).date()


def demo_salespeople(env, company):
    """Logins of the administrator and of the demonstration salespeople.

    People who are not there yet are made, with their login as password.
    """
    groups = env.ref("sales_team.group_sale_salesman")
    insight = env.ref(INSIGHT_GROUP, raise_if_not_found=False)
    if insight:
        groups |= insight
    users = env["res.users"].with_context(**QUIET)
    for login, name in SALESPEOPLE:
        user = users.search([("login", "=", login)], limit=1)
        if user:
            user.company_ids = [Command.link(company.id)]
            continue
        users.create(
            {
                "login": login,
                "password": login,
                "name": name,
                "email": f"{login}@example.com",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.link(group.id) for group in groups],
            }
        )
    return ["admin", *(login for login, _name in SALESPEOPLE)]


def _pristine_company(env):
    company = env.ref("base.main_company", raise_if_not_found=False)
    if not company or company.name not in PRISTINE_NAMES:
        return None
    domain = [("company_id", "=", company.id)]
    if any(env[model].search_count(domain, limit=1) for model in _used_models(env)):
        return None
    return company


def _used_models(env):
    return [name for name in ("sale.order", "account.move", "crm.lead") if name in env]
