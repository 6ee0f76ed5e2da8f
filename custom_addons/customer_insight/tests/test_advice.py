import random
from collections import defaultdict
from datetime import date

from odoo.tests import Form, tagged

from ..analysis.blocks import Advice
from ..analysis.migration import Flow
from ..analysis.sheets import block_sections
from .analysis_common import AnalysisCase
from .common import AS_OF, INSIGHT_MANAGER

MONTHS = (date(2025, 4, 1), date(2025, 5, 1))


class AdviceCase(AnalysisCase):
    """What screens suggest for what they have read."""

    def _items(self, model, user=None, params=None, **found):
        """What the register says of hand-made figures."""
        screen = self._analysis(user, f"customer.analysis.{model}")
        asked = screen._read_params({"until": AS_OF.isoformat(), **(params or {})})
        blocks = screen._advice(asked, **found)
        return blocks[0]["items"] if blocks else []

    def _shown(self, model, user=None, **params):
        """What a screen suggests, from documents."""
        screen = self._analysis(user, f"customer.analysis.{model}")
        result = screen.analyse({"until": AS_OF.isoformat(), **params})
        return [
            item
            for block in result["blocks"]
            if block["type"] == "advice"
            for item in block["items"]
        ]

    def _records(self, model, key, **params):
        screen = self._analysis(None, f"customer.analysis.{model}")
        action = screen.open_records({"until": AS_OF.isoformat(), **params}, key)
        records = screen.env[action["res_model"]].with_context(**action["context"])
        return records.search(action["domain"])


