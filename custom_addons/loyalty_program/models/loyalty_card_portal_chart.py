from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

_HEIGHT = 100


class LoyaltyCard(models.Model):
    """A year of a member as bars: points, balance, orders and payments."""

    _inherit = "loyalty.card"

    def _portal_charts(self, partner):
        """The charts of the member's page.

        :param partner: the contact whose customer's orders and payments are meant
        :return: list of ``{"key", "name", "keys": [name of a colour], "bars":
            [{"month": int, "title": str, "heights": [pixels]}]}``, without those that
            have nothing to show
        """
        self.ensure_one()
        months = self._portal_months()
        days = [month["month"] for month in months]
        ordered, paid = self._portal_money(partner, days[0])
        money = self.company_id.currency_id or self.env.company.currency_id
        charts = [
            (
                "points",
                self.env._("Points"),
                [self.env._("came"), self.env._("went")],
                [(month["came"], month["went"]) for month in months],
                self._points_text,
            ),
            (
                "balance",
                self.env._("Balance"),
                [self.env._("at the end of the month")],
                [(balance,) for balance in self._portal_balances(months)],
                self._points_text,
            ),
            (
                "money",
                self.env._("Orders and Payments"),
                [self.env._("ordered"), self.env._("paid")],
                [(ordered.get(day, 0), paid.get(day, 0)) for day in days],
                lambda amount: formatLang(self.env, amount, currency_obj=money),
            ),
        ]
        return [
            self._portal_chart(days, *chart)
            for chart in charts
            if chart[0] == "points" or any(map(any, chart[3]))
        ]

    def _portal_chart(self, days, key, name, keys, values, text):
        highest = max(map(max, values)) or 1
        return {
            "key": key,
            "name": name,
            "keys": keys,
            "bars": [
                {
                    "month": day.month,
                    "title": f"{day:%Y-%m}: "
                    + ", ".join(
                        f"{word} {text(value)}"
                        for word, value in zip(keys, row, strict=True)
                    ),
                    "heights": [
                        max(round(_HEIGHT * value / highest), 0) if highest > 0 else 0
                        for value in row
                    ],
                }
                for day, row in zip(days, values, strict=True)
            ],
        }

    def _portal_balances(self, months):
        """Points at the end of each month, counted back from today's."""
        balance, balances = self.points, []
        for month in reversed(months):
            balances.append(round(balance, 2))
            balance += month["went"] - month["came"]
        return balances[::-1]

    def _portal_money(self, partner, first):
        """``({month: ordered}, {month: paid})`` of a customer, in company currency.

        Confirmed orders with taxes; payments less refunds.

        :param first: day of the first month
        """
        company = self.company_id or self.env.company
        scope = Domain("company_id", "=", company.id) & Domain(
            "partner_id", "child_of", partner.commercial_partner_id.ids
        )
        return (
            self._ordered_by_month(scope, company, first),
            self._paid_by_month(scope, first),
        )

    def _ordered_by_month(self, scope, company, first):
        orders = self.env["sale.order"].sudo()
        sold = orders._search(
            scope
            & Domain("state", "=", "sale")
            & Domain("date_order", ">=", first - relativedelta(days=1))
        )
        day = SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            SQL.identifier(sold.table, "date_order"),
            company._insight_timezone(),
        )
        amount = SQL(
            "%s / COALESCE(NULLIF(%s, 0), 1)",
            SQL.identifier(sold.table, "amount_total"),
            SQL.identifier(sold.table, "currency_rate"),
        )
        return self._sums_by_month(sold, day, amount)

    def _paid_by_month(self, scope, first):
        payments = self.env["account.payment"].sudo()
        received = payments._search(
            scope
            & Domain("partner_type", "=", "customer")
            & Domain("state", "in", ("in_process", "paid"))
            & Domain("date", ">=", first)
        )
        return self._sums_by_month(
            received,
            SQL.identifier(received.table, "date"),
            SQL.identifier(received.table, "amount_company_currency_signed"),
        )

    def _sums_by_month(self, query, day, amount):
        month = SQL("DATE_TRUNC('month', %s)::date", day)
        query.groupby = month
        return dict(
            self.env.execute_query(query.select(month, SQL("SUM(%s)::float", amount)))
        )
