from .common import AS_OF, CustomerInsightCase


class TestValueClass(CustomerInsightCase):
    """High, normal and low value, by share of the customers or by amount."""

    def _classes(self, *amounts):
        """Let one customer buy for each amount; return their classes."""
        customers = self._add_customers(len(amounts))
        self._add_history(
            (customer, AS_OF, amount)
            for customer, amount in zip(customers, amounts, strict=True)
        )
        self._refresh()
        return [self._profile(customer).value_class for customer in customers]

    def _set_rule(self, rule, high, low):
        self.company.write(
            {
                "insight_value_rule": rule,
                "insight_value_high": high,
                "insight_value_low": low,
            }
        )

    def test_the_best_fifth_is_high_and_the_last_two_fifths_are_low(self):
        self.assertEqual(
            self._classes(*range(10, 120, 10)),
            ["low"] * 4 + ["normal"] * 4 + ["high"] * 3,
        )

    def test_shares_are_settings(self):
        self._set_rule("percent", 50, 10)
        self.assertEqual(
            self._classes(*range(10, 120, 10)),
            ["low"] + ["normal"] * 4 + ["high"] * 6,
        )

    def test_equal_amounts_are_in_the_same_class(self):
        self.assertEqual(
            self._classes(5, 5, 5, 5, 5, 5, 70, 70, 70, 70, 90),
            ["low"] * 6 + ["normal"] * 4 + ["high"],
        )

    def test_when_all_bought_for_the_same_nobody_is_of_high_value(self):
        self.assertEqual(self._classes(50, 50, 50), ["low"] * 3)

    def test_one_customer_alone_is_not_of_high_value(self):
        self.assertEqual(self._classes(50), ["low"])

    def test_no_share_of_low_customers_means_none(self):
        self._set_rule("percent", 20, 0)
        self.assertEqual(
            self._classes(10, 20, 30, 40, 50, 60), ["normal"] * 4 + ["high"] * 2
        )

    def test_amounts_on_the_border_are_in_the_better_class(self):
        self._set_rule("amount", 1000, 100)
        self.assertEqual(
            self._classes(99.99, 100, 999.99, 1000, 1e12),
            ["low", "normal", "normal", "high", "high"],
        )

    def test_one_amount_may_divide_high_from_low(self):
        self._set_rule("amount", 100, 100)
        self.assertEqual(self._classes(99.99, 100), ["low", "high"])

    def test_returns_above_sales_are_of_low_value(self):
        loser, other = self._add_customers(2)
        self._add_history([(loser, "2025-06-01", 10), (other, AS_OF, 1)])
        self._add_refund(loser, AS_OF, 50)
        for rule, high, low in (("percent", 20, 40), ("amount", 1, 0)):
            self._set_rule(rule, high, low)
            self._refresh()
            self.assertProfile(loser, monetary=-40.0, value_class="low")
            self.assertProfile(other, value_class="high")

    def test_the_class_looks_at_the_rfm_window(self):
        self._set_rule("amount", 100, 50)
        self.company.insight_rfm_window_months = 12
        customer = self._add_customer()
        self._add_history([(customer, "2024-01-01", 900), (customer, AS_OF, 60)])
        self._refresh()
        self.assertProfile(customer, value_class="normal")

    def test_a_prospect_has_no_class(self):
        prospect = self._add_customer()
        self._refresh()
        self.assertProfile(prospect, value_class=False)
