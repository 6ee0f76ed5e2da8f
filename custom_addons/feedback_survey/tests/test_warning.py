from datetime import datetime, timedelta

from odoo.addons.customer_insight.tests.common import AS_OF

from .common import FeedbackCase


class TestWarning(FeedbackCase):
    """Complaints and bad recommendations are signs that a customer may be leaving."""

    def setUp(self):
        super().setUp()
        self.customer, self.other = self._add_customers(2)
        day = AS_OF - timedelta(days=1)  # who buys on the day is no longer warned of
        self._add_history(
            [(partner, day, 50.0) for partner in (self.customer, self.other)]
        )
        self._refresh()

    def _warned(self):
        warnings = self.env["customer.warning"]
        warnings._refresh(AS_OF, self.company)
        return warnings.search([("company_id", "=", self.company.id)])

    def _date_cases(self):
        cases = self.env["feedback.case"].search([("company_id", "=", self.company.id)])
        self._set_create_date(cases, AS_OF - timedelta(days=9))

    def test_an_open_complaint_and_a_detractor_make_a_warning(self):
        self.env["feedback.case"].create(
            {
                "name": "Broken",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
            }
        )
        self._date_cases()
        self.assertFalse(self._warned())  # 25 points alone are not enough
        # A bad answer opens a case of its own.
        self._answer(self.customer, date=datetime(2025, 6, 20, 12), nps=3)
        self._date_cases()
        warning = self._warned()
        self.assertEqual(warning.partner_id, self.customer)
        self.assertEqual(warning.points, 25 + 25 + 25)
        self.assertIn("Open cases: 2; complaints within 90 days: 2", warning.reason)
        self.assertIn("Recommended us with 3 of 10, 10 days ago", warning.reason)
        self.assertIn("would come without: Complaints.", warning.way_out)

    def test_the_last_recommendation_counts(self):
        signals = self.env["customer.profile"]._churn_signals(self.company, AS_OF)
        self._answer(self.customer, date=datetime(2025, 6, 10, 12), nps=2)
        self._answer(self.customer, date=datetime(2025, 6, 20, 12), nps=9)
        self._answer(self.other, date=datetime(2025, 6, 20, 12), nps=6)
        self.env.flush_all()
        rows = self.env.execute_query(signals["detractor"]["query"])
        self.assertEqual([row[0] for row in rows], [self.other.id])

    def test_what_is_long_ago_is_no_sign(self):
        self._answer(self.customer, date=datetime(2025, 3, 1, 12), nps=0)
        self.env.flush_all()
        signals = self.env["customer.profile"]._churn_signals(self.company, AS_OF)
        self.assertFalse(self.env.execute_query(signals["detractor"]["query"]))
