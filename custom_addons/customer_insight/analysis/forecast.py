from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date

from ..engine.intervals import wilson
from ..models.customer_warning import PENDING
from .blocks import Column, Figure, Row, Series, chart, figures, table

_RUNS = 12  # in the table of earlier forecasts


class CustomerAnalysisForecast(models.AbstractModel):
    """How good the forecast of purchases is, as told by the company's own past."""

    _name = "customer.analysis.forecast"
    _inherit = "customer.analysis"
    _description = "Forecast Quality"

    def _title(self):
        return self.env._("Forecast Quality")

    def _help(self, asked):
        return self.env._(
            "The forecast of an earlier day, made from nothing but what was known then,"
            " set beside what really happened and beside two simple rules: the"
            " customer's own past rate, and silence alone. The churn risk is the chance"
            " of no purchase within the horizon."
        )

    def _empty(self, asked):
        return self.env._(
            "There is no forecast yet. The night makes one as soon as somebody has"
            " bought."
        )

    def _parameters(self):
        return [one for one in super()._parameters() if one.name == "firm"]

    def _is_filtered(self, asked):
        return False

    def _run(self):
        return self.env["customer.prediction.run"]._latest(self.env.company)

    def _blocks(self, asked):
        run = self._run()
        if not run:
            return []
        marks = []
        if run.metrics:
            marks = [
                self._figures(run),
                self._calibration(run),
                self._comparison(run),
                *self._classifier(run),
            ]
        warnings = self._warnings()
        advice = self._advice(asked, run=run)
        return [*advice, *marks, *warnings, self._history()]

    # === BLOCKS === #

    def _figures(self, run):
        metrics, model = run.metrics, run.metrics["model"]
        note = self.env._("n = %(n)s customers", n=self._count(metrics["n"]))
        verdict = self._yes(run.is_better_than_baseline)
        weak = metrics["n"] < self._least()
        return figures(
            [
                Figure(
                    self.env._("Better than Simple Rules"),
                    self.env._("too few") if weak else verdict,
                    "text",
                    self._day_note(run),
                ),
                Figure(
                    self.env._("Pairs in the Right Order"),
                    model["auc"],
                    "percent",
                    note,
                ),
                Figure(
                    self.env._("Bought Again"),
                    metrics["bought"],
                    "percent",
                    note,
                ),
                Figure(
                    self.env._("Chances Off by"),
                    model["ece"],
                    "percent",
                    self.env._("on average over ten groups"),
                ),
                Figure(
                    self.env._("Purchases Foretold"),
                    None if model["bias"] is None else 1 + model["bias"],
                    "percent",
                    self.env._("of those that came"),
                ),
            ]
        )

    def _day_note(self, run):
        return self.env._(
            "Forecast of %(day)s for %(days)s days",
            day=format_date(self.env, self._date(run.metrics["cutoff"])),
            days=run.metrics["horizon_days"],
        )

    def _date(self, ordinal):
        return type(self.env.company._insight_today()).fromordinal(ordinal)

    def _calibration(self, run):
        groups = run.metrics["calibration"]
        borders = [wilson(round(seen * n), n) for __, seen, n in groups]
        return chart(
            self.env._("Foretold and Real Share of Buyers, by Tenth of the Customers"),
            [str(number) for number in range(1, len(groups) + 1)],
            [
                Series(
                    self.env._("Really bought"),
                    [seen for __, seen, __ in groups],
                    "percent",
                    color="before",
                    keys=[["group", number] for number in range(len(groups))],
                ),
                Series(
                    self.env._("Foretold"),
                    [said for said, __, __ in groups],
                    "percent",
                    shape="line",
                    color="main",
                    low=[low for low, __ in borders],
                    high=[high for __, high in borders],
                ),
            ],
            note=self.env._(
                "From the least to the most likely buyers. The band is where the real"
                " share may lie by chance; a good forecast runs within it. A bar opens"
                " today's customers with a chance like that."
            ),
        )

    def _comparison(self, run):
        columns = [
            Column(self.env._("What"), grow=True),
            Column(self.env._("Forecast"), "mark"),
            Column(self.env._("Own Past Rate"), "mark"),
            Column(self.env._("Silence Alone"), "mark"),
        ]
        names = {
            "auc": self.env._("Right order of who buys (AUC; 0.5 is a coin)"),
            "brier": self.env._("Squared error of the chances (Brier; 0 is perfect)"),
            "ece": self.env._("Mean distance of foretold and real share"),
            "mae": self.env._("Mean error of the number of purchases"),
            "correlation": self.env._("Correlation with the number of purchases"),
            "gini": self.env._("Order of future spend (1 is perfect)"),
            "top_share": self.env._("Share of spend held by the best tenth"),
        }
        sides = [run.metrics[side] for side in ("model", "rate", "recency")]
        return table(
            self.env._("Beside Simple Rules"),
            columns,
            [
                Row([label, *(side.get(name) for side in sides)])
                for name, label in names.items()
            ],
            note=self.env._(
                "For spend, the simple rule is what the customer has spent so far."
            ),
        )

    def _warnings(self):
        """What became of ended warnings, with intervals; no block without any."""
        warnings = self.env["customer.warning"]
        groups = warnings._read_group(
            self._ended_domain(), ["state", "dismiss_reason"], ["__count"]
        )
        total = sum(count for __, __, count in groups)
        if not total:
            return []
        names = dict(warnings._fields["state"]._description_selection(self.env))
        why = dict(warnings._fields["dismiss_reason"]._description_selection(self.env))
        rows = []
        for state, reason, count in groups:
            low, high = wilson(count, total)
            rows.append(
                Row(
                    [why[reason] if reason else names[state], count, count / total]
                    + [low, high],
                    key=["warning", state, reason or ""],
                    weak=total < self._least(),
                )
            )
        block = table(
            self.env._("What Became of Warnings"),
            [
                Column(self.env._("Outcome"), grow=True),
                Column(self.env._("Warnings"), "integer"),
                Column(self.env._("Share"), "percent"),
                Column(self.env._("From"), "percent"),
                Column(self.env._("To"), "percent"),
            ],
            rows,
            note=self.env._(
                "Of %(n)s warnings that have ended; from and to are the 95 %% interval"
                " of the share. Won back says that a purchase followed, not that the"
                " call was its cause.",
                n=self._count(total),
            ),
        )
        return [block]

    def _ended_domain(self):
        domain = Domain("company_id", "=", self.env.company.id)
        return domain & Domain("state", "in", ["won_back", "lost", "dismissed"])

    def _pending_domain(self):
        domain = Domain("company_id", "=", self.env.company.id)
        return domain & Domain("state", "in", list(PENDING))

    def _history(self):
        runs = self.env["customer.prediction.run"].search(
            [("company_id", "=", self.env.company.id)], limit=_RUNS
        )
        methods = dict(
            self.env["customer.prediction.run"]
            ._fields["method"]
            ._description_selection(self.env)
        )
        return table(
            self.env._("Forecasts So Far"),
            [
                Column(self.env._("Day")),
                Column(self.env._("Method"), grow=True),
                Column(self.env._("Customers"), "integer"),
                Column(self.env._("Right Order (AUC)"), "mark"),
                Column(self.env._("Squared Error (Brier)"), "mark"),
                Column(self.env._("Better than Simple Rules")),
            ],
            [
                Row(
                    [
                        format_date(self.env, run.as_of),
                        methods[run.method],
                        run.customer_count,
                        run.metrics["model"]["auc"] if run.metrics else None,
                        run.metrics["model"]["brier"] if run.metrics else None,
                        self._yes(run.is_better_than_baseline),
                    ]
                )
                for run in runs
            ],
        )

    def _yes(self, value):
        return self.env._("yes") if value else self.env._("no")

    # === RECORDS === #

    def _records(self, asked, key):
        kind, *rest = key
        if kind == "warning":
            state, reason = rest
            domain = self._ended_domain() & Domain("state", "=", str(state))
            domain &= Domain("dismiss_reason", "=", str(reason) or False)
            return "customer.warning", domain, self.env._("Warnings")
        if kind == "class":
            return self._class_records(self._run(), rest[0])
        if kind == "pending":
            return "customer.warning", self._pending_domain(), self.env._("Warnings")
        groups = self._run().metrics["calibration"]
        number = int(rest[0])
        if kind != "group" or not 0 <= number < len(groups):
            raise ValueError("No such group")
        chances = [said for said, __, __ in groups]
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("purchase_days", ">", 0)
        if number:
            border = 1 - (chances[number - 1] + chances[number]) / 2
            domain &= Domain("churn_risk", "<=", border)
        if number + 1 < len(groups):
            border = 1 - (chances[number] + chances[number + 1]) / 2
            domain &= Domain("churn_risk", ">", border)
        else:  # who came since has no forecast, and that is no chance of 100 %
            domain &= Domain("expected_purchases", ">", 0)
        name = self.env._("Customers with a chance like that, today")
        return "customer.profile", domain, name
