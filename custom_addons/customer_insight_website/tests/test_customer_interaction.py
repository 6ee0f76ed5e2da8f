from datetime import datetime, timedelta

from odoo.addons.customer_insight.tests.test_interaction import InteractionCase


class TestWebsiteInteraction(InteractionCase):
    """Visits to the website on the timeline."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].create(
            {"name": "Shop", "company_id": cls.company.id}
        )
        cls.visitor = cls._add_visitor(cls.contact)

    @classmethod
    def _add_visitor(cls, partner=None):
        token = str(partner.id) if partner else "0123456789abcdef0123456789abcdef"
        visitor = cls.env["website.visitor"].create(
            {"access_token": token, "website_id": cls.website.id}
        )
        return visitor

    def _add_views(self, *moments, visitor=None):
        return self.env["website.track"].create(
            [
                {
                    "visitor_id": (visitor or self.visitor).id,
                    "url": f"/page/{number}",
                    "visit_datetime": moment,
                }
                for number, moment in enumerate(moments)
            ]
        )

    def test_a_thousand_views_are_one_visit(self):
        start = datetime(2025, 6, 1, 9)
        moments = [start + timedelta(seconds=5 * n) for n in range(1000)]
        self._add_views(*moments)
        row = self._rows()
        self.assertEqual((row.kind, row.channel), ("web_visit", "website"))
        self.assertEqual((row.date, row.summary), (start, "Pages: 1000"))
        self.assertAlmostEqual(row.duration, 999 * 5 / 3600)
        self.assertEqual(row.contact_id, self.contact)
        self.assertEqual(row.company_id, self.company)

    def test_eight_hours_without_a_view_part_two_visits(self):
        self._add_views(
            "2025-06-01 09:00:00",
            "2025-06-01 17:00:00",  # eight hours: the same visit
            "2025-06-02 01:00:01",
        )
        self.assertEqual(self._rows().mapped("summary"), ["Pages: 1", "Pages: 2"])

    def test_an_unknown_visitor_has_no_timeline(self):
        unknown = self._add_visitor()
        self.assertFalse(unknown.partner_id)
        self._add_views("2025-06-01 09:00:00", visitor=unknown)
        touches = self.env["customer.interaction"].search([("kind", "=", "web_visit")])
        self.assertFalse(touches)

    def test_a_visit_counts_as_contact(self):
        self._add_order(self.customer, "2025-05-01")
        self._add_views("2025-06-01 09:00:00", "2025-06-01 09:01:00")
        self._refresh()
        self.assertProfile(
            self.customer, interaction_count=2, last_interaction_date="2025-06-01"
        )

    def test_pages_of_the_timeline_page_through_visits(self):
        self._add_views(*(f"2025-06-{day:02} 09:00:00" for day in range(1, 11)))
        page = self._page(limit=4)
        rest = self._page(limit=40, before=page["next"])
        self.assertEqual(len(page["rows"]) + len(rest["rows"]), 10)
        self.assertEqual(self._kinds(search="page/3"), ["web_visit"])

    def test_a_salesperson_sees_the_visit_but_not_the_pages(self):
        self.customer.user_id = self.staff
        self._add_views("2025-06-01 09:00:00")
        row = self._page(user=self.staff)["rows"][0]
        self.assertEqual((row["title"], row["body"]), ("Pages: 1", ""))
        self.assertFalse(row["can_open"])
