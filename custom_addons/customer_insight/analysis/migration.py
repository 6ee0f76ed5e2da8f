from collections import defaultdict
from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..engine.noise import counts_differ
from ..models.customer_profile import LIFECYCLE_STAGES, VALUE_CLASSES
from .blocks import Column, Figure, Row, figures, table
from .parameters import Choice

_OUTSIDE = "outside"  # no customer yet, or no longer
_NO_GROUP = "none"
_FLAT = {
    "segment": "rfm_segment_id",
    "stage": "lifecycle_stage",
    "value": "value_class",
}


class Flow(NamedTuple):
    """Customers who were in one group on the first day and in another on the last.

    :param back: of them, how many had churned then and have not now
    :param revenue: of the 12 months to the last day
    """

    source: object
    target: object
    customers: int
    back: int
    revenue: float


class CustomerAnalysisMigration(models.AbstractModel):
    """Who moved from which group to which, between the ends of two months."""

    _name = "customer.analysis.migration"
    _inherit = "customer.analysis"
    _description = "Migration"

    def _title(self):
        return self.env._("Migration Between Segments")

    def _help(self, asked):
        return self.env._(
            "Customers by the group they were in at the two month ends, as written down"
            " then; those who stayed are shown too. The revenue a flow carries is what"
            " its customers bought in the 12 months to the later day, less credit"
            " notes. Came back: had churned on the earlier day, and not on the later."
        )

    def _empty(self, asked):
        return self.env._(
            "There are no two month ends to compare yet. The scheduled actions write"
            " down where each customer stands at the end of each month, past ones too."
        )

    def _parameters(self):
        ends = self._month_ends()
        default = self.env.company._insight_today().replace(day=1)
        options = tuple(
            (day.isoformat(), format_date(self.env, day)) for day in reversed(ends)
        ) or ((default.isoformat(), format_date(self.env, default)),)
        groups = (
            ("segment", self.env._("RFM segments")),
            ("stage", self.env._("Lifecycle stages")),
            ("value", self.env._("Value classes")),
        )
        until, *others = super()._parameters()
        return [
            Choice("groups", self.env._("Groups"), "segment", groups),
            Choice(
                "begin",
                self.env._("From"),
                options[min(1, len(options) - 1)][0],
                options,
            ),
            Choice("end", self.env._("To"), options[0][0], options),
            *others,
        ]

    def _month_ends(self):
        """The days that can be compared, of any company that is switched on."""
        snapshots = self.env["customer.snapshot"]
        return sorted(
            {
                day
                for company in self.env.companies
                for day in snapshots._months(company)
            }
        )

    def _blocks(self, asked):
        flows = self._flows(asked) if asked.begin < asked.end else []
        if not any(flow.source != _OUTSIDE for flow in flows):
            return []
        groups = self._groups(asked, flows)
        return [
            *self._advice(asked, flows=flows, groups=groups),
            figures(self._figures(flows)),
            self._sankey(asked, flows, groups),
            self._balance(flows, groups),
            self._flow_table(flows, groups),
        ]

    # === WHAT IS SHOWN === #

    def _groups(self, asked, flows):
        """:return: ``{group: (label, colour)}``, in the order they are shown"""
        used = {group for flow in flows for group in (flow.source, flow.target)}
        if asked.groups == "segment":
            ids = [group for group in used if isinstance(group, int)]
            segments = self.env["customer.segment"].browse(ids).sorted()
            known = {segment.id: (segment.name, segment.color) for segment in segments}
        else:
            name = _FLAT[asked.groups]
            field = self.env["customer.profile"]._fields[name]
            labels = dict(field._description_selection(self.env))
            order = LIFECYCLE_STAGES if asked.groups == "stage" else VALUE_CLASSES
            known = {
                value: (labels[value], value) for value, __ in order if value in used
            }
        rest = {
            _NO_GROUP: (self.env._("Without group"), "neutral"),
            _OUTSIDE: (self.env._("No customer"), "neutral"),
        }
        return known | {key: rest[key] for key in rest if key in used}

    def _figures(self, flows):
        both = [f for f in flows if _OUTSIDE not in (f.source, f.target)]
        stayed = sum(f.customers for f in both if f.source == f.target)
        moved = sum(f.customers for f in both if f.source != f.target)
        share = moved / (moved + stayed) if moved + stayed else None
        n = self.env._("n = %(count)s", count=self._count(moved + stayed))
        return [
            Figure(self.env._("Stayed"), stayed, note=n, key=["stayed"]),
            Figure(self.env._("Moved"), moved, note=n, key=["moved"]),
            Figure(self.env._("Share That Moved"), share, "percent", note=n),
            Figure(self.env._("Came Back"), sum(f.back for f in flows), key=["back"]),
            Figure(
                self.env._("New Customers"),
                sum(f.customers for f in flows if f.source == _OUTSIDE),
                key=["flow", _OUTSIDE, None],
            ),
        ]

    def _sankey(self, asked, flows, groups):
        nodes = [
            {
                "id": f"{side}:{group}",
                "label": label,
                "color": color,
                "side": side,
                "key": ["group", side, group],
            }
            for side in ("from", "to")
            for group, (label, color) in groups.items()
            if any((f.source if side == "from" else f.target) == group for f in flows)
        ]
        links = []
        for flow in flows:
            for back in (False, True):
                count = flow.back if back else flow.customers - flow.back
                if not count:
                    continue
                links.append(
                    {
                        "source": f"from:{flow.source}",
                        "target": f"to:{flow.target}",
                        "value": count,
                        "revenue": flow.revenue * count / flow.customers,
                        "back": back,
                        "stays": flow.source == flow.target,
                        "key": ["flow", flow.source, flow.target],
                    }
                )
        return {
            "type": "sankey",
            "bundle": "customer_insight.sankey_lib",
            "title": self.env._(
                "%(begin)s to %(end)s",
                begin=format_date(self.env, asked.begin),
                end=format_date(self.env, asked.end),
            ),
            "nodes": nodes,
            "links": links,
        }

    def _balance(self, flows, groups):
        """Opening + in − out = closing, per group."""
        opening, closing, into, out, revenue = (defaultdict(float) for __ in range(5))
        for flow in flows:
            opening[flow.source] += flow.customers
            closing[flow.target] += flow.customers
            revenue[flow.target] += flow.revenue
            if flow.source != flow.target:
                out[flow.source] += flow.customers
                into[flow.target] += flow.customers
        rows = [
            self._balance_row(
                group,
                *groups[group],
                *(int(sums[group]) for sums in (opening, into, out, closing)),
                revenue[group],
            )
            for group in groups
            if group != _OUTSIDE
        ]
        return table(
            self.env._("Opening + In − Out = Closing"),
            [
                Column(self.env._("Group")),
                Column(self.env._("Opening"), "integer"),
                Column(self.env._("In"), "integer"),
                Column(self.env._("Out"), "integer"),
                Column(self.env._("Closing"), "integer"),
                Column(self.env._("Change"), "percent"),
                Column(self.env._("Revenue, 12 Months"), "money"),
            ],
            rows,
        )

    def _balance_row(self, group, label, color, opening, into, out, closing, revenue):
        most = max(opening, closing)
        return Row(
            [
                label,
                opening,
                into,
                out,
                closing,
                closing / opening - 1 if opening else None,
                revenue,
            ],
            keys=[
                None,
                ["group", "from", group],
                ["into", group],
                ["out", group],
                ["group", "to", group],
                None,
                ["group", "to", group],
            ],
            color=color,
            weak=most < self._least(),
            # those who came against those who went: each moved by themselves
            change={5: most >= self._least() and counts_differ(out, into)},
        )

    def _flow_table(self, flows, groups):
        order = list(groups)
        rows = [
            Row(
                [
                    groups[flow.source][0],
                    groups[flow.target][0],
                    flow.customers,
                    flow.back,
                    flow.revenue,
                ],
                key=["flow", flow.source, flow.target],
                color=groups[flow.source][1],
                weak=flow.customers < self._least(),
            )
            for flow in sorted(
                flows, key=lambda f: (order.index(f.source), order.index(f.target))
            )
        ]
        return table(
            self.env._("All Flows"),
            [
                Column(self.env._("From")),
                Column(self.env._("To")),
                Column(self.env._("Customers (n)"), "integer"),
                Column(self.env._("Came Back"), "integer"),
                Column(self.env._("Revenue, 12 Months"), "money"),
            ],
            rows,
        )

    # === READING === #

    def _snapshot_domain(self, asked, day):
        domain = Domain("date", "=", day)
        domain &= Domain("company_id", "=", self.env.company.id)
        if self._is_filtered(asked):
            query = self.env["customer.profile"]._search(self._profile_domain(asked))
            domain &= Domain("partner_id", "in", query.subselect("partner_id"))
        return domain

    def _standing(self, asked, day):
        """Where each customer stood on a day: SELECT partner_id, grp, stage."""
        name = _FLAT[asked.groups]
        query, column = self._readable(
            "customer.snapshot", self._snapshot_domain(asked, day)
        )
        return query.select(
            SQL("%s AS partner_id", column("partner_id")),
            SQL("COALESCE(%s::text, %s) AS grp", column(name), _NO_GROUP),
            SQL("%s AS stage", column("lifecycle_stage")),
        )

    def _moves_query(self, asked):
        """One row per customer: SELECT partner_id, source, target, back."""
        return SQL(
            """SELECT COALESCE(before.partner_id, after.partner_id) AS partner_id,
                      COALESCE(before.grp, %(outside)s) AS source,
                      COALESCE(after.grp, %(outside)s) AS target,
                      COALESCE(before.stage = 'churned' AND after.stage <> 'churned',
                               FALSE) AS back
               FROM (%(before)s) before
               FULL JOIN (%(after)s) after USING (partner_id)""",
            outside=_OUTSIDE,
            before=self._standing(asked, asked.begin),
            after=self._standing(asked, asked.end),
        )

    def _flows(self, asked):
        """:return: the flows that are shown, list of :class:`Flow`"""
        return self._read_flows(asked)

    def _read_flows(self, asked):
        """:return: all flows between the groups, in one pass, list of :class:`Flow`"""
        end = date.fromisoformat(asked.end)
        since = end - relativedelta(years=1) + relativedelta(days=1)
        bought, column = self._readable(
            "customer.purchase", self._purchase_domain(asked, since, end)
        )
        bought.groupby = column("partner_id")
        rows = self.env.execute_query(
            SQL(
                """SELECT source, target, COUNT(*), COUNT(*) FILTER (WHERE back),
                          COALESCE(SUM(bought.revenue), 0)
                   FROM (%s) move LEFT JOIN (%s) bought USING (partner_id)
                   GROUP BY source, target""",
                self._moves_query(asked),
                bought.select(
                    SQL("%s AS partner_id", column("partner_id")),
                    SQL("SUM(%s)::double precision AS revenue", column("amount")),
                ),
            )
        )
        return [
            Flow(self._group(source), self._group(target), *figures)
            for source, target, *figures in rows
        ]

    def _group(self, text):
        return int(text) if text.isdecimal() else text

    def _records(self, asked, key):
        kind, *rest = key
        if kind == "flow":
            source, target = rest
            condition = self._are(source=source, target=target)
        elif kind == "group":
            side, group = rest
            condition = self._are(**{{"from": "source", "to": "target"}[side]: group})
        elif kind in ("into", "out"):
            side = "target" if kind == "into" else "source"
            condition = SQL("%s AND source <> target", self._are(**{side: rest[0]}))
        else:
            condition = {
                "stayed": SQL("source = target"),
                "moved": SQL(
                    "source <> target AND %s NOT IN (source, target)", _OUTSIDE
                ),
                "back": SQL("back"),
            }[kind]
        return self._customers(asked, condition)

    def _customers(self, asked, condition):
        """:return: what opens the customers whose move meets an SQL condition"""
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM (%s) move WHERE %s LIMIT 10000",
                self._moves_query(asked),
                condition,
            )
        )
        customers = Domain("company_id", "=", self.env.company.id) & Domain(
            "partner_id", "in", [partner_id for (partner_id,) in rows]
        )
        return "customer.profile", customers, self._title()

    def _are(self, **groups):
        """Customers whose ``source`` and ``target`` are these, any where ``None``."""
        columns = {"source": SQL("source"), "target": SQL("target")}
        return SQL(" AND ").join(
            SQL("%s = %s", columns[name], str(group))
            for name, group in groups.items()
            if group is not None
        )
