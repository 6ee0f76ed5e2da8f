from odoo import models

from ..engine.noise import counts_differ, family, shares_differ
from .blocks import Advice


class CustomerAdvice(models.AbstractModel):
    """Advice of the screens about who comes, stays and leaves."""

    _inherit = "customer.advice"

    def _percent(self, share):
        """:return: a share in per cent, with a digit after the point below ten"""
        return round(100 * share) if share >= 0.1 else round(100 * share, 1)

    # === CHURN === #

    def _advise_churn(self, screen, asked, months, sums):
        """The last month against the one before, and the group with most losses.

        :param months: as of ``customer.churn.month``
        :param sums: ``{group: (label, customer months, lost, won back)}``
        """
        return [
            *self._churn_rise(screen, months),
            *self._churn_group(screen, asked, sums),
        ][:2]

    def _churn_rise(self, screen, months):
        finished = [one for one in months if one["is_finished"]]
        if len(finished) < 2:
            return []
        before, now = finished[-2:]
        if not (now["is_reliable"] and before["is_reliable"]):
            return []
        if now["rate"] <= before["rate"] or not shares_differ(
            before["lost_opening"],
            before["n"],
            now["lost_opening"],
            now["n"],
            family(2),  # the groups are looked at, too
        ):
            return []
        return [
            Advice(
                self.env._(
                    "In %(month)s %(now)s %% of the customers were lost (n = %(n)s),"
                    " after %(before)s %% the month before: more than chance.",
                    month=screen._period_label("month", now["month"]),
                    now=self._percent(now["rate"]),
                    before=self._percent(before["rate"]),
                    n=screen._count(now["n"]),
                ),
                self.env._("ask those who were lost why, and win them back"),
                key=["lost", now["month"]],
                **self._playbook(trigger="stage", stage="churned"),
            )
        ]

    def _churn_group(self, screen, asked, sums):
        """The group that loses more than all others together, beyond chance.

        Not of stages: that more are lost from one is what the rule of stages says.
        """
        if asked.split == "opening_stage":
            return []
        months = sum(one[1] for one in sums.values())
        lost = sum(one[2] for one in sums.values())
        groups = {
            key: one
            for key, one in sums.items()
            if min(one[1], months - one[1]) >= screen._least()
        }
        sure = family(2 * len(groups))
        worse = {
            key: one
            for key, one in groups.items()
            if one[2] / one[1] > (lost - one[2]) / (months - one[1])
            and shares_differ(lost - one[2], months - one[1], one[2], one[1], sure)
        }
        if not worse:
            return []
        key = max(worse, key=lambda group: worse[group][2] / worse[group][1])
        label, n, gone, __ = worse[key]
        domain = None
        if asked.split in ("user_id", "country_id") and key:
            domain = [(asked.split, "=", key)]
        stage = self._stage("at_risk")
        return [
            Advice(
                self.env._(
                    "“%(group)s” loses %(rate)s %% a month, all others %(rest)s %%:"
                    " more than chance.",
                    group=label or self.env._("None"),
                    rate=self._percent(gone / n),
                    rest=self._percent((lost - gone) / (months - n)),
                ),
                self.env._("reach these customers before they leave"),
                key=["split_lost", key],
                **self._playbook(domain, trigger="stage", stage=stage),
            )
        ]

    # === COHORTS === #

    def _advise_cohort(self, screen, asked, rows):
        """The newest cohort whose second period is over, against all before it.

        :param rows: those of the heat map, oldest first
        """
        if asked.measure != "customers":
            return []
        seconds = [(row, row["cells"][1]) for row in rows if len(row["cells"]) > 1]
        over = [(row, cell) for row, cell in seconds if cell and not cell["partial"]]
        if len(over) < 2:
            return []
        *older, (newest, cell) = over
        n = sum(row["n"] for row, __ in older)
        back = sum(one["amount"] for __, one in older)
        if min(n, cell["n"]) < screen._least():
            return []
        if cell["amount"] / cell["n"] >= back / n or not shares_differ(
            back, n, cell["amount"], cell["n"]
        ):
            return []
        return [
            Advice(
                self.env._(
                    "Of those who came in %(cohort)s, %(now)s %% bought in the next"
                    " period (n = %(n)s), of earlier cohorts %(before)s %%: fewer than"
                    " by chance.",
                    cohort=newest["label"],
                    now=self._percent(cell["amount"] / cell["n"]),
                    n=screen._count(cell["n"]),
                    before=self._percent(back / n),
                ),
                self.env._("make a second purchase likely while the first is fresh"),
                key=newest["key"],
                **self._playbook(trigger="stage", stage=self._stage("first")),
            )
        ]

    # === MOVES === #

    def _advise_moves(self, screen, asked, kinds, last, before):
        """Each kind of move in the last month against the one before.

        :param kinds: ``{(month, kind): moves}``
        :param last: first day of the last month that is over
        :param before: that of the month before it, if shown
        """
        plans = self._move_plans()
        sure = family(len(plans))
        for kind, (sign, stage, plan) in plans.items():
            count, base = kinds[last, kind], kinds[before, kind] if before else 0
            worse = (count - base) * sign < 0
            if not before or not worse or max(count, base) < screen._least():
                continue
            if counts_differ(base, count, sure):
                return [
                    Advice(
                        self.env._(
                            "%(kind)s: %(now)s moves in %(month)s, %(before)s the month"
                            " before: more of a difference than chance.",
                            kind=screen._kind_labels()[kind],
                            now=screen._count(count),
                            month=screen._period_label("month", last),
                            before=screen._count(base),
                        ),
                        plan,
                        key=["kind", kind, last if count else before],
                        **self._playbook(trigger="stage", stage=self._stage(stage)),
                    )
                ]
        return []

    def _move_plans(self):
        """:return: ``{kind of move: (1 if more is good, stage to act on, plan)}``"""
        win_back = self.env._("ask those who were lost why, and win them back")
        reach = self.env._("reach these customers before they leave")
        return {
            "churned": (-1, "churned", win_back),
            "at_risk": (-1, "at_risk", reach),
            "down": (-1, "repeat", self.env._("ask what has changed for them")),
            "first": (1, "prospect", self.env._("follow up on prospects")),
            "won_back": (1, "churned", win_back),
            "recovered": (1, "at_risk", reach),
            "up": (
                1,
                "first",
                self.env._("make a second purchase likely while the first is fresh"),
            ),
        }

    # === JOURNEY === #

    def _advise_journey(self, screen, asked, stages):
        """The stage from which more drop off than from all others together.

        From at risk they do by the rule of stages, so it is left out.

        :param stages: ``{stage: dict with drop}`` as on the map
        """
        drops = {
            stage: (round(one["drop"]["value"] * one["drop"]["n"]), one["drop"]["n"])
            for stage, one in stages.items()
            if one.get("drop") and not one["drop"]["weak"] and stage != "at_risk"
        }
        total = [sum(figure) for figure in zip(*drops.values(), strict=True)]
        worse = {}
        for stage, (gone, n) in drops.items():
            rest, others = total[0] - gone, total[1] - n
            if others and gone / n > rest / others:
                if shares_differ(rest, others, gone, n, family(len(drops))):
                    worse[stage] = (gone / n, rest / others, n)
        if not worse:
            return []
        stage = max(worse, key=lambda one: worse[one][0] - worse[one][1])
        share, rest, n = worse[stage]
        label = screen._labels_of("customer.profile", "lifecycle_stage")[stage]
        return [
            Advice(
                self.env._(
                    "Of the customers in the stage “%(stage)s” %(share)s %% dropped off"
                    " (n = %(n)s), of those in the others %(rest)s %%: more than"
                    " chance.",
                    stage=label,
                    share=self._percent(share),
                    n=screen._count(n),
                    rest=self._percent(rest),
                ),
                self.env._("plan what happens with customers who enter this stage"),
                key=["drop", stage],
                **self._playbook(trigger="stage", stage=stage),
            )
        ]

    # === MIGRATION === #

    def _advise_migration(self, screen, asked, flows, groups):
        """The two groups between which more went down than up, beyond chance.

        :param flows: list of :class:`~.migration.Flow`
        :param groups: ``{group: (label, colour)}``
        """
        ranks = self._group_ranks(asked, groups)
        moved = {(flow.source, flow.target): flow.customers for flow in flows}
        pairs = [
            (better, worse)
            for better in ranks
            for worse in ranks
            if ranks[better] > ranks[worse]
            and moved.get((better, worse), 0) + moved.get((worse, better), 0)
            >= screen._least()
        ]
        sure = family(len(pairs))
        net = {}
        for better, worse in pairs:
            down, up = moved.get((better, worse), 0), moved.get((worse, better), 0)
            if down > up and counts_differ(up, down, sure):
                net[better, worse] = down - up
        if not net:
            return []
        better, worse = max(net, key=net.get)
        down, up = moved[better, worse], moved.get((worse, better), 0)
        return [
            Advice(
                self.env._(
                    "%(down)s customers went from “%(better)s” to “%(worse)s”, %(up)s"
                    " the other way: more of a difference than chance.",
                    down=screen._count(down),
                    up=screen._count(up),
                    better=groups[better][0],
                    worse=groups[worse][0],
                ),
                self._group_plan(asked, worse),
                key=["flow", better, worse],
                **self._group_playbook(asked, worse),
            )
        ]

    def _advise_segments(self, screen, asked, flows, groups):
        """The segment model shows the same moves."""
        return self._advise_migration(screen, asked, flows, groups)

    def _group_ranks(self, asked, groups):
        """:return: ``{group: rank}``, higher is better; empty where groups have none"""
        if asked.groups == "stage":
            order = ["churned", "at_risk", "first", "new", "repeat", "active", "loyal"]
            return {group: order.index(group) for group in groups if group in order}
        if asked.groups == "value":
            order = ["low", "normal", "high"]
            return {group: order.index(group) for group in groups if group in order}
        if asked.groups != "segment":
            return {}
        cells = self.env["customer.rfm.cell"].sudo()  # no customer's data
        sums = {}
        for cell in cells.search([("segment_id", "!=", False)]):
            if cell.segment_id.id in groups:
                sums.setdefault(cell.segment_id.id, []).append(sum(map(int, cell.code)))
        return {group: sum(codes) / len(codes) for group, codes in sums.items()}

    def _group_plan(self, asked, group):
        """:return: the strategy of a segment, or what to do for a class or stage"""
        if asked.groups == "segment":
            strategy = self.env["customer.segment"].browse(group).strategy
            if strategy:
                return strategy.strip().split("\n")[0]
        return self.env._("reach these customers before they leave")

    def _group_playbook(self, asked, group):
        if asked.groups == "segment":
            return self._playbook(trigger="segment", segment_id=group)
        if asked.groups == "stage":
            return self._playbook(trigger="stage", stage=group)
        return {}
