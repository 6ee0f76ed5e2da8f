from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date

from .blocks import Column, Row, table

_SHOWN = 20


class CustomerAnalysis(models.AbstractModel):
    """Measures on the charts they are to move: a mark each, and before and after."""

    _inherit = "customer.analysis"

    def _measures(self, since, until):
        """:return: the measures of these days, oldest first"""
        return self.env["customer.measure"].search(
            Domain("company_id", "=", self.env.company.id)
            & Domain("date", ">=", since)
            & Domain("date", "<=", until),
            order="date, id",
            limit=_SHOWN,
        )

    def _marks(self, measures, starts):
        """Where measures stand on a chart.

        :param starts: first day of each of the chart's periods, oldest first
        :return: list of dicts ``index`` and ``label``
        """
        return [
            {
                "index": max(sum(start <= measure.date for start in starts) - 1, 0),
                "label": measure.name,
            }
            for measure in measures
            if starts
        ]

    def _measure_table(self, measures):
        """:return: list of one block that says what came of the measures, or none"""
        if not measures:
            return []
        fields = self.env["customer.measure"]._fields
        indicators = dict(fields["indicator"]._description_selection(self.env))
        verdicts = dict(fields["verdict"]._description_selection(self.env))
        rows = [
            Row(
                [
                    format_date(self.env, measure.date),
                    measure.name,
                    measure.user_id.name or "",
                    indicators[measure.indicator],
                    measure.before,
                    measure.after,
                    self._target_text(measure),
                    verdicts[measure.verdict],
                    measure.explanation,
                ],
                key=["measure", measure.id],
                weak=measure.verdict not in ("better", "worse"),
            )
            for measure in measures
        ]
        return [
            table(
                self.env._("Measures, Before and After"),
                [
                    Column(self.env._("Date")),
                    Column(self.env._("Measure"), grow=True),
                    Column(self.env._("Owner")),
                    Column(self.env._("Figure")),
                    Column(self.env._("Before")),
                    Column(self.env._("After")),
                    Column(self.env._("Target")),
                    Column(self.env._("Result")),
                    Column(self.env._("Compared"), grow=True),
                ],
                rows,
                note=self.env._(
                    "All customers you may see, whatever the filters. Grey: nothing"
                    " can be said."
                ),
            )
        ]

    def _target_text(self, measure):
        if not measure.target:
            return "–"
        share = measure.indicator == "churn"
        text = measure._written(measure.target / 100 if share else measure.target)
        return f"{text} ✓" if measure.is_target_reached else text

    def _measure_records(self, key):
        """:return: what opens behind a row of the table"""
        domain = Domain("id", "=", int(key[1]))
        return "customer.measure", domain, self.env._("Measures")
