from datetime import date

from odoo import Command
from odoo.addons.customer_insight.tests.common import INSIGHT_MANAGER
from odoo.tests import freeze_time

from .common import LoyaltyCase


class TestTier(LoyaltyCase):
    """Tiers: gained at once, kept for a period, lost by the rule, with receipts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.write(
            {
                "tier_window": "rolling",
                "tier_window_months": 12,
                "tier_ids": [
                    Command.create({"name": "Silver", "threshold": 100}),
                    Command.create(
                        {"name": "Gold", "threshold": 1000, "multiplier": 2}
                    ),
                ],
            }
        )
        cls.silver, cls.gold = cls.program.tier_ids

    def assertTier(self, tier, account=None):
        self.assertEqual((account or self._account()).tier_id, tier)

    def test_the_border_of_a_tier(self):
        """LP-20: 999.99 is not enough, 1,000 is, and looking again changes nothing"""
        for amount, tier in (
            (999.99, self.silver),
            (1000, self.gold),
            (1000.01, self.gold),
        ):
            partner = self._add_customer(f"Buys {amount}")
            self._sell(amount, partner)
            account = self._account(partner)
            self.assertTier(tier, account)
            moves = len(account.tier_move_ids)
            self.assertFalse(account._refresh_tiers())
            self.assertEqual(len(account.tier_move_ids), moves)

    def test_the_receipt_and_what_is_missing(self):
        self._sell(60)
        account = self._account()
        self.assertFalse(account.tier_id)
        self.assertEqual(account.missing_to_next, 40)
        self.assertIn("40.00 more points for Silver", account.tier_sentence)
        self.assertEqual(account.tier_progress, 60)
        self._sell(50)
        move = account.tier_move_ids
        self.assertEqual((move.direction, move.qualifying), ("up", 110))
        self.assertEqual(move.to_tier_id, self.silver)
        self.assertIn("threshold of 100", move.reason)
        self._sell(5000)
        self.assertTier(self.gold)
        self.assertIn("highest", account.tier_sentence)

    def test_the_multiplier_counts_from_the_next_order_on(self):
        order = self._sell(1000)
        self.assertBalance(1000)
        self.assertTier(self.gold)
        order._refresh_points()
        self.assertBalance(1000)  # it was confirmed before
        second = self._sell(10)
        self.assertBalance(1020)
        second.order_line.price_unit = 20
        self.assertBalance(1040)
        second._action_cancel()
        self.assertBalance(1000)

    def test_a_cancelled_order_leaves_the_tier_until_the_period_ends(self):
        """LP-21: once, at the end"""
        with freeze_time("2025-03-01 12:00:00"):
            order = self._sell(150)
            account = self._account()
            self.assertTier(self.silver)
            self.assertEqual(account.tier_until, date(2026, 2, 28))
            order._action_cancel()
            self.assertTier(self.silver)
            self.assertEqual(account.qualifying_points, 0)
        with freeze_time("2026-02-28 12:00:00"):
            self.assertFalse(account._refresh_tiers())
        with freeze_time("2026-03-01 12:00:00"):
            self.assertEqual(account._refresh_tiers().direction, "down")
            self.assertFalse(account._refresh_tiers())
            self.assertFalse(account.tier_id)

    def test_days_of_grace(self):
        self.program.tier_grace_days = 30
        with freeze_time("2025-03-01 12:00:00"):
            self._sell(150)
        account = self._account()
        with freeze_time("2026-03-30 12:00:00"):
            account._refresh_tiers()
            self.assertTier(self.silver)
        with freeze_time("2026-03-31 12:00:00"):
            account._refresh_tiers()
            self.assertFalse(account.tier_id)

    def test_one_step_or_all_the_way(self):
        for rule, left in (
            ("step", self.silver),
            ("balance", self.env["loyalty.tier"]),
        ):
            with self.subTest(rule):
                self.program.tier_downgrade = rule
                partner = self._add_customer(rule)
                with freeze_time("2025-03-01 12:00:00"):
                    self._sell(1500, partner)
                account = self._account(partner)
                with freeze_time("2026-03-02 12:00:00"):
                    account._refresh_tiers()
                    self.assertTier(left, account)

    def test_never_down(self):
        self.program.tier_downgrade = "none"
        with freeze_time("2025-03-01 12:00:00"):
            self._sell(1500)
        with freeze_time("2030-03-02 12:00:00"):
            self._account()._refresh_tiers()
            self.assertTier(self.gold)

    def test_a_calendar_year_gives_the_tier_for_the_next_one(self):
        self.program.tier_window = "calendar_year"
        with freeze_time("2025-11-01 12:00:00"):
            self._sell(150)
        account = self._account()
        with freeze_time("2026-01-01 12:00:00"):
            account._refresh_tiers()
            self.assertTier(self.silver)
            self.assertEqual(account.tier_until, date(2026, 12, 31))
            self.assertEqual(account.qualifying_points, 0)
        with freeze_time("2027-01-01 12:00:00"):
            account._refresh_tiers()
            self.assertFalse(account.tier_id)

    def test_ever_is_lost_at_once_or_after_grace(self):
        self.program.write({"tier_window": "lifetime", "tier_grace_days": 10})
        with freeze_time("2025-03-01 12:00:00"):
            order = self._sell(150)
            self.assertFalse(self._account().tier_until)
            order._action_cancel()
            self.assertTier(self.silver)
        account = self._account()
        with freeze_time("2025-03-11 12:00:00"):
            account._refresh_tiers()
            self.assertTier(self.silver)
        with freeze_time("2025-03-12 12:00:00"):
            account._refresh_tiers()
            self.assertFalse(account.tier_id)

    def test_amounts_and_orders_count_without_returns(self):
        self.program.write({"tier_basis": "spend", "earn_cap_day": 1})
        order = self._sell(150)
        self._sell(30)
        account = self._account()
        self.assertEqual(account.qualifying_points, 180)
        self._credit(self._invoice(order))
        self.assertEqual(account.qualifying_points, 30)
        self.program.tier_basis = "orders"
        account._refresh_tiers()
        self.assertEqual(account.qualifying_points, 1)

    def test_the_profile_shows_points_and_tier(self):
        with freeze_time("2025-03-01 12:00:00"):
            self._sell(150)
        self._refresh(as_of=date(2025, 6, 30))
        profile = self._profile(self.member)
        self.assertEqual(profile.loyalty_points, 150)
        self.assertEqual(profile.loyalty_tier_id, self.silver)
        self.assertEqual(profile.loyalty_account_ids, self._account())
        self._refresh(as_of=date(2025, 2, 1))
        self.assertFalse(self._profile(self.member).loyalty_tier_id)

    def test_points_stand_with_the_other_records_and_open_the_ledger(self):
        self._sell(150)
        self._spend(40)
        self._refresh(as_of=self.company._insight_today())
        reader = self._add_user("points_reader", INSIGHT_MANAGER)
        profile = self._profile(self.member).with_user(reader)
        [row] = [one for one in profile.get_record_counts() if one["code"] == "points"]
        self.assertEqual(row["count"], 110)
        action = profile.action_open_record_kind("points")
        lines = profile.env[action["res_model"]].search(action["domain"])
        self.assertEqual(sum(lines.mapped("points")), 110)
        self.assertEqual(row["count"], self._account().points)

    def test_contacts_are_found_by_points_and_tier(self):
        self._sell(150)
        self._refresh(as_of=self.company._insight_today())
        partners = self.env["res.partner"]
        for domain in (
            [("loyalty_points", ">", 149)],
            [("loyalty_tier_id", "=", self.silver.id)],
        ):
            self.assertEqual(partners.search(domain), self.member)
        self.assertEqual(self.member.loyalty_tier_id, self.silver)

    def test_the_timeline_shows_points_and_tiers(self):
        order = self._sell(150)
        self._spend(40)
        touches = self.env["customer.interaction"].search(
            [("partner_id", "=", self.member.id)]
        )
        found = {(t.kind, t.summary) for t in touches}
        self.assertIn(("points_earned", "+150.00 · Club"), found)
        self.assertIn(("points_redeemed", "-40.00 · Club"), found)
        self.assertIn(("tier", "Silver"), found)
        self.assertTrue(order)

    def test_health_knows_collectors_and_spenders(self):
        self._sell(100)
        collector = self._add_customer("Collector")
        self._sell(100, collector)
        self._spend(25)
        today = self.company._insight_today()
        query = self.profiles._health_loyalty_query(self.company, today)
        scores = {
            row[0]: (float(row[1]), float(row[2]), float(row[3]))
            for row in self.env.execute_query(query)
        }
        self.assertEqual(scores[self.member.id], (100, 25, 75))
        self.assertEqual(scores[collector.id], (100, 0, 50))
        self._refresh(as_of=today)
        component = self._profile(self.member).health_components["loyalty"]
        self.assertTrue(component)

    def test_the_job_looks_at_all_members(self):
        with freeze_time("2025-03-01 12:00:00"):
            self._sell(150)
        with freeze_time("2026-06-01 12:00:00"), self.enter_registry_test_mode():
            self.env.ref("loyalty_program.ir_cron_tiers").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self._account().tier_id)
