from datetime import datetime, timedelta

from odoo.addons.customer_insight.tests.common import AS_OF
from odoo.addons.customer_insight.tests.test_segment_rule import RuleCase
from odoo.tools import SQL


class TestWebsiteSegments(RuleCase):
    """Segments by pages viewed, and by what was viewed and not bought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].create(
            {"name": "Shop", "company_id": cls.company.id}
        )
        cls.ann, cls.bob = cls._add_customers(2)
        cls._refresh()

    def view(self, partner, url, *days, website=None):
        """Views of a page at noon, so many days before the day of the evaluation."""
        visitors = self.env["website.visitor"]
        token = str(partner.id)
        visitor = visitors.search([("access_token", "=", token)]) or visitors.create(
            {"access_token": token, "website_id": (website or self.website).id}
        )
        noon = datetime.combine(AS_OF, datetime.min.time()) + timedelta(hours=12)
        self.env["website.track"].create(
            [
                {
                    "visitor_id": visitor.id,
                    "url": url,
                    "visit_datetime": noon - timedelta(days=day),
                }
                for day in days
            ]
        )

    def members(self, **condition):
        values = {"measure": "web_views", "days": 14, "operator": ">=", "value": 3}
        return self._members(self._rule(conditions=[{**values, **condition}]))

    def test_pages_viewed_within_the_window_are_counted(self):
        self.view(self.ann, "/shop/desk", 0, 5, 13)
        self.view(self.bob, "/shop/desk", 0, 5, 14)  # the fifteenth day
        self.assertEqual(self.members(), self.ann)
        self.assertEqual(self.members(days=15), self.ann | self.bob)
        self.assertEqual(len(self.members(days=0, operator="=")), 2)

    def test_views_of_a_contact_are_the_customer_s_and_sites_are_apart(self):
        person = self._add_customer("Person", parent_id=self.ann.id)
        self.view(person, "/a", 1, 2, 3)
        other = self.env["website"].create(
            {"name": "Other", "company_id": self._add_company("Other").id}
        )
        self.view(self.bob, "/a", 1, 2, 3, website=other)
        self.assertEqual(self.members(), self.ann)

    def test_only_pages_with_the_address_count_and_signs_mean_themselves(self):
        self.view(self.ann, "/shop/100%_wool", 1, 2, 3)
        self.view(self.bob, "/shop/1000-wool", 1, 2, 3)
        self.assertEqual(self.members(page_url="/shop/1"), self.ann | self.bob)
        self.assertEqual(self.members(page_url="100%_wool"), self.ann)
        self.assertFalse(self.members(page_url="/blog"))

    def test_a_day_is_the_company_s_day(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self.view(self.ann, "/a", 0.75, 0.75, 0.75)  # 18:00 UTC: 2:00 of today
        self.assertEqual(self.members(days=1), self.ann)
        self.company.partner_id.tz = "UTC"
        self.assertFalse(self.members(days=1))

    def test_viewed_three_times_and_not_bought(self):
        """The rule of a page and of a product, one condition each."""
        for customer in (self.ann, self.bob):
            self.view(customer, "/shop/service", 1, 2, 3)
        self._add_order(self.bob, AS_OF, 90)
        self._refresh()
        segment = self._rule(
            conditions=[
                {"measure": "web_views", "page_url": "/shop", "value": 3, "days": 14},
                {
                    "measure": "quantity",
                    "product_ids": self.product.ids,
                    "operator": "<=",
                    "value": 0,
                    "days": 14,
                },
            ]
        )
        self.assertEqual(self._members(segment), self.ann)
        stay = self.stays.search([("segment_id", "=", segment.id)])
        self.assertIn("3 pages viewed in 14 days (/shop) (≥ 3)", stay.reason)

    def test_views_of_products_not_bought(self):
        """With eCommerce, which notes the product; here it is read off the address."""
        conditions = type(self.env["customer.segment.condition"])
        self.patch(conditions, "_web_knows_products", lambda self: True)
        self.patch(
            type(self.env["customer.interaction"]),
            "_web_product_sql",
            lambda self: SQL("substring(track.url from '/shop/([0-9]+)')::int"),
        )
        other = self.env["product.product"].create({"name": "Other"})
        for customer in (self.ann, self.bob):
            self.view(customer, f"/shop/{self.product.id}", 1, 2, 3)
            self.view(customer, f"/shop/{other.id}", 4)
            self.view(customer, "/about", 4, 4, 4, 4)
        order = self._add_order(self.bob, AS_OF, 90)
        self._refresh()
        for measure, value, expected in (
            ("web_product_views", 4, self.ann | self.bob),
            ("web_product_views", 5, self.ann.browse()),
            ("web_views_not_bought", 4, self.ann),
            ("web_views_not_bought", 1, self.ann | self.bob),
        ):
            with self.subTest(measure=measure, value=value):
                self.assertEqual(self.members(measure=measure, value=value), expected)
        of_other = {"product_ids": other.ids, "value": 1}
        self.assertEqual(
            self.members(measure="web_views_not_bought", **of_other),
            self.ann | self.bob,
        )
        # what was sent back was not bought
        refund = self._add_refund(self.bob, AS_OF, 90, order=order, post=False)
        refund.invoice_line_ids.product_id = self.product
        refund.action_post()
        found = self.members(measure="web_views_not_bought", value=4)
        self.assertEqual(found, self.ann | self.bob)

    def test_visits_are_counted_like_other_touches(self):
        self.view(self.ann, "/a", 1, 2)
        self.view(self.bob, "/a", 1)
        found = self.members(
            measure="interactions", interaction_kind="web_visit", value=2
        )
        self.assertEqual(found, self.ann)
