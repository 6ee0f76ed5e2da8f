from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import AS_OF, INSIGHT_USER, CustomerInsightCase


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30 12:00:00")
class TestChurnReason(CustomerInsightCase):
    """Three customers who bought last on 31 December and churned after 100 days."""

    LOST = date(2025, 4, 11)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"insight_at_risk_days": 50, "insight_churned_days": 100})
        cls.losses = cls.env["customer.churn.loss"]
        cls.said, cls.warned, cls.silent = cls._add_customers(3)
        cls._add_history(
            (customer, day, amount)
            for customer, amount in (
                (cls.said, 300.0),
                (cls.warned, 50.0),
                (cls.silent, 20.0),
            )
            for day in ("2024-12-30", "2024-12-31")
        )
        cls._refresh()
        cls.env["customer.stage.move"]._rebuild(cls.company, AS_OF)
        cls.price = cls.env.ref("customer_insight.churn_reason_price")
        cls.service = cls.env.ref("customer_insight.churn_reason_service")

    def test_signs_are_told_by_name_and_of_missing_add_ons_by_code(self):
        self.price.signal_codes = "quotation, no_such"
        self.assertEqual(self.price.signal_names, "Lost Quotation, no_such")
        self.price.signal_codes = False
        self.assertEqual(self.price.signal_names, "")

    def _code(self, customer, reason, source="staff", user=None):
        wizard = self.env["customer.churn.code"]
        if user:
            wizard = wizard.with_user(user)
        wizard.create(
            {
                "partner_ids": customer.ids,
                "company_id": self.company.id,
                "reason_id": reason.id,
                "source": source,
            }
        ).action_apply()
        self.losses.invalidate_model()

    def _loss(self, customer):
        self.env.flush_all()
        self.losses.invalidate_model()
        return self.losses.search([("partner_id", "=", customer.id)])

    def _warn(self, customer, day, *codes):
        self.env["customer.warning"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "date": day,
                "state": "lost",
                "reasons": [
                    {"code": code, "points": 50 - number, "values": {}}
                    for number, code in enumerate(codes)
                ],
            }
        )

    def test_each_loss_has_its_day_and_revenue(self):
        loss = self._loss(self.said)
        self.assertEqual((loss.date, loss.amount), (self.LOST, 600.0))
        self.assertEqual((loss.source, loss.reason_id.id), ("unknown", False))
        self.assertFalse(loss.date_back)

    def test_the_customers_word_beats_staff_and_staff_the_signs(self):
        self._warn(self.said, "2025-03-01", "overdue")
        loss = self._loss(self.said)
        self.assertEqual(loss.source, "inferred")
        self._code(self.said, self.service)
        self.assertEqual((loss.source, loss.reason_id), ("staff", self.service))
        self._code(self.said, self.price, "customer")
        self._code(self.said, self.service)
        self.assertEqual((loss.source, loss.reason_id), ("customer", self.price))

    def test_the_weightiest_sign_that_points_to_a_reason_is_taken(self):
        money = self.env.ref("customer_insight.churn_reason_money")
        self._warn(self.warned, "2025-03-01", "late", "overdue", "quotation")
        self.assertEqual(self._loss(self.warned).reason_id, money)
        # being late points to no reason, and a warning of long ago to none of these
        self._warn(self.silent, self.LOST - timedelta(days=366), "overdue")
        self.assertEqual(self._loss(self.silent).source, "unknown")
        self._warn(self.silent, "2025-04-01", "late")
        self.assertEqual(self._loss(self.silent).source, "unknown")
        money.signal_codes = "late, overdue"
        self.assertEqual(self._loss(self.silent).reason_id, money)

    def test_a_statement_is_about_one_loss(self):
        statements = self.env["customer.churn.statement"]
        values = {
            "partner_id": self.said.id,
            "company_id": self.company.id,
            "reason_id": self.price.id,
        }
        statements.create({**values, "date": self.LOST - timedelta(days=181)})
        self.assertEqual(self._loss(self.said).source, "unknown")
        statements.create({**values, "date": self.LOST - timedelta(days=180)})
        self.assertEqual(self._loss(self.said).source, "staff")
        # after the customer came back it would be about another one
        self._add_order(self.silent, "2025-06-01")
        self._refresh()
        self.env["customer.stage.move"]._rebuild(self.company, AS_OF)
        self._code(self.silent, self.price)
        loss = self._loss(self.silent)
        self.assertEqual((loss.date_back, loss.source), (date(2025, 6, 1), "unknown"))

    def test_moves_computed_anew_keep_the_reasons(self):
        self._code(self.said, self.price)
        self.env["customer.stage.move"].search(
            [("company_id", "=", self.company.id)]
        ).unlink()
        self.env["customer.stage.move"]._rebuild(self.company, AS_OF)
        self.assertEqual(self._loss(self.said).reason_id, self.price)

    def test_the_segment_is_that_of_better_days(self):
        champions = self.env.ref("customer_insight.segment_champions")
        lost = self.env.ref("customer_insight.segment_lost")
        self.env["customer.snapshot"].create(
            [
                {
                    "partner_id": self.said.id,
                    "company_id": self.company.id,
                    "date": day,
                    "lifecycle_stage": stage,
                    "rfm_segment_id": segment.id,
                }
                for day, stage, segment in (
                    ("2025-01-31", "repeat", champions),
                    ("2025-02-28", "at_risk", lost),
                )
            ]
        )
        self.assertEqual(self._loss(self.said).segment_id, champions)

    def test_salespeople_code_and_see_their_own(self):
        seller = self._add_user("seller", INSIGHT_USER)
        self.said.user_id = seller
        self._code(self.said, self.price, user=seller)
        mine = self.losses.with_user(seller).search([])
        self.assertEqual(mine.partner_id, self.said)
        self.assertEqual(mine.reason_id, self.price)
        with self.assertRaises(AccessError):
            self._code(self.silent, self.price, user=seller)

    def test_the_report_has_a_sheet_with_reasons_and_lost_revenue(self):
        self._code(self.said, self.price, "customer")
        self._warn(self.warned, "2025-03-01", "overdue")
        wizard = self.env["customer.report.wizard"].create(
            {
                "company_id": self.company.id,
                "date_from": "2025-04-01",
                "date_to": "2025-04-30",
            }
        )
        rows = wizard._churn_rows()
        self.assertEqual(
            rows,
            [
                ("Price", "customer", 1, 1 / 3, 600.0, 600 / 740, 0),
                ("Cannot pay", "inferred", 1, 1 / 3, 100.0, 100 / 740, 0),
                ("Unknown", "unknown", 1, 1 / 3, 40.0, 40 / 740, 0),
            ],
        )
        names = [section.name for section in wizard._report_sections()]
        self.assertEqual(names.index("churn") + 1, names.index("customers"))
        wizard.lifecycle_stage = "loyal"
        self.assertEqual(wizard._churn_rows(), [])
        wizard.write({"lifecycle_stage": False, "date_to": "2025-04-10"})
        self.assertEqual(wizard._churn_rows(), [])
