import random
from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .common import AS_OF, CustomerInsightCase


class SegmentCase(CustomerInsightCase):
    """Memberships of the test company, as plain intervals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segments = cls.env["customer.segment"]
        cls.stays = cls.env["customer.segment.membership"]
        cls.champions = cls.env.ref("customer_insight.segment_champions")
        cls.loyal = cls.env.ref("customer_insight.segment_loyal")
        cls.lost = cls.env.ref("customer_insight.segment_lost")

    @classmethod
    def _record(cls, day, states, customers=None, joined=True):
        """Write down the RFM segment of customers: ``{partner: segment}``."""
        rows = [
            (partner.id, segment.id, "555")
            for partner, segment in states.items()
            if segment
        ]
        query = SQL("SELECT * FROM (VALUES (NULL::int, NULL::int, NULL)) t WHERE FALSE")
        if rows:
            query = SQL("VALUES %s", SQL(", ").join(SQL("%s", row) for row in rows))
        return cls.segments._record_rfm(
            cls.company,
            day,
            SQL(
                """SELECT partner_id::int, rfm_segment_id::int, rfm_score::text
                   FROM (%s) t (partner_id, rfm_segment_id, rfm_score)""",
                query,
            ),
            customers.ids if customers is not None else None,
            joined,
        )

    @classmethod
    def _intervals(cls, partner):
        """The stays of a customer: ``[(segment code, from, to)]`` in order of time."""
        cls.stays.invalidate_model()
        return [
            (
                stay.segment_id.code,
                stay.date_from.isoformat(),
                stay.date_to.isoformat() if stay.date_to else None,
            )
            for stay in cls.stays.search(
                [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)],
                order="date_from, segment_id",
            )
        ]


class TestSegmentMembership(SegmentCase):
    def test_a_move_ends_one_stay_and_begins_the_next(self):
        ann, bob = self._add_customers(2)
        self._record("2025-01-31", {ann: self.champions, bob: self.loyal})
        self._record("2025-02-28", {ann: self.loyal, bob: self.loyal})
        self.assertEqual(
            self._intervals(ann),
            [
                ("champions", "2025-01-31", "2025-02-28"),
                ("loyal", "2025-02-28", None),
            ],
        )
        self.assertEqual(self._intervals(bob), [("loyal", "2025-01-31", None)])
        left, entered = self.stays.search(
            [("partner_id", "=", ann.id)], order="date_from"
        )
        self.assertEqual(left.reason, "555 → Champions")
        self.assertEqual(left.exit_reason, "555 → Loyal")
        self.assertEqual(entered.reason, "555 → Loyal")

    def test_the_same_state_again_changes_nothing(self):
        ann = self._add_customer()
        self.assertEqual(self._record("2025-01-31", {ann: self.champions}), 1)
        self.assertEqual(self._record("2025-01-31", {ann: self.champions}), 0)
        self.assertEqual(self._record("2025-02-28", {ann: self.champions}), 0)

    def test_who_is_no_longer_scored_leaves_with_a_reason(self):
        ann = self._add_customer()
        self._record("2025-01-31", {ann: self.champions})
        self._record("2025-02-28", {})
        self.assertEqual(
            self._intervals(ann), [("champions", "2025-01-31", "2025-02-28")]
        )
        stay = self.stays.search([("partner_id", "=", ann.id)])
        self.assertEqual(stay.exit_reason, "No longer scored")

    def test_there_and_back_on_one_day_leaves_no_trace(self):
        ann = self._add_customer()
        self._record("2025-01-31", {ann: self.champions})
        self._record("2025-02-28", {ann: self.loyal})
        self._record("2025-02-28", {ann: self.champions})
        self.assertEqual(self._intervals(ann), [("champions", "2025-01-31", None)])
        self.assertFalse(
            self.stays.search([("partner_id", "=", ann.id)]).exit_reason,
        )

    def test_past_months_are_filled_in_before_the_present(self):
        ann = self._add_customer()
        self._record("2025-06-30", {ann: self.champions})
        for day, segment in (
            ("2025-03-31", self.lost),
            ("2025-04-30", self.loyal),
            ("2025-05-31", self.champions),
        ):
            self._record(day, {ann: segment})
        expected = [
            ("lost", "2025-03-31", "2025-04-30"),
            ("loyal", "2025-04-30", "2025-05-31"),
            ("champions", "2025-05-31", None),
        ]
        self.assertEqual(self._intervals(ann), expected)
        self._record("2025-03-31", {ann: self.lost})
        self._record("2025-04-30", {ann: self.loyal})
        self.assertEqual(self._intervals(ann), expected)

    def test_two_open_stays_of_merged_contacts_become_one(self):
        ann, double = self._add_customers(2)
        self._record("2025-01-31", {ann: self.champions})
        self._record("2025-02-28", {ann: self.champions, double: self.loyal})
        self.env.cr.execute(
            "UPDATE customer_segment_membership SET partner_id = %s"
            " WHERE partner_id = %s",
            [ann.id, double.id],
        )
        self.stays.invalidate_model()
        self._record("2025-03-31", {ann: self.champions})
        self.assertEqual(
            sorted(self._intervals(ann)),
            [("champions", "2025-01-31", None), ("loyal", "2025-02-28", "2025-03-31")],
        )

    def test_only_the_named_customers_are_compared(self):
        ann, bob = self._add_customers(2)
        self._record("2025-01-31", {ann: self.champions, bob: self.loyal})
        self._record("2025-02-28", {ann: self.lost}, customers=ann)
        self.assertEqual(self._intervals(bob), [("loyal", "2025-01-31", None)])

    def test_the_database_refuses_a_second_open_stay(self):
        ann = self._add_customer()
        self._record("2025-01-31", {ann: self.champions})
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.stays.create(
                {
                    "segment_id": self.champions.id,
                    "partner_id": ann.id,
                    "company_id": self.company.id,
                    "date_from": "2025-05-01",
                }
            )

    def test_the_database_refuses_a_stay_of_no_day(self):
        ann = self._add_customer()
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.stays.create(
                {
                    "segment_id": self.champions.id,
                    "partner_id": ann.id,
                    "company_id": self.company.id,
                    "date_from": "2025-05-01",
                    "date_to": "2025-05-01",
                }
            )

    def test_random_histories_keep_the_books(self):
        """Any order of moves: one segment a day, and opening + in − out = closing."""
        dice = random.Random(20251125)
        customers = self._add_customers(12)
        choices = [self.champions, self.loyal, self.lost, None]
        start, truth = date(2025, 1, 1), {}
        days = [start + timedelta(days=dice.randint(0, 120)) for __ in range(25)]
        for day in sorted(days):
            states = {customer: dice.choice(choices) for customer in customers}
            if day in truth and dice.random() < 0.5:
                states = truth[day]
            self._record(day, states)
            truth[day] = states
        for day, states in truth.items():
            self._assert_state(day, states)
        self._assert_books(self.champions, start, max(days))

    def test_filling_months_in_order_gives_what_living_through_them_gives(self):
        dice = random.Random(7)
        lived, filled = self._add_customers(10), self._add_customers(10)
        choices = [self.champions, self.loyal, self.lost, None]
        months = [date(2025, month, 28) for month in range(1, 9)]
        states = {month: [dice.choice(choices) for __ in lived] for month in months}
        for month in months:
            self._record(month, self._by_customer(lived, states[month]), lived)
        present, *past = months[-1], *months[:-1]
        self._record(present, self._by_customer(filled, states[present]), filled)
        for month in past:
            self._record(month, self._by_customer(filled, states[month]), filled, False)
        self.segments._join_rfm(self.company)
        # the night after tells who is in no segment any more
        self._record(present, self._by_customer(filled, states[present]), filled)
        for one, other in zip(lived, filled, strict=True):
            self.assertEqual(self._intervals(one), self._intervals(other))

    def test_filling_the_past_forgets_nothing_of_the_present(self):
        """A month equal to the present, then one that differs, then nothing more."""
        ann = self._add_customer()
        self._record("2025-06-30", {ann: self.champions})
        for day, segment in (
            ("2025-03-31", self.champions),
            ("2025-04-30", self.lost),
        ):
            self._record(day, {ann: segment}, joined=False)
        self.segments._join_rfm(self.company)
        self.assertEqual(
            self._intervals(ann),
            [
                ("champions", "2025-03-31", "2025-04-30"),
                ("lost", "2025-04-30", "2025-06-30"),
                ("champions", "2025-06-30", None),
            ],
        )

    @staticmethod
    def _by_customer(customers, segments):
        return dict(zip(customers, segments, strict=True))

    def _assert_state(self, day, states):
        members = self.stays.search(
            self.stays._members_at(self.segments.search([]), day, self.company)
        )
        self.assertEqual(
            sorted((stay.partner_id.id, stay.segment_id.id) for stay in members),
            sorted((c.id, segment.id) for c, segment in states.items() if segment),
        )

    def _assert_books(self, segment, first, last):
        day = first
        while day < last:
            following = day + timedelta(days=13)
            counts = [
                self.stays.search_count(domain)
                for domain in (
                    self.stays._members_at(segment, day, self.company),
                    self._within(segment, "date_from", day, following),
                    self._within(segment, "date_to", day, following),
                    self.stays._members_at(segment, following, self.company),
                )
            ]
            self.assertEqual(counts[0] + counts[1] - counts[2], counts[3], day)
            day = following

    def _within(self, segment, name, day, following):
        return [
            ("segment_id", "=", segment.id),
            ("company_id", "=", self.company.id),
            (name, ">", day),
            (name, "<=", following),
        ]


class TestRfmMembership(SegmentCase):
    """Memberships of RFM segments follow the profiles."""

    def test_every_scored_customer_is_in_one_rfm_segment(self):
        customers = self._add_customers(20)
        dice = random.Random(3)
        self._add_history(
            (dice.choice(customers), AS_OF - timedelta(dice.randint(0, 700)), 50)
            for __ in range(80)
        )
        self._refresh()
        self.segments._refresh(AS_OF, self.company)
        profiles = self.profiles.search([("company_id", "=", self.company.id)])
        self.assertGreaterEqual(len(profiles), 20)
        for profile in profiles:
            self.assertEqual(profile.segment_ids, profile.rfm_segment_id)
        self.assertEqual(self.segments._refresh(AS_OF, self.company), 0)

    def test_a_changed_customer_moves_with_the_profile(self):
        ann, bob = self._add_customers(2)
        self._add_order(bob, "2025-01-10")
        self._refresh()
        self.segments._refresh(AS_OF, self.company)
        self.assertEqual(self._profile(ann).segment_ids.code, "prospect")
        self._add_order(ann, AS_OF, 500)
        self._refresh(AS_OF + timedelta(days=1), partners=ann)
        profile = self._profile(ann)
        self.assertNotEqual(profile.segment_ids.code, "prospect")
        self.assertEqual(profile.segment_ids, profile.rfm_segment_id)
        self.assertEqual(
            self._intervals(ann)[0], ("prospect", "2025-06-30", "2025-07-01")
        )

    def test_a_full_computation_wakes_the_segments(self):
        cron = self.env.ref("customer_insight.ir_cron_refresh_segments")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self._refresh()
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_two_companies_do_not_mix(self):
        other = self._add_company("Other")
        ann = self._add_customer()
        self._add_order(ann, AS_OF)
        self._refresh()
        self._refresh(company=other)
        self.segments._refresh(AS_OF, self.company | other)
        stays = self.stays.search([("partner_id", "=", ann.id)])
        segment_of = {stay.company_id: stay.segment_id.code for stay in stays}
        self.assertEqual(set(segment_of), {self.company, other})
        self.assertEqual(segment_of[other], "prospect")
        self.assertNotEqual(segment_of[self.company], "prospect")

    def test_merged_contacts_keep_one_history(self):
        ann, double = self._add_customers(2, email="a@example.com")
        self._add_order(ann, AS_OF)
        self._refresh()
        self.segments._refresh(AS_OF, self.company)
        self.env["base.partner.merge.automatic.wizard"]._merge((ann | double).ids, ann)
        stays = self.stays.search([("partner_id", "=", ann.id)])
        self.assertEqual(len(stays), 1)
        self.assertNotEqual(stays.segment_id.code, "prospect")

    def test_a_second_refresh_at_the_same_time_is_refused(self):
        with self.env.registry.cursor() as cr:
            cr.execute(
                "SELECT pg_advisory_xact_lock(hashtext('customer.segment'), %s)",
                [self.company.id],
            )
            with self.assertRaisesRegex(UserError, "being brought up to date"):
                self.segments._refresh(AS_OF, self.company)
