from collections import defaultdict
from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.noise import counts_differ
from ..models.customer_profile import LIFECYCLE_STAGES
from .blocks import Column, Figure, Row, Series, chart, figures, table
from .parameters import Choice, Day

_MONTH = relativedelta(months=1)
_OPENED = 5000  # touches in a list
#: Who has not bought yet, and the ranks of those who have: more is better.
_RANKS = {
    "prospect": 0,
    "churned": 1,
    "at_risk": 2,
    "first": 3,
    "new": 3,
    "repeat": 4,
    "active": 4,
    "loyal": 5,
}
#: Kinds of moves from the best to the worst, with colour and direction.
_KINDS = {
    "first": ("first", 1),
    "up": ("gain", 1),
    "recovered": ("repeat", 1),
    "won_back": ("back", 1),
    "down": ("normal", -1),
    "at_risk": ("at_risk", -1),
    "churned": ("churned", -1),
}


def kind_of(source, target):
    """:return: which of ``_KINDS`` a move from one stage to another is"""
    if source == "prospect":
        return "first"
    if source == "churned":
        return "won_back"
    if target in ("at_risk", "churned"):
        return target
    if source == "at_risk":
        return "recovered"
    return "up" if _RANKS[target] > _RANKS[source] else "down"


class CustomerAnalysisMoves(models.AbstractModel):
    """Moves between lifecycle stages per month, both ways, and contacts by stage."""

    _name = "customer.analysis.moves"
    _inherit = "customer.analysis"
    _description = "Stage Moves"

    def _title(self):
        return self.env._("Stage Moves per Month")

    def _help(self, asked):
        return self.env._(
            "Each move of a customer from one lifecycle stage to another, by its month:"
            " above the line who came, rose or came back, below it who fell or was"
            " lost. A customer who moves twice counts twice. Contacts are counted by"
            " the stage in which the customer began the day. A change against the month"
            " before is real when it is beyond chance."
        )

    def _empty(self, asked):
        return self.env._(
            "No moves in these months. Stage moves are written down each night from the"
            " documents."
        )

    def _parameters(self):
        today = self.env.company._insight_today()
        labels = self._stage_labels()
        stages = tuple((stage, labels[stage]) for stage, __ in LIFECYCLE_STAGES)
        since = today.replace(day=1) - relativedelta(months=12)
        return [
            Day("since", self.env._("From"), since),
            *super()._parameters(),
            Choice(
                "stage",
                self.env._("Stage"),
                "",
                (("", self.env._("All stages")), *stages),
            ),
        ]

    def _stage_labels(self):
        field = self.env["customer.profile"]._fields["lifecycle_stage"]
        return dict(field._description_selection(self.env))

    def _kind_labels(self):
        return {
            "first": self.env._("First Purchase"),
            "up": self.env._("Rose"),
            "recovered": self.env._("Back from At Risk"),
            "won_back": self.env._("Won Back"),
            "down": self.env._("Fell"),
            "at_risk": self.env._("At Risk"),
            "churned": self.env._("Churned"),
        }

    def _blocks(self, asked):
        pairs = self._read_moves(asked)
        touches = self._read_touches(asked)
        if not pairs and not touches:
            return []
        months = self._month_starts(asked)
        labels = [self._period_label("month", month) for month in months]
        kinds = defaultdict(int)
        for (month, source, target), count in pairs.items():
            kinds[month, kind_of(source, target)] += count
        last, before = self._compared_months(months)
        advice = self._advice(asked, kinds=kinds, last=last, before=before)
        return [
            *advice,
            figures(self._figures(asked, months, kinds)),
            self._move_chart(labels, months, kinds),
            self._touch_chart(labels, months, touches),
            self._pair_table(labels, months, pairs),
        ]

    def _month_starts(self, asked):
        months, month = [], asked.since.replace(day=1)
        while month <= asked.until and len(months) < 240:
            months.append(month)
            month += _MONTH
        return months

    def _compared_months(self, months):
        """:return: the last month that is over, and the one before it if shown"""
        today = self.env.company._insight_today()
        finished = [month for month in months if month + _MONTH <= today] or months
        return finished[-1], finished[-2] if len(finished) > 1 else None

    # === WHAT IS SHOWN === #

    def _figures(self, asked, months, kinds):
        """The last finished month beside the one before it."""
        last, before = self._compared_months(months)
        label = self._period_label("month", last)
        found = []
        for kind, name in self._kind_labels().items():
            count, base = kinds[last, kind], before and kinds[before, kind]
            found.append(
                Figure(
                    name,
                    count,
                    note=label,
                    change=count / base - 1 if base else None,
                    real=bool(base) and counts_differ(base, count),
                    good=_KINDS[kind][1],
                    key=["kind", kind, last],
                )
            )
        return found

    def _move_chart(self, labels, months, kinds):
        names = self._kind_labels()
        series = [
            Series(
                names[kind],
                [sign * kinds[month, kind] for month in months],
                color=color,
                stack="moves",
                keys=[["kind", kind, month] for month in months],
            )
            for kind, (color, sign) in _KINDS.items()
            if any(kinds[month, kind] for month in months)
        ]
        return chart(self.env._("Moves Both Ways"), labels, series, stacked=True)

    def _touch_chart(self, labels, months, touches):
        names = self._stage_labels()
        series = [
            Series(
                names[stage],
                [touches.get((month, stage), 0) for month in months],
                shape="line",
                color=stage,
                keys=[["touch", stage, month] for month in months],
            )
            for stage, __ in LIFECYCLE_STAGES
            if any((month, stage) in touches for month in months)
        ]
        note = "" if series else self.env._("No contacts in these months.")
        return chart(self.env._("Contacts by Stage"), labels, series, note=note)

    def _pair_table(self, labels, months, pairs):
        """From which stage to which, month by month; the last column adds them up."""
        names = self._stage_labels()
        order = [stage for stage, __ in LIFECYCLE_STAGES]
        found = sorted(
            {(source, target) for __, source, target in pairs},
            key=lambda pair: tuple(map(order.index, pair)),
        )
        shown = months[-12:]
        rows = []
        for source, target in found:
            counts = [pairs.get((month, source, target), 0) for month in shown]
            rows.append(
                Row(
                    [f"{names[source]} → {names[target]}", *counts, sum(counts)],
                    keys=[
                        None,
                        *(["pair", source, target, month] for month in shown),
                        ["pair", source, target, None],
                    ],
                    color=_KINDS[kind_of(source, target)][0],
                )
            )
        return table(
            self.env._("From Stage to Stage"),
            [
                Column(self.env._("Move")),
                *(Column(label, "integer") for label in labels[-12:]),
                Column(self.env._("Total"), "integer"),
            ],
            rows,
            note=self.env._("The last twelve months at most."),
        )

    # === READING === #

    def _of_customers(self, asked):
        """The customers the filters leave, as a domain on moves."""
        domain = Domain("company_id", "=", self.env.company.id)
        if self._is_filtered(asked):
            own = Domain("customer_profile_id", "any", self._profile_domain(asked))
            domain &= Domain("partner_id", "any", own)
        return domain

    def _move_domain(self, asked):
        domain = self._of_customers(asked)
        domain &= Domain("date", ">=", asked.since) & Domain("date", "<=", asked.until)
        if asked.stage:
            domain &= Domain("from_stage", "=", asked.stage) | Domain(
                "to_stage", "=", asked.stage
            )
        return domain

    def _read_moves(self, asked):
        """:return: ``{(first day of the month, from, to): moves}``"""
        query, column = self._readable("customer.stage.move", self._move_domain(asked))
        month = self._truncated("month", column("date"))
        source, target = column("from_stage"), column("to_stage")
        query.groupby = SQL("%s, %s, %s", month, source, target)
        rows = self.env.execute_query(
            query.select(month, source, target, SQL("COUNT(*)"))
        )
        return {(month, source, target): count for month, source, target, count in rows}

    def _touches_query(self, asked):
        """SELECT id, stage, month of the contacts of the period."""
        journey = self.env["customer.analysis.journey"]
        return SQL(
            """SELECT id, stage, DATE_TRUNC('month', day)::date AS month
               FROM (%s) touch WHERE %s""",
            journey._touches_query(asked),
            SQL("stage = %s", asked.stage) if asked.stage else SQL("TRUE"),
        )

    def _read_touches(self, asked):
        """:return: ``{(first day of the month, stage): contacts}``"""
        rows = self.env.execute_query(
            SQL(
                "SELECT month, stage, COUNT(*) FROM (%s) touch GROUP BY month, stage",
                self._touches_query(asked),
            )
        )
        return {(month, stage): count for month, stage, count in rows}

    def _records(self, asked, key):
        kind, *rest = key
        if kind == "touch":
            return self._touch_records(asked, *rest)
        *names, begin = rest
        month = begin and date.fromisoformat(begin)
        domain = self._move_domain(asked)
        if month:
            domain &= Domain("date", ">=", month) & Domain("date", "<", month + _MONTH)
        else:  # the total of the table, of the months it shows
            domain &= Domain("date", ">=", self._month_starts(asked)[-12:][0])
        if kind == "pair":
            pairs, labels = [tuple(names)], self._stage_labels()
            title = f"{labels[names[0]]} → {labels[names[1]]}"
        elif kind == "kind":
            title = self._kind_labels()[names[0]]
            pairs = [
                (source, target)
                for source in _RANKS
                for target in _RANKS
                if source != target and kind_of(source, target) == names[0]
            ]
        else:
            raise KeyError(kind)
        domain &= Domain.OR(
            Domain("from_stage", "=", source) & Domain("to_stage", "=", target)
            for source, target in pairs
        )
        when = self._period_label("month", month) if month else ""
        return "customer.stage.move", domain, " ".join([title, when]).strip()

    def _touch_records(self, asked, stage, begin):
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM (%s) touch WHERE stage = %s AND month = %s
                   ORDER BY id DESC LIMIT %s""",
                self._touches_query(asked),
                stage,
                date.fromisoformat(begin),
                _OPENED,
            )
        )
        domain = Domain("company_id", "=", self.env.company.id) & Domain(
            "id", "in", [touch_id for (touch_id,) in rows]
        )
        return "customer.interaction", domain, self._stage_labels()[stage]
