from odoo import models
from odoo.tools import format_date

from .blocks import Column, Figure, Row, Series, chart, figures, table

_RUNS = 12  # in the table of earlier learning
_QUESTIONS = ("basket", "again", "new")


class CustomerAnalysisRecommendation(models.AbstractModel):
    """How good suggestions are, as told by later baskets of the company's own past."""

    _name = "customer.analysis.recommendation"
    _inherit = "customer.analysis"
    _description = "Suggestion Quality"

    def _title(self):
        return self.env._("Suggestion Quality")

    def _help(self, asked):
        return self.env._(
            "Rules learned from earlier baskets, asked for the later ones: how often"
            " one of ten suggestions was really bought, beside ten best sellers. Where"
            " a method is no better than best sellers, best sellers are shown."
        )

    def _empty(self, asked):
        return self.env._(
            "Nothing was learned yet. It is done once a week, as soon as orders with"
            " products are confirmed."
        )

    def _parameters(self):
        return [one for one in super()._parameters() if one.name == "firm"]

    def _is_filtered(self, asked):
        return False

    def _blocks(self, asked):
        run = self.env["customer.recommendation.run"]._latest(self.env.company)
        if not run:
            return []
        marks = [self._bars(run), self._marks(run)] if run.metrics else []
        return [self._figures(run), *marks, self._history()]

    def _names(self):
        return {
            "basket": self.env._("What goes with this basket"),
            "again": self.env._("What is bought again"),
            "new": self.env._("What new product is liked"),
        }

    # === BLOCKS === #

    def _figures(self, run):
        note = self.env._(
            "of %(months)s months until %(day)s",
            months=run.months,
            day=format_date(self.env, run.as_of),
        )
        return figures(
            [
                Figure(self.env._("Baskets"), run.basket_count, note=note),
                Figure(
                    self.env._("Customers"),
                    run.customer_count,
                    note=self.env._("with at least one product"),
                ),
                Figure(
                    self.env._("Products"),
                    run.product_count,
                    note=self.env._("that can be sold"),
                ),
                Figure(
                    self.env._("Rules"),
                    run.rule_count,
                    note=self.env._("of at least %(n)s together", n=run.least),
                    key=["rules"],
                ),
            ]
        )

    def _bars(self, run):
        marks = [run._mark(question) for question in _QUESTIONS]
        return chart(
            self.env._("Hits with Ten Suggestions, on Later Baskets"),
            list(self._names().values()),
            [
                Series(
                    self.env._("Suggestions"),
                    [mark["method"] for mark in marks],
                    "percent",
                    color="main",
                ),
                Series(
                    self.env._("Best Sellers"),
                    [mark["popularity"] for mark in marks],
                    "percent",
                    color="before",
                ),
            ],
            note=self.env._(
                "Learned from baskets until %(day)s, asked for those after it.",
                day=format_date(self.env, self._date(run.metrics["cutoff"])),
            ),
        )

    def _date(self, ordinal):
        return type(self.env.company._insight_today()).fromordinal(ordinal)

    def _marks(self, run):
        methods = {
            "basket": self.env._("highest confidence of the products in the basket"),
            "again": self.env._("own number of purchases, then best sellers"),
            "new": self.env._("likeness to what the customer has"),
        }
        rows = []
        for question, name in self._names().items():
            mark = run._mark(question)
            weak = mark["n"] < self._least()
            better = mark["is_better"]
            verdict = self.env._("yes") if better else self.env._("no")
            rows.append(
                Row(
                    [
                        name,
                        methods[question],
                        mark["n"],
                        mark["method"],
                        mark["popularity"],
                        self.env._("too few") if weak else verdict,
                        self.env._("suggestions")
                        if run._is_worth_it(question)
                        else self.env._("best sellers"),
                    ],
                    weak=weak,
                )
            )
        return table(
            self.env._("Three Questions, Three Methods"),
            [
                Column(self.env._("Question"), grow=True),
                Column(self.env._("Method"), grow=True),
                Column(self.env._("Asked"), "integer"),
                Column(self.env._("Hits"), "percent"),
                Column(self.env._("Hits of Best Sellers"), "percent"),
                Column(self.env._("Better, Beyond Chance")),
                Column(self.env._("Shown")),
            ],
            rows,
            note=self.env._(
                "For a basket one of its products is hidden and must be found. For a"
                " customer it is the next basket: one of its products, or one that is"
                " new to them, must be among the ten."
            ),
        )

    def _history(self):
        runs = self.env["customer.recommendation.run"].search(
            [("company_id", "=", self.env.company.id)], limit=_RUNS
        )
        names = self._names()
        return table(
            self.env._("Learned So Far"),
            [
                Column(self.env._("Day")),
                Column(self.env._("Baskets"), "integer"),
                Column(self.env._("Rules"), "integer"),
                *[Column(names[question], "percent") for question in _QUESTIONS],
            ],
            [
                Row(
                    [
                        format_date(self.env, run.as_of),
                        run.basket_count,
                        run.rule_count,
                        *[run._mark(one).get("method") for one in _QUESTIONS],
                    ]
                )
                for run in runs
            ],
        )

    # === RECORDS === #

    def _records(self, asked, key):
        if key != ["rules"]:
            raise KeyError(key)
        company = self._company_domain()
        return "customer.product.rule", company, self.env._("Product Rules")

    def _company_domain(self):
        return [("company_id", "=", self.env.company.id)]
