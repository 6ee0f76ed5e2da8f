from datetime import date, datetime
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL, format_date

from ..engine.intervals import wilson
from ..report.section import Cell, Column, Section


class Totals(NamedTuple):
    """Figures over all customers of a report."""

    customers: int
    buyers: int
    repeat_buyers: int
    churned: int
    purchases: int
    amount: float
    amount_high: float
    first_as_of: date | None
    last_as_of: date | None
    computed_at: datetime | None


class CustomerReportWizard(models.TransientModel):
    """The first section: key figures, each with what it is based on."""

    _inherit = "customer.report.wizard"

    def _customer_totals(self):
        """:return: :class:`Totals` over the customers the reader may see"""
        query, column = self._profile_query()
        buys = SQL("%s > 0", column("purchase_days"))
        [figures] = self.env.execute_query(
            query.select(
                SQL("COUNT(*)"),
                SQL("COUNT(*) FILTER (WHERE %s)", buys),
                SQL("COUNT(*) FILTER (WHERE %s > 1)", column("purchase_days")),
                SQL(
                    "COUNT(*) FILTER (WHERE %s = 'churned')", column("lifecycle_stage")
                ),
                SQL("COALESCE(SUM(%s), 0)", column("purchase_count")),
                SQL("COALESCE(SUM(%s), 0)", column("amount_total")),
                SQL(
                    "COALESCE(SUM(%s) FILTER (WHERE %s = 'high'), 0)",
                    column("amount_total"),
                    column("value_class"),
                ),
                SQL("MIN(%s)", column("as_of")),
                SQL("MAX(%s)", column("as_of")),
                SQL("MAX(%s)", column("computed_at")),
            )
        )
        return Totals(*figures)

    def _summary_section(self, totals, trend):
        return Section(
            name="summary",
            title=self.env._("Summary"),
            columns=[
                Column(self.env._("Key Figure"), "text", 34),
                Column(self.env._("Figure"), "any", 24),
                Column(self.env._("Out of"), "integer", 12),
                Column(self.env._("At Least"), "percent", 11),
                Column(self.env._("At Most"), "percent", 11),
                Column(self.env._("How It Is Counted"), "note", 66),
            ],
            rows=[
                *self._customer_figures(totals),
                *self._amount_figures(totals),
                *self._period_figures(trend),
            ],
            heading=self._summary_heading(totals),
        )

    def _summary_heading(self, totals):
        lines = [
            self._file_name().removesuffix(".xlsx"),
            self.env._(
                "Purchases from %(period)s; customers as of %(as_of)s",
                period=self._format_period(self.date_from, self.date_to),
                as_of=self._format_as_of(totals),
            ),
        ]
        if not totals.customers:
            lines.append(self._empty_sentence())
        return tuple(lines)

    def _format_as_of(self, totals):
        """The day of the figures; a range while some follow a changed document."""
        if not totals.customers:
            return "–"
        if totals.first_as_of == totals.last_as_of:
            return format_date(self.env, totals.last_as_of)
        return self._format_period(totals.first_as_of, totals.last_as_of)

    def _customer_figures(self, totals):
        return [
            self._row(
                self.env._("Customers"),
                Cell("integer", totals.customers),
                self.env._("Active customers of this report"),
            ),
            self._row(
                self.env._("Buyers"),
                Cell("integer", totals.buyers),
                self.env._("Customers with at least one purchase day"),
            ),
            self._share_row(
                self.env._("Repeat rate"),
                totals.repeat_buyers,
                totals.buyers,
                self.env._("Buyers with two purchase days or more; 95 % interval"),
            ),
            self._share_row(
                self.env._("Churned"),
                totals.churned,
                totals.buyers,
                self.env._("Buyers in the stage of that name; 95 % interval"),
            ),
        ]

    def _amount_figures(self, totals):
        amount, buyers, purchases = totals.amount, totals.buyers, totals.purchases
        high_share = totals.amount_high / amount if amount > 0 else None
        return [
            self._row(
                self.env._("Amount bought"),
                Cell("money", amount),
                self.env._(
                    "All purchases less credit notes, untaxed, since the first one"
                ),
            ),
            self._row(
                self.env._("Amount per buyer"),
                Cell("money", amount / buyers if buyers else None),
                self.env._("Amount bought divided by buyers"),
            ),
            self._row(
                self.env._("Amount per purchase"),
                Cell("money", amount / purchases if purchases else None),
                self.env._("Amount bought divided by purchases"),
            ),
            self._row(
                self.env._("Amount held by customers of high value"),
                Cell("percent", high_share, self._is_weak(buyers)),
                self.env._("Amount bought by the value class High, as a share of all"),
            ),
        ]

    def _period_figures(self, trend):
        now, before = trend.now[None], trend.before[None]
        return [
            self._row(
                self.env._("Amount bought in the period"),
                Cell("money", now.amount),
                self._format_period(self.date_from, self.date_to),
            ),
            self._row(
                self.env._("The same a year earlier"),
                Cell("money", before.amount),
                self._format_period(*self._period_before()),
            ),
            self._row(
                self.env._("Change"),
                Cell("percent", self._change(now.amount, before.amount)),
                self.env._("Against the same period a year earlier"),
            ),
            self._row(
                self.env._("Purchases in the period"),
                Cell("integer", now.count),
                self.env._("Documents with an amount above zero"),
            ),
            self._row(
                self.env._("Buyers in the period"),
                Cell("integer", now.buyers),
                self.env._("Customers with at least one of these documents"),
            ),
        ]

    def _row(self, label, cell, basis, n=None, interval=None):
        """One key figure: its value, what it is a share of, and what it rests on."""
        low, high = interval or (None, None)
        return label, cell, n, low, high, basis

    def _share_row(self, label, part, whole, basis):
        share = Cell("percent", part / whole if whole else None, self._is_weak(whole))
        return self._row(label, share, basis, whole, wilson(part, whole))

    def _is_weak(self, n):
        """Whether a figure over ``n`` buyers says too little to act on."""
        return n < self.company_id.insight_min_population
