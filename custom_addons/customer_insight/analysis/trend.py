from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.noise import totals_differ
from .base import PERIODS
from .blocks import Column, Figure, Row, Series, chart, figures, table
from .parameters import Choice, Day, Record

_YEAR = relativedelta(years=1)
_NONE = {"revenue": 0.0, "orders": 0, "buyers": 0, "revenue_sq": 0.0, "orders_sq": 0}


class CustomerAnalysisTrend(models.AbstractModel):
    """Purchases and revenue over time, beside the same periods a year earlier."""

    _name = "customer.analysis.trend"
    _inherit = "customer.analysis"
    _description = "Purchase Trend"

    def _title(self):
        return self.env._("Purchase Trend")

    def _help(self, asked):
        return self.env._(
            "Revenue is untaxed and less credit notes; purchases and buyers count"
            " documents above zero. A change is real when it is beyond chance, judged"
            " by how much customers differ, with %(least)s buyers at least.",
            least=self._least(),
        )

    def _parameters(self):
        today = self.env.company._insight_today()
        periods = (
            ("month", self.env._("Month")),
            ("quarter", self.env._("Quarter")),
            ("year", self.env._("Year")),
        )
        since = today.replace(day=1) - relativedelta(months=11)
        return [
            Choice("period", self.env._("By"), "month", periods),
            Day("since", self.env._("From"), since),
            *super()._parameters(),
            Record("customer", self.env._("Customer"), model="res.partner"),
        ]

    def _blocks(self, asked):
        now = self._read_trend(asked, asked.since, asked.until)
        before = self._read_trend(asked, asked.since - _YEAR, asked.until - _YEAR)
        if len(now) <= 1 and len(before) <= 1:  # nothing but the total
            return []
        self._leave_out_incomplete(asked, before)
        starts = self._starts(asked)
        unknown = {**_NONE, "comparable": False}
        pairs = [
            (now.get(day, _NONE), before.get(day - _YEAR, unknown)) for day in starts
        ]
        labels = [self._period_label(asked.period, day) for day in starts]
        keys = [[day] for day in starts]
        measures = self._measures(asked.since, asked.until)
        marks = self._marks(measures, starts)
        revenue = self._chart(
            self.env._("Revenue"), "revenue", "money", labels, pairs, keys
        )
        orders = self._chart(
            self.env._("Purchases"), "orders", "integer", labels, pairs, keys
        )
        return [
            *self._advice(asked, now=now[None], before=before[None]),
            figures(self._totals(now[None], before[None])),
            revenue | {"marks": marks},
            orders | {"marks": marks},
            *self._measure_table(measures),
            self._period_table(asked, labels, pairs, keys),
        ]

    def _leave_out_incomplete(self, asked, before):
        """Without base are periods that began before the company's first purchase."""
        start = self._history_start()
        for day in list(before):
            begin = max(day or asked.since - _YEAR, asked.since - _YEAR)
            if not start or begin < start:
                before[day] = {**before[day], "comparable": False}

    def _starts(self, asked):
        """:return: first day of each period, oldest first"""
        starts, day = [], self._period_start(asked.period, asked.since)
        while day <= asked.until and len(starts) < 240:
            starts.append(day)
            day += PERIODS[asked.period]
        return starts

    def _totals(self, now, before):
        return [
            self._figure(self.env._("Revenue"), "revenue", "money", now, before),
            self._figure(self.env._("Purchases"), "orders", "integer", now, before),
            self._figure(self.env._("Buyers"), "buyers", "integer", now, before),
            Figure(
                self.env._("Revenue per Purchase"),
                now["revenue"] / now["orders"] if now["orders"] else None,
                "money",
                note=self.env._(
                    "n = %(count)s purchases", count=self._count(now["orders"])
                ),
                key=["orders"],
            ),
        ]

    def _figure(self, label, name, kind, now, before):
        return Figure(
            label,
            now[name],
            kind,
            note=self.env._("n = %(count)s buyers", count=self._count(now["buyers"])),
            change=self._change(name, now, before),
            real=self._is_real(name, now, before),
            key=[name],
        )

    def _change(self, name, now, before):
        """:return: relative change, ``None`` without a base above zero"""
        base = before[name] if before.get("comparable", True) else 0
        return now[name] / base - 1 if base > 0 else None

    def _is_real(self, name, now, before, confidence=0.95):
        few = min(now["buyers"], before["buyers"]) < self._least()
        if few or not before.get("comparable", True):
            return False
        squares = f"{name}_sq" if f"{name}_sq" in now else name
        return totals_differ(
            now[name], now[squares], before[name], before[squares], confidence
        )

    def _chart(self, title, name, kind, labels, pairs, keys):
        return chart(
            title,
            labels,
            [
                Series(
                    title,
                    [now[name] for now, __ in pairs],
                    kind,
                    color="main",
                    keys=keys,
                ),
                Series(
                    self.env._("A Year Earlier"),
                    [
                        before[name] if before.get("comparable", True) else None
                        for __, before in pairs
                    ],
                    kind,
                    shape="line",
                    color="before",
                    dashed=True,
                ),
            ],
        )

    def _period_table(self, asked, labels, pairs, keys):
        rows = [
            Row(
                [
                    label,
                    now["revenue"],
                    before["revenue"],
                    self._change("revenue", now, before),
                    now["orders"],
                    before["orders"],
                    self._change("orders", now, before),
                    now["buyers"],
                ],
                key=key,
                weak=now["buyers"] < self._least(),
                change={
                    3: self._is_real("revenue", now, before),
                    6: self._is_real("orders", now, before),
                },
            )
            for label, (now, before), key in zip(labels, pairs, keys, strict=True)
        ]
        return table(
            self.env._("Period by Period"),
            [
                Column(self.env._("Period")),
                Column(self.env._("Revenue"), "money"),
                Column(self.env._("A Year Earlier"), "money"),
                Column(self.env._("Change"), "percent"),
                Column(self.env._("Purchases"), "integer"),
                Column(self.env._("A Year Earlier"), "integer"),
                Column(self.env._("Change"), "percent"),
                Column(self.env._("Buyers (n)"), "integer"),
            ],
            rows,
            note=self.env._("Grey rows rest on few buyers."),
        )

    # === READING === #

    def _trend_domain(self, asked, date_from, date_to):
        domain = self._purchase_domain(asked, date_from, date_to)
        if asked.customer:
            customer = self.env["res.partner"].browse(asked.customer)
            domain &= Domain("partner_id", "=", customer.commercial_partner_id.id)
        return domain

    def _read_trend(self, asked, date_from, date_to):
        """Sums of a period, by its parts and as a whole (under ``None``), in one pass.

        :return: ``{first day: {"revenue", "orders", "buyers", and the sums of squares
            over customers "revenue_sq", "orders_sq"}}``
        """
        domain = self._trend_domain(asked, date_from, date_to)
        query, column = self._readable("customer.purchase", domain)
        start = self._truncated(asked.period, column("date"))
        amount, partner = column("amount"), column("partner_id")
        query.groupby = SQL("GROUPING SETS ((%s, %s), (%s))", start, partner, partner)
        parts = query.select(
            SQL("%s AS start", start),
            SQL("GROUPING(%s) AS whole", start),
            SQL("SUM(%s)::double precision AS revenue", amount),
            SQL("COUNT(*) FILTER (WHERE %s > 0) AS orders", amount),
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT start, COALESCE(SUM(revenue), 0), COALESCE(SUM(orders), 0),
                          COUNT(*) FILTER (WHERE orders > 0),
                          COALESCE(SUM(revenue * revenue), 0),
                          COALESCE(SUM(orders * orders), 0)
                   FROM (%s) part GROUP BY GROUPING SETS ((start, whole))""",
                parts,
            )
        )
        found = {
            start: {
                "revenue": revenue,
                "orders": int(orders),
                "buyers": buyers,
                "revenue_sq": revenue_sq,
                "orders_sq": float(orders_sq),
            }
            for start, revenue, orders, buyers, revenue_sq, orders_sq in rows
        }
        return {None: _NONE} | found

    def _records(self, asked, key):
        if key[0] == "measure":
            return self._measure_records(key)
        if key[0] in ("gone", "new"):
            return self._buyer_records(asked, key[0])
        if key[0] in ("revenue", "orders", "buyers"):
            domain = self._trend_domain(asked, asked.since, asked.until)
            if key[0] != "revenue":
                domain &= Domain("amount", ">", 0)
            if key[0] == "buyers":
                company = Domain("company_id", "=", self.env.company.id)
                buyers = company & Domain("purchase_ids", "any", domain)
                return "customer.profile", buyers, self._title()
            return "customer.purchase", domain, self._title()
        begin = date.fromisoformat(key[0])
        end = begin + PERIODS[asked.period] - timedelta(days=1)
        domain = self._trend_domain(
            asked, max(begin, asked.since), min(end, asked.until)
        )
        name = self._period_label(asked.period, begin)
        return "customer.purchase", domain, name

    def _buyer_records(self, asked, name):
        """Who bought a year earlier and not now, or for the first time."""
        domain = Domain("company_id", "=", self.env.company.id)
        bought = Domain("amount", ">", 0)
        now = bought & self._trend_domain(asked, asked.since, asked.until)
        if name == "new":
            first = Domain("first_purchase_date", ">=", asked.since)
            first &= Domain("first_purchase_date", "<=", asked.until)
            domain &= first & Domain("purchase_ids", "any", now)
            return "customer.profile", domain, self.env._("New Buyers")
        then = bought & self._trend_domain(
            asked, asked.since - _YEAR, asked.until - _YEAR
        )
        domain &= Domain("purchase_ids", "any", then)
        domain &= Domain("purchase_ids", "not any", now)
        return "customer.profile", domain, self.env._("Bought Then and Not Now")
