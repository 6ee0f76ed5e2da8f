from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..models.customer_profile import LIFECYCLE_STAGES, VALUE_CLASSES
from .blocks import Column, Row, heatmap, table

_LEAVING = ("at_risk", "churned")


class CustomerAnalysisValue(models.AbstractModel):
    """Value classes: how many customers, what they contribute, where the lever is."""

    _name = "customer.analysis.value"
    _inherit = "customer.analysis"
    _description = "Value Pyramid"

    def _title(self):
        return self.env._("Value Pyramid")

    def _help(self, asked):
        return self.env._(
            "Customers by today's value class, with what they bought in the 12 months"
            " until the day, less credit notes. The lever of a class is the factor in"
            " which it falls furthest short of the class above."
        )

    def _blocks(self, asked):
        cells = self._cells(asked)
        classes = self._classes(cells)
        if not classes:
            return []
        return [
            *self._advice(asked, classes=classes),
            self._pyramid(classes),
            self._lever_table(classes),
            self._matrix(cells),
        ]

    # === FIGURES === #

    def _cells(self, asked):
        """:return: ``{(value class, stage): (customers, revenue, purchases)}``"""
        since = asked.until - relativedelta(years=1) + relativedelta(days=1)
        bought, paid = self._readable(
            "customer.purchase", self._purchase_domain(asked, since, asked.until)
        )
        bought.groupby = paid("partner_id")
        domain = self._profile_domain(asked) & Domain("value_class", "!=", False)
        query, column = self._readable("customer.profile", domain)
        rows = self.env.execute_query(
            SQL(
                """SELECT value_class, stage, COUNT(*), COALESCE(SUM(revenue), 0),
                          COALESCE(SUM(orders), 0)::int
                   FROM (%s) profile LEFT JOIN (%s) bought USING (partner_id)
                   GROUP BY value_class, stage""",
                query.select(
                    SQL("%s AS partner_id", column("partner_id")),
                    SQL("%s AS value_class", column("value_class")),
                    SQL("%s AS stage", column("lifecycle_stage")),
                ),
                bought.select(
                    SQL("%s AS partner_id", paid("partner_id")),
                    SQL("SUM(%s)::double precision AS revenue", paid("amount")),
                    SQL("COUNT(*) FILTER (WHERE %s > 0) AS orders", paid("amount")),
                ),
            )
        )
        return {(value, stage): tuple(figures) for value, stage, *figures in rows}

    def _labels_of(self, name):
        field = self.env["customer.profile"]._fields[name]
        return dict(field._description_selection(self.env))

    def _classes(self, cells):
        """:return: list of dicts, the highest class first"""
        labels = self._labels_of("value_class")
        everybody = sum(n for n, *__ in cells.values())
        revenue = sum(amount for __, amount, __ in cells.values())
        found = []
        for value, __ in VALUE_CLASSES:
            own = {
                stage: figures for (v, stage), figures in cells.items() if v == value
            }
            n = sum(figures[0] for figures in own.values())
            if not n:
                continue
            amount = sum(figures[1] for figures in own.values())
            orders = sum(figures[2] for figures in own.values())
            leaving = sum(own.get(stage, (0,))[0] for stage in _LEAVING)
            found.append(
                {
                    "value": value,
                    "label": labels[value],
                    "n": n,
                    "share": n / everybody,
                    "revenue": amount,
                    "revenue_share": amount / revenue if revenue > 0 else None,
                    "per_customer": amount / n,
                    "frequency": orders / n,
                    "basket": amount / orders if orders else None,
                    "kept": 1 - leaving / n,
                    "color": value,
                    "key": ["class", value, None],
                }
            )
        return found

    # === WHAT IS SHOWN === #

    def _pyramid(self, classes):
        return {
            "type": "pyramid",
            "title": self.env._("Customers and Contribution by Class"),
            "layers": classes,
        }

    def _lever_table(self, classes):
        rows = [
            Row(
                [
                    one["label"],
                    one["n"],
                    one["revenue"],
                    one["per_customer"],
                    one["frequency"],
                    one["basket"],
                    1 - one["kept"],
                    self._lever(one, above),
                ],
                key=one["key"],
                weak=one["n"] < self._least(),
                color=one["color"],
            )
            for one, above in zip(classes, [None, *classes], strict=False)
        ]
        return table(
            self.env._("Levers per Class"),
            [
                Column(self.env._("Value Class")),
                Column(self.env._("Customers (n)"), "integer"),
                Column(self.env._("Revenue, 12 Months"), "money"),
                Column(self.env._("Per Customer"), "money"),
                Column(self.env._("Purchases per Customer"), "decimal"),
                Column(self.env._("Revenue per Purchase"), "money"),
                Column(self.env._("At Risk or Churned"), "percent"),
                Column(self.env._("Lever"), grow=True),
            ],
            rows,
        )

    def _lever(self, one, above):
        """The factor with the largest gap to the class above, in words."""
        if not above:
            return self.env._(
                "Keep them: %(share)s %% are at risk or have churned",
                share=formatLang(self.env, 100 * (1 - one["kept"]), digits=0),
            )
        names = {
            "frequency": self.env._("purchases per customer"),
            "basket": self.env._("revenue per purchase"),
            "kept": self.env._("customers kept"),
        }
        gaps = {
            name: one[name] / above[name]
            for name in names
            if one[name] is not None and above[name]
        }
        if not gaps or min(gaps.values()) >= 1:
            return self.env._("No factor falls short of the class above")
        worst = min(gaps, key=gaps.get)
        return self.env._(
            "More %(factor)s: %(share)s %% of the class “%(above)s”",
            factor=names[worst],
            share=formatLang(self.env, 100 * gaps[worst], digits=0),
            above=above["label"],
        )

    def _matrix(self, cells):
        stages = [
            (stage, self._labels_of("lifecycle_stage")[stage])
            for stage, __ in LIFECYCLE_STAGES
            if any(key[1] == stage for key in cells)
        ]
        labels = self._labels_of("value_class")
        rows = [
            {
                "label": labels[value],
                "n": sum(cells.get((value, stage), (0,))[0] for stage, __ in stages),
                "key": ["class", value, None],
                "cells": [
                    self._matrix_cell(
                        value, stage, *cells.get((value, stage), (0, 0, 0))
                    )
                    for stage, __ in stages
                ],
            }
            for value, __ in VALUE_CLASSES
            if any(key[0] == value for key in cells)
        ]
        return heatmap(
            self.env._("Customers by Class and Stage"),
            self.env._("Value Class"),
            [label for __, label in stages],
            rows,
            kind="integer",
        )

    def _matrix_cell(self, value, stage, n, revenue, _orders):
        amount = formatLang(
            self.env, revenue, currency_obj=self.env.company.currency_id
        )
        return {
            "value": n,
            "tip": self.env._("Revenue %(amount)s", amount=amount),
            "key": ["class", value, stage] if n else None,
        }

    def _records(self, asked, key):
        kind, value, stage = key
        if kind not in ("class", "leaving") or value not in dict(VALUE_CLASSES):
            raise KeyError(value)
        domain = self._profile_domain(asked) & Domain("value_class", "=", value)
        if kind == "leaving":
            domain &= Domain("lifecycle_stage", "in", list(_LEAVING))
        elif stage is not None:
            domain &= Domain("lifecycle_stage", "=", str(stage))
        return "customer.profile", domain, self._labels_of("value_class")[value]
