"""What a company's books must have before a credit note can be posted."""

from odoo.exceptions import UserError

from ..errors import LoadError

GENERIC_CHART = "generic_coa"


def ensure_sales_journal(company):
    """The company's sales journal; a chart of accounts is loaded if it has none.

    The chart of the company's country is taken when its module is installed, else
    the generic one: nothing is installed on the way.

    :raise LoadError: when no credit note can be posted
    """
    journal = _sales_journal(company)
    if not journal:
        _load_chart(company)
        journal = _sales_journal(company)
    if not journal:
        raise LoadError(
            f"{company.name} has no sales journal to post credit notes in: "
            "make one in the Accounting settings"
        )
    if journal.restrict_mode_hash_table:
        raise LoadError(
            f"The journal {journal.name} of {company.name} is secured by hashes, so"
            " credit notes of the past cannot be added: give another sales journal"
            " a lower sequence"
        )
    return journal


def closed_until(company, journal):
    """The last day on which nothing may be posted any more; long ago if all is open."""
    return company._get_user_fiscal_lock_date(journal)


def _sales_journal(company):
    journals = company.env["account.journal"]
    domain = journals._check_company_domain(company) + [("type", "=", "sale")]
    return journals.search(domain, limit=1)


def _load_chart(company):
    charts = company.env["account.chart.template"]
    code = charts._guess_chart_template(company.country_id)
    module = charts._get_chart_template_mapping()[code].get("module")
    installed = company.env["ir.module.module"]._installed()
    if module not in installed:
        code = GENERIC_CHART
    currency = company.currency_id
    try:
        charts.try_loading(code, company, install_demo=False)
        if company.currency_id != currency:
            # a chart brings its country's currency; the orders have the company's own
            company.currency_id = currency
    except UserError as error:
        raise LoadError(
            f"{company.name} needs a chart of accounts for its credit notes, and"
            f" {code!r} cannot be loaded ({error}): choose one in the Accounting"
            " settings, then load again"
        ) from error
