from collections import defaultdict

from odoo import models
from odoo.tools import format_date

from .blocks import Column, Row, table

_NO_CUSTOMER = "outside"


class CustomerAnalysisSegments(models.AbstractModel):
    """The groups as a diagram: size, value, and who moved from one to another."""

    _name = "customer.analysis.segments"
    _inherit = "customer.analysis.migration"
    _description = "Segment Model"

    def _title(self):
        return self.env._("Segment Model")

    def _help(self, asked):
        return self.env._(
            "Each circle is a group on the later day, as large as its number of"
            " customers. Arrows are moves between the two month ends, as wide as the"
            " number of customers; those of fewer than %(least)s are left out. Revenue"
            " is that of the 12 months to the later day.",
            least=self._least(),
        )

    def _blocks(self, asked):
        flows = self._flows(asked) if asked.begin < asked.end else []
        if not any(flow.source != _NO_CUSTOMER for flow in flows):
            return []
        groups = self._groups(asked, flows)
        groups.pop(_NO_CUSTOMER, None)
        size, revenue = defaultdict(int), defaultdict(float)
        for flow in flows:
            size[flow.target] += flow.customers
            revenue[flow.target] += flow.revenue
        title = self.env._(
            "%(begin)s to %(end)s",
            begin=format_date(self.env, asked.begin),
            end=format_date(self.env, asked.end),
        )
        return [
            *self._advice(asked, flows=flows, groups=groups),
            self._diagram(title, flows, groups, size, revenue),
            self._value_table(flows, groups, size, revenue),
        ]

    def _diagram(self, title, flows, groups, size, revenue):
        return {
            "type": "diagram",
            "title": title,
            "nodes": [
                {
                    "id": str(group),
                    "label": label,
                    "color": color,
                    "n": size[group],
                    "revenue": revenue[group],
                    "key": ["group", "to", group],
                }
                for group, (label, color) in groups.items()
            ],
            "edges": [
                {
                    "source": str(flow.source),
                    "target": str(flow.target),
                    "n": flow.customers,
                    "key": ["flow", flow.source, flow.target],
                }
                for flow in flows
                if flow.source != flow.target
                and _NO_CUSTOMER not in (flow.source, flow.target)
                and flow.customers >= self._least()
            ],
        }

    def _value_table(self, flows, groups, size, revenue):
        everybody = sum(size[group] for group in groups)
        total = sum(revenue[group] for group in groups)
        came, went = defaultdict(int), defaultdict(int)
        for flow in flows:
            if flow.source != flow.target:
                came[flow.target] += flow.customers
                went[flow.source] += flow.customers
        rows = [
            Row(
                [
                    label,
                    size[group],
                    size[group] / everybody if everybody else None,
                    revenue[group],
                    revenue[group] / total if total > 0 else None,
                    revenue[group] / size[group] if size[group] else None,
                    came[group],
                    went[group],
                ],
                keys=self._value_keys(group),
                color=color,
                weak=size[group] < self._least(),
            )
            for group, (label, color) in groups.items()
        ]
        return table(
            self.env._("Size, Value and Moves"),
            [
                Column(self.env._("Group")),
                Column(self.env._("Customers (n)"), "integer"),
                Column(self.env._("Share"), "percent"),
                Column(self.env._("Revenue, 12 Months"), "money"),
                Column(self.env._("Share of Revenue"), "percent"),
                Column(self.env._("Per Customer"), "money"),
                Column(self.env._("In"), "integer"),
                Column(self.env._("Out"), "integer"),
            ],
            rows,
        )

    def _value_keys(self, group):
        """What the cells of a group's row open."""
        members = ["group", "to", group]
        moves = [["into", group], ["out", group]]
        return [members, members, None, members, None, None, *moves]
