from datetime import timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..report.section import Chart, Column, Section

_YEAR = relativedelta(years=1)
_MONTH = relativedelta(months=1)


class Purchases(NamedTuple):
    """What was bought within a period."""

    amount: float = 0.0
    count: int = 0
    buyers: int = 0


class Trend(NamedTuple):
    """Purchases of the period and of the same period a year earlier.

    Both are ``{first day of the month: Purchases}`` of months with any, and have the
    whole period under ``None``.
    """

    now: dict
    before: dict


class CustomerReportWizard(models.TransientModel):
    """The section with one row per month, next to the same month a year earlier."""

    _inherit = "customer.report.wizard"

    def _purchase_trend(self):
        """:return: :class:`Trend` of the purchases the reader may see"""
        return Trend(
            self._read_purchases(self.date_from, self.date_to),
            self._read_purchases(*self._period_before()),
        )

    def _trend_section(self, trend):
        any_month = len(trend.now) > 1 or len(trend.before) > 1
        return Section(
            name="trend",
            title=self.env._("Trend"),
            columns=[
                Column(self.env._("Month"), "month", 14),
                Column(self.env._("Amount Bought"), "money", 22),
                Column(self.env._("A Year Earlier"), "money", 22),
                Column(self.env._("Change"), "percent", 12),
                Column(self.env._("Purchases"), "integer", 12),
                Column(self.env._("Buyers"), "integer", 12),
            ],
            rows=self._trend_rows(trend) if any_month else [],
            chart=Chart("line", self.env._("Amount Bought by Month"), 0, (1, 2)),
            empty=self.env._(
                "No purchases in this period, nor a year earlier. Choose a longer"
                " period, or look whether orders are confirmed."
            ),
        )

    def _trend_rows(self, trend):
        month = self.date_from.replace(day=1)
        while month <= self.date_to:
            now = trend.now.get(month, Purchases())
            before = trend.before.get(month - _YEAR, Purchases())
            yield (
                month,
                now.amount,
                before.amount,
                self._change(now.amount, before.amount),
                now.count,
                now.buyers,
            )
            month += _MONTH

    def _period_before(self):
        """:return: first and last day of the same period a year earlier"""
        return self.date_from - _YEAR, self.date_to - _YEAR

    def _change(self, now, before):
        """:return: relative change as a share, ``None`` without a base above zero"""
        return now / before - 1 if before > 0 else None

    def _read_purchases(self, date_from, date_to):
        """Add up the purchases of a period, by month and as a whole, in one pass."""
        purchases = self.env["customer.purchase"]
        query = purchases._search(self._purchase_domain(date_from, date_to))
        date, amount, partner = (
            purchases._field_to_sql(query.table, name, query)
            for name in ("date", "amount", "partner_id")
        )
        month = SQL("DATE_TRUNC('month', %s)::date", date)
        query.groupby = SQL("GROUPING SETS ((%s), ())", month)
        rows = self.env.execute_query(
            query.select(
                month,
                SQL("COALESCE(SUM(%s), 0)", amount),
                SQL("COUNT(*) FILTER (WHERE %s > 0)", amount),
                SQL("COUNT(DISTINCT %s) FILTER (WHERE %s > 0)", partner, amount),
            )
        )
        return {month: Purchases(*figures) for month, *figures in rows}

    def _purchase_domain(self, date_from, date_to):
        """The purchases of a period by the customers of this report.

        Without filters these are all purchases, those of archived customers too, so
        that the sum is that of the sales report.
        """
        day = timedelta(days=1)
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("date", ">=", date_from)
            & Domain("date", "<=", date_to)
            # the moment, in whatever time zone, lets an index find the documents
            & Domain("moment", ">=", date_from - day)
            & Domain("moment", "<", date_to + 2 * day)
        )
        filters = self._filter_domain()
        return (
            domain
            if filters.is_true()
            else domain & Domain("profile_id", "any", filters)
        )
