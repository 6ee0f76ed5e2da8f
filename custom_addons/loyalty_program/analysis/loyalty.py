from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.addons.customer_insight.analysis.blocks import (
    Column,
    Figure,
    Row,
    Series,
    chart,
    figures,
    table,
)
from odoo.addons.customer_insight.analysis.parameters import Day, Record
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..models.loyalty_point_move_month import GROUPS

_DAY = relativedelta(days=1)
_MONTH = relativedelta(months=1)
_CURVE_MONTHS = 12
_MIN_LOTS = 30
_SEE_ALL = ("loyalty_program.group_officer", "customer_insight.group_manager")


class CustomerAnalysisLoyalty(models.AbstractModel):
    """Members by tier, points month by month, how points are redeemed, the effect."""

    _name = "customer.analysis.loyalty"
    _inherit = "customer.analysis"
    _description = "Loyalty Dashboard"

    def _check_reader(self):
        self.env["loyalty.point.move"].check_access("read")

    def _title(self):
        return self.env._("Loyalty Dashboard")

    def _help(self, asked):
        return self.env._(
            "Points out at the start + issued − redeemed − expired ± taken and given"
            " back ± other = points out at the end. Redeemed so far: the share of the"
            " points granted that was redeemed within so many months, among points old"
            " enough to tell."
        )

    def _parameters(self):
        until, firm = super()._parameters()[:2]
        today = self.env.company._insight_today()
        since = today.replace(day=1) - relativedelta(months=11)
        return [
            Day("since", self.env._("From"), since),
            until,
            Record("program", self.env._("Program"), model="loyalty.program"),
            firm,
        ]

    def _is_filtered(self, asked):
        return False

    def _scope(self, asked):
        """Which accounts and lines the screen is about, as a domain."""
        domain = Domain("company_id", "in", [self.env.company.id, False])
        if asked.program:
            domain &= Domain("program_id", "=", asked.program)
        return domain

    def _blocks(self, asked):
        if asked.since > asked.until:
            return []
        months = self.env["loyalty.point.move"]._months(
            self._scope(asked), asked.since, asked.until
        )
        while months and not (months[0]["lines"] or months[0]["opening"]):
            months = months[1:]  # nothing is told by months before the first point
        if not months:
            return []
        labels = [self._period_label("month", one["month"]) for one in months]
        effect = self._read_effect(asked)
        return [
            *self._advice(asked, effect=effect),
            figures(self._figures(asked, months)),
            self._months_chart(labels, months),
            self._tier_table(asked),
            *self._curve_blocks(asked),
            *self._effect_blocks(effect),
            self._months_table(labels, months),
        ]

    # === FIGURES === #

    def _figures(self, asked, months):
        members, active = self._member_counts(asked)
        issued = sum(one["issued"] for one in months)
        redeemed = -sum(one["redeemed"] for one in months)
        last = months[-1]
        period = self.env._("in the period")
        return [
            Figure(self.env._("Members"), members, key=self._card_key("members")),
            Figure(
                self.env._("Active Members"),
                active,
                note=self.env._("points moved in the period"),
                key=["active"],
            ),
            Figure(self.env._("Points Out"), last["closing"], note=str(asked.until)),
            Figure(self.env._("Issued"), issued, note=period, key=["period", "issued"]),
            Figure(
                self.env._("Redeemed"),
                redeemed,
                note=self.env._(
                    "%(share)s %% of issued", share=round(100 * redeemed / issued)
                )
                if issued > 0
                else period,
                key=["period", "redeemed"],
            ),
            Figure(
                self.env._("Expired"),
                -sum(one["expired"] for one in months),
                note=period,
                key=["period", "expired"],
            ),
            *self._liability_figures(asked),
        ]

    def _liability_figures(self, asked):
        """What is owed for open points today, for those who may see it."""
        if not self.env["loyalty.point.liability"].has_access("read"):
            return []
        query, column = self._readable(
            "loyalty.point.liability", self._liability_domain(asked)
        )
        [[amount, worth]] = self.env.execute_query(
            query.select(
                SQL("COALESCE(SUM(%s), 0)::float", column("amount")),
                SQL("COALESCE(SUM(%s), 0)::float", column("face_value")),
            )
        )
        note = self.env._(
            "today; all points are worth %s",
            formatLang(self.env, worth, currency_obj=self.env.company.currency_id),
        )
        label = self.env._("Owed for Points")
        return [Figure(label, amount, "money", note=note, key=["liability"])]

    def _liability_domain(self, asked):
        domain = Domain("company_id", "=", self.env.company.id)
        if asked.program:
            domain &= Domain("program_id", "=", asked.program)
        return domain

    def _member_counts(self, asked):
        query, column = self._cards(self._member_domain(asked))
        [[members]] = self.env.execute_query(query.select(SQL("COUNT(*)")))
        query, column = self._readable("loyalty.point.move", self._active_domain(asked))
        [[active]] = self.env.execute_query(
            query.select(SQL("COUNT(DISTINCT %s)", column("card_id")))
        )
        return members, active

    def _member_domain(self, asked):
        return self._account_domain(asked) & Domain("active", "=", True)

    def _account_domain(self, asked):
        """The accounts a reader may count: as with lines, salespeople their own."""
        domain = self._scope(asked) & Domain("is_account", "=", True)
        if not any(self.env.user.has_group(group) for group in _SEE_ALL):
            domain &= Domain(
                "partner_id.commercial_partner_id.user_id", "=", self.env.uid
            )
        return domain

    def _cards(self, domain):
        """As ``_readable``; who may read lines may count accounts, not open them."""
        return self.sudo()._readable("loyalty.card", domain)

    def _card_key(self, *key):
        return list(key) if self.env["loyalty.card"].has_access("read") else None

    def _active_domain(self, asked):
        return (
            self._scope(asked)
            & Domain("kind", "in", ("earn", "bonus", "redeem"))
            & Domain("date", ">=", asked.since)
            & Domain("date", "<=", asked.until)
        )

    # === MONTHS === #

    def _group_labels(self):
        return {
            "issued": self.env._("Issued"),
            "redeemed": self.env._("Redeemed"),
            "expired": self.env._("Expired"),
            "returned": self.env._("Taken and Given Back"),
            "other": self.env._("Other"),
        }

    def _months_chart(self, labels, months):
        colors = {
            "issued": "gain",
            "redeemed": "normal",
            "expired": "loss",
            "returned": "neutral",
            "other": "back",
        }
        bars = [
            Series(
                label,
                [one[name] for one in months],
                "integer",
                color=colors[name],
                stack="points",
                keys=[[name, one["month"]] for one in months],
            )
            for name, label in self._group_labels().items()
            if any(one[name] for one in months)
        ]
        out = Series(
            self.env._("Points Out"),
            [one["closing"] for one in months],
            "integer",
            "line",
            "main",
            axis="right",
        )
        return chart(self.env._("Points per Month"), labels, [*bars, out], stacked=True)

    def _months_table(self, labels, months):
        names = self._group_labels()
        rows = [
            Row(
                [
                    label,
                    one["opening"],
                    *(one[name] for name in names),
                    one["closing"],
                    one["lines"],
                ],
                keys=[
                    None,
                    None,
                    *([name, one["month"]] for name in names),
                    None,
                    ["all", one["month"]],
                ],
            )
            for label, one in zip(labels, months, strict=True)
        ]
        columns = [
            Column(self.env._("Month")),
            Column(self.env._("Points at the Start"), "integer"),
            *(Column(label, "integer") for label in names.values()),
            Column(self.env._("Points at the End"), "integer"),
            Column(self.env._("Lines (n)"), "integer"),
        ]
        return table(self.env._("Points Month by Month"), columns, rows)

    # === TIERS === #

    def _tier_table(self, asked):
        query, column = self._cards(self._member_domain(asked))
        tier = column("tier_id")
        query.groupby = tier
        rows = self.env.execute_query(
            query.select(
                tier,
                SQL("COUNT(*)"),
                SQL("SUM(%s)::float", column("points")),
                SQL("AVG(%s)::float", column("loyalty_index")),
            )
        )
        total = sum(count for _tier, count, *_rest in rows)
        tiers = self.env["loyalty.tier"].browse([row[0] for row in rows if row[0]])
        found = {row[0]: row[1:] for row in rows}
        order = [*tiers.sorted(lambda t: (t.program_id.id, -t.threshold)).ids, None]
        lines = []
        for tier_id in order:
            if tier_id not in found:
                continue
            count, points, index = found[tier_id]
            record = tiers.browse(tier_id)
            name = record.name if tier_id else self.env._("No tier")
            if tier_id and len(tiers.program_id) > 1:
                name = f"{record.program_id.name}: {name}"
            lines.append(
                Row(
                    [name, count, count / total, points, points / count, index],
                    key=self._card_key("tier", tier_id or 0),
                )
            )
        columns = [
            Column(self.env._("Tier"), grow=True),
            Column(self.env._("Members (n)"), "integer"),
            Column(self.env._("Share"), "percent"),
            Column(self.env._("Points"), "integer"),
            Column(self.env._("Points per Member"), "decimal"),
            Column(self.env._("Loyalty Index"), "decimal"),
        ]
        return table(self.env._("Members by Tier"), columns, lines)

    # === HOW POINTS ARE REDEEMED === #

    def _curve_blocks(self, asked):
        rows = self._redemption(asked)
        rows = [row for row in rows if row[1] >= _MIN_LOTS and row[2]]
        if not rows:
            return []
        shares = [redeemed / granted for _month, _lots, granted, redeemed in rows]
        labels = [
            self.env._("%(months)s (n=%(count)s)", months=month, count=lots)
            for month, lots, *_rest in rows
        ]
        shape = "line" if len(rows) > 1 else "bar"
        series = Series(
            self.env._("Redeemed so far"),
            shares,
            "percent",
            shape,
            "main",
            fill=shape == "line",
        )
        note = self.env._(
            "n: grants that are old enough to tell; nothing is drawn below %s.",
            _MIN_LOTS,
        )
        title = self.env._("Redeemed Within Months After Granting")
        return [chart(title, labels, [series], note=note)]

    def _redemption(self, asked):
        """``[(months, grants, points granted, points of them redeemed)]``"""
        query, column = self._readable(
            "loyalty.point.move",
            self._scope(asked)
            & Domain("kind", "in", ("earn", "bonus"))
            & Domain("points", ">", 0)
            & Domain("date", "<=", asked.until),
        )
        lots = query.select(
            SQL("%s AS id", column("id")),
            SQL("%s AS date", column("date")),
            SQL("%s AS points", column("points")),
        )
        return self.env.execute_query(
            SQL(
                """
                WITH lot AS MATERIALIZED (%(lots)s), used AS MATERIALIZED (
                    SELECT lot.id, lot.date, debit.date AS used_on, part.points
                    FROM lot
                    JOIN loyalty_point_allocation part ON part.credit_id = lot.id
                    JOIN loyalty_point_move debit ON debit.id = part.debit_id
                    WHERE debit.kind = 'redeem' AND debit.date <= %(until)s)
                SELECT k, (SELECT count(*) FROM lot
                           WHERE date + k * interval '1 month' <= %(until)s),
                       (SELECT COALESCE(sum(points), 0)::float FROM lot
                        WHERE date + k * interval '1 month' <= %(until)s),
                       (SELECT COALESCE(sum(points), 0)::float FROM used
                        WHERE date + k * interval '1 month' <= %(until)s
                          AND used_on <= date + k * interval '1 month')
                FROM generate_series(1, %(months)s) k ORDER BY k
                """,
                lots=lots,
                until=asked.until,
                months=_CURVE_MONTHS,
            )
        )

    # === THE RECORDS BEHIND === #

    def _records(self, asked, key):
        name = key[0]
        if name in ("members", "tier"):
            domain = self._member_domain(asked)
            if name == "tier":
                domain &= Domain("tier_id", "=", int(key[1]) or False)
            return "loyalty.card", domain, self._title()
        if name == "liability":
            domain = self._liability_domain(asked)
            return "loyalty.point.liability", domain, self._title()
        if name == "active":
            return "loyalty.point.move", self._active_domain(asked), self._title()
        if name == "period":
            domain = self._lines_domain(asked, key[1], asked.since, asked.until)
            return "loyalty.point.move", domain, self._title()
        first = date.fromisoformat(key[1])
        last = min(first + _MONTH - _DAY, asked.until)
        domain = self._lines_domain(asked, name, max(first, asked.since), last)
        label = self._period_label("month", first)
        return "loyalty.point.move", domain, f"{self._title()}: {label}"

    def _lines_domain(self, asked, group, first, last):
        """Lines of a group, or ``all``, from one day to another."""
        domain = self._scope(asked)
        domain &= Domain("date", ">=", first) & Domain("date", "<=", last)
        if group != "all":
            domain &= Domain("kind", "in", GROUPS[group])
        return domain
