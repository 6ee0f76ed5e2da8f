from collections import defaultdict
from dataclasses import replace

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from .blocks import Column, Row, table
from .migration import _NO_GROUP, _OUTSIDE, Flow

_KINDS = ("rule", "manual", "cluster")
_MORE = "more"  # rarer combinations together
_MOST = 12  # combinations that are told apart
_SIGN = "in:"


class CustomerAnalysisMigration(models.AbstractModel):
    """Segments by rule, by hand and by likeness, from the history of their members.

    A customer may be in several of them. So that every customer is in one flow, the
    groups are combinations of segments; rare ones are put together.
    """

    _inherit = "customer.analysis.migration"

    def _parameters(self):
        label = self.env._("Segments by rule and by hand")
        return [
            replace(one, options=(*one.options, ("members", label)))
            if one.name == "groups"
            else one
            for one in super()._parameters()
        ]

    def _blocks(self, asked):
        blocks = super()._blocks(asked)
        if blocks and asked.groups == "members":
            blocks.append(self._member_balance(asked))
        return blocks

    # === READING === #

    def _standing(self, asked, day):
        if asked.groups != "members":
            return super()._standing(asked, day)
        snapshots, column = self._readable(
            "customer.snapshot", self._snapshot_domain(asked, day)
        )
        own = self._snapshot_domain(asked, day)  # company and customers
        own = own.map_conditions(
            lambda one: Domain.TRUE if one.field_expr == "date" else one
        )
        stays, of = self._readable(
            "customer.segment.membership",
            own
            & Domain("segment_id.kind", "in", _KINDS)
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">", day)),
        )
        stays.groupby = of("partner_id")
        segment = of("segment_id")
        return SQL(
            """SELECT COALESCE(snapshot.partner_id, member.partner_id) AS partner_id,
                      COALESCE(member.grp, %s) AS grp, snapshot.stage
               FROM (%s) snapshot FULL JOIN (%s) member USING (partner_id)""",
            _NO_GROUP,
            snapshots.select(
                SQL("%s AS partner_id", column("partner_id")),
                SQL("%s AS stage", column("lifecycle_stage")),
            ),
            stays.select(
                SQL("%s AS partner_id", of("partner_id")),
                SQL(
                    "%s || STRING_AGG(DISTINCT %s::text, '+' ORDER BY %s::text) AS grp",
                    _SIGN,
                    segment,
                    segment,
                ),
            ),
        )

    def _flows(self, asked):
        flows = super()._flows(asked)
        if asked.groups != "members":
            return flows
        frequent = self._frequent(flows)
        sums = defaultdict(lambda: [0, 0, 0.0])
        for flow in flows:
            ends = tuple(self._shown(group, frequent) for group in flow[:2])
            for place, figure in enumerate(flow[2:]):
                sums[ends][place] += figure
        return [Flow(*ends, *figures) for ends, figures in sums.items()]

    def _frequent(self, flows):
        """:return: the combinations of most customers on either day (set)"""
        sizes = defaultdict(int)
        for flow in flows:
            sizes[flow.source] += flow.customers
            sizes[flow.target] += flow.customers
        found = sorted(
            (group for group in sizes if str(group).startswith(_SIGN)),
            key=lambda group: (-sizes[group], group),
        )
        return set(found[:_MOST])

    def _shown(self, group, frequent):
        is_rare = str(group).startswith(_SIGN) and group not in frequent
        return _MORE if is_rare else group

    def _segments_of(self, group):
        """:return: the ids of the segments of a combination (list of int)"""
        if not str(group).startswith(_SIGN):
            return []
        return [int(part) for part in group.removeprefix(_SIGN).split("+")]

    # === WHAT IS SHOWN === #

    def _groups(self, asked, flows):
        if asked.groups != "members":
            return super()._groups(asked, flows)
        used = {group for flow in flows for group in (flow.source, flow.target)}
        ids = {one for group in used for one in self._segments_of(group)}
        segments = self.env["customer.segment"].browse(sorted(ids)).sorted()
        order = {segment.id: place for place, segment in enumerate(segments)}
        by_id = {segment.id: segment for segment in segments}
        known = {}

        def place(group):
            parts = self._segments_of(group)
            return len(parts), sorted(map(order.get, parts))

        for group in sorted(filter(self._segments_of, used), key=place):
            own = [by_id[one] for one in self._segments_of(group)]
            own.sort(key=lambda segment: order[segment.id])
            known[group] = (" + ".join(one.name for one in own), own[0].color)
        rest = {
            _MORE: (self.env._("Other combinations"), "before"),
            _NO_GROUP: (self.env._("In none of them"), "neutral"),
            _OUTSIDE: (self.env._("No customer"), "neutral"),
        }
        return known | {key: rest[key] for key in rest if key in used}

    def _member_balance(self, asked):
        """Members of each segment, who may be in others too: opening + in − out."""
        counts = defaultdict(lambda: [0, 0, 0, 0])
        for flow in self._read_flows(asked):
            before = set(self._segments_of(flow.source))
            after = set(self._segments_of(flow.target))
            for place, ids in enumerate(
                (before, after - before, before - after, after)
            ):
                for one in ids:
                    counts[one][place] += flow.customers
        segments = self.env["customer.segment"].browse(counts).sorted()
        sides = ("from", "into", "out", "to")
        rows = [
            Row(
                [segment.name, *counts[segment.id]],
                keys=[None, *(["member", side, segment.id] for side in sides)],
                color=segment.color,
                weak=max(counts[segment.id]) < self._least(),
            )
            for segment in segments
        ]
        return table(
            self.env._("Members: Opening + In − Out = Closing"),
            [
                Column(self.env._("Segment")),
                Column(self.env._("Opening"), "integer"),
                Column(self.env._("In"), "integer"),
                Column(self.env._("Out"), "integer"),
                Column(self.env._("Closing"), "integer"),
            ],
            rows,
            note=self.env._("A customer may be in several segments."),
        )

    # === THE CUSTOMERS BEHIND === #

    def _records(self, asked, key):
        if asked.groups != "members":
            return super()._records(asked, key)
        reader = self
        if _MORE in key:
            frequent = self._frequent(self._read_flows(asked))
            reader = self.with_context(insight_frequent=tuple(sorted(frequent)))
        if key[0] != "member":
            return super(CustomerAnalysisMigration, reader)._records(asked, key)
        return self._customers(asked, self._member_condition(*key[1:]))

    def _member_condition(self, side, segment_id):
        def within(column):
            return SQL(
                "COALESCE(%s = ANY(STRING_TO_ARRAY(SUBSTR(%s, %s), '+')), FALSE)",
                str(int(segment_id)),
                column,
                len(_SIGN) + 1,
            )

        before, after = within(SQL("source")), within(SQL("target"))
        return {
            "from": before,
            "to": after,
            "into": SQL("%s AND NOT %s", after, before),
            "out": SQL("%s AND NOT %s", before, after),
        }[side]

    def _are(self, **groups):
        rare = {name for name, group in groups.items() if group == _MORE}
        frequent = list(self.env.context.get("insight_frequent", ()))
        parts = [
            SQL(
                "%(side)s LIKE %(sign)s AND %(side)s <> ALL(%(frequent)s::text[])",
                side=SQL.identifier(name),
                sign=f"{_SIGN}%",
                frequent=frequent,
            )
            for name in sorted(rare)
        ]
        others = {name: g for name, g in groups.items() if name not in rare}
        if any(group is not None for group in others.values()):
            parts.append(super()._are(**others))
        return SQL(" AND ").join(parts)
