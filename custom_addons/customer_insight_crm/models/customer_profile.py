from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

#: Months that have a row of their own, the present one first; the rest is "later".
FORECAST_MONTHS = 6
_ICON = "fa-star-o"


class CustomerProfile(models.Model):
    """Open opportunities of a customer, and what they let expect by month.

    The forecast weighs the expected revenue of each opportunity with its probability,
    in the month of its expected closing.
    """

    _inherit = "customer.profile"

    def _business_rows(self):
        return [*super()._business_rows(), *self._opportunity_rows()]

    def _business_domain(self, code):
        name, __, period = code.partition("/")
        if name not in ("opportunity", "forecast"):
            return super()._business_domain(code)
        opportunities = (
            Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
            & Domain("company_id", "in", (self.company_id.id, False))
            & Domain("type", "=", "opportunity")
            & Domain("won_status", "=", "pending")
        )
        return "crm.lead", opportunities & self._closing_domain(period)

    def _opportunity_rows(self):
        model, domain = self._business_domain("opportunity")
        if not self.env[model].has_access("read"):
            return []
        [(count, expected)] = self.env[model]._read_group(
            domain, [], ["__count", "expected_revenue:sum"]
        )
        if not count:
            return []
        rows = [("opportunity", self.env._("Opportunities"), count, expected, False)]
        for period, label in self._forecast_periods():
            code = f"forecast/{period}"
            [(count, weighted)] = self.env[model]._read_group(
                self._business_domain(code)[1],
                [],
                ["__count", "prorated_revenue:sum"],
            )
            rows.append((code, label, count, weighted, period == "overdue"))
        return [
            {
                "code": code,
                "label": label,
                "icon": _ICON if code == "opportunity" else "fa-line-chart",
                "count": count,
                "amount": amount or 0.0,
                "is_alarm": bool(is_late and count),
            }
            for code, label, count, amount, is_late in rows
        ]

    def _forecast_periods(self):
        """:return: list of (key, label) of the periods the forecast is split into"""
        month = self._forecast_start()
        months = [month + relativedelta(months=n) for n in range(FORECAST_MONTHS)]
        return [
            ("overdue", self.env._("Forecast: Closing Overdue")),
            *(
                (
                    month.isoformat(),
                    self.env._(
                        "Forecast %(month)s",
                        month=format_date(self.env, month, date_format="MMM y"),
                    ),
                )
                for month in months
            ),
            ("later", self.env._("Forecast: Later")),
            ("open", self.env._("Forecast: No Closing Date")),
        ]

    def _closing_domain(self, period):
        """:return: domain over the expected closing of opportunities"""
        today = self.company_id._insight_today()
        later = self._forecast_start() + relativedelta(months=FORECAST_MONTHS)
        if not period:
            return Domain.TRUE
        if period == "overdue":
            return Domain("date_deadline", "<", today)
        if period == "open":
            return Domain("date_deadline", "=", False)
        if period == "later":
            return Domain("date_deadline", ">=", later)
        month = date.fromisoformat(period)
        return Domain("date_deadline", ">=", max(month, today)) & Domain(
            "date_deadline", "<", month + relativedelta(months=1)
        )

    @api.model
    def _forecast_start(self):
        return (self.company_id or self.env.company)._insight_today().replace(day=1)
