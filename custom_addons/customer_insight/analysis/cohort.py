from datetime import date, timedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.intervals import wilson
from .base import PERIODS
from .blocks import Column, Row, heatmap, table
from .parameters import Choice

_SHOWN = {"month": 24, "quarter": 12, "year": 10}


class CustomerAnalysisCohort(models.AbstractModel):
    """Customers by the period of their first purchase, and what they bought later.

    A cohort is all customers whose first purchase lies in one period. Period 0 is that
    period, period 1 the one after it, always by the calendar.
    """

    _name = "customer.analysis.cohort"
    _inherit = "customer.analysis"
    _description = "Cohort Retention"

    def _parameters(self):
        periods = (
            ("month", self.env._("Month")),
            ("quarter", self.env._("Quarter")),
            ("year", self.env._("Year")),
        )
        measures = (
            ("customers", self.env._("Customers")),
            ("orders", self.env._("Purchases")),
            ("revenue", self.env._("Revenue")),
        )
        scales = (
            ("share", self.env._("Retention %")),
            ("absolute", self.env._("Absolute")),
        )
        return [
            Choice("period", self.env._("Cohorts by"), "quarter", periods),
            Choice("measure", self.env._("Measure"), "customers", measures),
            Choice("scale", self.env._("Shown as"), "share", scales),
            *super()._parameters(),
        ]

    def _title(self):
        return self.env._("Cohort Retention")

    def _help(self, asked):
        meaning = {
            "customers": self.env._(
                "Share of the cohort's customers who bought in the period."
            ),
            "orders": self.env._(
                "Purchases in the period, against those in the first period."
            ),
            "revenue": self.env._(
                "Revenue less credit notes in the period, against the first period."
            ),
        }[asked.measure]
        return self.env._(
            "%(meaning)s A cohort is all customers whose first purchase lies in the"
            " same period; n is their number. Cohorts of fewer than %(least)s are grey,"
            " periods that are not over are hatched.",
            meaning=meaning,
            least=self._least(),
        )

    def _blocks(self, asked):
        sizes = self._cohort_sizes(asked)
        if not sizes:
            return []
        cells = self._cohort_cells(asked, min(sizes))
        step, count = PERIODS[asked.period], _SHOWN[asked.period]
        last = self._period_start(asked.period, asked.until)
        ages = 0
        while min(sizes) + ages * step <= last and ages < count:
            ages += 1
        rows = [
            {
                "label": self._period_label(asked.period, cohort),
                "n": size,
                "key": [cohort, None],
                "cells": [
                    self._cell(asked, cohort, age, size, cells) for age in range(ages)
                ],
            }
            for cohort, size in sorted(sizes.items())
        ]
        kind = self._kind(asked)
        return [
            *self._advice(asked, rows=rows),
            heatmap(
                self._title(),
                self.env._("First Purchase"),
                [str(age) for age in range(ages)],
                rows,
                kind=kind,
                legend=[
                    ("partial", self.env._("period not over yet")),
                    ("weak", self.env._("n below %(least)s", least=self._least())),
                ],
            ),
            self._average_table(asked, rows, ages, kind),
        ]

    def _kind(self, asked):
        if asked.scale == "share":
            return "percent"
        return "money" if asked.measure == "revenue" else "integer"

    def _average_table(self, asked, rows, ages, kind):
        """All cohorts together, each with its weight, complete periods only."""
        figures = []
        for age in range(ages):
            cells = [row["cells"][age] for row in rows]
            complete = [cell for cell in cells if cell and not cell["partial"]]
            base = sum(cell["base"] for cell in complete)
            amount = sum(cell["amount"] for cell in complete)
            share = amount / base if base > 0 else None
            value = share if asked.scale == "share" else amount
            n = sum(cell["n"] for cell in complete)
            figures.append(
                Row(
                    [str(age), n, len(complete), value if complete else None],
                    weak=n < self._least(),
                )
            )
        return table(
            self.env._("All Cohorts Together"),
            [
                Column(self.env._("Period")),
                Column("n", "integer"),
                Column(self.env._("Cohorts"), "integer"),
                Column(dict(self._options("measure"))[asked.measure], kind),
            ],
            figures,
            note=self.env._("Periods that are not over are left out."),
        )

    def _options(self, name):
        [found] = [one.options for one in self._parameters() if one.name == name]
        return found

    def _cell(self, asked, cohort, age, size, cells):
        """One cell of the heat map, ``None`` where the period has not begun."""
        begin = cohort + age * PERIODS[asked.period]
        if begin > asked.until:
            return None
        end = begin + PERIODS[asked.period]
        amount = cells.get((cohort, age), 0)
        base = size if asked.measure == "customers" else cells.get((cohort, 0), 0)
        share = amount / base if base > 0 else None
        cell = {
            "value": share if asked.scale == "share" else amount,
            "n": size,
            "amount": amount,
            "base": base,
            "partial": end > asked.until + timedelta(days=1),
            "weak": size < self._least(),
            "origin": age == 0 and asked.scale == "share",
            "key": [cohort, age] if amount else None,
        }
        if asked.measure == "customers" and asked.scale == "share":
            cell["low"], cell["high"] = wilson(amount, size) or (None, None)
        return cell

    # === READING === #

    def _first_cohort(self, asked):
        """The oldest cohort that is shown."""
        last = self._period_start(asked.period, asked.until)
        return last - (_SHOWN[asked.period] - 1) * PERIODS[asked.period]

    def _members(self, asked):
        """The customers of all cohorts shown, as a domain on profiles."""
        return (
            self._profile_domain(asked)
            & Domain("first_purchase_date", ">=", self._first_cohort(asked))
            & Domain("first_purchase_date", "<=", asked.until)
        )

    def _cohort_sizes(self, asked):
        """:return: ``{first day of the cohort's period: number of customers}``"""
        query, column = self._readable("customer.profile", self._members(asked))
        cohort = self._truncated(asked.period, column("first_purchase_date"))
        query.groupby = cohort
        return dict(self.env.execute_query(query.select(cohort, SQL("COUNT(*)"))))

    def _cohort_cells(self, asked, oldest):
        """:return: ``{(cohort, age in periods): measure}`` in one pass"""
        domain = self._purchase_domain(asked, oldest, asked.until) & Domain(
            "profile_id", "any", self._members(asked)
        )
        query, column = self._readable("customer.purchase", domain)
        cohort = self._truncated(asked.period, column("profile_id.first_purchase_date"))
        period = self._truncated(asked.period, column("date"))
        amount = column("amount")
        measure = {
            "customers": SQL(
                "COUNT(DISTINCT %s) FILTER (WHERE %s > 0)", column("partner_id"), amount
            ),
            "orders": SQL("COUNT(*) FILTER (WHERE %s > 0)", amount),
            "revenue": SQL("SUM(%s)", amount),
        }[asked.measure]
        query.groupby = SQL("%s, %s", cohort, period)
        rows = self.env.execute_query(query.select(cohort, period, measure))
        return {
            (cohort, self._age(asked.period, cohort, period)): float(value or 0)
            if asked.measure == "revenue"
            else int(value)
            for cohort, period, value in rows
        }

    def _age(self, period, cohort, day):
        months = (day.year - cohort.year) * 12 + day.month - cohort.month
        return months // {"month": 1, "quarter": 3, "year": 12}[period]

    def _records(self, asked, key):
        cohort, age = date.fromisoformat(key[0]), key[1]
        step = PERIODS[asked.period]
        members = self._profile_domain(asked) & self._within(
            "first_purchase_date", cohort, cohort + step, asked.until
        )
        name = self._period_label(asked.period, cohort)
        if age is None:
            return "customer.profile", members, name
        begin = cohort + int(age) * step
        bought = self._within("date", begin, begin + step, asked.until)
        name = f"{name} → {self._period_label(asked.period, begin)}"
        if asked.measure == "customers":
            bought &= Domain("amount", ">", 0)
            return (
                "customer.profile",
                members & Domain("purchase_ids", "any", bought),
                name,
            )
        if asked.measure == "orders":
            bought &= Domain("amount", ">", 0)
        company = Domain("company_id", "=", self.env.company.id)
        return (
            "customer.purchase",
            company & bought & Domain("profile_id", "any", members),
            name,
        )

    def _within(self, name, begin, end, until):
        """From ``begin`` to the day before ``end``, but not after ``until``."""
        return (
            Domain(name, ">=", begin)
            & Domain(name, "<", end)
            & Domain(name, "<=", until)
        )
