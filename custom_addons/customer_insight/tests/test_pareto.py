import json

from odoo.exceptions import AccessError

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


class TestPareto(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user("pareto_manager", INSIGHT_MANAGER)
        cls.seller = cls._add_user("pareto_seller", INSIGHT_USER)

    def _buy(self, *amounts, day=AS_OF, **values):
        customers = self._add_customers(len(amounts), **values)
        self._add_history(
            [(c, day, amount) for c, amount in zip(customers, amounts, strict=True)]
        )
        self._refresh()
        return customers

    def _rows(self, user=None, **context):
        rows = self.env["customer.pareto"].with_user(user or self.manager)
        return rows.with_context(**context).search([])

    def _data(self, user=None, **filters):
        rows = self.env["customer.pareto"].with_user(user or self.manager)
        return rows.with_context(allowed_company_ids=self.company.ids).get_data(filters)

    def test_shares_by_hand(self):
        small, large, middle = self._buy(10, 60, 30)
        rows = self._rows()
        self.assertEqual(rows.partner_id.ids, [large.id, middle.id, small.id])
        self.assertEqual(rows.mapped("rank"), [1, 2, 3])
        self.assertEqual(rows.mapped("share"), [60, 30, 10])
        self.assertEqual(rows.mapped("cumulative_share"), [60, 90, 100])
        self.assertEqual(rows.mapped("share_before"), [0, 60, 90])

    def test_who_makes_a_share_includes_the_one_who_reaches_it(self):
        self._buy(10, 60, 30)
        for share, needed in ((59, 1), (60, 1), (61, 2), (90, 2), (91, 3), (100, 3)):
            self.assertEqual(self._data(share=share)["needed"], needed, share)

    def test_data_of_the_curve(self):
        __, best, __ = self._buy(10, 60, 30)
        data = self._data(limit=1)
        self.assertEqual(
            (data["n"], data["total"], data["needed"], data["needed_share"]),
            (3, 100, 2, 200 / 3),
        )
        self.assertEqual(
            [[round(x, 2), round(y, 2)] for x, y in data["points"]],
            [[0, 0], [33.33, 60], [66.67, 90], [100, 100]],
        )
        [first] = data["customers"]
        self.assertEqual(first["partner_id"], best.id)
        self.assertEqual(first["id"], self._profile(best).id)
        json.dumps(data, allow_nan=False)

    def test_equal_customers_lie_on_the_diagonal(self):
        self._buy(*[5] * 4)
        self.assertEqual(
            self._data()["points"], [[0, 0], [25, 25], [50, 50], [75, 75], [100, 100]]
        )

    def test_a_long_curve_is_thinned_and_ends_at_100(self):
        self._buy(*range(1, 902))
        points = self._data()["points"]
        self.assertLess(len(points), 240)
        self.assertEqual(points[-1], [100.0, 100.0])
        self.assertEqual(points, sorted(points))

    def test_nobody_and_net_refunds(self):
        self._refresh()
        data = self._data()
        self.assertEqual((data["n"], data["needed"], data["points"]), (0, 0, []))
        good, bad = self._buy(50, 20)
        self._add_refund(bad, AS_OF, 100)
        self._refresh()
        data = self._data()
        self.assertEqual((data["n"], data["total"]), (1, 50))
        self.assertEqual(data["customers"][0]["partner_id"], good.id)

    def test_a_period_counts_its_purchases_only(self):
        [old] = self._buy(1000, day="2024-01-15")
        [recent] = self._buy(10)
        data = self._data(date_from="2025-01-01")
        self.assertEqual([c["partner_id"] for c in data["customers"]], [recent.id])
        data = self._data(date_to="2024-01-15")
        self.assertEqual([c["partner_id"] for c in data["customers"]], [old.id])
        self.assertEqual(self._data()["total"], 1010)
        rows = self._rows(pareto_date_from="2024-01-15", pareto_date_to=str(AS_OF))
        self.assertEqual(rows.mapped("amount"), [1000, 10])  # the same two ways

    def test_companies_have_their_own_shares(self):
        other = self._add_company("Other")
        [customer] = self._buy(10)
        self._add_history([(customer, AS_OF, 90)], company=other)
        self._refresh(company=other)
        self.assertEqual(self._data()["total"], 10)
        self.assertEqual(self._rows().mapped("cumulative_share"), [100])

    def test_salespeople_see_shares_among_their_customers(self):
        self._buy(900)
        mine = self._buy(30, 10, user_id=self.seller.id)
        rows = self._rows(self.seller)
        self.assertEqual(rows.partner_id, mine)
        self.assertEqual(rows.mapped("share"), [75, 25])
        for filters in ({}, {"date_from": "2025-01-01"}):
            data = self._data(self.seller, **filters)
            self.assertEqual((data["n"], data["total"]), (2, 40))

    def test_outsiders_get_nothing(self):
        employee = self._add_user("pareto_employee", "base.group_user")
        for model in ("customer.pareto", "customer.seasonality"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(employee).get_data({})

    def test_a_row_opens_its_customer(self):
        self._buy(10)
        action = self._rows().action_open_profile()
        self.assertEqual(action["res_model"], "customer.profile")
        self.assertEqual(action["res_id"], self._rows().profile_id.id)
