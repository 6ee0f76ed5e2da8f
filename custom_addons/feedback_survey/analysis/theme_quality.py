from odoo import models
from odoo.addons.customer_insight.analysis.blocks import (
    Column,
    Figure,
    Row,
    figures,
    table,
)


class FeedbackAnalysisThemeQuality(models.AbstractModel):
    """How well themes and tones are found, measured on comments not learned from."""

    _name = "feedback.analysis.theme.quality"
    _inherit = "customer.analysis"
    _description = "How Well Themes Are Found"

    def _title(self):
        return self.env._("How Well Themes Are Found")

    def _help(self, asked):
        learning = self._learning()
        method = self.env._(
            "Five times, four fifths of the known comments teach and the last fifth is"
            " read: no comment is judged that was learned from. Precision: how many"
            " findings are right; recall: how much is found; F1: their harmonic mean."
            " The known comments are made up, in Chinese and English, until staff check"
            " real ones; lists of words and made-up comments have the same authors, so"
            " real comments will be found somewhat less well. Which way is used is"
            " decided by these same figures, theme by theme."
        )
        return f"{self._verdict(learning)} {method}" if learning else method

    def _verdict(self, learning):
        """:return: in one sentence whether learning is of any use so far"""
        gain = learning.f1_learned - learning.f1_keywords
        if gain > 0.02:
            return self.env._("The learner finds themes better than keywords alone.")
        if gain < -0.02:
            return self.env._("So far the learner is worse than keywords alone.")
        return self.env._(
            "So far the learner is no better than keywords alone: check comments in the"
            " list, each correction teaches it."
        )

    def _empty(self, asked):
        return self.env._("Nothing is measured yet: the reading job runs each hour.")

    def _parameters(self):
        return super()._parameters()[1:2]

    def _learning(self):
        return self.env["feedback.theme.learning"].search([], limit=1)

    def _blocks(self, asked):
        learning = self._learning()
        if not learning:
            return []
        return [
            self._figures(learning),
            self._themes(learning),
            self._languages(learning),
        ]

    def _figures(self, learning):
        tone = learning.detail["sentiment"]
        known = self.env._("n = %(n)s", n=learning.examples)
        return figures(
            [
                Figure(
                    self.env._("F1, Keywords"), learning.f1_keywords, "percent", known
                ),
                Figure(
                    self.env._("F1, Learner"), learning.f1_learned, "percent", known
                ),
                Figure(
                    self.env._("Tone Found"),
                    tone["found"],
                    "percent",
                    self.env._(
                        "n = %(n)s; calling all critical: %(base)s %%",
                        n=tone["n"],
                        base=round(100 * tone["base"]),
                    ),
                ),
                Figure(
                    self.env._("Checked by Staff"),
                    learning.corrections,
                    key=["checked"],
                ),
            ]
        )

    def _themes(self, learning):
        themes = self.env["feedback.theme"]
        ways = {"learned": self.env._("Learner"), "keywords": self.env._("Keywords")}
        rows = [
            Row(
                [
                    theme.name,
                    figures["n"],
                    *figures["keywords"],
                    *figures["learned"],
                    ways[figures["in_use"]],
                ],
                key=["theme", theme.id],
                weak=figures["n"] < 10,
            )
            for key, figures in learning.detail["themes"].items()
            if (theme := themes.browse(int(key)).exists())
        ]
        columns = [
            Column(self.env._("Theme")),
            Column(self.env._("Examples (n)"), "integer"),
            Column(self.env._("Precision, Keywords"), "percent"),
            Column(self.env._("Recall, Keywords"), "percent"),
            Column(self.env._("F1, Keywords"), "percent"),
            Column(self.env._("Precision, Learner"), "percent"),
            Column(self.env._("Recall, Learner"), "percent"),
            Column(self.env._("F1, Learner"), "percent"),
            Column(self.env._("In Use")),
        ]
        return table(self.env._("By Theme"), columns, rows)

    def _languages(self, learning):
        names = {"zh": self.env._("Chinese"), "en": self.env._("English")}
        rows = [
            Row([names.get(code, code), one["n"], one["keywords"], one["learned"]])
            for code, one in sorted(learning.detail["languages"].items())
        ]
        columns = [
            Column(self.env._("Language")),
            Column(self.env._("Examples (n)"), "integer"),
            Column(self.env._("F1, Keywords"), "percent"),
            Column(self.env._("F1, Learner"), "percent"),
        ]
        return table(self.env._("By Language, Learned Apart"), columns, rows)

    def _records(self, asked, key):
        kind, *values = key
        if kind == "checked":
            return "feedback.comment", [("is_checked", "=", True)], self._title()
        if kind != "theme":
            raise KeyError(kind)
        theme = int(values[0])
        name = self.env["feedback.theme"].browse(theme).display_name
        return "feedback.comment", [("mention_ids.theme_id", "=", theme)], name
