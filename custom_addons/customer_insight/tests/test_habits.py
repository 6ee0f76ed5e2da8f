from odoo import Command

from .common import AS_OF, CustomerInsightCase


class TestHabits(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tea, cls.cups = cls.env["product.category"].create(
            [{"name": "Habit Tea"}, {"name": "Habit Cups"}]
        )
        cls.products = {
            category: cls.env["product.product"].create(
                {
                    "name": category.name,
                    "type": "service",
                    "taxes_id": False,
                    "categ_id": category.id,
                }
            )
            for category in (cls.tea, cls.cups)
        }
        cls.customer = cls._add_customer()

    def _buy(self, day, *categories, partner=None, amount=10, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.customer).id,
                "company_id": self.company.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.products[c].id, "price_unit": amount}
                    )
                    for c in categories
                ],
                **values,
            }
        )
        order.action_confirm()
        order.date_order = self._moment(day)
        return order

    def _habits(self, partner=None):
        found = self._profile(partner or self.customer)._habits()
        return {habit["code"]: habit for habit in found}

    def assertUsual(self, category, count, share, partner=None):
        self.assertProfile(
            partner or self.customer,
            usual_category_id=category,
            usual_category_count=count,
            usual_category_share=share,
        )

    def test_the_usual_category_is_in_most_purchases(self):
        self._buy("2025-06-01", self.tea, self.tea)
        self._buy("2025-06-02", self.tea, self.cups)
        self._buy("2025-06-03", self.cups)
        self._buy("2025-06-04", self.cups, amount=100)
        self._refresh()
        self.assertUsual(self.cups, 3, 75.0)

    def test_of_equally_frequent_categories_the_larger_amount_counts(self):
        self._buy("2025-06-01", self.tea)
        self._buy("2025-06-02", self.cups, amount=11)
        self._refresh()
        self.assertUsual(self.cups, 1, 50.0)

    def test_what_was_returned_is_no_habit(self):
        order = self._buy("2025-06-01", self.tea)
        self._buy("2025-06-02", self.cups)
        refund = self._add_refund(
            self.customer, "2025-06-03", 10, order=order, post=False
        )
        refund.invoice_line_ids.product_id = self.products[self.tea]
        refund.invoice_line_ids.price_unit = 10
        refund.action_post()
        self._refresh()
        self.assertUsual(self.cups, 1, 50.0)

    def test_only_documents_of_the_day_and_company_count(self):
        other = self._add_company("Other")
        self._buy("2025-06-01", self.tea)
        self._buy("2025-06-02", self.cups, self.cups)
        self._buy("2025-06-03", self.cups)
        self._refresh(as_of="2025-06-01")
        self.assertUsual(self.tea, 1, 100.0)
        self._refresh()
        self.assertUsual(self.cups, 2, 66.7)
        self._refresh(company=other)
        self.assertFalse(self._profile(self.customer, other).usual_category_id)

    def test_a_single_customer_and_a_second_run_agree(self):
        order = self._buy("2025-06-01", self.tea)
        self._refresh()
        before = self._stored_rows()
        self._refresh()
        self._refresh(partners=self.customer)
        self.assertEqual(self._stored_rows(), before)
        order._action_cancel()
        self._refresh(partners=self.customer)
        self.assertUsual(self.env["product.category"], 0, 0.0)

    def test_habits_by_hand(self):
        team = self.env["crm.team"].create({"name": "Habit Team"})
        for day in ("2025-06-02", "2025-06-09", "2025-06-16", "2025-06-23"):
            self._buy(day, self.tea, team_id=team.id)  # Mondays
        self._buy("2025-06-24", self.tea, self.cups, amount=20, team_id=team.id)
        self._refresh()
        habits = self._habits()
        self.assertEqual(habits["category"]["value"], "Habit Tea")
        self.assertEqual(habits["category"]["detail"], "5 of 5 purchases")
        self.assertIn("16.00", habits["basket"]["value"])  # (4 * 10 + 40) / 5
        self.assertEqual(
            habits["basket"]["detail"], "average of 5 purchases, 1.2 products in each"
        )
        self.assertEqual(habits["products"]["value"], "Habit Tea (5), Habit Cups (1)")
        self.assertEqual(habits["interval"]["value"], "7 days")  # 7, 7, 7, 1
        self.assertEqual(
            habits["interval"]["detail"], "half of 4 intervals are 5.5 to 7 days"
        )
        self.assertEqual(habits["weekday"]["value"], "Monday")
        self.assertEqual(habits["weekday"]["detail"], "4 of 5 purchases")
        self.assertEqual(habits["channel"]["value"], "Habit Team")
        self.assertNotIn("source", habits)
        self.assertTrue(all(habit["is_reliable"] for habit in habits.values()))
        self.assertIn("Habit Team", self._profile(self.customer).habits_html)

    def test_few_purchases_are_grey(self):
        self._buy("2025-06-02", self.tea)
        self._refresh()
        habits = self._habits()
        self.assertFalse(any(habit["is_reliable"] for habit in habits.values()))
        self.assertNotIn("interval", habits)
        self.assertIn("too few to rely on", self._profile(self.customer).habits_html)

    def test_without_a_purchase_there_are_no_habits(self):
        self._refresh()
        self.assertEqual(self._habits(), {})
        self.assertIn("Nothing is known", self._profile(self.customer).habits_html)

    def test_names_are_shown_as_text(self):
        self.products[self.tea].name = "<script>alert(1)</script>"
        self._buy(AS_OF, self.tea)
        self._refresh()
        self.assertNotIn("<script>", self._profile(self.customer).habits_html)
