import json
import random
from datetime import date, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tools import SQL

from .common import AS_OF, INSIGHT_MANAGER, CustomerInsightCase

#: What is stored of customers, and when it was computed: a clock that stands still.
TABLES = (
    "customer_profile",
    "customer_segment_membership",
    "customer_stage_move",
    "customer_snapshot",
)


class TestReliability(CustomerInsightCase):
    """What must hold whatever the documents say: invariants and strange values."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(f"{AS_OF} 12:00"))
        export = "base.group_allow_export"
        cls.manager = cls._add_user("boss", f"{INSIGHT_MANAGER},{export}")

    def screens(self):
        """All analysis screens and data of charts, as a client gets them."""
        env = self.env(user=self.manager)
        env = env(context={**env.context, "allowed_company_ids": self.company.ids})
        for name in sorted(self.env.registry):
            if name.startswith("customer.analysis."):
                yield name, lambda name=name: env[name].analyse({})
        yield "customer.pareto", lambda: env["customer.pareto"].get_data()
        yield "customer.seasonality", lambda: env["customer.seasonality"].get_data()
        profiles = env["customer.profile"].search([], limit=5)
        for profile in profiles:
            for method in (
                "get_figures",
                "get_purchases",
                "get_business",
                "get_stage_path",
                "get_next_steps",
            ):
                yield method, getattr(profile, method)
            page = env["customer.interaction"].timeline_page
            yield (
                "timeline",
                lambda page=page, profile=profile: page(profile.partner_id.id),
            )

    def assertStrict(self):
        seen = set()
        for name, call in self.screens():
            with self.subTest(screen=name):
                json.dumps(call(), allow_nan=False, default=str)
                seen.add(name)
        return seen

    def night(self):
        self.env.flush_all()
        for step in ("profiles", "moves", "segments", "snapshots"):
            function = getattr(self.profiles, f"_night_{step}")
            while function(self.company):
                self.env.flush_all()
        self.env.invalidate_all()

    def test_every_screen_is_strict_json_without_customers(self):
        self.company.insight_prospect_scope = "none"
        self.night()
        self.assertGreater(len(self.assertStrict()), 8)

    def test_every_screen_is_strict_json_with_strange_amounts(self):
        """Nothing, next to nothing, a million million, and more back than sold."""
        customers = self._add_customers(8)
        amounts = (0, 0.001, 0.01, 1e12, 999_999_999_999.99, 5, 5, 5)
        for customer, amount in zip(customers, amounts, strict=True):
            for day in (AS_OF, AS_OF - timedelta(days=400), date(1970, 1, 1)):
                self._add_order(customer, day, amount)
        self._add_refund(customers[5], AS_OF, 1e6)
        self._add_order(customers[6], date(2099, 12, 31), 7)
        self.night()
        self.assertGreaterEqual(len(self.assertStrict()), 14)
        self.assertFinite()

    def assertFinite(self):
        """No stored figure is NaN or infinite."""
        for table in TABLES:
            self.env.cr.execute(
                """SELECT column_name FROM information_schema.columns
                   WHERE table_name = %s
                     AND data_type IN ('double precision', 'numeric', 'real')""",
                [table],
            )
            for [name] in self.env.cr.fetchall():
                self.env.cr.execute(
                    SQL(
                        """SELECT COUNT(*) FROM %s
                           WHERE %s::text IN ('NaN', 'Infinity', '-Infinity')""",
                        SQL.identifier(table),
                        SQL.identifier(name),
                    )
                )
                self.assertEqual(self.env.cr.fetchone()[0], 0, f"{table}.{name}")

    def test_a_second_night_with_the_clock_standing_still_changes_nothing(self):
        self.random_past(random.Random(7), 25)
        self.night()
        before = {table: self.rows(table) for table in TABLES}
        self.assertTrue(all(before.values()))
        mails = self.env["mail.mail"].search_count([])
        self.night()
        for table in TABLES:
            self.assertEqual(self.rows(table), before[table], table)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def rows(self, table):
        self.env.cr.execute(
            SQL(
                """SELECT (to_jsonb(t) - 'computed_at')::text FROM %s t
                   WHERE company_id = %s ORDER BY id""",
                SQL.identifier(table),
                self.company.id,
            )
        )
        return self.env.cr.fetchall()

    def test_invariants_hold_for_random_pasts(self):
        for seed in range(3):
            dice = random.Random(seed)
            customers = self.random_past(dice, 30)
            with self.subTest(seed=seed):
                self.night()
                self.assertOneCell(customers)
                self.assertSharesAddUp()
                self.assertTotals()
                self.assertChurnBooks()

    def random_past(self, dice, count):
        """Customers who buy, return, fall silent, and are archived now and then."""
        customers = self._add_customers(count)
        kept = []
        for customer in customers:
            for _number in range(dice.choice([0, 1, 2, 4, 9])):
                day = AS_OF - timedelta(days=dice.randrange(700))
                amount = dice.choice([5, 20, 99.99, 1e4])
                if dice.random() >= 0.2:
                    kept.append((customer, day, amount))
                    continue
                self._add_refund(
                    customer,
                    min(AS_OF, day + timedelta(days=dice.randrange(40))),
                    dice.choice([1, amount, 2e4]),
                    order=self._add_order(customer, day, amount),
                )
        self._add_history(kept)
        dice.choice(customers).active = False
        return customers

    def assertOneCell(self, customers):
        """One profile and one RFM segment for each customer, by stay and by cell."""
        profiles = self.profiles.search([("company_id", "=", self.company.id)])
        mine = profiles.filtered(lambda profile: profile.partner_id in customers)
        self.assertEqual(len(mine.partner_id), len(mine))
        self.assertFalse(mine.filtered(lambda profile: not profile.rfm_segment_id))
        cells = {
            cell.code: cell.segment_id
            for cell in self.env["customer.rfm.cell"].search([])
        }
        stays = self.env["customer.segment.membership"].search(
            [
                ("company_id", "=", self.company.id),
                ("segment_id.kind", "=", "rfm"),
                ("date_to", "=", False),
            ]
        )
        by_stay = stays.grouped("partner_id")
        for profile in mine:
            self.assertEqual(
                by_stay[profile.partner_id].segment_id, profile.rfm_segment_id
            )
            if profile.rfm_score:
                self.assertEqual(cells[profile.rfm_score], profile.rfm_segment_id)

    def assertSharesAddUp(self):
        rows = self.env["customer.pareto"].search(
            [("company_id", "=", self.company.id)], order="rank"
        )
        self.assertAlmostEqual(sum(rows.mapped("share")), 100, 6)
        self.assertAlmostEqual(rows[-1].cumulative_share, 100, 6)
        segments = self.env["customer.segment"].search([("kind", "=", "rfm")])
        segments = segments.with_company(self.company)
        self.assertAlmostEqual(sum(segments.mapped("customer_share")), 1, 6)
        self.assertAlmostEqual(sum(segments.mapped("amount_share")), 1, 6)

    def assertTotals(self):
        """The customers' amounts are those of the documents, in every breakdown."""
        own = [("company_id", "=", self.company.id)]
        [[documents]] = self.env["customer.purchase"]._read_group(
            [*own, ("date", "<=", AS_OF)], [], ["amount:sum"]
        )
        for by in ([], ["lifecycle_stage"], ["rfm_segment_id"], ["value_class"]):
            groups = self.profiles._read_group(own, by, ["amount_total:sum"])
            self.assertAlmostEqual(sum(row[-1] for row in groups), documents, 4)

    def assertChurnBooks(self):
        """Opening, and who came less who left, is closing; there the next begins."""
        months = self.env["customer.churn.month"]._read_group(
            [("company_id", "=", self.company.id)],
            ["month:month"],
            ["opening:sum", "new:sum", "won_back:sum", "lost:sum", "closing:sum"],
            order="month:month",
        )
        self.assertGreater(len(months), 12)
        closing_before = 0
        for _month, opening, new, won_back, lost, closing in months:
            self.assertEqual(opening, closing_before)
            self.assertEqual(opening + new + won_back - lost, closing)
            closing_before = closing

    def test_a_quiet_customer_changes_stage_once_and_gets_no_mail(self):
        """Day after day beside the borders, without a new order."""
        ann = self._add_customer(email="ann@example.com")
        for days in (400, 300, 90):
            self._add_order(ann, AS_OF - timedelta(days=days), 50)
        mails = self.env["mail.mail"].search_count([])
        stages = []
        for day in range(-3, 4):
            with freeze_time(f"{AS_OF + timedelta(days=day)} 12:00"):
                self._refresh(AS_OF + timedelta(days=day))
                stages.append(self._profile(ann).lifecycle_stage)
        self.assertEqual(len(set(stages)), 2)
        self.assertEqual(stages, sorted(stages, key=stages.index))
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_screens_and_reports_work_in_german_and_arabic(self):
        """No code depends on translated text; dates and numbers follow the reader."""
        for customer in self._add_customers(3):
            self._add_order(customer, AS_OF, 1234.5)
        self.night()
        for lang in ("de_DE", "ar_001"):
            self.env["res.lang"]._activate_lang(lang)
            self.manager.lang = lang
            with self.subTest(lang=lang):
                self.env = self.env(context={**self.env.context, "lang": lang})
                self.assertGreaterEqual(len(self.assertStrict()), 14)
                wizard = self.env["customer.report.wizard"].with_user(self.manager)
                wizard = wizard.create(
                    {"date_from": "2024-07-01", "date_to": "2025-06-30"}
                )
                self.assertIn("url", wizard.action_export())

    def test_jobs_are_those_of_the_add_on_and_each_may_run_twice(self):
        jobs = (
            self.env["ir.cron"]
            .search([])
            .filtered(
                lambda job: (job.get_external_id()[job.id] or "").startswith(
                    "customer_insight."
                )
            )
        )
        self.assertGreaterEqual(len(jobs), 3)
        self._add_order(self._add_customer(), AS_OF, 10)
        for job in jobs:
            with self.subTest(job=job.name):
                for _run in range(2):
                    job.with_context(
                        allowed_company_ids=self.company.ids
                    ).method_direct_trigger()
                self.assertTrue(job.active)
        self.assertEqual(fields.Date.today(), AS_OF)