@tagged("post_install", "-at_install")
class TestAdviceOnCustomers(AdviceCase):
    """Churn, cohorts, moves, journey, migration: hand-made figures."""

    def _churn_month(self, month, n, lost):
        return {
            "month": month,
            "is_finished": True,
            "is_reliable": True,
            "n": n,
            "lost_opening": lost,
            "rate": lost / n,
        }

    def test_a_month_that_lost_more_than_by_chance(self):
        april, may = MONTHS
        # pooled 5.5 %, gap 5 % - 0.1 %, 1.96 standard errors are 1.4 %
        months = [self._churn_month(april, 1000, 30), self._churn_month(may, 1000, 80)]
        [item] = self._items("churn", months=months, sums={})
        self.assertIn("In May 2025 8.0 % of the customers were lost", item["found"])
        self.assertIn("after 3.0 %", item["found"])
        self.assertEqual(item["key"], ["lost", may])
        self.assertEqual(item["action"]["context"]["default_stage"], "churned")
        months[1] = self._churn_month(may, 1000, 40)  # 1 %: may be chance
        self.assertEqual(self._items("churn", months=months, sums={}), [])
        months[1] = self._churn_month(may, 1000, 1)  # fewer: nothing to act on
        self.assertEqual(self._items("churn", months=months, sums={}), [])

    def test_the_group_that_loses_more_than_all_others(self):
        sums = {
            1: ["North", 1000, 20, 0],
            2: ["South", 400, 60, 0],
            3: ["East", 20, 9, 0],  # few: passed over
        }
        params = {"split": "team_id"}
        [item] = self._items("churn", params=params, months=[], sums=sums)
        self.assertIn("“South” loses 15 % a month, all others 2.8 %", item["found"])
        self.assertEqual(item["key"], ["split_lost", 2])
        self.assertEqual(item["action"]["context"]["default_stage"], "at_risk")
        # that more are lost from a stage than from others is no news
        self.assertEqual(self._items("churn", months=[], sums=sums), [])
        sums[2][2] = 10
        self.assertEqual(self._items("churn", params=params, months=[], sums=sums), [])

    def test_a_group_of_a_salesperson_becomes_a_condition(self):
        seller = self.salesperson
        sums = {seller.id: ["Sales", 400, 60, 0], False: [None, 1000, 20, 0]}
        [item] = self._items("churn", params={"split": "user_id"}, months=[], sums=sums)
        domain = item["action"]["context"]["default_domain"]
        self.assertEqual(domain, repr([("user_id", "=", seller.id)]))

    def _cohort(self, label, n, back, partial=False):
        cell = {"amount": back, "n": n, "partial": partial}
        key = [label, None]
        return {"label": label, "n": n, "key": key, "cells": [{"amount": n}, cell]}

    def test_a_cohort_that_comes_back_less_than_those_before(self):
        rows = [
            self._cohort("Q1", 200, 60),
            self._cohort("Q2", 200, 60),
            self._cohort("Q3", 200, 30),
        ]
        [item] = self._items("cohort", rows=rows)
        self.assertIn("came in Q3, 15 % bought in the next period", item["found"])
        self.assertIn("of earlier cohorts 30 %", item["found"])
        self.assertEqual(item["key"], ["Q3", None])
        # a period that is not over is passed over: Q2 against Q1 is no difference
        rows[-1] = self._cohort("Q3", 200, 3, partial=True)
        self.assertEqual(self._items("cohort", rows=rows), [])
        rows[-1] = self._cohort("Q3", 20, 0)  # few
        self.assertEqual(self._items("cohort", rows=rows), [])
        rows[-1] = self._cohort("Q3", 200, 90)  # better
        self.assertEqual(self._items("cohort", rows=rows), [])
        self.assertEqual(self._items("cohort", rows=[]), [])

    def test_shares_of_revenue_are_not_judged_as_shares_of_customers(self):
        rows = [self._cohort("Q1", 200, 60), self._cohort("Q2", 200, 10)]
        params = {"measure": "revenue"}
        self.assertEqual(self._items("cohort", params=params, rows=rows), [])

    def _moves(self, **kinds):
        april, may = MONTHS
        counts = defaultdict(int)
        for kind, (before, now) in kinds.items():
            counts[april, kind], counts[may, kind] = before, now
        return self._items("moves", kinds=counts, last=may, before=april)

    def test_moves_that_got_worse_the_worst_first(self):
        [item] = self._moves(at_risk=(50, 100), churned=(50, 100))
        self.assertEqual(
            item["found"],
            "Churned: 100 moves in May 2025, 50 the month before: more of a difference"
            " than chance.",
        )
        self.assertEqual(item["key"], ["kind", "churned", MONTHS[1]])
        [item] = self._moves(first=(100, 50))
        self.assertEqual(item["action"]["context"]["default_stage"], "prospect")
        # for one of seven comparisons 95 % is not enough: 25 - 1 > 1.96 * 11.6 = 22.8
        self.assertEqual(self._moves(at_risk=(55, 80)), [])
        self.assertEqual(self._moves(at_risk=(100, 50)), [])  # fewer is better
        self.assertEqual(self._moves(at_risk=(2, 29)), [])  # few
        counts = defaultdict(int, {(MONTHS[1], "churned"): 90})
        found = self._items("moves", kinds=counts, last=MONTHS[1], before=None)
        self.assertEqual(found, [])

    def test_a_stage_that_more_drop_off_from(self):
        def drop(gone, n):
            return {"drop": {"value": gone / n, "n": n, "weak": n < 30}}

        stages = {
            "first": drop(120, 200),
            "repeat": drop(20, 100),
            "loyal": drop(20, 100),
            "prospect": {"drop": None},
            "at_risk": drop(190, 200),  # by the rule of stages
        }
        [item] = self._items("journey", stages=stages)
        self.assertIn("“First purchase” 60 % dropped off (n = 200)", item["found"])
        self.assertIn("in the others 20 %", item["found"])
        self.assertEqual(item["key"], ["drop", "first"])
        stages["first"] = drop(50, 200)  # 25 %: may be chance
        self.assertEqual(self._items("journey", stages=stages), [])
        self.assertEqual(self._items("journey", stages={"first": drop(20, 29)}), [])
        self.assertEqual(self._items("journey", stages={}), [])

    def test_more_went_down_than_up(self):
        groups = {stage: (stage, stage) for stage in ("loyal", "repeat", "at_risk")}
        flows = [
            Flow("loyal", "at_risk", 60, 0, 0.0),
            Flow("at_risk", "loyal", 20, 0, 0.0),
            Flow("repeat", "at_risk", 40, 0, 0.0),
            Flow("loyal", "loyal", 500, 0, 0.0),
            Flow("outside", "at_risk", 900, 0, 0.0),
        ]
        params = {"groups": "stage"}
        [item] = self._items("migration", params=params, flows=flows, groups=groups)
        self.assertIn("60 customers went from “loyal” to “at_risk”, 20", item["found"])
        self.assertEqual(item["key"], ["flow", "loyal", "at_risk"])
        again = self._items("segments", params=params, flows=flows, groups=groups)
        self.assertEqual(again[0]["found"], item["found"])
        for few in (
            [Flow("loyal", "at_risk", 29, 0, 0.0)],
            [Flow("at_risk", "loyal", 90, 0, 0.0)],
            [Flow("loyal", "at_risk", 30, 0, 0.0), Flow("at_risk", "loyal", 28, 0, 0)],
        ):
            self.assertEqual(
                self._items("migration", params=params, flows=few, groups=groups), []
            )

    def test_a_flow_between_segments_suggests_the_strategy_of_the_lower_one(self):
        champions, lost = (
            self.env["customer.segment"].search([("code", "=", code)])
            for code in ("champions", "lost")
        )
        lost.strategy = "Ask why.\nThen offer."
        flows = [Flow(champions.id, lost.id, 50, 0, 0.0)]
        groups = {one.id: (one.name, one.color) for one in champions + lost}
        [item] = self._items("migration", flows=flows, groups=groups)
        self.assertEqual(item["plan"], "Ask why.")
        self.assertEqual(item["action"]["context"]["default_segment_id"], lost.id)
        turned = [Flow(lost.id, champions.id, 50, 0, 0.0)]
        self.assertEqual(self._items("migration", flows=turned, groups=groups), [])
        # combinations of segments have no order
        params = {"groups": "members"}
        self.assertEqual(
            self._items("migration", params=params, flows=flows, groups=groups), []
        )


