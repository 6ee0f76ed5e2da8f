from datetime import date, timedelta
from unittest.mock import patch

from odoo.tests import freeze_time

from ..models import loyalty_card_expiry
from .common import LoyaltyCase


class TestExpiry(LoyaltyCase):
    """Lots end on their day, once, and never sooner than promised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2024-06-01"):
            cls.program.write(
                {"expiry_mode": "term", "expiry_term": 12, "expiry_unit": "months"}
            )
        cls.program.expiry_not_before = False

    def _run_job(self):
        cron = self.env.ref("loyalty_program.ir_cron_expire")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _lots_of_three_days(self):
        account = self._add_account()
        for day, points in (("03-31", 30), ("01-31", 50), ("02-28", 20)):
            account._post(points, "bonus", key=day, expires_on=f"2025-{day}")
        return account

    def test_the_soonest_expiry_is_consumed_first(self):
        """LP-17"""
        with freeze_time("2025-01-01 12:00:00"):
            account = self._lots_of_three_days()
            self._spend(60)
            self.assertEqual(
                [(lot.expires_on, float(lot.open)) for lot in account._lots()],
                [(date(2025, 2, 28), 10), (date(2025, 3, 31), 30)],
            )

    def test_points_last_until_the_end_of_their_day(self):
        """LP-17: in the time zone of the company"""
        self.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2025-01-01 12:00:00"):
            account = self._add_account(50, expires_on="2025-01-31")
        with freeze_time("2025-01-31 15:59:00"):  # 23:59 in Shanghai
            account.invalidate_recordset()
            self.assertEqual(account.available_points, 50)
            self._run_job()
            self.assertBalance(50, account)
            self._spend(10)
        with freeze_time("2025-01-31 16:01:00"):
            account.invalidate_recordset()
            self.assertEqual(account.available_points, 0)
            self._run_job()
            self.assertBalance(0, account)

    def test_the_job_ends_each_lot_once_on_its_day(self):
        """LP-18: late by months, run twice"""
        with freeze_time("2025-01-01 12:00:00"):
            account = self._lots_of_three_days()
        with freeze_time("2025-03-10 12:00:00"):
            self._run_job()
            self._run_job()
            lines = account.points_move_ids.filtered(lambda m: m.kind == "expire")
            self.assertEqual(
                sorted((str(m.date), m.points) for m in lines),
                [("2025-01-31", -50.0), ("2025-02-28", -20.0)],
            )
            self.assertBalance(30, account)
            self.assertEqual(account.next_expiry_date, date(2025, 3, 31))
            self.assertEqual(account.expiring_points, 30)

    def test_earned_points_get_their_day(self):
        with freeze_time("2025-03-15 12:00:00"):
            self._sell(10)
            self.assertEqual(
                self._account().points_move_ids.expires_on, date(2026, 3, 15)
            )
            self.program.expiry_rounding = "year"
            self._sell(10)
            self.assertEqual(
                self._account().points_move_ids[:1].expires_on, date(2026, 12, 31)
            )

    def test_a_lot_that_ended_meanwhile_does_not_come_back(self):
        """LP-08"""
        with freeze_time("2025-01-01 12:00:00"):
            account = self._lots_of_three_days()
            order = self._spend(70)
            self.assertBalance(30, account)
        with freeze_time("2025-02-10 12:00:00"):
            order._action_cancel()
            self.assertBalance(50, account)
            account.invalidate_recordset()
            self.assertEqual(account.available_points, 50)
            self._run_job()
            self.assertBalance(50, account)

    def test_switching_expiry_on_gives_old_points_a_full_period(self):
        self.program.expiry_mode = "none"
        with freeze_time("2022-01-01 12:00:00"):
            account = self._add_account(100)
        with freeze_time("2025-05-05 12:00:00"):
            self.program.write({"expiry_mode": "term", "expiry_term": 6})
            self.assertEqual(self.program.expiry_not_before, date(2025, 11, 5))
            self._run_job()
            self.assertBalance(100, account)
        with freeze_time("2025-11-05 12:00:00"):
            self._run_job()
            self.assertBalance(100, account)
        with freeze_time("2025-11-06 12:00:00"):
            self._run_job()
            self.assertBalance(0, account)

    def test_off_and_on_again_gives_a_full_period_too(self):
        with freeze_time("2025-01-01 12:00:00"):
            account = self._lots_of_three_days()
            self.program.expiry_mode = "none"
        with freeze_time("2026-01-01 12:00:00"):
            self._run_job()
            self.assertBalance(100, account)
            self.program.expiry_mode = "term"
            self._run_job()
            self.assertBalance(100, account)
            account.invalidate_recordset()
            self.assertEqual(account.next_expiry_date, date(2027, 1, 1))

    def test_a_shorter_term_leaves_granted_points_alone(self):
        with freeze_time("2025-01-01 12:00:00"):
            account = self._add_account(10)
            self.program.expiry_term = 1
        with freeze_time("2025-06-01 12:00:00"):
            self._run_job()
            self.assertBalance(10, account)

    def test_a_fixed_day(self):
        self.program.write({"expiry_mode": "fixed", "expiry_term": 0, "expiry_day": 31})
        self.program.expiry_not_before = False
        with freeze_time("2024-02-29 12:00:00"):
            account = self._add_account(10)
            self.assertEqual(account.points_move_ids.expires_on, date(2024, 12, 31))

    def test_inactivity_ends_everything(self):
        self.program.write({"expiry_mode": "inactivity", "expiry_term": 3})
        self.program.expiry_not_before = False
        with freeze_time("2025-01-10 12:00:00"):
            self._sell(100)
        with freeze_time("2025-03-01 12:00:00"):
            self._spend(10)  # activity
        account = self._account()
        with freeze_time("2025-06-01 12:00:00"):
            self._run_job()
            self.assertBalance(90)
        with freeze_time("2025-06-05 12:00:00"):
            self._run_job()
            self.assertBalance(0)
            line = account.points_move_ids.filtered(lambda m: m.kind == "expire")
            self.assertEqual(line.date, date(2025, 6, 1))

    def test_many_lots_end_in_few_statements(self):
        partners = self._add_customers(40)
        with freeze_time("2025-01-01 12:00:00"):
            for partner in partners:
                account = self._add_account(partner=partner)
                account._post(1, "bonus", key="a")
                account._post(2, "bonus", key="b")
        with freeze_time("2026-02-01 12:00:00"):
            accounts = self.env["loyalty.card"]._due_accounts(1000)
            self.assertEqual(len(accounts), 40)
            self.env.flush_all()
            with self.assertQueryCount(10):  # however many lots
                self.assertEqual(accounts._expire(), 80)
            self.assertEqual(sum(accounts.mapped("points")), 0)

    def test_lots_of_one_account_follow_each_other(self):
        """Numbers, days and digests in a row, written by one statement."""
        with freeze_time("2025-01-01 12:00:00"):
            account = self._lots_of_three_days()
        with freeze_time("2025-06-01 12:00:00"):
            self._run_job()
        self.assertKinds(
            *(("bonus", 30), ("bonus", 50), ("bonus", 20)),
            *(("expire", -50), ("expire", -20), ("expire", -30)),
            account=account,
        )
        lines = account.points_move_ids.sorted("sequence")
        self.assertEqual(lines.mapped("sequence"), [1, 2, 3, 4, 5, 6])
        self.assertEqual(lines.mapped("points_open"), [0] * 6)
        self.assertEqual(account.ledger_digest, lines[-1].digest)
        self.assertEqual(lines[3].debit_ids | lines[3].credit_ids, lines[1].debit_ids)
        self.env.cr.execute("ALTER TABLE loyalty_point_move DISABLE TRIGGER USER")
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(
                "UPDATE loyalty_point_move SET points = -21 WHERE id = %s",
                [lines[4].id],
            )
            self.assertIn("line 5", account._verify()[account])
            savepoint.rollback()
        self.env.cr.execute("ALTER TABLE loyalty_point_move ENABLE TRIGGER USER")

    def test_batches_hold_so_many_lots(self):
        with freeze_time("2025-01-01 12:00:00"):
            accounts = [self._add_account(partner=p) for p in self._add_customers(5)]
            for account in accounts:
                for key in "ab":
                    account._post(1, "bonus", key=key)
        with freeze_time("2026-02-01 12:00:00"):
            batches = self.env["loyalty.card"]._due_batches(4)
            self.assertEqual(sum(batches, []), [account.id for account in accounts])
            self.assertLessEqual(max(map(len, batches)), 2)
            with patch.object(loyalty_card_expiry, "_BATCH", 4):
                self._run_job()
        self.assertEqual([account.points for account in accounts], [0] * 5)

    def test_archived_members_keep_their_balance(self):
        """LP-26"""
        self.program.expiry_mode = "none"
        account = self._add_account(40)
        order = self._sell(10, confirm=False)
        self.member.active = False
        order.action_confirm()
        self.assertBalance(40, account)
        self.member.active = True
        self._sell(10)
        self.assertBalance(50, account)

    def test_waiting_days(self):
        self.program.write({"expiry_mode": "none", "pending_days": 14})
        with freeze_time("2025-01-01 12:00:00"):
            self._sell(100)
            account = self._account()
            self.assertEqual(
                (account.available_points, account.pending_points), (0, 100)
            )
            order = self._sell(5, confirm=False, product=self.plain)
            order._update_programs_and_rewards()
            self.assertFalse(order._get_claimable_rewards())
        with freeze_time("2025-01-15 12:00:00"):
            account.invalidate_recordset()
            self.assertEqual(
                (account.available_points, account.pending_points), (100, 0)
            )
            self._spend(100)
            self.assertBalance(0)

    def test_found_by_the_next_expiry(self):
        today = self.company._insight_today()
        soon = self._add_account(5, expires_on=today + timedelta(days=3))
        late = self._add_account(
            5, self._add_customer(), expires_on=today + timedelta(days=90)
        )
        cards = self.env["loyalty.card"]
        found = cards.search([("next_expiry_date", "<=", today + timedelta(days=30))])
        self.assertIn(soon, found)
        self.assertNotIn(late, found)
