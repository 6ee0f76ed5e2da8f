from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain

from ..engine.noise import shares_differ
from .blocks import Column, Figure, Row, Series, chart, figures, table
from .parameters import Choice, Day

_MONTH = relativedelta(months=1)
_ABSENT = ("prospect", "churned")


class CustomerAnalysisChurn(models.AbstractModel):
    """Customers who came, came back and were lost, month by month, and the churn rate.

    Figures are those of ``customer.churn.month``.
    """

    _name = "customer.analysis.churn"
    _inherit = "customer.analysis"
    _description = "Churn Rate"

    def _title(self):
        return self.env._("Churn Rate")

    def _help(self, asked):
        return self.env._(
            "A customer is whoever bought and has not churned since. Churn rate: the"
            " share of the customers at the start of a month who were lost in it; n is"
            " their number, the band the 95 % interval. Opening + new + won back − lost"
            " = closing. A change against the month before is real when it is beyond"
            " chance."
        )

    def _empty(self, asked):
        return self.env._(
            "No customers yet in these months. Stage moves are written down each night"
            " from the documents."
        )

    def _parameters(self):
        today = self.env.company._insight_today()
        splits = (
            ("opening_stage", self.env._("Stage")),
            ("user_id", self.env._("Salesperson")),
            ("team_id", self.env._("Sales Team")),
            ("category_id", self.env._("Usual Product Category")),
            ("country_id", self.env._("Country")),
        )
        until, firm = super()._parameters()[:2]
        since = today.replace(day=1) - relativedelta(months=12)
        return [
            Day("since", self.env._("From"), since),
            until,
            Choice("split", self.env._("Split by"), "opening_stage", splits),
            firm,
        ]

    def _is_filtered(self, asked):
        return False

    def _blocks(self, asked):
        months = self._months(asked)
        if not months:
            return []
        labels = [self._period_label("month", one["month"]) for one in months]
        measures = self._measures(asked.since, asked.until)
        marks = self._marks(measures, [one["month"] for one in months])
        sums = self._split_sums(asked)
        return [
            *self._advice(asked, months=months, sums=sums),
            figures(self._figures(months)),
            self._flow_chart(labels, months, marks),
            self._rate_chart(labels, months, marks),
            *self._measure_table(measures),
            self._month_table(labels, months),
            self._split_table(asked, sums),
        ]

    def _months(self, asked, dimension=None):
        return self.env["customer.churn.month"]._churn_months(
            self.env.company, asked.since, asked.until, dimension
        )

    # === WHAT IS SHOWN === #

    def _figures(self, months):
        """The last finished month beside the one before it."""
        finished = [one for one in months if one["is_finished"]] or months
        last = finished[-1]
        before = finished[-2] if len(finished) > 1 else None
        rate = last["rate"] if last["is_reliable"] else None
        change = None
        if before and before["rate"] and last["rate"] is not None:
            change = last["rate"] / before["rate"] - 1
        month = self._period_label("month", last["month"])
        n = self.env._(
            "%(month)s, n = %(count)s", month=month, count=self._count(last["n"])
        )
        key = last["month"]
        return [
            Figure(
                self.env._("Churn Rate"),
                rate,
                "percent",
                note=n,
                change=change if last["is_reliable"] else None,
                real=self._is_real(last, before),
                good=-1,
                key=["lost", key],
            ),
            Figure(self.env._("Lost"), last["lost"], note=month, key=["lost", key]),
            Figure(self.env._("New"), last["new"], note=month, key=["new", key]),
            Figure(
                self.env._("Won Back"),
                last["won_back"],
                note=month,
                key=["won_back", key],
            ),
            Figure(
                self.env._("Customers at the End"),
                last["closing"],
                note=month,
                key=["opening", last["month"] + _MONTH],
            ),
        ]

    def _is_real(self, now, before):
        if not before or not (now["is_reliable"] and before["is_reliable"]):
            return False
        return shares_differ(
            before["lost_opening"], before["n"], now["lost_opening"], now["n"]
        )

    def _flow_chart(self, labels, months, marks):
        def bars(label, name, color, sign=1):
            return Series(
                label,
                [sign * one[name] for one in months],
                color=color,
                stack="flow",
                keys=[[name, one["month"]] for one in months],
            )

        stays = Series(
            self.env._("Stayed"),
            [one["opening"] - one["lost"] for one in months],
            color="neutral",
            stack="flow",
            keys=[["opening", one["month"]] for one in months],
        )
        closing = Series(
            self.env._("Closing"),
            [one["closing"] for one in months],
            shape="line",
            color="main",
        )
        return chart(
            self.env._("Customers Who Came and Left"),
            labels,
            [
                stays,
                bars(self.env._("New"), "new", "gain"),
                bars(self.env._("Won Back"), "won_back", "back"),
                bars(self.env._("Lost"), "lost", "loss", sign=-1),
                closing,
            ],
            stacked=True,
            marks=marks,
        )

    def _rate_chart(self, labels, months, marks):
        def shares(name):
            return [one[name] if one["is_reliable"] else None for one in months]

        rate = Series(
            self.env._("Churn Rate"),
            shares("rate"),
            "percent",
            "line",
            "loss",
            low=shares("low"),
            high=shares("high"),
            keys=[["lost", one["month"]] for one in months],
        )
        return chart(self.env._("Churn Rate per Month"), labels, [rate], marks=marks)

    def _month_table(self, labels, months):
        rows = [
            self._month_row(label, one, before)
            for label, one, before in zip(labels, months, [None, *months], strict=False)
        ]
        return table(
            self.env._("Opening + New + Won Back − Lost = Closing"),
            [
                Column(self.env._("Month")),
                Column(self.env._("Opening (n)"), "integer"),
                Column(self.env._("New"), "integer"),
                Column(self.env._("Won Back"), "integer"),
                Column(self.env._("Lost"), "integer"),
                Column(self.env._("Closing"), "integer"),
                Column(self.env._("Churn Rate"), "percent"),
                Column(self.env._("Change"), "percent", good=-1),
            ],
            rows,
        )

    def _month_row(self, label, one, before):
        """A month of the table, compared with the one before if there is one."""
        change = None
        if before and before["rate"] and one["rate"] is not None:
            change = one["rate"] / before["rate"] - 1
        names = ("opening", "new", "won_back", "lost")
        return Row(
            [
                label
                if one["is_finished"]
                else self.env._("%(month)s (running)", month=label),
                *(one[name] for name in names),
                one["closing"],
                one["rate"],
                change if one["is_finished"] else None,
            ],
            keys=[
                None,
                *([name, one["month"]] for name in names),
                ["opening", one["month"] + _MONTH],
                ["lost", one["month"]],
                None,
            ],
            weak=not one["is_reliable"],
            change={7: one["is_finished"] and self._is_real(one, before)},
        )

    def _split_sums(self, asked):
        """:return: ``{group: [label, customer months, lost, won back]}``"""
        sums = {}
        for one in self._months(asked, asked.split):
            total = sums.setdefault(one["key"], [one["label"], 0, 0, 0])
            total[1] += one["opening"]
            total[2] += one["lost_opening"]
            total[3] += one["won_back"]
        return sums

    def _split_table(self, asked, sums):
        """Where churn is high: months of customers, and how many were lost in them."""
        rows = [
            self._split_row(key, *sums[key])
            for key in sorted(
                (key for key in sums if sums[key][1]),
                key=lambda one: -sums[one][2] / sums[one][1],
            )
        ]
        return table(
            self.env._("Where Churn Is High"),
            [
                Column(dict(self._parameters()[2].options)[asked.split]),
                Column(self.env._("Customer Months (n)"), "integer"),
                Column(self.env._("Lost"), "integer"),
                Column(self.env._("Churn per Month"), "percent"),
                Column(self.env._("From"), "percent"),
                Column(self.env._("To"), "percent"),
                Column(self.env._("Won Back"), "integer"),
            ],
            rows,
            note=self.env._("All months together, highest first, with 95 % interval."),
        )

    def _split_row(self, key, label, months, lost, won_back):
        """A group of the split: its customer months, and how many were lost in them."""
        rate = self.env["customer.churn.month"]._rate_figures(
            self.env.company, months, lost
        )
        return Row(
            [
                label or self.env._("None"),
                months,
                lost,
                rate["rate"],
                rate["low"],
                rate["high"],
                won_back,
            ],
            keys=[
                ["split_opening", key],
                ["split_opening", key],
                ["split_lost", key],
                ["split_lost", key],
                None,
                None,
                ["split_won_back", key],
            ],
            weak=not rate["is_reliable"],
        )

    # === THE CUSTOMERS BEHIND === #

    def _records(self, asked, key):
        if key[0] == "measure":
            return self._measure_records(key)
        if key[0].startswith("split_"):
            return self._split_records(asked, key[0], key[1])
        name, month = key[0], date.fromisoformat(key[1])
        domain = Domain("company_id", "=", self.env.company.id)
        during = Domain("date", ">=", month) & Domain("date", "<", month + _MONTH)
        domain &= {
            "new": during & Domain("from_stage", "=", "prospect"),
            "won_back": during & Domain("from_stage", "=", "churned"),
            "lost": during & Domain("to_stage", "=", "churned"),
            "opening": Domain("to_stage", "not in", _ABSENT)
            & Domain("date", "<", month)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", month)),
        }[name]
        label = self._period_label("month", month)
        return "customer.stage.move", domain, f"{self._title()}: {label}"

    def _split_records(self, asked, name, key):
        """The stays, losses or returns of one row of the split, of all its months."""
        begin = asked.since.replace(day=1)
        end = asked.until.replace(day=1) + _MONTH
        during = Domain("date", ">=", begin) & Domain("date", "<", end)
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= {
            "split_opening": Domain("to_stage", "not in", _ABSENT)
            & Domain("date", "<", end - _MONTH)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", begin)),
            "split_lost": during
            & Domain("to_stage", "=", "churned")
            & Domain("opening_stage", "not in", _ABSENT),
            "split_won_back": during & Domain("from_stage", "=", "churned"),
        }[name]
        if asked.split == "opening_stage":
            stage = "to_stage" if name == "split_opening" else "opening_stage"
            domain &= Domain(stage, "=", str(key))
        else:
            domain &= self.env["customer.churn.month"]._split_domain(
                self.env.company, asked.split, key
            )
        return "customer.stage.move", domain, self._title()
