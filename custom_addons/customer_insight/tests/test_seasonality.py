import json
from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.exceptions import UserError

from .common import INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

FIRST = date(2023, 1, 1)


class TestSeasonality(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user("season_manager", INSIGHT_MANAGER)
        categories = cls.env["product.category"].create(
            [{"name": "Season Garden"}, {"name": "Season Books"}]
        )
        cls.garden, cls.books = categories
        cls.pots = cls.env["product.category"].create(
            {"name": "Season Pots", "parent_id": cls.garden.id}
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
            for category in (cls.garden, cls.books, cls.pots)
        }
        cls.customer = cls._add_customer()

    def _sell(self, category, amounts, partner=None, lines=10):
        """One order a month, each of so many equal lines."""
        product = self.products[category]
        for at, amount in enumerate(amounts):
            order = self.env["sale.order"].create(
                {
                    "partner_id": (partner or self.customer).id,
                    "company_id": self.company.id,
                    "order_line": [
                        Command.create(
                            {"product_id": product.id, "price_unit": amount / lines}
                        )
                    ]
                    * lines,
                }
            )
            order.action_confirm()
            order.date_order = self._moment(FIRST + relativedelta(months=at))
        self._refresh(as_of=FIRST + relativedelta(years=5))

    def _data(self, months, user=None, **filters):
        """The data as of the last day of so many months."""
        until = FIRST + relativedelta(months=months, days=-1)
        model = self.env["customer.seasonality"].with_user(user or self.manager)
        model = model.with_context(allowed_company_ids=self.company.ids)
        return model.get_data({"date_to": str(until), **filters})

    def _category(self, data, category):
        [row] = [row for row in data["categories"] if row["id"] == category.id]
        return row

    def test_two_years_give_the_hand_worked_index(self):
        year = [320] + [80] * 11  # January 3.2 times the mean of 100
        self._sell(self.garden, year * 2)
        data = self._data(24)
        self.assertTrue(data["is_reliable"])
        self.assertFalse(data["message"])
        self.assertEqual(
            (data["date_from"], data["date_to"]), ("2023-01-01", "2024-12-31")
        )
        row = self._category(data, self.garden)
        self.assertEqual(row["name"], "Season Garden")
        january, february = row["months"][:2]
        self.assertAlmostEqual(january["index"], 3.2)
        self.assertAlmostEqual(february["index"], 0.8)
        self.assertEqual(
            (january["n"], january["lines"], january["amount"]), (1, 20, 640)
        )
        self.assertEqual([m["promote"] for m in row["months"]], [True] + [False] * 11)
        json.dumps(data, allow_nan=False)

    def test_below_two_years_nothing_is_to_promote(self):
        self._sell(self.garden, [320] + [80] * 11)
        data = self._data(12)
        self.assertFalse(data["is_reliable"])
        self.assertIn("Only 12 full months", data["message"])
        row = self._category(data, self.garden)
        self.assertFalse(row["is_reliable"])
        self.assertAlmostEqual(row["months"][0]["index"], 3.2)  # grey
        self.assertFalse(any(month["promote"] for month in row["months"]))

    def test_few_lines_are_not_told_from_chance(self):
        self._sell(self.garden, ([320] + [80] * 11) * 2, lines=9)
        row = self._category(self._data(24), self.garden)
        self.assertFalse(row["is_reliable"])
        self.assertIn("Only 216 lines", row["message"])
        self.assertFalse(any(month["promote"] for month in row["months"]))

    def test_months_that_are_not_over_do_not_count(self):
        self._sell(self.garden, [100, 100, 100])
        data = self._data(3, date_to="2023-03-30")
        self.assertEqual((data["months"], data["date_to"]), (2, "2023-02-28"))
        self.assertEqual(self._data(3)["months"], 3)

    def test_categories_below_count_for_the_top_and_open_one_level_down(self):
        self._sell(self.garden, [100, 100])
        self._sell(self.pots, [40, 40])
        self._sell(self.books, [50, 50])
        data = self._data(2)
        self.assertEqual(
            [(row["id"], row["amount"]) for row in data["categories"]],
            [(self.garden.id, 280), (self.books.id, 100)],
        )
        below = self._data(2, category_id=self.garden.id)
        self.assertEqual(
            {row["id"]: row["amount"] for row in below["categories"]},
            {False: 200, self.pots.id: 80},
        )
        with self.assertRaises(UserError):
            self._data(2, category_id=999999999)

    def test_returns_are_taken_off(self):
        self._sell(self.garden, [100, 100])
        order = self.env["sale.order"].search(
            [("partner_id", "=", self.customer.id)], limit=1
        )
        self._add_refund(self.customer, "2023-02-10", 30, order=order)
        refund = self.env["account.move"].search(
            [("partner_id", "=", self.customer.id), ("move_type", "=", "out_refund")]
        )
        refund.invoice_line_ids.product_id = self.products[self.garden]
        self.env.flush_all()
        self.assertEqual(self._category(self._data(2), self.garden)["amount"], 170)

    def test_salespeople_see_the_season_of_their_customers(self):
        seller = self._add_user("season_seller", INSIGHT_USER)
        mine = self._add_customer(user_id=seller.id)
        self._sell(self.garden, [100, 100])
        self._sell(self.garden, [7, 7], partner=mine)
        data = self._data(2, user=seller)
        self.assertEqual(self._category(data, self.garden)["amount"], 14)

    def test_without_purchases(self):
        data = self._data(24)
        self.assertEqual((data["months"], data["categories"]), (0, []))
        self.assertFalse(data["is_reliable"])