@tagged("post_install", "-at_install")
class TestAdviceOnNoise(AdviceCase):
    """Without a true difference, at most one screen of twenty suggests something."""

    DRAWS = 200

    def _lit(self, draw):
        return sum(bool(draw()) for __ in range(self.DRAWS))

    def test_screens_are_silent_where_there_is_nothing(self):
        rng = random.Random(42)
        people = self._items

        def count(mean):
            return sum(rng.random() < mean / 1000 for __ in range(1000))

        def group():
            n = rng.randrange(100, 400)
            return n, sum(rng.random() < 0.1 for __ in range(n))

        def churn():
            sums = {str(key): [str(key), *group(), 0] for key in range(8)}
            months = []
            for month in MONTHS:
                lost = count(50)
                months.append({"month": month, "is_finished": True, "n": 1000})
                months[-1] |= {"is_reliable": True, "lost_opening": lost}
                months[-1]["rate"] = lost / 1000
            params = {"split": "team_id"}
            return people("churn", params=params, months=months, sums=sums)

        def journey():
            stages = {}
            for stage in ("first", "new", "repeat", "loyal"):
                n, gone = group()
                stages[stage] = {"drop": {"value": gone / n, "n": n, "weak": False}}
            return people("journey", stages=stages)

        def moves():
            kinds = defaultdict(int)
            for month in MONTHS:
                for kind in ("first", "up", "recovered", "won_back", "down", "at_risk"):
                    kinds[month, kind] = count(60)
            return people("moves", kinds=kinds, last=MONTHS[1], before=MONTHS[0])

        def migration():
            stages = ("first", "repeat", "loyal", "at_risk", "churned")
            flows = [
                Flow(a, b, count(30), 0, 0.0) for a in stages for b in stages if a != b
            ]
            groups = {stage: (stage, stage) for stage in stages}
            params = {"groups": "stage"}
            return people("migration", params=params, flows=flows, groups=groups)

        for draw in (churn, journey, moves, migration):
            self.assertLessEqual(self._lit(draw), self.DRAWS / 20, draw.__name__)


@tagged("post_install", "-at_install")
class TestAdviceButtons(AdviceCase):
    """What a piece of advice opens, for whom."""

    def _lost(self, user=None):
        april, may = MONTHS
        month = {"is_finished": True, "is_reliable": True, "n": 1000}
        months = [
            {**month, "month": april, "lost_opening": 30, "rate": 0.03},
            {**month, "month": may, "lost_opening": 80, "rate": 0.08},
        ]
        [item] = self._items("churn", user, months=months, sums={})
        return item

    def test_a_new_playbook_is_filled_in_and_can_be_saved(self):
        item = self._lost()
        self.assertEqual(item["label"], "New playbook")
        playbooks = self.env["customer.playbook"].with_user(self.manager)
        form = Form(playbooks.with_context(**item["action"]["context"]))
        form.name = "Win back"
        playbook = form.save()
        self.assertEqual((playbook.trigger, playbook.stage), ("stage", "churned"))
        self.assertEqual(playbook.company_id, self.company)
        self.assertEqual(playbook.state, "draft")

    def test_the_playbook_that_is_there_opens(self):
        values = {"name": "Back", "trigger": "stage", "stage": "churned"}
        other = self._add_company("Elsewhere")
        boss = self._add_user("boss_elsewhere", INSIGHT_MANAGER, other)
        playbooks = self.env["customer.playbook"]
        playbooks.with_context(allowed_company_ids=other.ids).create(
            {**values, "company_id": other.id, "user_id": boss.id}
        )
        values |= {"company_id": self.company.id, "user_id": self.manager.id}
        playbook = playbooks.create(values)
        item = self._lost()
        self.assertEqual(item["action"]["res_id"], playbook.id)
        self.assertEqual(item["label"], "Playbook “Back” (Not Started)")

    def test_salespeople_get_the_records_and_no_playbook(self):
        item = self._lost(self.salesperson)
        self.assertIsNone(item["action"])
        self.assertEqual(item["key"], ["lost", MONTHS[1]])

    def test_four_stages_have_no_stage_of_others(self):
        self.company.insight_stage_set = "four"
        advice = self.env["customer.advice"].with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertEqual(
            [advice._stage(one) for one in ("at_risk", "first", "repeat", "prospect")],
            ["churned", "new", "active", "prospect"],
        )

    def test_every_screen_of_this_add_on_has_its_method(self):
        for name in (
            *("churn", "cohort", "forecast", "journey", "migration", "moves"),
            *("pareto", "seasonality", "segments", "trend", "value"),
        ):
            self.assertIn(f"customer.analysis.{name}", self.env)
            self.assertTrue(hasattr(self.env["customer.advice"], f"_advise_{name}"))

    def test_the_spreadsheet_has_the_advice(self):
        item = Advice("Fewer came.", "ask why", key=["x"])
        blocks = [{"type": "advice", "title": "Suggested", "items": [vars(item)]}]
        [section] = block_sections(blocks, ("Trend", "", ""))
        self.assertEqual(section.rows, [("Fewer came.", "ask why")])
