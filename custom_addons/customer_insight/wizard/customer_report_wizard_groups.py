from odoo import models
from odoo.tools import SQL

from ..models.customer_profile import STAGE_SETS
from ..report.section import Chart, Column, Section


class CustomerReportWizard(models.TransientModel):
    """The sections with one row per group of customers: segments and stages."""

    _inherit = "customer.report.wizard"

    def _segments_section(self, totals):
        name = "rfm_segment_id"
        figures = self._group_figures(name)
        segments = self.env["customer.segment"].browse(filter(None, figures))
        title = self.env._("Segments")
        return Section(
            name="segments",
            title=title,
            columns=[
                *self._group_columns(name),
                Column(self.env._("What to Do"), "note", 70),
            ],
            rows=[
                (segment.id, *figures[segment.id], segment.strategy or None)
                for segment in sorted(
                    segments, key=lambda segment: -figures[segment.id][2]
                )
            ],
            chart=Chart("bar", self.env._("Amount Bought by Segment"), 0, (3,)),
            empty=self._empty_sentence(),
        )

    def _stages_section(self, totals):
        name = "lifecycle_stage"
        figures = self._group_figures(name)
        shown = figures.keys() | set(STAGE_SETS[self.company_id.insight_stage_set])
        nobody = (0, 0.0, 0.0, 0.0, None, None, None)
        rows = [
            (stage, *figures.get(stage, nobody))
            for stage in self._choices(name)
            if stage in shown
        ]
        return Section(
            name="stages",
            title=self.env._("Stages"),
            columns=self._group_columns(name),
            rows=rows if totals.customers else [],
            chart=Chart("column", self.env._("Customers by Stage"), 0, (1,)),
            empty=self._empty_sentence(),
        )

    def _group_columns(self, name):
        [label] = self._labels(name)
        return [
            Column(label, "choice", 22, self._choices(name)),
            Column(self.env._("Customers"), "integer", 12),
            Column(self.env._("Share of Customers"), "percent", 12),
            Column(self.env._("Amount Bought"), "money", 22),
            Column(self.env._("Share of Amount"), "percent", 12),
            Column(self.env._("Amount per Customer"), "money", 20),
            Column(self.env._("Purchases per Customer"), "decimal", 14),
            Column(self.env._("Median Days Since Purchase"), "decimal", 16),
        ]

    def _group_figures(self, name):
        """The figures of ``_group_columns`` by the value of a field.

        :return: ``{value: (customers, share of customers, amount, share of amount,
            amount and purchases per customer, median days since the last purchase)}``;
            the share of an amount is ``None`` when the whole is not above zero
        """
        query, column = self._profile_query()
        group = column(name)
        query.groupby = group
        rows = self.env.execute_query(
            query.select(
                group,
                SQL("COUNT(*)"),
                SQL("COUNT(*) / SUM(COUNT(*)) OVER ()"),
                SQL("SUM(%s)", column("amount_total")),
                SQL(
                    "SUM(%(amount)s) / CASE WHEN SUM(SUM(%(amount)s)) OVER () > 0"
                    " THEN SUM(SUM(%(amount)s)) OVER () END",
                    amount=column("amount_total"),
                ),
                SQL("AVG(%s)", column("amount_total")),
                SQL("AVG(%s)", column("purchase_count")),
                SQL(
                    "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)",
                    column("recency_days"),
                ),
            )
        )
        return {value: tuple(figures) for value, *figures in rows}
