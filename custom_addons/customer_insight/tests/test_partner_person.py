from datetime import date
from types import SimpleNamespace

from freezegun import freeze_time
from odoo.exceptions import AccessError, ValidationError

from ..models.res_partner_person import _DERIVED
from . import access_rows
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

    @freeze_time(f"{AS_OF} 12:00")
    def test_nothing_built_before_still_knows_an_objector(self):
        ann, bob = customers = self._add_customers(2)
        for customer in customers:
            self._add_order(customer, date(2025, 2, 1), 100)
        self._night()
        by_hand = self.segments.create({"name": "Chosen", "kind": "manual"})
        by_hand._add_members(customers)
        derived = [*_DERIVED, "customer.pareto"]
        for name in derived:  # what this past did not lead to
            for customer in customers:
                if not self._count(name, customer):
                    case = SimpleNamespace(
                        env=self.env, own=customer, company=self.company
                    )
                    access_rows.BUILDERS[name](case)
        before = {name: self._count(name, bob) for name in derived}
        self.assertTrue(all(before.values()), before)
        self.assertEqual(self._newcomers(), 2)
        ann.insight_objection = True
        for _moment in ("at once", "the next night"):
            for name in derived:
                self.assertEqual(self._count(name, ann), 0, name)
                self.assertEqual(self._count(name, bob), before[name], name)
            self.assertEqual(self._newcomers(), 1)
            self._night()
        with self.assertRaises(AccessError):
            by_hand._add_members(ann)
        past = self.profiles._as_of(self.company, date(2025, 3, 31))
        self.assertFalse({row["partner_id"] for row in past} & set(ann.ids))

    def _night(self):
        self.env.invalidate_all()
        for step in ("profiles", "moves", "segments", "snapshots"):
            while getattr(self.profiles, f"_night_{step}")(self.company):
                if step != "snapshots":
                    break
        self.env.invalidate_all()

    def _count(self, name, partner):
        own = [("company_id", "=", self.company.id), ("partner_id", "=", partner.id)]
        return self.env[name].with_context(active_test=False).search_count(own)

    def _newcomers(self):
        months = self.env["customer.churn.month"]
        return sum(months.search([("company_id", "=", self.company.id)]).mapped("new"))

    def test_what_they_say_stays_and_what_was_observed_goes(self):
        ann = self._add_customer()
        self._add_order(ann, AS_OF, 100)
        self._refresh()
        need = self.env["customer.need"].create({"name": "Gifts"})
        values = {"need_id": need.id, "partner_id": ann.id, "text": "A sign"}
        evidence = self.env["customer.need.evidence"].create(
            [{**values, "source": source} for source in ("behaviour", "declared")]
        )
        self.assertEqual((need.customer_count, need.revenue), (1, 100))
        ann.insight_objection = True
        self.env.invalidate_all()
        self.assertEqual(evidence.exists().mapped("source"), ["declared"])
        self.assertEqual((need.customer_count, need.revenue), (0, 0))
        with self.assertRaisesRegex(ValidationError, "objects to profiling"):
            evidence.create({**values, "source": "behaviour"})

    def test_no_preference_is_compared_with_an_objector_s_behaviour(self):
        ann = self._add_customer()
        calls = {"partner_id": ann.id, "company_id": self.company.id, "kind": "call"}
        self.env["customer.interaction.log"].create(
            [{**calls, "name": "Call", "date": f"{AS_OF} 10:00"}] * 10
        )
        preference = self.env["customer.preference"].create(
            {"partner_id": ann.id, "kind": "channel", "channel": "email"}
        )
        self.assertTrue(preference.observed)
        ann.insight_objection = True
        preference.invalidate_recordset()
        self.assertFalse(preference.observed or preference.is_contradicted)
