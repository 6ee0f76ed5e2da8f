"""Exchange rates at the documents' dates, taken from Odoo and never guessed."""

from bisect import bisect_right
from decimal import Decimal


class Rates:
    """Rates between a company's currency and others."""

    def __init__(self, company):
        self._env, self._company = company.env, company
        currencies = (
            company.env["res.currency"].with_context(active_test=False).search([])
        )
        self._currencies = {currency.name: currency for currency in currencies}
        self._days, self._rates, self._units = {}, {}, {}

    def currency(self, code):
        """Record of the currency ``code``; None for an unknown one.

        :param code: ISO 4217 code, or None for the company's own
        """
        if code is None:
            return self._company.currency_id
        return self._currencies.get(code)

    def missing(self, code, day):
        """Why an amount cannot be converted on a day, None when it can."""
        currency = self.currency(code)
        if currency is None:
            return f"unknown currency {code}"
        if currency == self._company.currency_id:
            return None
        if not self._position(currency, day):
            return f"no rate for {code} on {day}"
        return None

    def rate(self, currency, day):
        """Units of ``currency`` for one of the company's, as Odoo converts on a day."""
        own = self._company.currency_id
        if currency == own:
            return 1.0
        key = currency, self._position(currency, day), self._position(own, day)
        if key not in self._rates:
            self._rates[key] = self._env["res.currency"]._get_conversion_rate(
                own, currency, self._company, day
            )
        return self._rates[key]

    def rounded(self, amount, currency):
        """A decimal amount in units of the currency's smallest coin."""
        if currency not in self._units:
            self._units[currency] = Decimal(str(currency.rounding))
        unit = self._units[currency]
        return (amount / unit).quantize(Decimal(1), "ROUND_HALF_UP") * unit

    def activate(self, codes):
        """Switch on the currencies that are about to be used."""
        for code in codes:
            currency = self.currency(code)
            if not currency.active:
                currency.action_unarchive()

    def _position(self, currency, day):
        """How many rates of a currency are valid by a day; 0: there is none."""
        if currency not in self._days:
            root = self._company.root_id
            rates = self._env["res.currency.rate"].search(
                [
                    ("currency_id", "=", currency.id),
                    ("company_id", "in", (root.id, False)),
                ],
                order="name",
            )
            self._days[currency] = rates.mapped("name")
        return bisect_right(self._days[currency], day)
