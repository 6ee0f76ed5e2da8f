import logging
import random
from datetime import date, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time

from .common import AS_OF, CustomerInsightCase

LOGGER = "odoo.addons.customer_insight.models.customer_profile_refresh"
NIGHT_LOGGER = "odoo.addons.customer_insight.models.customer_profile_night"
REFRESH_ALL = "customer_insight.ir_cron_refresh_all"
#: What tells one run or one database from another, but no customer from another.
RUN_COLUMNS = ("id", "partner_id", "company_id", "scoring_id", "computed_at")


class TestRefresh(CustomerInsightCase):
    """Profiles are derived from the documents, completely and repeatably."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._add_customers(30)
        cls._add_history(cls._purchases_of(cls.customers, seed=1))

    @classmethod
    def _purchases_of(cls, customers, seed):
        """Random purchases, the same for the same seed and number of customers."""
        draw = random.Random(seed)
        return [
            (
                customer,
                AS_OF - timedelta(days=draw.randrange(500)),
                draw.choice([10, 10, 19.99, 250]),
            )
            for customer in customers
            for __ in range(draw.choice([1, 1, 2, 4, 9]))
        ]

    # === COMPLETE AND REPEATABLE === #

    def test_a_second_run_changes_nothing(self):
        self.assertGreaterEqual(self._refresh(), 30)
        before = self._stored_rows()
        self.assertEqual(self._refresh(), 0)
        self.assertEqual(self._stored_rows(), before)
        self.assertEqual(len(self._scoring()), 1)

    def test_dropped_profiles_are_rebuilt_equal(self):
        self._refresh()
        before = self._stored_rows(without=RUN_COLUMNS)
        self.env.cr.execute("DELETE FROM customer_profile")
        self.env.cr.execute("DELETE FROM customer_scoring")
        self.env.invalidate_all()
        self._refresh()
        self.assertEqual(self._stored_rows(without=RUN_COLUMNS), before)

    def test_record_numbers_do_not_matter(self):
        other = self._add_company("Elsewhere")
        numbers = list(range(len(self.customers)))
        random.Random(5).shuffle(numbers)
        others = {
            number: self._add_customer(f"Customer {number}", company_id=other.id)
            for number in numbers
        }
        rows = self._purchases_of([others[n] for n in range(len(numbers))], seed=1)
        self._add_history(reversed(rows), company=other)
        self.customers.company_id = self.company
        for company in (self.company, other):
            company.insight_prospect_scope = "none"
            self._refresh(company=company)
        here, there = (
            self._stored_rows(company, without=RUN_COLUMNS)
            for company in (self.company, other)
        )
        self.assertEqual(len(here), 30)
        self.assertEqual(here, there)
        for name in ("recency", "frequency", "monetary", "value"):
            self.assertEqual(
                self._scoring()[f"{name}_borders"],
                self._scoring(other)[f"{name}_borders"],
            )

    def test_only_rows_that_differ_are_counted_and_written(self):
        self._refresh()
        self.env.cr.execute("UPDATE customer_profile SET computed_at = '2001-01-01'")
        self.env.invalidate_all()
        last = self.customers[0]
        self._add_refund(last, AS_OF, 0.01)
        self.assertEqual(self._refresh(), 1)
        fresh = self.profiles.search(
            [("company_id", "=", self.company.id), ("computed_at", ">", "2002-01-01")]
        )
        self.assertEqual(fresh.partner_id, last)

    def test_a_scoring_tells_what_it_was_based_on(self):
        self.company.insight_churned_days = 200
        changed = self._refresh()
        scoring = self._scoring()
        self.assertRecordValues(
            scoring,
            [
                {
                    "company_id": self.company.id,
                    "as_of": AS_OF,
                    "population": 30,
                    "changed_count": changed,
                    "profile_count": changed,
                }
            ],
        )
        self.assertEqual(scoring.policy, self.company._insight_policy().to_dict())
        self.assertEqual(scoring.policy["churned_days"], 200)
        self.assertEqual(self._profile(self.customers[0]).scoring_id, scoring)

    # === AS OF A DAY === #

    def test_as_of_a_past_day_later_documents_do_not_exist(self):
        customer = self._add_customer()
        self._add_history([(customer, "2025-01-10", 10), (customer, "2025-03-10", 5)])
        self._add_refund(customer, "2025-02-10", 4)
        for as_of, amount, count, recency in (
            ("2025-01-09", 0.0, 0, 0),
            ("2025-01-10", 10.0, 1, 0),
            ("2025-02-09", 10.0, 1, 30),
            ("2025-02-10", 6.0, 1, 31),
            ("2025-03-09", 6.0, 1, 58),
            ("2025-03-10", 11.0, 2, 0),
        ):
            with self.subTest(as_of=as_of):
                self._refresh(as_of=as_of)
                self.assertProfile(
                    customer,
                    as_of=as_of,
                    amount_total=amount,
                    purchase_count=count,
                    recency_days=recency,
                )

    def test_a_past_day_scores_with_the_buyers_of_that_day(self):
        self._refresh(as_of="2024-06-30")
        past = self._scoring(as_of="2024-06-30")
        self._refresh()
        self.assertLess(past.population, self._scoring().population)
        self.assertEqual(len(self._scoring(as_of="2024-06-30")), 1)

    @freeze_time("2025-06-30 12:00:00")
    def test_without_a_day_it_is_today(self):
        self._refresh(as_of=None)
        self.assertProfile(self.customers[0], as_of=str(AS_OF))

    # === GIVEN CUSTOMERS ONLY === #

    def test_given_customers_are_scored_with_the_stored_borders(self):
        self._refresh()
        borders = self._scoring().monetary_borders
        first, second = self.customers[:2]
        self._add_history([(first, AS_OF, 1e6), (second, AS_OF, 1e6)])
        self.assertEqual(self._refresh(partners=first), 1)
        self.assertProfile(first, rfm_monetary=5, value_class="high", recency_days=0)
        self.assertLess(self._profile(second).amount_total, 1e6)
        self.assertEqual(self._scoring().monetary_borders, borders)

    def test_given_customers_get_the_figures_of_a_full_run(self):
        self._refresh()
        before = self._stored_rows(without=["computed_at"])
        self.env.cr.execute("DELETE FROM customer_profile WHERE purchase_count > 1")
        self.env.invalidate_all()
        self.assertGreater(self._refresh(partners=self.customers), 10)
        after = self._stored_rows(without=["computed_at"])
        for row in (*before.values(), *after.values()):
            del row["id"]
        self.assertEqual(after, before)

    def test_a_contact_stands_for_its_company(self):
        firm = self._add_customer("Firm", is_company=True)
        clerk = self._add_customer("Clerk", parent_id=firm.id)
        self._refresh()
        self._add_order(clerk, AS_OF)
        self._refresh(partners=clerk)
        self.assertProfile(firm, purchase_count=1)
        self.assertNoProfile(clerk)

    def test_the_next_day_uses_the_borders_of_the_last_scoring(self):
        self._refresh()
        first = self.customers[0]
        self._refresh(as_of=AS_OF + timedelta(days=1), partners=first)
        self.assertProfile(first, as_of="2025-07-01", scoring_id=self._scoring())

    def test_without_any_scoring_given_customers_start_a_full_run(self):
        self._refresh(partners=self.customers[0])
        self.assertEqual(self._scoring().population, 30)
        self.assertTrue(self._profile(self.customers[5]))

    def test_a_company_is_left_alone_by_another_ones_run(self):
        other = self._add_company("Other")
        self._add_order(self.customers[0], AS_OF, 7, company=other)
        self._refresh()
        self.assertNoProfile(self.customers[0], other)
        self._refresh(company=other)
        before = self._stored_rows()
        self._refresh(company=other, as_of="2025-01-01")
        self.assertEqual(self._stored_rows(), before)

    def test_without_companies_all_are_computed(self):
        other = self._add_company("Other")
        order = self._add_order(self.customers[0], AS_OF, 7, company=other)
        self.env["customer.profile"]._refresh(as_of=AS_OF)
        self.assertProfile(self.customers[0], other, amount_total=order.amount_untaxed)
        self.assertTrue(self._profile(self.customers[0]))

    # === CUSTOMERS THAT GO === #

    def test_a_merged_contact_leaves_with_its_figures(self):
        firm = self._add_customer("Firm", is_company=True)
        shop = self._add_customer("Shop")
        self._add_history([(shop, AS_OF, 10)])
        self._refresh()
        self.assertProfile(shop, amount_total=10.0)
        shop.parent_id = firm
        self._refresh()
        self.assertNoProfile(shop)
        self.assertProfile(firm, amount_total=10.0)

    def test_merging_two_customers_leaves_one_with_the_sum(self):
        first, second = self._add_customers(2)
        self._add_history([(first, AS_OF, 10), (second, AS_OF, 5)])
        self._refresh()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (first | second).ids, first
        )
        self._refresh()
        self.assertFalse(second.exists())
        self.assertProfile(first, amount_total=15.0, purchase_count=2)

    def test_a_deleted_contact_takes_its_profile_along(self):
        prospect = self._add_customer()
        self._refresh()
        profile = self._profile(prospect)
        prospect.unlink()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT count(*) FROM customer_profile WHERE id = %s", [profile.id]
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_an_archived_customer_leaves_the_lists_and_keeps_its_figures(self):
        customer = self.customers[0]
        self._refresh()
        amount = self._profile(customer).amount_total
        customer.active = False
        self._refresh()
        self.assertProfile(customer, active=False, amount_total=round(amount, 6))
        self.assertFalse(
            self.env["customer.profile"].search([("partner_id", "=", customer.id)])
        )
        customer.active = True
        self._refresh()
        self.assertProfile(customer, active=True)

    # === NAMES === #

    def test_names_of_every_kind_stay_intact(self):
        names = [
            "=1+1",
            "@home",
            "عميل\u202eoverride",
            "Zoe\u0301 👩‍👩‍👧\nsecond line",
            "x" * 1000,
            "'; DROP TABLE customer_profile; --",
        ]
        for name in names:
            customer = self._add_customer(name)
            self._add_history([(customer, AS_OF, 1)])
            self._refresh(partners=customer)
            profile = self._profile(customer)
            self.assertEqual(profile.display_name, customer.name)
            self.assertEqual(
                self.profiles.search([("partner_id.name", "=", customer.name)]), profile
            )


@freeze_time("2025-07-02 03:00:00")
class TestNightlyRefresh(CustomerInsightCase):
    """The nightly job computes company after company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._add_company("Other")
        cls.customer = cls._add_customer()
        for company in (cls.company, cls.other):
            cls._add_order(cls.customer, "2025-06-01", company=company)

    def _run_nightly(self):
        self.cr.flush()
        with self.enter_registry_test_mode():
            self.env.ref(REFRESH_ALL).method_direct_trigger()

    def test_the_nightly_job_computes_every_company(self):
        self._run_nightly()
        today = self.company._insight_today()
        for company in (self.company, self.other):
            self.assertProfile(
                self.customer, company, as_of=str(today), amount_total=100.0
            )

    def test_a_failing_company_is_named_and_stops_no_other(self):
        profiles = type(self.env["customer.profile"])
        compute, bad = profiles._compute_all, self.company.id

        def failing(records, company, as_of):
            if company.id == bad:
                raise ValueError("broken")
            return compute(records, company, as_of)

        with (
            patch.object(profiles, "_compute_all", failing),
            self.assertLogs(NIGHT_LOGGER, logging.ERROR) as logs,
        ):
            self._run_nightly()
        self.assertIn(f"company {bad} failed", logs.output[0])
        self.assertNoProfile(self.customer)
        self.assertProfile(self.customer, self.other, amount_total=100.0)

    def test_running_twice_changes_nothing(self):
        self._run_nightly()
        before = self._stored_rows()
        self._run_nightly()
        self.assertEqual(self._stored_rows(), before)

    def test_days_without_a_run_leave_no_gap(self):
        self._refresh(as_of="2025-06-20")
        self._refresh(as_of="2025-06-30")
        self.assertProfile(self.customer, recency_days=29, as_of="2025-06-30")
        self.assertEqual(
            self.env["customer.scoring"]
            .search([("company_id", "=", self.company.id)])
            .mapped("as_of"),
            [date(2025, 6, 30), date(2025, 6, 20)],
        )

    def test_a_busy_company_is_refused_with_a_sentence(self):
        with (
            patch.object(
                type(self.env["customer.profile"]),
                "_lock_company",
                side_effect=UserError("busy"),
            ),
            self.assertLogs(NIGHT_LOGGER, logging.INFO) as logs,
        ):
            self._run_nightly()
        self.assertIn("Left out: busy", logs.output[0])
