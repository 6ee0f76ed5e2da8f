from datetime import date, datetime

from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import AS_OF

from .common import FeedbackCase


class TestChurnReason(FeedbackCase):
    """Two customers who bought last on 31 December and churned on 11 April."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(f"{AS_OF} 12:00:00"))
        cls.company.write({"insight_at_risk_days": 50, "insight_churned_days": 100})
        cls.customer, cls.silent = cls._add_customers(2)
        cls._add_history(
            (one, day, 100.0)
            for one in (cls.customer, cls.silent)
            for day in ("2024-12-30", "2024-12-31")
        )
        cls._refresh()
        cls.env["customer.stage.move"]._rebuild(cls.company, AS_OF)
        cls.price = cls.env.ref("customer_insight.churn_reason_price")
        cls.quality = cls.env.ref("customer_insight.churn_reason_quality")

    def _loss(self, customer=None):
        self.env.flush_all()
        losses = self.env["customer.churn.loss"]
        losses.invalidate_model()
        loss = losses.search([("partner_id", "=", (customer or self.customer).id)])
        self.assertEqual(loss.date, date(2025, 4, 11))
        return loss.source, loss.reason_id

    def _mention(self, theme="price", sentiment="negative", day="2025-03-01"):
        comment = self.env["feedback.comment"].create(
            {
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "date": f"{day} 12:00:00",
                "text": "Words",
            }
        )
        comment.mention_ids = self.env["feedback.mention"].create(
            {
                "comment_id": comment.id,
                "theme_id": self.env.ref(f"feedback_survey.theme_{theme}").id,
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "date": datetime.fromisoformat(f"{day} 12:00:00"),
                "sentiment": sentiment,
            }
        )

    def _complain(self, cause="product_defect", day="2025-03-01"):
        case = self.env["feedback.case"].create(
            {
                "name": "Broken",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "cause_id": self.env.ref(f"feedback_survey.cause_{cause}").id,
            }
        )
        self._set_create_date(case, f"{day} 12:00:00")

    def test_what_a_leaving_customer_spoke_ill_of_is_the_reason(self):
        self.assertEqual(self._loss()[0], "unknown")
        self._mention("price")
        self.assertEqual(self._loss(), ("feedback", self.price))
        self.assertEqual(self._loss(self.silent)[0], "unknown")

    def test_praise_and_words_of_long_ago_are_none(self):
        self._mention("price", "positive")
        self._mention("quality", day="2024-10-12")  # 181 days before
        self.assertEqual(self._loss()[0], "unknown")

    def test_the_cause_of_a_case_or_the_one_above_it(self):
        self._complain("product_defect")
        self.assertEqual(self._loss(), ("feedback", self.quality))
        cause = self.env.ref("feedback_survey.cause_product_defect")
        cause.churn_reason_id = self.price
        self.assertEqual(self._loss(), ("feedback", self.price))

    def test_the_latest_word_counts_and_a_statement_beats_it(self):
        self._mention("price", day="2025-02-01")
        self._complain("product_defect", day="2025-03-01")
        self.assertEqual(self._loss(), ("feedback", self.quality))
        self.env["customer.churn.statement"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "date": "2025-04-20",
                "reason_id": self.price.id,
            }
        )
        self.assertEqual(self._loss(), ("staff", self.price))

    def test_it_is_offered_where_a_loss_is_coded(self):
        self._mention("price")
        profile = self._profile(self.customer)
        offered = profile.action_code_churn()["context"]
        self.assertEqual(offered["default_reason_id"], self.price.id)
        self.assertEqual(offered["default_source"], "customer")
        nothing = self._profile(self.silent).action_code_churn()["context"]
        self.assertFalse(nothing["default_reason_id"])
        self.assertEqual(nothing["default_source"], "staff")
