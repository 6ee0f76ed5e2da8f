import random
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.fields import Domain

from ..engine.intervals import wilson
from ..models.customer_churn_month import DIMENSIONS
from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase
from .test_lifecycle import stage_on

ABSENT = ("prospect", "churned")
COUNTS = ("opening", "new", "won_back", "lost", "closing")


class TestChurnMonth(CustomerInsightCase):
    """The numbers of each month add up and open to the customers behind them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "insight_prospect_scope": "none",
                "insight_at_risk_days": 20,
                "insight_churned_days": 40,
                "insight_min_population": 10,
            }
        )
        cls.boss = cls._add_user("boss", INSIGHT_MANAGER)
        cls.ann = cls._add_user("ann", INSIGHT_USER)
        draw = random.Random(4)
        cls.history = {
            customer: {
                AS_OF - timedelta(days=draw.randrange(400))
                for __ in range(draw.choice([1, 2, 4, 8]))
            }
            for customer in cls._add_customers(60)
        }
        cls.hers = cls.env["res.partner"].concat(*list(cls.history)[:15])
        cls.hers.user_id = cls.ann
        cls._add_history(
            (customer, day, 10)
            for customer, days in cls.history.items()
            for day in days
        )
        cls._compute()
        cls.churn = cls.env["customer.churn.month"]

    @classmethod
    def _compute(cls):
        cls._refresh()
        cls.env["customer.stage.move"]._refresh(cls.company, AS_OF)

    def _months(self, user=None, **options):
        churn = self.churn.with_user(user or self.boss)
        return churn._churn_months(self.company, **options)

    def _replay(self, customers, month):
        """The counts of a month, day by day."""
        policy = self.company._insight_policy()
        counts = dict.fromkeys((*COUNTS, "lost_opening"), 0)
        before = month - timedelta(days=1)
        last = min(month + relativedelta(months=1, days=-1), AS_OF)
        for customer in customers:
            stage = stage_on(before, self.history[customer], policy)
            was_here, lost = stage not in ABSENT, False
            counts["opening"] += was_here
            day = month
            while day <= last:
                now = stage_on(day, self.history[customer], policy)
                counts["new"] += stage == "prospect" and now != "prospect"
                counts["won_back"] += stage == "churned" and now != "churned"
                counts["lost"] += stage != "churned" and now == "churned"
                lost = lost or (stage != "churned" and now == "churned")
                stage, day = now, day + timedelta(days=1)
            counts["closing"] += stage not in ABSENT
            counts["lost_opening"] += was_here and lost
        return counts

    def test_every_month_equals_a_replay_day_by_day(self):
        months = self._months()
        self.assertEqual(len(months), 14)
        for row in months:
            expected = self._replay(self.history, row["month"])
            self.assertEqual({name: row[name] for name in expected}, expected)
        self.assertGreater(sum(row["won_back"] for row in months), 5)

    def test_each_month_begins_where_the_last_one_ended(self):
        months = self._months()
        for row, following in zip(months, months[1:], strict=False):
            self.assertEqual(
                row["opening"] + row["new"] + row["won_back"] - row["lost"],
                row["closing"],
            )
            self.assertEqual(row["closing"], following["opening"])
        active = self.profiles.search_count(
            [
                ("company_id", "=", self.company.id),
                ("lifecycle_stage", "not in", ABSENT),
            ]
        )
        self.assertEqual(months[-1]["closing"], active)

    def _add_team_and_category(self):
        """A team for Ann, and a usual category for her customers."""
        team = self.env["crm.team"].create(
            {"name": "South", "member_ids": [Command.link(self.ann.id)]}
        )
        category = self.env["product.category"].create({"name": "Tea"})
        profiles = self.profiles.search([("partner_id", "in", self.hers.ids)])
        profiles.usual_category_id = category
        self.env.flush_all()
        return team, category

    def test_a_team_and_a_category_have_their_own_churn(self):
        team, category = self._add_team_and_category()
        for dimension, record in (("team_id", team), ("category_id", category)):
            rows = self._months(dimension=dimension)
            own = [row for row in rows if row["key"] == record.id]
            self.assertEqual({row["label"] for row in own}, {record.display_name})
            self.assertTrue(own)
            for row in own:
                expected = self._replay(self.hers, row["month"])
                self.assertEqual({name: row[name] for name in expected}, expected)
            moves = self.env["customer.stage.move"].search(
                Domain("company_id", "=", self.company.id)
                & self.churn._split_domain(self.company, dimension, record.id)
            )
            self.assertEqual(moves.partner_id, self.hers.filtered(self.history.get))
            others = self.env["customer.stage.move"].search(
                Domain("company_id", "=", self.company.id)
                & self.churn._split_domain(self.company, dimension, False)
            )
            self.assertFalse(others.partner_id & self.hers)
            self.assertGreater(len(others.partner_id), 30)

    def test_totals_begin_with_the_first_month_and_end_with_the_last(self):
        months = self._months()
        domain = [("company_id", "=", self.company.id)]
        names = [f"{name}:sum" for name in COUNTS]
        [whole], by_month = self.churn._read_grouping_sets(
            domain, [[], ["month:month"]], names
        )
        opening, new, won_back, lost, closing = whole
        self.assertEqual(opening, months[0]["opening"])
        self.assertEqual(closing, months[-1]["closing"])
        self.assertEqual(lost, sum(row["lost"] for row in months))
        self.assertEqual(opening + new + won_back - lost, closing)
        self.assertEqual(
            [list(row[1:]) for row in by_month],
            [[row[name] for name in COUNTS] for row in months],
        )
        later = [*domain, ("month", ">=", "2025-01-01")]
        [[opening]] = self.churn._read_group(later, [], ["opening:sum"])
        [january] = self._months(date_from=date(2025, 1, 1), date_to=date(2025, 1, 31))
        self.assertEqual(opening, january["opening"])

    def test_the_parts_add_up_to_the_whole(self):
        whole = {row["month"]: row for row in self._months()}
        self._add_team_and_category()
        for dimension in DIMENSIONS:
            parts = {}
            for row in self._months(dimension=dimension):
                month = parts.setdefault(row["month"], dict.fromkeys(COUNTS, 0))
                for name in COUNTS:
                    month[name] += row[name]
                self.assertEqual(
                    row["opening"] + row["new"] + row["won_back"] - row["lost"],
                    row["closing"],
                )
            for month, counts in parts.items():
                self.assertEqual(counts, {n: whole[month][n] for n in COUNTS})

    def test_the_rate_carries_its_interval_and_is_grey_for_few(self):
        row = next(row for row in self._months() if row["lost_opening"])
        low, high = wilson(row["lost_opening"], row["opening"])
        self.assertEqual(row["rate"], row["lost_opening"] / row["opening"])
        self.assertEqual(
            (row["low"], row["high"], row["n"]), (low, high, row["opening"])
        )
        self.assertTrue(row["is_reliable"])
        self.company.insight_min_population = 1000
        self.assertFalse(any(row["is_reliable"] for row in self._months()))
        first = self._months()[0]
        self.assertEqual((first["rate"], first["low"], first["n"]), (None, None, 0))

    def test_the_rate_of_a_group_is_that_of_its_sums(self):
        domain = [("company_id", "=", self.company.id)]
        [[rate]] = self.churn._read_group(domain, [], ["rate:avg"])
        months = self._months()
        lost = sum(row["lost_opening"] for row in months)
        self.assertAlmostEqual(rate, lost / sum(row["opening"] for row in months))

    def test_only_the_month_of_the_last_computation_is_unfinished(self):
        finished = [row["is_finished"] for row in self._months()]
        self.assertEqual(finished, [True] * 13 + [False])

    def test_each_number_opens_its_customers(self):
        rows = self.churn.with_user(self.boss).search(
            [("company_id", "=", self.company.id), ("month", "=", "2025-03-01")]
        )
        self.assertGreater(sum(rows.mapped("lost")), 0)
        moves = self.env["customer.stage.move"].with_user(self.boss)
        for row in rows:
            for name in ("opening", "new", "won_back", "lost"):
                action = getattr(row, f"action_open_{name}")()
                self.assertEqual(moves.search_count(action["domain"]), row[name], name)

    def test_salespeople_see_the_churn_of_their_customers(self):
        for row in self._months(self.ann):
            expected = self._replay(self.hers, row["month"])
            self.assertEqual({name: row[name] for name in expected}, expected)

    def test_a_period_can_be_asked_for(self):
        months = self._months(date_from=date(2025, 2, 10), date_to=date(2025, 4, 1))
        self.assertEqual([row["month"].month for row in months], [2, 3, 4])

    def test_an_unknown_dimension_is_refused(self):
        with self.assertRaisesRegex(ValueError, "split by"):
            self._months(dimension="id; drop table x")

    def test_nobody_bought_yet(self):
        other = self._add_company("Elsewhere", insight_prospect_scope="none")
        self._refresh(company=other)
        self.assertEqual(self.churn._churn_months(other), [])
