from datetime import timedelta

from .test_health import HealthCase, day


class TestHealthComponents(HealthCase):
    """Hand-worked scores of each component."""

    def test_rhythm_falls_from_the_usual_interval_to_three_times_as_long(self):
        # three purchase days, 10 days apart: the customer's own interval is 10
        expected = {5: 100, 10: 100, 15: 75, 20: 50, 25: 25, 30: 0, 300: 0}
        customers = {
            silence: self._bought(silence, silence + 10, silence + 20)
            for silence in expected
        }
        self._refresh()
        actual = {s: self._entry(c, "rhythm") for s, c in customers.items()}
        self.assertEqual(actual, expected)
        self.assertEqual(
            self._receipt(customers[15], "rhythm")["sentence"],
            "Silent for 15 days; usually buys every 10 days",
        )

    def test_rhythm_of_new_customers_is_compared_with_the_median_of_all(self):
        for interval in (10, 20, 60):
            self._bought(1, 1 + interval, 1 + 2 * interval)
        once, twice, never = (
            self._bought(30),
            self._bought(30, 35),
            self._add_customer(),
        )
        self._refresh()
        self.assertEqual(self._scoring().usual_interval_days, 20)
        self.assertEqual(self._entry(once, "rhythm"), 75)  # 30 of 20: 50 * 1.5
        self.assertEqual(self._entry(twice, "rhythm"), 75)
        self.assertIsNone(self._entry(never, "rhythm"))
        self.assertIn(
            "customers usually buy every 20", self._receipt(once, "rhythm")["sentence"]
        )
        # a single customer is compared with the stored median, not with itself
        before = self._profile(once).health_components
        self.assertEqual(self._refresh(partners=once), 0)
        self.assertEqual(self._profile(once).health_components, before)

    def test_without_any_rhythm_nothing_is_known_of_it(self):
        once = self._bought(30)
        self._refresh()
        self.assertIsNone(self._entry(once, "rhythm"))

    def test_frequency_compares_two_periods(self):
        # 300 days back: a customer for two periods of 90 days
        rows = {
            "equal": ((10, 20, 100, 110, 300), 75),  # 75 * 3/3
            "fewer": ((10, 100, 110, 120, 300), 37.5),  # 75 * 2/4
            "none": ((100, 110, 300), 25),  # 75 * 1/3
            "more": ((10, 20, 30, 100, 300), 100),  # 75 * 4/2, at most 100
            "edges": ((0, 89, 90, 179, 300), 75),  # both ends belong to their period
        }
        customers = {name: self._bought(*days) for name, (days, __) in rows.items()}
        newcomer, silent = self._bought(10, 100, 179), self._bought(300, 400)
        self._refresh()
        self.assertEqual(
            {name: self._entry(c, "frequency") for name, c in customers.items()},
            {name: score for name, (__, score) in rows.items()},
        )
        self.assertIsNone(self._entry(newcomer, "frequency"))
        self.assertIsNone(self._entry(silent, "frequency"))
        self.assertEqual(
            self._receipt(customers["fewer"], "frequency")["sentence"],
            "1 purchase days in the last 90 days, 3 in as many before",
        )

    def test_amount_compares_two_periods_against_the_usual_purchase(self):
        partner = self._add_customer()
        self._add_history(
            [
                (partner, day(300), 200),
                (partner, day(100), 300),
                (partner, day(10), 100),
            ]
        )
        self._refresh()
        # mean 600 / 3 = 200: 75 * (100 + 200) / (300 + 200)
        self.assertEqual(self._entry(partner, "amount"), 45)
        self.assertIn(
            "100.00 in the last 90 days", self._receipt(partner, "amount")["sentence"]
        )

    def test_the_period_is_a_setting(self):
        partner = self._bought(10, 20, 40, 100)  # 30 days: 2 against 1
        self.company.insight_health_period_days = 30
        self._refresh()
        self.assertEqual(self._entry(partner, "frequency"), 100)
        self.assertEqual(
            self._receipt(partner, "frequency")["sentence"][-45:],
            "days in the last 30 days, 1 in as many before",
        )

    def test_contact_is_fresh_for_30_days_and_forgotten_after_a_year(self):
        expected = {0: 100, 30: 100, 97: 80, 365: 0, 400: 0}
        customers = {back: self._add_customer() for back in expected}
        for back, customer in customers.items():
            self._log_call(customer, day(back))
            self._log_call(customer, day(back + 1))
        later, never = self._bought(10), self._bought(10)
        self._log_call(later, day(-1))
        self._refresh()
        actual = {back: self._entry(c, "contact") for back, c in customers.items()}
        self.assertEqual(actual, expected)
        self.assertIsNone(self._entry(later, "contact"))
        self.assertIsNone(self._entry(never, "contact"))  # purchases do not count
        self.assertEqual(
            self._receipt(customers[97], "contact")["sentence"],
            "Last contact 97 days ago, 2 contacts in all",
        )

    def test_payment_counts_open_amounts_by_days_overdue(self):
        partner, good, none = self._add_customers(3)
        self._invoice_due(partner, 300, overdue=45)
        self._invoice_due(partner, 100, overdue=200)
        self._invoice_due(partner, 600, overdue=-5)  # not due yet
        self._invoice_due(good, 100, overdue=1, paid=day(1))
        self._refresh()
        # 100 * (1 - (300 * 45/90 + 100 * 1) / 400)
        self.assertEqual(self._entry(partner, "payment"), 37.5)
        self.assertEqual(self._entry(good, "payment"), 100)
        self.assertIsNone(self._entry(none, "payment"))
        sentence = self._receipt(partner, "payment")["sentence"]
        self.assertIn("2 of 2 due invoices overdue", sentence)
        self.assertIn("400.00, the longest for 200 days", sentence)

    def test_payment_is_that_of_the_day(self):
        partner = self._add_customer()
        self._invoice_due(partner, 100, overdue=400, paid=day(30))
        self._refresh(as_of=day(31))
        self.assertEqual(self._entry(partner, "payment"), 0)
        self._refresh(as_of=day(30))  # paid, and due more than a year ago
        self.assertIsNone(self._entry(partner, "payment"))

    def test_returns_are_a_share_of_what_was_bought_within_the_year(self):
        partner, half, never = (self._bought(10, 20) for __ in range(3))
        self._add_refund(partner, day(5), 50)
        self._add_refund(half, day(5), 100)
        self._add_refund(never, day(365), 50)  # more than a year ago
        self._refresh()
        self.assertEqual(self._entry(partner, "returns"), 50)  # 1 - 2 * 50/200
        self.assertEqual(self._entry(half, "returns"), 0)
        self.assertEqual(self._entry(never, "returns"), 100)
        self.assertIn("(25 %)", self._receipt(partner, "returns")["sentence"])

    def test_a_refund_larger_than_all_sales_is_bounded(self):
        partner = self._bought(10, 20, 30)
        self._add_refund(partner, day(5), 1000)
        self._refresh()
        profile = self._profile(partner)
        self.assertEqual(self._entry(partner, "returns"), 0)
        self.assertIsNone(self._entry(partner, "amount"))
        self.assertTrue(0 <= profile.health_score <= 100)

    def _invoice_due(self, partner, amount, overdue, paid=None):
        due = day(overdue)
        move = self._add_invoice(
            partner, due - timedelta(days=10), amount, invoice_date_due=due
        )
        if paid:
            refund = self._add_refund(partner, paid, amount)
            lines = (move | refund).line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            lines.reconcile()
        return move
