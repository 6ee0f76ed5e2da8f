from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import freeze_time
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common import INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


@freeze_time("2025-07-02 03:00:00")
class TestSnapshot(CustomerInsightCase):
    """The end of each month is kept, once, and can be explained."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_prospect_scope = "none"
        cls.ada, cls.bob = cls._add_customer("Ada"), cls._add_customer("Bob")
        cls._add_history(
            [
                (cls.ada, "2025-04-10", 100),
                (cls.ada, "2025-05-10", 50),
                (cls.bob, "2025-05-20", 30),
            ]
        )
        orders = cls.env["sale.order"].search([("company_id", "=", cls.company.id)])
        cls._set_create_date(orders, "2025-05-25")
        cls.snapshots = cls.env["customer.snapshot"].with_context(active_test=False)

    def _fill(self, company=None):
        company = company or self.company
        self._refresh(as_of=None, company=company)
        months = []
        while month := self.snapshots._take_next(company):
            months.append(str(month))
        return months

    def _of(self, partner, month_end):
        return self.snapshots.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", self.company.id),
                ("date", "=", month_end),
            ]
        )

    def test_all_finished_months_are_filled_once(self):
        self.assertEqual(self._fill(), ["2025-04-30", "2025-05-31", "2025-06-30"])
        self.assertEqual(self._fill(), [])
        self.assertRecordValues(
            self._of(self.ada, "2025-05-31"),
            [
                {
                    "purchase_days": 2,
                    "amount_total": 150,
                    "recency_days": 21,
                    "lifecycle_stage": "repeat",
                    "stage_since": date(2025, 5, 10),
                }
            ],
        )
        self.assertFalse(self._of(self.bob, "2025-04-30"))

    def test_missing_months_are_made_up_for(self):
        self._fill()
        with freeze_time("2025-10-01 00:30:00"):
            self.assertEqual(self._fill(), ["2025-07-31", "2025-08-31", "2025-09-30"])

    def test_a_month_is_over_where_the_company_is(self):
        self._fill()
        with freeze_time("2025-08-01 02:00:00"):
            self.company.partner_id.tz = "America/New_York"
            self.assertEqual(self._fill(), [])
            self.company.partner_id.tz = "Asia/Tokyo"
            self.assertEqual(self._fill(), ["2025-07-31"])

    def test_the_first_fill_goes_back_as_far_as_the_setting(self):
        self.company.insight_history_months = 1
        self.assertEqual(self._fill(), ["2025-06-30"])
        self.company.insight_history_months = 0
        with freeze_time("2025-08-02"):
            self.assertEqual(self._fill(), [])

    def test_a_company_without_customers_has_no_snapshots(self):
        empty = self._add_company("Empty", insight_prospect_scope="none")
        self.assertEqual(self._fill(empty), [])

    def test_snapshots_equal_the_stored_profiles_of_the_day(self):
        self._refresh(as_of="2025-05-31")
        profile = self._profile(self.ada)
        stored = [profile[name] for name in ("rfm_score", "value_class", "monetary")]
        self._fill()
        snapshot = self._of(self.ada, "2025-05-31")
        self.assertEqual(
            [snapshot[n] for n in ("rfm_score", "value_class", "monetary")], stored
        )

    def test_archiving_leaves_past_snapshots_as_they_were(self):
        self._fill()
        self.ada.active = False
        with freeze_time("2025-08-02"):
            self._fill()
        self.assertTrue(self._of(self.ada, "2025-06-30").active)
        self.assertFalse(self._of(self.ada, "2025-07-31").active)
        counted = self.env["customer.snapshot"].search_count(
            [("company_id", "=", self.company.id), ("date", "=", "2025-07-31")]
        )
        self.assertEqual(counted, 1)
        self.assertEqual(self.snapshots._verify(self.company, "2025-06-30"), [])

    def test_the_members_of_segments_reach_back(self):
        self._fill()
        stays = self.env["customer.segment.membership"].search(
            [("partner_id", "=", self.ada.id), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(min(stays.mapped("date_from")), date(2025, 4, 30))

    # === CHECKING === #

    def test_a_rebuild_finds_what_was_entered_later(self):
        self._fill()
        self.assertEqual(self.snapshots._verify(self.company, "2025-05-31"), [])
        late = self._add_order(self.bob, "2025-05-28", 5)
        self._set_create_date(late, "2025-07-05")
        [found] = self.snapshots._verify(self.company, "2025-05-31")
        self.assertEqual(found["partner_id"], self.bob.id)
        self.assertEqual(found["differences"]["purchase_days"], (1, 2))
        self.assertEqual(found["documents"].source_id, late.id)

    def test_a_cancelled_document_is_found_but_not_explained(self):
        self._fill()
        order = self.env["sale.order"].search([("partner_id", "=", self.bob.id)])
        order._action_cancel()
        [found] = self.snapshots._verify(self.company, "2025-05-31")
        self.assertEqual(found["differences"]["purchase_days"], (1, None))
        self.assertFalse(found["documents"])

    def test_settings_changed_since_do_not_matter(self):
        self._fill()
        self.company.write({"insight_at_risk_days": 3, "insight_churned_days": 4})
        self._refresh(as_of=None)
        self.assertEqual(self.snapshots._verify(self.company, "2025-05-31"), [])

    # === LIMITS AND RIGHTS === #

    def test_only_month_ends_are_kept(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.snapshots._take(self.company, date(2025, 5, 30))

    def test_salespeople_see_their_customers_and_write_nothing(self):
        ann = self._add_user("ann", INSIGHT_USER)
        self.ada.user_id = ann
        self._fill()
        mine = self.snapshots.with_user(ann).search([])
        self.assertEqual(mine.partner_id, self.ada)
        with self.assertRaises(AccessError):
            mine[0].write({"amount_total": 1})
        with self.assertRaises(AccessError):
            mine[0].unlink()

    def test_a_failing_month_leaves_the_others(self):
        self._refresh(as_of=None)
        with (
            patch.object(type(self.snapshots), "_keep_scoring", side_effect=ValueError),
            self.assertRaises(ValueError),
            self.env.cr.savepoint(),
        ):
            self.snapshots._take_next(self.company)
        self.assertEqual(len(self._fill()), 3)


@freeze_time("2025-07-02 03:00:00")
class TestSnapshotCheck(CustomerInsightCase):
    """Managers ask whether what was kept still comes out of the documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_prospect_scope = "none"
        cls.ada, cls.bob = cls._add_customer("Ada"), cls._add_customer("Bob")
        cls._add_history([(cls.ada, "2025-05-10", 100), (cls.bob, "2025-05-20", 30)])
        orders = cls.env["sale.order"].search([("company_id", "=", cls.company.id)])
        cls._set_create_date(orders, "2025-05-25")
        cls._refresh(as_of=None)
        while cls.env["customer.snapshot"]._take_next(cls.company):
            pass
        cls.boss = cls._add_user("boss", INSIGHT_MANAGER)

    def _check(self, month="2025-05-31"):
        checks = self.env["customer.snapshot.check"].with_user(self.boss)
        check = checks.create({"company_id": self.company.id, "month": month})
        check.action_check()
        return check

    def test_the_last_month_is_proposed(self):
        checks = self.env["customer.snapshot.check"].with_user(self.boss)
        self.assertEqual(checks.create({}).month, "2025-06-30")

    def test_what_still_comes_out_says_so(self):
        check = self._check()
        self.assertRecordValues(
            check,
            [{"is_checked": True, "stored_count": 2, "different_count": 0}],
        )

    def test_a_late_document_is_named_and_opens(self):
        with freeze_time("2025-07-02 05:00:00"):
            order = self._add_order(self.ada, "2025-05-12", 500)
            self._set_create_date(order, "2025-07-02 05:00:00")
            check = self._check()
        self.assertEqual((check.different_count, check.late_count), (1, 1))
        line = check.line_ids
        self.assertEqual(line.partner_id, self.ada)
        self.assertIn("Amount Bought: $\u00a0100.00 → $\u00a0600.00", line.differences)
        self.assertIn("Lifecycle Stage: First purchase → Repeat", line.differences)
        self.assertIn("Last Purchase: 05/10/2025 → 05/12/2025", line.differences)
        self.assertIn(order.name, line.explanation)
        opened = self.env["customer.purchase"].search(
            line.action_open_documents()["domain"]
        )
        self.assertEqual(opened.mapped("partner_id"), self.ada)
        self.assertEqual(opened.mapped("amount"), [500])

    def test_a_removed_document_is_no_secret_either(self):
        self.env["sale.order"].search([("partner_id", "=", self.bob.id)]).write(
            {"state": "cancel"}
        )
        check = self._check()
        self.assertEqual((check.different_count, check.late_count), (1, 0))
        self.assertFalse(check.line_ids.has_documents)
        self.assertIn("changed or removed", check.line_ids.explanation)

    def test_checking_changes_nothing(self):
        snapshots = self.env["customer.snapshot"].with_context(active_test=False)
        before = snapshots.search([]).read(["amount_total", "health_score"])
        self._add_order(self.ada, "2025-05-12", 500)
        self._check()
        self.assertEqual(
            snapshots.search([]).read(["amount_total", "health_score"]), before
        )

    def test_only_managers_check(self):
        ann = self._add_user("ann", INSIGHT_USER)
        with self.assertRaises(AccessError):
            self.env["customer.snapshot.check"].with_user(ann).create({})
        with self.assertRaises(AccessError):
            self._check().with_user(ann).action_check()
