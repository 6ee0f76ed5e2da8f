from dateutil.relativedelta import relativedelta
from odoo import models

from ..engine.noise import counts_differ, family, shares_differ
from .blocks import Advice

_LEAVING = ("at_risk", "churned")
_AHEAD = 3  # months ahead for which a campaign is worth planning
_BUYERS_DAYS = 730  # how far back who bought of a category is looked for


class CustomerAdvice(models.AbstractModel):
    """Advice of the screens about revenue, value and the forecast."""

    _inherit = "customer.advice"

    # === TREND === #

    def _advise_trend(self, screen, asked, now, before):
        """Buyers and revenue of the whole period against a year earlier.

        :param now: sums of the period
        :param before: those of a year earlier
        """
        sure = family(2)
        buyers = screen._is_real("buyers", now, before, sure)
        if buyers and now["buyers"] < before["buyers"]:
            return [
                Advice(
                    self._trend_sentence(screen, "buyers", now, before),
                    self.env._("win back those who bought then and not now"),
                    key=["gone"],
                    **self._playbook(trigger="stage", stage="churned"),
                )
            ]
        revenue = screen._is_real("revenue", now, before, sure)
        if revenue and now["revenue"] < before["revenue"]:
            return [
                Advice(
                    self._trend_sentence(screen, "revenue", now, before),
                    self.env._("offer the buyers what goes with what they buy"),
                    key=["buyers"],
                    **self._playbook(trigger="stage", stage=self._stage("repeat")),
                )
            ]
        if buyers:
            return [
                Advice(
                    self._trend_sentence(screen, "buyers", now, before),
                    self.env._("make sure that those who are new buy again"),
                    key=["new"],
                    **self._playbook(trigger="stage", stage=self._stage("first")),
                )
            ]
        return []

    def _trend_sentence(self, screen, name, now, before):
        label = {
            "buyers": self.env._("Buyers"),
            "revenue": self.env._("Revenue"),
        }[name]
        return self.env._(
            "%(figure)s: %(change)s %% against a year earlier (n = %(now)s and"
            " %(before)s buyers), more than chance.",
            figure=label,
            change=f"{100 * screen._change(name, now, before):+.0f}",
            now=screen._count(now["buyers"]),
            before=screen._count(before["buyers"]),
        )

    # === VALUE === #

    def _advise_pareto(self, screen, asked, buyers, count):
        """Those who make most of the revenue and are leaving, one by one.

        :param buyers: list of :class:`~.pareto.Buyer`, largest first
        :param count: how many of them make the share that is asked for
        """
        if len(buyers) < screen._least():
            return []
        top = {buyer.partner_id: buyer.revenue for buyer in buyers[:count]}
        leaving = self.env["customer.profile"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("partner_id", "in", list(top)),
                ("lifecycle_stage", "in", _LEAVING),
            ]
        )
        if not leaving:
            return []
        at_stake = sum(top[partner.id] for partner in leaving.partner_id)
        return [
            Advice(
                self.env._(
                    "%(leaving)s of the %(count)s customers who make %(share)s %% are"
                    " at risk or have churned; they stand for %(part)s %% of the"
                    " whole.",
                    leaving=screen._count(len(leaving)),
                    count=screen._count(count),
                    share=asked.share,
                    part=self._percent(
                        at_stake / sum(buyer.revenue for buyer in buyers)
                    ),
                ),
                self.env._("reach them one by one, the largest first"),
                key=["leaving"],
                **self._playbook(trigger="stage", stage=self._stage("at_risk")),
            )
        ]

    def _advise_value(self, screen, asked, classes):
        """Those of the highest class who are leaving, and a class that keeps fewer.

        :param classes: list of dicts, the highest class first
        """
        found = []
        for one, above in zip(classes, [None, *classes], strict=False):
            leaving = round(one["n"] * (1 - one["kept"]))
            if not leaving or one["n"] < screen._least():
                continue
            if above is None:
                sentence = self.env._(
                    "%(leaving)s of the %(n)s customers of the class “%(value)s” are at"
                    " risk or have churned.",
                    leaving=screen._count(leaving),
                    n=screen._count(one["n"]),
                    value=one["label"],
                )
                plan = self.env._("reach them one by one, the largest first")
            elif self._keeps_fewer(screen, one, above, len(classes) - 1):
                sentence = self.env._(
                    "The class “%(value)s” keeps %(kept)s %% of its customers, the"
                    " class above %(above)s %%: fewer than by chance.",
                    value=one["label"],
                    kept=self._percent(one["kept"]),
                    above=self._percent(above["kept"]),
                )
                plan = self.env._("reach these customers before they leave")
            else:
                continue
            stage = self._stage("at_risk")
            book = self._playbook(
                [("value_class", "=", one["value"])], trigger="stage", stage=stage
            )
            found.append(
                Advice(sentence, plan, key=["leaving", one["value"], None], **book)
            )
        return found[:2]

    def _keeps_fewer(self, screen, one, above, comparisons):
        """Whether keeping customers is where a class falls short, beyond chance."""
        if above["n"] < screen._least() or one["kept"] >= above["kept"]:
            return False
        kept = [round(value["n"] * value["kept"]) for value in (above, one)]
        return shares_differ(
            kept[0], above["n"], kept[1], one["n"], family(comparisons)
        )

    # === SEASON === #

    def _advise_seasonality(self, screen, asked, data):
        """Categories that sell better in one of the next months, beyond chance.

        :param data: that of ``customer.seasonality``
        """
        ahead = [
            (asked.until.replace(day=1) + relativedelta(months=month)).month
            for month in range(1, _AHEAD + 1)
        ]
        rows = [row for row in data["categories"] if row["is_reliable"]]
        sure = family(len(rows) * _AHEAD)
        found = [
            (ahead.index(month["month"]), row, month)
            for row in rows
            for month in row["months"]
            if month["month"] in ahead
            and month["promote"]
            and counts_differ(round(row["lines"] / 12), month["lines"], sure)
        ]
        found.sort(key=lambda one: (one[0], -one[2]["index"]))
        return [
            Advice(
                self.env._(
                    "%(category)s sells %(index)s times the average in %(month)s"
                    " (%(years)s years, %(lines)s lines): more than chance.",
                    category=row["name"],
                    index=f"{month['index']:.1f}",
                    month=data["month_labels"][month["month"] - 1],
                    years=month["n"],
                    lines=screen._count(month["lines"]),
                ),
                self.env._("prepare a campaign for those who have bought of it"),
                key=[row["id"] or 0, month["month"]],
                **(self._buyers_of(row) if row["id"] else {}),
            )
            for __, row, month in found[:2]
        ]

    def _buyers_of(self, row):
        """:return: a segment of those who bought of a category lately"""
        return self._segment(
            self.env._("Buyers of %(category)s", category=row["name"]),
            [
                {
                    "measure": "purchase_count",
                    "product_category_ids": [(6, 0, [row["id"]])],
                    "days": _BUYERS_DAYS,
                    "operator": ">=",
                    "value": 1,
                }
            ],
        )

    # === FORECAST === #

    def _advise_forecast(self, screen, asked, run):
        """Work through the warnings, while the forecast behind them is good.

        :param run: the newest ``customer.prediction.run``
        """
        metrics = run.metrics
        if not metrics or metrics["n"] < screen._least():
            return []
        if not run.is_better_than_baseline:
            return []
        pending = self.env["customer.warning"].search_count(screen._pending_domain())
        if not pending:
            return []
        return [
            Advice(
                self.env._(
                    "The forecast is better than simple rules beyond chance, and"
                    " %(count)s warnings are pending.",
                    count=screen._count(pending),
                ),
                self.env._("deal with the warnings, the largest value at risk first"),
                key=["pending"],
                **self._playbook(trigger="warning"),
            )
        ]
