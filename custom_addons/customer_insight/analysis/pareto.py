from bisect import bisect_left
from itertools import accumulate
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.customer_profile import VALUE_CLASSES
from .blocks import Column, Figure, Row, Series, chart, figures, table
from .parameters import Choice, Number

_YEAR = relativedelta(years=1)
_LISTED = 100  # customers in the table; the list behind it has more
_OPENED = 10_000  # customers in a list
_STEPS = 20  # points of the curve


class Buyer(NamedTuple):
    partner_id: int
    name: str
    value_class: str
    revenue: float  # or margin
    known_share: float  # per cent of revenue with a known cost


class CustomerAnalysisPareto(models.AbstractModel):
    """The customers that make so many per cent of revenue or margin, largest first."""

    _name = "customer.analysis.pareto"
    _inherit = "customer.analysis"
    _description = "Pareto"

    def _title(self):
        return self.env._("Pareto: Who Makes the Revenue")

    def _help(self, asked):
        if self._is_margin(asked):
            return self.env._(
                "Customers by the margin of the 12 months until the day, less credit"
                " notes, largest first. The margin is that of products with a cost, at"
                " today's cost; who has bought none of them is left out. Colours are"
                " today's value classes."
            )
        return self.env._(
            "Customers by the revenue of the 12 months until the day, less credit"
            " notes, largest first. Those whose balance is not above zero make no"
            " share. Colours are today's value classes."
        )

    def _parameters(self):
        measures = (
            ("revenue", self.env._("Revenue")),
            ("margin", self.env._("Margin")),
        )
        return [
            Choice("measure", self.env._("By"), "revenue", measures),
            Number("share", self.env._("Share %"), 80, 50, 95, 5),
            *super()._parameters(),
        ]

    def _is_margin(self, asked):
        return asked.measure == "margin"

    def _empty(self, asked):
        if self._is_margin(asked):
            return self.env._(
                "No margin is known: the products bought have no cost. Enter it on the"
                " products, or look at revenue."
            )
        return super()._empty(asked)

    def _blocks(self, asked):
        now = self._buyers(asked, asked.until)
        if not now:
            return []
        start = self._history_start()
        comparable = start and start.replace(day=1) <= asked.until - 2 * _YEAR
        before = self._buyers(asked, asked.until - _YEAR) if comparable else []
        count = self._top(now, asked.share)
        return [
            *self._advice(asked, buyers=now, count=count),
            figures(self._figures(asked, now, before)),
            self._curve(asked, now, before),
            self._tenths(asked, now),
            self._list(asked, now),
        ]

    # === THE RULE === #

    def _top(self, buyers, share):
        """:return: how many of the largest customers make this share (%) of revenue"""
        sums = list(accumulate(buyer.revenue for buyer in buyers))
        # a hair below, or rounding would ask for one customer more
        return bisect_left(sums, sums[-1] * share / 100 - 1e-6) + 1 if sums else 0

    # === WHAT IS SHOWN === #

    def _figures(self, asked, now, before):
        count, earlier = self._top(now, asked.share), self._top(before, asked.share)
        top = sum(buyer.revenue for buyer in now[:count])
        note = self.env._(
            "n = %(count)s customers above zero", count=self._count(len(now))
        )
        margin = self._is_margin(asked)
        extra = [self._known_figure(asked)] if margin else []
        return [
            Figure(
                self.env._("Customers Who Make %(share)s %%", share=asked.share),
                count,
                note=self.env._("a year earlier %(count)s", count=self._count(earlier))
                if before
                else note,
                key=["top"],
            ),
            Figure(
                self.env._("Their Share of Customers"),
                count / len(now),
                "percent",
                note=self.env._(
                    "a year earlier %(share)s %%",
                    share=round(100 * earlier / len(before)),
                )
                if before
                else note,
            ),
            Figure(
                self.env._("Their Margin") if margin else self.env._("Their Revenue"),
                top,
                "money",
                key=["top"],
            ),
            self._tenth_figure(margin, now, note),
            *extra,
        ]

    def _tenth_figure(self, margin, buyers, note):
        """What the largest tenth of the customers makes of the whole."""
        tenth = max(1, round(len(buyers) / 10))
        revenue = sum(buyer.revenue for buyer in buyers)
        return Figure(
            self.env._("Margin of the Largest Tenth")
            if margin
            else self.env._("Revenue of the Largest Tenth"),
            sum(buyer.revenue for buyer in buyers[:tenth]) / revenue,
            "percent",
            note=note,
        )

    def _known_figure(self, asked):
        """How much of the revenue has a known cost, and who is left out."""
        revenue, known, unknown, losses = self._known_totals(asked)
        return Figure(
            self.env._("Revenue with a Known Cost"),
            known / revenue if revenue else None,
            "percent",
            note=self.env._(
                "%(unknown)s customers without any are left out, %(losses)s with no"
                " margin above zero make no share",
                unknown=self._count(unknown),
                losses=self._count(losses),
            ),
        )

    def _known_totals(self, asked):
        """:return: revenue, that of known cost, customers without a known cost, and
        customers with a margin of zero or below
        """
        since = asked.until - _YEAR + relativedelta(days=1)
        query, column = self._readable("customer.profile", self._profile_domain(asked))
        partners = query.select(column("partner_id"))
        margins = self.env["customer.purchase"]._margins_query(
            self.env.company, since, asked.until
        )
        [totals] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(SUM(revenue), 0)::float8,
                          COALESCE(SUM(known_revenue), 0)::float8,
                          COUNT(*) FILTER (WHERE amount IS NULL),
                          COUNT(*) FILTER (WHERE amount <= 0)
                   FROM (%s) margin WHERE partner_id IN (%s)""",
                margins,
                partners,
            )
        )
        return totals

    def _curve(self, asked, now, before):
        """Cumulated share of revenue against share of customers."""
        series = [
            Series(
                self.env._("12 Months"),
                self._points(now),
                "percent",
                "line",
                "main",
                fill=True,
            )
        ]
        if before:
            series.append(
                Series(
                    self.env._("A Year Earlier"),
                    self._points(before),
                    "percent",
                    "line",
                    "before",
                    dashed=True,
                )
            )
        labels = [f"{100 * step // _STEPS} %" for step in range(_STEPS + 1)]
        return chart(
            self.env._("Cumulated Share of Margin by Share of Customers")
            if self._is_margin(asked)
            else self.env._("Cumulated Share of Revenue by Share of Customers"),
            labels,
            series,
            note=self.env._("The straighter the line, the more equal the customers."),
        )

    def _points(self, buyers):
        sums = [0.0, *accumulate(buyer.revenue for buyer in buyers)]
        return [
            sums[round(step * len(buyers) / _STEPS)] / sums[-1]
            for step in range(_STEPS + 1)
        ]

    def _tenths(self, asked, buyers):
        """Revenue of each tenth of the customers, stacked by value class."""
        count = len(buyers)
        tenths = [
            buyers[count * part // 10 : count * (part + 1) // 10] for part in range(10)
        ]
        classes = [*self._class_labels().items(), (None, self.env._("No class"))]
        series = [
            Series(
                label,
                [
                    sum(one.revenue for one in tenth if one.value_class == value)
                    for tenth in tenths
                ],
                "money",
                color=value or "neutral",
                stack="revenue",
            )
            for value, label in classes
            if any(buyer.value_class == value for buyer in buyers)
        ]
        labels = [
            self.env._("Tenth %(number)s", number=number) for number in range(1, 11)
        ]
        return chart(
            self.env._("Margin by Tenth of the Customers")
            if self._is_margin(asked)
            else self.env._("Revenue by Tenth of the Customers"),
            labels,
            series,
            stacked=True,
        )

    def _class_labels(self):
        field = self.env["customer.profile"]._fields["value_class"]
        labels = dict(field._description_selection(self.env))
        return {value: labels[value] for value, __ in VALUE_CLASSES}

    def _list(self, asked, buyers):
        count = self._top(buyers, asked.share)
        revenue = sum(buyer.revenue for buyer in buyers)
        labels = self._class_labels()
        margin = self._is_margin(asked)
        known = [Column(self.env._("Cost Known"), "percent")] if margin else []
        name = self.env._("Margin") if margin else self.env._("Revenue")
        sums = accumulate(buyer.revenue for buyer in buyers[:_LISTED])
        rows = [
            Row(
                [
                    buyer.name,
                    rank,
                    labels.get(buyer.value_class, ""),
                    buyer.revenue,
                    buyer.revenue / revenue,
                    cumulated / revenue,
                    *([buyer.known_share / 100] if margin else []),
                ],
                key=["customer", buyer.partner_id],
                color=buyer.value_class or "neutral",
            )
            for rank, (buyer, cumulated) in enumerate(
                zip(buyers[: min(count, _LISTED)], sums, strict=False), 1
            )
        ]
        note = ""
        if count > _LISTED:
            note = self.env._(
                "The first %(listed)s of %(count)s; the figure above opens all.",
                listed=_LISTED,
                count=self._count(count),
            )
        elif len(buyers) < self._least():
            note = self.env._("So few customers say little about concentration.")
        return table(
            self.env._("These Customers"),
            [
                Column(self.env._("Customer")),
                Column(self.env._("Rank"), "integer"),
                Column(self.env._("Value Class")),
                Column(name, "money"),
                Column(self.env._("Share"), "percent"),
                Column(self.env._("Cumulated"), "percent"),
                *known,
            ],
            rows,
            note=note,
        )

    # === READING === #

    def _buyers(self, asked, until):
        """:return: customers with revenue in the 12 months to a day, largest first"""
        domain = Domain("company_id", "=", self.env.company.id)
        if self._is_filtered(asked):
            domain &= Domain("profile_id", "any", self._profile_domain(asked))
        query, column = self._readable(
            "customer.pareto",
            domain,
            order="amount desc, partner_id",
            **self._period(until, asked),
        )
        select = query.select(
            column("partner_id"),
            SQL("''"),
            column("profile_id.value_class"),
            SQL("%s::double precision", column("amount")),
            SQL("COALESCE(%s, 0)::double precision", column("known_share")),
        )
        buyers = [Buyer(*row) for row in self.env.execute_query(select)]
        names = self._names([buyer.partner_id for buyer in buyers[:_LISTED]])
        return [
            buyer._replace(name=names.get(buyer.partner_id, "")) for buyer in buyers
        ]

    def _period(self, until, asked):
        """The 12 months until a day, as ``customer.pareto`` reads it from a context."""
        since = until - _YEAR + relativedelta(days=1)
        return {
            "pareto_date_from": since.isoformat(),
            "pareto_date_to": until.isoformat(),
            "pareto_measure": asked.measure,
        }

    def _names(self, partner_ids):
        partners = self.env["res.partner"].browse(partner_ids)
        return {partner.id: partner.display_name for partner in partners.sudo()}

    def _records_context(self, asked):
        return super()._records_context(asked) | self._period(asked.until, asked)

    def _records(self, asked, key):
        company = Domain("company_id", "=", self.env.company.id)
        if key == ["leaving"]:
            return self._leaving_records(asked)
        if key == ["top"]:
            title = self.env._("Customers Who Make %(share)s %%", share=asked.share)
            if not self._is_filtered(asked):
                top = company & Domain("share_before", "<", asked.share)
                return "customer.pareto", top, title
            buyers = self._buyers(asked, asked.until)
            buyers = buyers[: min(self._top(buyers, asked.share), _OPENED)]
            ids = [buyer.partner_id for buyer in buyers]
            return "customer.profile", company & Domain("partner_id", "in", ids), title
        kind, partner_id = key
        if kind != "customer":
            raise KeyError(kind)
        since = asked.until - _YEAR + relativedelta(days=1)
        domain = self._purchase_domain(asked, since, asked.until)
        domain &= Domain("partner_id", "=", int(partner_id))
        return "customer.purchase", domain, self.env._("Purchases")

    def _leaving_records(self, asked):
        """Of those who make the share, who is at risk or has churned."""
        buyers = self._buyers(asked, asked.until)
        top = [buyer.partner_id for buyer in buyers[: self._top(buyers, asked.share)]]
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("partner_id", "in", top[:_OPENED])
        domain &= Domain("lifecycle_stage", "in", ["at_risk", "churned"])
        return "customer.profile", domain, self.env._("At Risk or Churned")
