from odoo.addons.customer_insight.tests.common import (
    AS_OF,
    INSIGHT_USER,
    CustomerInsightCase,
)
from odoo.tests import freeze_time


@freeze_time(f"{AS_OF} 12:00:00")
class TestCrmBusiness(CustomerInsightCase):
    """Open opportunities and their forecast on the page of a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._add_user(
            "crm_seller", f"{INSIGHT_USER},sales_team.group_sale_salesman"
        )
        cls.ann = cls._add_customer("Ann", user_id=cls.seller.id)
        cls._add_order(cls.ann, AS_OF)
        cls._refresh()
        cls.profile = cls._profile(cls.ann)

    def lead(self, revenue=1000, probability=50, deadline=None, **values):
        return self.env["crm.lead"].create(
            {
                "name": "Shelves",
                "type": "opportunity",
                "partner_id": self.ann.id,
                "company_id": self.company.id,
                "user_id": self.seller.id,
                "expected_revenue": revenue,
                "probability": probability,
                "date_deadline": deadline,
                **values,
            }
        )

    def rows(self, user=None):
        profile = self.profile.with_user(user or self.env.user)
        rows = profile.with_company(self.company).get_business()["rows"]
        return {
            row["code"]: (row["count"], row["amount"])
            for row in rows
            if row["code"].startswith(("opportunity", "forecast"))
        }

    def test_revenue_is_weighted_and_falls_into_its_month(self):
        self.lead(1000, 50, "2025-06-30")
        self.lead(500, 20, "2025-07-01")
        self.lead(300, 10, "2025-07-31")
        self.lead(800, 25, "2026-01-01")
        self.lead(600, 75, "2025-06-29")
        self.lead(200, 90)
        self.assertEqual(
            self.rows(),
            {
                "opportunity": (6, 3400),
                "forecast/2025-06-01": (1, 500),
                "forecast/2025-07-01": (2, 130),
                "forecast/later": (1, 200),
                "forecast/overdue": (1, 450),
                "forecast/open": (1, 180),
            },
        )

    def test_each_opportunity_is_in_one_period(self):
        for day in ("2024-01-31", "2025-06-29", "2025-06-30", "2025-07-15"):
            self.lead(deadline=day)
        for day in ("2025-11-30", "2025-12-01", "2026-03-01", None):
            self.lead(deadline=day)
        rows = self.rows()
        count, amount = rows.pop("opportunity")
        self.assertEqual(sum(row[0] for row in rows.values()), count)
        self.assertEqual(sum(row[1] for row in rows.values()), amount / 2)

    def test_closed_ones_leads_and_those_of_others_do_not_count(self):
        self.lead().action_set_won()
        self.lead().action_set_lost()
        self.lead(type="lead")
        self.lead(company_id=self._add_company("Other").id, user_id=False)
        self.lead(partner_id=self._add_customer("Bob").id)
        self.assertEqual(self.rows(), {})
        self.lead(partner_id=self._add_customer("Contact", parent_id=self.ann.id).id)
        self.assertEqual(self.rows()["opportunity"], (1, 1000))

    def test_rows_open_what_they_count_and_only_what_one_may_see(self):
        mine = self.lead(deadline="2025-07-01")
        colleague = self._add_user("colleague", "sales_team.group_sale_salesman")
        self.lead(deadline="2025-07-02", user_id=colleague.id)
        self.assertEqual(self.rows(self.seller)["forecast/2025-07-01"], (1, 500))
        profile = self.profile.with_user(self.seller).with_company(self.company)
        action = profile.action_open_business("forecast/2025-07-01")
        found = self.env["crm.lead"].with_user(self.seller).search(action["domain"])
        self.assertEqual(found, mine)
        self.assertEqual(action["name"], "Forecast Jul 2025")

    def test_without_rights_to_opportunities_the_page_has_no_such_row(self):
        self.lead()
        reader = self._add_user("reader", "customer_insight.group_manager")
        self.assertEqual(self.rows(reader), {})
