"""A page of profiles: what it shows of the contacts is read with it."""

from odoo.tests import tagged

from .common import INSIGHT_USER, CustomerInsightCase

_SHOWN = (
    "email phone city country_id user_id gender occupation segment_color currency_id"
).split()


@tagged("post_install", "-at_install")
class TestProfilePage(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._add_user("page", INSIGHT_USER)
        cls.ann, cls.bob = cls._add_customers(2)
        cls.ann.write(
            {
                "email": "ann@example.com",
                "city": "Bern",
                "country_id": cls.env.ref("base.ch").id,
                "user_id": cls.user.id,
                "gender": "female",
                "occupation": "Baker",
            }
        )
        cls._refresh()
        cls.profiles = cls.env["customer.profile"].with_company(cls.company)

    def _page(self, profiles=None):
        profiles = self.profiles if profiles is None else profiles
        profiles.env.flush_all()
        profiles.env.invalidate_all()
        customers = (self.ann | self.bob).ids
        domain = [("partner_id", "in", customers)]
        return profiles.search_fetch(domain, ["partner_id", *_SHOWN])

    def test_fields_of_the_contacts_come_with_the_page(self):
        page = self._page()
        self.assertEqual(len(page), 2)
        with self.assertQueryCount(0):
            read = [{name: profile[name] for name in _SHOWN} for profile in page]
        self.env.invalidate_all()
        one_by_one = [
            {name: profile.browse(profile.id)[name] for name in _SHOWN}
            for profile in page
        ]
        self.assertEqual(read, one_by_one)
        shown = dict(zip(page.partner_id, read, strict=True))
        self.assertEqual(shown[self.ann]["city"], "Bern")
        self.assertEqual(shown[self.ann]["country_id"].code, "CH")
        self.assertIs(shown[self.bob]["email"], False)
        self.assertFalse(shown[self.bob]["user_id"])
        self.assertEqual(shown[self.bob]["currency_id"], self.company.currency_id)

    def test_a_change_of_a_contact_shows_before_it_is_written(self):
        page = self._page()
        self.ann.city = "Basel"
        found = page.filtered(lambda profile: profile.partner_id == self.ann)
        self.assertEqual(found.city, "Basel")
        self.bob.city = "Chur"  # still in memory
        again = self.profiles.search_fetch(
            [("partner_id", "=", self.bob.id)], ["city", "email"]
        )
        self.assertEqual(again.city, "Chur")

    def test_a_salesperson_s_page_holds_own_customers(self):
        page = self._page(self.profiles.with_user(self.user))
        self.assertEqual(page.partner_id, self.ann)
        self.assertEqual(page.email, "ann@example.com")

    def test_nobody_found_and_nothing_asked_for(self):
        nobody = self.profiles.search_fetch([("partner_id", "=", 0)], ["email"])
        self.assertFalse(nobody)
        self.assertTrue(self.profiles.search_fetch([], limit=1))
