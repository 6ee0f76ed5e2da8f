import json
import random
from datetime import timedelta

from ..engine import rfm
from .common import AS_OF, CustomerInsightCase

NUMBERS = (
    "purchase_count",
    "purchase_days",
    "amount_total",
    "average_interval_days",
    "recency_days",
    "frequency",
    "monetary",
    "rfm_recency",
    "rfm_frequency",
    "rfm_monetary",
)


def percent_rank_scores(values):
    """Score each value by the definition: ``{key: value}`` to ``{key: score}``."""
    others = max(len(values) - 1, 1)
    return {
        key: min(5, 1 + 5 * sum(v < value for v in values.values()) // others)
        for key, value in values.items()
    }


class TestRfmScores(CustomerInsightCase):
    """Scores compare buyers with each other; equal values score equally."""

    def _ago(self, days):
        return AS_OF - timedelta(days=days)

    def _codes(self, customers):
        return [self._profile(customer).rfm_score for customer in customers]

    def _random_history(self, seed, count):
        """Customers whose figures have many ties, as real ones have."""
        draw = random.Random(seed)
        history = {}
        for customer in self._add_customers(count):
            days = {
                self._ago(draw.choice([draw.randrange(12) * 30, draw.randrange(900)]))
                for __ in range(draw.choice([1, 1, 1, 2, 3, 8]))
            }
            history[customer] = {
                day: draw.choice([10.0, 10.0, 25.5, 99.99, 1200.0]) for day in days
            }
        self._add_history(
            (customer, day, amount)
            for customer, days in history.items()
            for day, amount in days.items()
        )
        return history

    # === THE FORMULA === #

    def test_scores_are_those_of_percent_rank(self):
        for seed, count in ((1, 97), (2, 12), (3, 5)):
            with self.subTest(buyers=count):
                self.env["sale.order"].search(
                    [("company_id", "=", self.company.id)]
                )._action_cancel()
                history = self._random_history(seed, count)
                self._refresh()
                expected = zip(
                    percent_rank_scores(
                        {c: -(AS_OF - max(d)).days for c, d in history.items()}
                    ).values(),
                    percent_rank_scores(
                        {c: len(d) for c, d in history.items()}
                    ).values(),
                    percent_rank_scores(
                        {c: round(sum(d.values()), 2) for c, d in history.items()}
                    ).values(),
                    strict=True,
                )
                self.assertEqual(
                    self._codes(history), ["".join(map(str, e)) for e in expected]
                )
                for customer in history:
                    profile = self._profile(customer)
                    self.assertEqual(
                        profile.rfm_score,
                        f"{profile.rfm_recency}{profile.rfm_frequency}"
                        f"{profile.rfm_monetary}",
                    )

    def test_stored_borders_give_the_stored_scores(self):
        history = self._random_history(4, 60)
        self._refresh()
        scoring = self._scoring()
        for customer in history:
            profile = self._profile(customer)
            self.assertEqual(
                (profile.rfm_recency, profile.rfm_frequency, profile.rfm_monetary),
                (
                    rfm.score(-profile.recency_days, scoring.recency_borders),
                    rfm.score(profile.frequency, scoring.frequency_borders),
                    rfm.score(profile.monetary, scoring.monetary_borders),
                ),
            )

    def test_equal_values_get_equal_scores_in_every_run_and_order(self):
        twins = self._add_customers(8)
        others = self._add_customers(8)
        rows = [(twin, self._ago(40), 70) for twin in twins] + [
            (other, self._ago(n * 9), 10 * n + 5) for n, other in enumerate(others)
        ]
        self._add_history(rows)
        self._refresh()
        codes = self._codes(twins | others)
        self.assertEqual(len(set(codes[:8])), 1)
        self.assertGreater(len(set(codes[8:])), 4)
        # the same rows in another physical order
        self.env.cr.execute("DELETE FROM customer_profile")
        self.env.cr.execute("DELETE FROM sale_order WHERE name = 'COPY'")
        self.env.invalidate_all()
        self._add_history(reversed(rows))
        self._refresh()
        self.assertEqual(self._codes(twins | others), codes)

    # === FEW BUYERS === #

    def test_without_buyers_a_scoring_is_empty_and_complete(self):
        prospect = self._add_customer()
        self._refresh()
        scoring = self._scoring()
        self.assertEqual(scoring.population, 0)
        self.assertEqual(scoring.monetary_borders, [None] * 4)
        self.assertEqual(scoring.value_borders, [None, None])
        self.assertProfile(
            prospect,
            rfm_score=False,
            rfm_recency=0,
            value_class=False,
            lifecycle_stage="prospect",
            rfm_segment_id=self.env.ref("customer_insight.segment_prospect"),
        )

    def test_one_buyer_with_one_order_has_defined_scores(self):
        customer = self._add_customer()
        self._add_order(customer, self._ago(3), 20)
        self._refresh()
        self.assertEqual(self._scoring().population, 1)
        self.assertProfile(
            customer,
            rfm_score="111",
            frequency=1,
            monetary=20.0,
            recency_days=3,
            average_interval_days=0.0,
            rfm_segment_id=self.env.ref("customer_insight.segment_lost"),
        )

    def test_when_all_are_equal_nobody_is_better(self):
        customers = self._add_customers(10)
        self._add_history((customer, self._ago(3), 20) for customer in customers)
        self._refresh()
        self.assertEqual(set(self._codes(customers)), {"111"})

    def test_scores_of_few_buyers_are_marked_as_unreliable(self):
        self.company.insight_min_population = 3
        customers = self._add_customers(3)
        self._add_history((customer, self._ago(3), 20) for customer in customers[:2])
        self._refresh()
        self.assertFalse(self._scoring().is_reliable)
        self.assertFalse(self._profile(customers[0]).is_reliable)
        self._add_history([(customers[2], self._ago(3), 20)])
        self._refresh()
        self.env.invalidate_all()
        self.assertTrue(self._scoring().is_reliable)
        self.assertTrue(self._profile(customers[0]).is_reliable)

    # === WHAT ENTERS THE VALUES === #

    def test_refunds_above_sales_score_lowest(self):
        loser, *others = self._add_customers(10)
        self._add_history(
            (customer, self._ago(10 * n), 10.0 + n)
            for n, customer in enumerate([loser, *others])
        )
        self._add_refund(loser, self._ago(5), 500)
        self._refresh()
        self.assertProfile(loser, amount_total=-490.0, rfm_monetary=1, rfm_recency=5)
        by_amount = self.profiles.search(
            [("partner_id", "in", [c.id for c in (loser, *others)])], order="monetary"
        )
        self.assertEqual(by_amount[0].partner_id, loser)
        self.assertEqual(self._scoring().population, 10)

    def test_customers_without_a_visit_have_no_scores(self):
        customer = self._add_customer()
        self._add_refund(customer, self._ago(1), 5)
        self._refresh()
        self.assertProfile(
            customer, amount_total=-5.0, rfm_score=False, lifecycle_stage="prospect"
        )
        self.assertEqual(self._scoring().population, 0)

    def test_frequency_and_monetary_value_look_at_the_window(self):
        self.company.insight_rfm_window_months = 12
        customer = self._add_customer()
        self._add_history(
            [
                (customer, "2024-06-30", 1),
                (customer, "2024-07-01", 10),
                (customer, "2025-06-30", 100),
            ]
        )
        self._refresh()
        self.assertProfile(
            customer, frequency=2, monetary=110.0, purchase_days=3, amount_total=111.0
        )

    def test_buyers_outside_the_window_keep_their_recency(self):
        self.company.insight_rfm_window_months = 1
        late, early = self._add_customers(2)
        self._add_history([(late, self._ago(300), 10), (early, self._ago(400), 90)])
        self._refresh()
        self.assertProfile(
            late, recency_days=300, frequency=0, monetary=0.0, rfm_recency=5
        )
        self.assertProfile(early, recency_days=400, rfm_recency=1, rfm_monetary=1)

    def test_future_orders_do_not_count_and_are_reported(self):
        buyer, dreamer = self._add_customers(2)
        self._add_history(
            [
                (buyer, AS_OF, 10),
                (buyer, "2025-07-01 00:00:00", 500),
                (dreamer, "2099-12-31", 500),
            ]
        )
        self._refresh()
        self.assertProfile(buyer, recency_days=0, amount_total=10.0)
        self.assertProfile(dreamer, lifecycle_stage="prospect", purchase_count=0)
        self.assertEqual(self._scoring().future_count, 2)

    def test_orders_of_1970_have_a_recency(self):
        customer = self._add_customer()
        self._add_order(customer, "1970-01-01")
        self._refresh()
        self.assertProfile(
            customer,
            recency_days=(AS_OF - self._moment("1970-01-01").date()).days,
            lifecycle_stage="churned",
            stage_since="1970-07-01",
        )

    def test_archived_customers_are_scored_but_shape_no_border(self):
        customers = self._add_customers(6)
        archived = self._add_customer(active=False)
        self._add_history(
            (customer, self._ago(n), 10 + n) for n, customer in enumerate(customers)
        )
        self._refresh()
        borders = self._scoring().monetary_borders
        self._add_history([(archived, self._ago(1), 1000)])
        self._refresh()
        self.assertEqual(self._scoring().monetary_borders, borders)
        self.assertEqual(self._scoring().population, 6)
        self.assertProfile(archived, active=False, rfm_monetary=5)

    # === NUMBERS === #

    def test_very_large_and_very_small_amounts_stay_exact_and_finite(self):
        customers = self._add_customers(4)
        amounts = [1e12, 0.01, 0.001, 999999999999.99]
        self._add_history(
            (customer, self._ago(2), amount)
            for customer, amount in zip(customers, amounts, strict=True)
        )
        self._refresh()
        self.assertProfile(customers[0], amount_total=1e12, rfm_monetary=5)
        self.assertProfile(customers[1], amount_total=0.01, purchase_days=1)
        # below half a cent nothing was bought
        self.assertProfile(customers[2], purchase_days=0, lifecycle_stage="prospect")
        self.assertProfile(customers[3], amount_total=999999999999.99)
        self.assertAllFinite()

    def assertAllFinite(self):
        self.env.flush_all()
        for table, names in (
            ("customer_profile", NUMBERS),
            ("customer_scoring", ("duration", "population", "future_count")),
        ):
            for name in names:
                self.env.cr.execute(
                    f"""SELECT count(*) FROM {table} WHERE company_id = %s AND
                        {name}::text IN ('NaN', 'Infinity', '-Infinity')""",
                    [self.company.id],
                )
                self.assertEqual(self.env.cr.fetchone()[0], 0, f"{table}.{name}")

    def test_screens_get_strict_json(self):
        customers = self._add_customers(3)
        self._add_history([(customers[0], self._ago(1), 5), (customers[1], AS_OF, 9)])
        self._add_refund(customers[2], AS_OF, 5)
        self._refresh()
        domain = [("company_id", "=", self.company.id)]
        specification = {
            name: {}
            for name, field in self.profiles._fields.items()
            if field.type not in ("one2many", "many2many")
        }
        answers = [
            self.profiles.web_search_read(domain, specification),
            self.profiles.formatted_read_group(
                domain,
                ["lifecycle_stage", "last_purchase_date:month"],
                [
                    "__count",
                    "amount_total:sum",
                    "recency_days:avg",
                    "frequency:avg",
                    "rfm_monetary:avg",
                    "average_interval_days:avg",
                ],
            ),
            self.env["customer.scoring"].search_read(domain),
        ]
        for answer in answers:
            self.assertTrue(answer)
            json.dumps(answer, allow_nan=False, default=str)
