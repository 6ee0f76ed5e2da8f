from datetime import date

from freezegun import freeze_time
from odoo.exceptions import ValidationError

from .common import AS_OF
from .test_segment_membership import SegmentCase
from .test_segment_rule import RuleCase


class TestPartnerPerson(RuleCase):
    """Age on a day, and rules by who the customer is."""

    def _age(self, born, day):
        partner = self.env["res.partner"].new({"birthdate": born})
        return partner.with_context(insight_as_of=day).age

    def test_age_in_whole_years(self):
        for born, day, age in (
            ("2000-06-30", "2025-06-29", 24),
            ("2000-06-30", "2025-06-30", 25),
            ("2000-02-29", "2025-02-28", 24),
            ("2000-02-29", "2025-03-01", 25),
            ("2000-02-29", "2024-02-29", 24),
            ("2025-06-30", "2025-06-30", 0),
        ):
            with self.subTest(born=born, day=day):
                self.assertEqual(self._age(born, day), age)

    def test_the_search_agrees_with_the_age(self):
        days = ("2000-02-28", "2000-02-29", "2000-03-01", "1999-12-31", "2008-01-01")
        people = self.env["res.partner"].create(
            [{"name": born, "birthdate": born} for born in days]
        )
        nobody = people.create({"name": "Unknown"})
        for day in ("2024-02-29", "2025-02-28", "2025-03-01"):
            dated = (people | nobody).with_context(insight_as_of=day)
            for age in (16, 17, 24, 25, 26):
                for operator, holds in (
                    (">=", lambda a, b: a >= b),
                    (">", lambda a, b: a > b),
                    ("<=", lambda a, b: a <= b),
                    ("<", lambda a, b: a < b),
                    ("=", lambda a, b: a == b),
                ):
                    found = dated.search(
                        [("id", "in", dated.ids), ("age", operator, age)]
                    )
                    self.assertEqual(
                        set(found.mapped("name")),
                        {
                            p.name
                            for p in people.with_context(insight_as_of=day)
                            if holds(p.age, age)
                        },
                        f"{operator} {age} on {day}",
                    )
            for band in ("0", "18", "25", "65"):
                found = dated.search([("id", "in", dated.ids), ("age_band", "=", band)])
                self.assertEqual(
                    found, dated.filtered(lambda p, band=band: p.age_band == band)
                )
        self.assertEqual(
            nobody.search([("id", "in", nobody.ids), ("age", "=", False)]), nobody
        )

    def test_a_birth_in_the_future_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self._add_customer(birthdate="2999-01-01")

    def test_segments_by_age_gender_occupation_and_region(self):
        state = self.env.ref("base.state_us_5")
        ann = self._add_customer(
            "Ann",
            birthdate="2000-06-30",
            gender="female",
            occupation="Baker",
            country_id=state.country_id.id,
            state_id=state.id,
        )
        bob = self._add_customer("Bob", birthdate="2000-07-01", gender="male")
        self._refresh()
        among = ("partner_id", "in", (ann | bob).ids)
        for leaf in (
            ("age", ">=", 25),
            ("age_band", "=", "25"),
            ("gender", "=", "female"),
            ("occupation", "ilike", "bake"),
            ("state_id", "=", state.id),
            ("partner_id.country_id.code", "=", "US"),
        ):
            with self.subTest(leaf[0]):
                self.assertEqual(self._members(self._rule([among, leaf])), ann)
        older = self._rule([among, ("age", ">=", 25)])
        self.assertEqual(self._members(older, date(2025, 7, 1)), ann | bob)


class TestObjection(SegmentCase):
    """Who objects to profiling is left out everywhere."""

    def test_an_objection_removes_profile_and_memberships_at_once(self):
        ann, bob = self._add_customers(2)
        for customer in (ann, bob):
            self._add_order(customer, AS_OF)
        self._refresh()
        self.segments._refresh(AS_OF, self.company)
        with freeze_time("2025-07-01 12:00"):
            ann.insight_objection = True
        self.assertEqual(ann.insight_objection_date, date(2025, 7, 1))
        self.assertNoProfile(ann)
        self.assertEqual(self._intervals(ann), [])
        self.assertTrue(self._intervals(bob))

    def test_computations_leave_objectors_out(self):
        buyer, prospect, other = self._add_customers(3, insight_objection=True)
        for customer in (buyer, other):
            self._add_order(customer, AS_OF)
        other.insight_objection = False
        for partners in (None, buyer | prospect):
            self._refresh(partners=partners)
            self.assertNoProfile(buyer)
            self.assertNoProfile(prospect)
        self.assertEqual(self._scoring().population, 1)

    def test_a_withdrawn_objection_brings_the_profile_back(self):
        ann = self._add_customer(insight_objection=True)
        self._add_order(ann, AS_OF)
        self._refresh()
        ann.insight_objection = False
        self.assertFalse(ann.insight_objection_date)
        self.env.cr.precommit.run()
        queued = self.env["customer.profile.queue"].search([("partner", "=", ann.id)])
        self.assertIn(self.company.id, queued.mapped("company"))
        self._refresh(partners=ann)
        self.assertProfile(ann, purchase_count=1)
