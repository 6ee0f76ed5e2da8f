from datetime import timedelta
from unittest.mock import patch

import numpy as np
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..engine import forecast
from ..engine.purchase_days import PurchaseDays
from ..tools import arrays
from .analysis_common import AnalysisCase
from .common import AS_OF, INSIGHT_USER, CustomerInsightCase


class PredictionCase(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = cls.env["customer.prediction.run"]

    def _at(self, day):
        return patch.object(type(self.company), "_insight_today", lambda company: day)

    def _profile(self, partner):
        return self.profiles.search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    def _shop(self):
        """Customers with a rate of their own, of whom some leave with each purchase."""
        partners = self._add_customers(90)
        rng = np.random.default_rng(1)
        days = set()
        for number in range(len(partners)):
            age = float(rng.integers(200, 420))
            gap, leaving = 40 / rng.gamma(2, 1), rng.beta(1, 4)
            while age >= 0:
                days.add((number, int(age)))
                if rng.random() < leaving:
                    break
                age -= max(rng.exponential(gap), 1)
        rows = [
            (partners[number], AS_OF - timedelta(days=age), float(amount))
            for (number, age), amount in zip(
                sorted(days), rng.integers(20, 200, len(days)), strict=True
            )
        ]
        self._add_history(rows)
        self.profiles._refresh(companies=self.company, as_of=AS_OF)
        return partners, rows


@tagged("post_install", "-at_install")
class TestPrediction(PredictionCase):
    def test_profiles_hold_what_the_engine_says_of_the_documents(self):
        partners, rows = self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        self.assertEqual(run.method, "mbg_nbd")
        self.assertEqual(run.customer_count, len(partners))
        index = {partner.id: n for n, partner in enumerate(partners)}
        history = PurchaseDays(
            [index[partner.id] for partner, __, __ in rows],
            [day.toordinal() for __, day, __ in rows],
            [amount for __, __, amount in rows],
        )
        learned = forecast.fit(history, AS_OF.toordinal(), 90)
        self.assertEqual(learned.reasons, ("short_history",))
        expected = forecast.predict(learned, history.facts(AS_OF.toordinal()))
        for n, partner in enumerate(partners):
            profile = self._profile(partner)
            self.assertAlmostEqual(profile.churn_risk, 1 - expected.buys[n], 3)
            self.assertAlmostEqual(profile.alive_probability, expected.alive[n], 3)
            self.assertAlmostEqual(profile.expected_purchases, expected.purchases[n], 3)
            self.assertAlmostEqual(profile.expected_value, expected.value[n], 1)
            self.assertEqual(
                bool(profile.next_purchase_date), profile.alive_probability >= 0.5
            )

    def test_few_repeat_buyers_are_judged_by_silence_and_it_is_said(self):
        late, fresh = self._add_customers(2)
        days = [AS_OF - timedelta(days=d) for d in (300, 290, 280, 20, 10, 0)]
        self._add_history(
            [(late, day, 50.0) for day in days[:3]]
            + [(fresh, day, 50.0) for day in days[3:]]
        )
        self.profiles._refresh(companies=self.company, as_of=AS_OF)
        run = self.runs._fit(self.company, AS_OF)
        self.assertEqual(run.method, "silence")
        self.assertEqual(run.parameters["reasons"], ["few_repeaters"])
        self.assertFalse(run.is_better_than_baseline)
        self.assertGreater(
            self._profile(late).churn_risk, self._profile(fresh).churn_risk
        )
        reason = self._profile(late).churn_reason
        self.assertIn("Silence: 280 days. Usual interval: 10 days (n = 3", reason)
        self.assertIn("no better than simple rules", reason)

    def test_who_has_not_bought_or_objects_has_no_forecast(self):
        buyer, prospect, refunded, objector = self._add_customers(4)
        day = AS_OF - timedelta(days=30)
        self._add_history([(buyer, day, 10.0), (objector, day, 10.0)])
        self._add_history([(refunded, day, -10.0)])
        objector.insight_objection = True
        self.profiles._refresh(companies=self.company, as_of=AS_OF)
        run = self.runs._fit(self.company, AS_OF)
        self.assertEqual(run.customer_count, 1)
        self.assertTrue(self._profile(buyer).churn_reason)
        self.assertFalse(self._profile(objector))
        for partner in (prospect, refunded):
            profile = self._profile(partner)
            self.assertFalse(profile.churn_reason)
            self.assertFalse(profile.expected_value)
        known = [("company_id", "=", self.company.id), ("churn_risk", "!=", False)]
        self.assertEqual(self.profiles.search(known).partner_id, buyer)

    def test_a_company_without_purchases_learns_nothing(self):
        self.profiles._refresh(companies=self.company, as_of=AS_OF)
        self.assertFalse(self.runs._fit(self.company, AS_OF))
        self.runs._refresh(self.company)
        self.assertFalse(self.runs._latest(self.company))

    def test_the_same_day_twice_is_one_run_with_the_same_answer(self):
        partners, __ = self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        before = [self._profile(partner).churn_risk for partner in partners]
        again = self.runs._fit(self.company, AS_OF, 90)
        self.assertEqual(run, again)
        after = [self._profile(partner).churn_risk for partner in partners]
        self.assertEqual(before, after)
        self.assertEqual(run._apply(AS_OF), 0)
        self.assertGreater(run._apply(AS_OF + timedelta(days=9)), len(partners) / 2)

    def test_a_run_of_a_day_to_come_is_not_the_latest(self):
        partners, __ = self._shop()
        with self._at(AS_OF - timedelta(days=1)):
            self.runs._fit(self.company, AS_OF, 180)
            self.runs._refresh(self.company)
            latest = self.runs._latest(self.company)
        self.assertEqual(latest.as_of, AS_OF - timedelta(days=1))
        self.assertTrue(self._profile(partners[0]).churn_reason)

    def test_a_past_day_does_not_change_what_is_expected_today(self):
        partners, __ = self._shop()
        self.runs._fit(self.company, AS_OF, 90)
        before = [self._profile(partner).churn_risk for partner in partners]
        past = self.runs._fit(self.company, AS_OF - timedelta(days=60), 90)
        self.assertLess(past.customer_count, len(partners) + 1)
        after = [self._profile(partner).churn_risk for partner in partners]
        self.assertEqual(before, after)

    def test_a_past_day_knows_no_later_purchase(self):
        self._shop()
        day = AS_OF - timedelta(days=100)
        one = self.runs._fit(self.company, day, 60)
        learned = one.parameters
        partner = self._add_customer()
        self._add_history([(partner, AS_OF - timedelta(days=99), 9000.0)])
        again = self.runs._fit(self.company, day, 60)
        self.assertEqual(again.parameters, learned)

    def test_the_night_learns_weekly_and_applies_in_between(self):
        partners, __ = self._shop()
        with self._at(AS_OF):
            self.runs._refresh(self.company)
        run = self.runs._latest(self.company)
        self.assertEqual((run.as_of, run.horizon_days), (AS_OF, 180))
        risk = self._profile(partners[0]).churn_risk
        with self._at(AS_OF + timedelta(days=6)):
            self.runs._refresh(self.company)
        self.assertEqual(self.runs._latest(self.company), run)
        self.assertNotEqual(self._profile(partners[0]).churn_risk, risk)
        with self._at(AS_OF + timedelta(days=7)):
            self.runs._refresh(self.company)
        self.assertNotEqual(self.runs._latest(self.company), run)

    def test_another_horizon_is_learned_at_once(self):
        self._shop()
        with self._at(AS_OF):
            self.runs._refresh(self.company)
            self.company.insight_horizon_days = 30
            self.runs._refresh(self.company)
        self.assertEqual(self.runs._latest(self.company).horizon_days, 30)

    def test_the_night_makes_forecasts_after_the_profiles(self):
        names = [name for name, __ in self.profiles._night_steps()]
        self.assertLess(names.index("customer profiles"), names.index("forecasts"))
        partners, __ = self._shop()
        with self._at(AS_OF):
            for name, function in self.profiles._night_steps():
                if name == "forecasts":
                    self.assertFalse(function(self.company))
        self.assertTrue(self._profile(partners[0]).churn_reason)

    def test_who_came_since_has_no_forecast_and_no_chance_of_all(self):
        self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        new = self._add_customer()
        self._add_order(new, AS_OF)
        self.profiles._refresh(companies=self.company, as_of=AS_OF)
        self.assertFalse(self._profile(new).churn_reason)
        analysis = self.env["customer.analysis.forecast"].with_context(
            allowed_company_ids=self.company.ids
        )
        last = ["group", len(run.metrics["calibration"]) - 1]
        action = analysis.open_records({}, last)
        opened = self.profiles.search(action["domain"])
        self.assertTrue(opened)
        self.assertNotIn(new, opened.partner_id)

    def test_a_discount_lowers_the_value_alone(self):
        partners, __ = self._shop()
        with self._at(AS_OF):
            self.runs._refresh(self.company)
            before = self._profile(partners[0])
            before = before.expected_value, before.churn_risk
            self.company.insight_discount_percent = 50
            self.runs._refresh(self.company)
        profile = self._profile(partners[0])
        self.assertEqual(self.runs._latest(self.company).parameters["discount"], 0.5)
        self.assertEqual(profile.churn_risk, before[1])
        # at most half a year away, at best a month
        self.assertLess(profile.expected_value, before[0])
        self.assertGreater(profile.expected_value, before[0] / 1.5)

    def test_what_the_data_cannot_tell_is_not_shown(self):
        partners = self._add_customers(60)
        self._add_history(
            (partner, AS_OF - timedelta(days=7 * n), 10.0)
            for partner in partners
            for n in range(20)
        )
        self.profiles._refresh(companies=self.company, as_of=AS_OF)
        run = self.runs._fit(self.company, AS_OF, 90)
        self.assertIn("no_dropout", run.parameters["reasons"])
        profile = self._profile(partners[0])
        self.assertGreater(profile.expected_purchases, 5)
        self.assertFalse(profile.next_purchase_date)
        self.env.cr.execute(
            "SELECT alive_probability FROM customer_profile WHERE id = %s", profile.ids
        )
        self.assertEqual(self.env.cr.fetchall(), [(None,)])

    def test_customers_of_another_company_are_another_matter(self):
        partners, __ = self._shop()
        other = self._add_company("Other")
        self._add_history(
            [(partners[0], AS_OF - timedelta(days=5), 70.0)], company=other
        )
        self.profiles._refresh(companies=other, as_of=AS_OF)
        self.runs._fit(other, AS_OF)
        self.assertFalse(self.runs._latest(self.company))
        known = [("company_id", "=", self.company.id), ("churn_risk", "!=", False)]
        self.assertFalse(self.profiles.search(known))

    def test_reading_is_all_that_users_may_do(self):
        self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        user = self._add_user("forecast_reader", INSIGHT_USER)
        mine = run.with_user(user)
        self.assertEqual(mine.method, "mbg_nbd")
        with self.assertRaises(AccessError):
            mine.write({"is_better_than_baseline": True})
        stranger = self._add_user(
            "forecast_stranger", INSIGHT_USER, self._add_company("Elsewhere")
        )
        elsewhere = self.runs.with_user(stranger).with_context(allowed_company_ids=[])
        self.assertFalse(elsewhere.search([]))

    def test_a_horizon_of_days_or_decades_is_refused(self):
        for days in (0, 6, 5000):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.company.insight_horizon_days = days
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestArrays(CustomerInsightCase):
    def test_what_was_written_is_read(self):
        self.env.cr.execute("CREATE TEMP TABLE sample (id int4, value float8)")
        types = {"id": "int4", "value": "float8"}
        arrays.write(
            self.env.cr, "sample", types, id=np.array([3, -1]), value=[0.5, -2e9]
        )
        query = SQL("SELECT id, value FROM sample WHERE id < %s ORDER BY id", 9)
        found = arrays.read(self.env.cr, query, **types)
        self.assertEqual(found["id"].tolist(), [-1, 3])
        self.assertEqual(found["value"].tolist(), [-2e9, 0.5])

    def test_no_rows_are_empty_arrays(self):
        query = SQL("SELECT 1::int4 WHERE false")
        self.assertEqual(len(arrays.read(self.env.cr, query, id="int4")["id"]), 0)

    def test_other_columns_and_empty_values_are_refused(self):
        for text in ("SELECT NULL::int4", "SELECT 1::int4, 2::int4", "SELECT 1::int8"):
            with self.assertRaises(ValueError):
                arrays.read(self.env.cr, SQL(text), id="int4")


@tagged("post_install", "-at_install")
class TestForecastQuality(AnalysisCase, PredictionCase):
    model = "customer.analysis.forecast"

    def test_without_a_forecast_the_page_says_what_to_wait_for(self):
        result = self._analyse()
        self.assertEqual(result["blocks"], [])
        self.assertIn("no forecast yet", result["empty"])

    def test_the_page_shows_the_marks_and_the_simple_rules(self):
        self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        [calibration] = self._blocks("chart")
        real, foretold = calibration["series"]
        groups = run.metrics["calibration"]
        self.assertEqual(real["values"], [seen for __, seen, __ in groups])
        self.assertEqual(foretold["values"], [said for said, __, __ in groups])
        tables = {block["title"]: block for block in self._blocks("table")}
        beside, history = tables["Beside Simple Rules"], tables["Forecasts So Far"]
        self.assertEqual(beside["rows"][0]["cells"][1], run.metrics["model"]["auc"])
        self.assertEqual(beside["rows"][0]["cells"][2], run.metrics["rate"]["auc"])
        self.assertEqual(len(history["rows"]), 1)
        boxes = self._blocks("figures")[0]
        verdict = "yes" if run.is_better_than_baseline else "no"
        self.assertEqual(boxes["items"][0]["value"], verdict)

    def test_ended_warnings_are_counted_with_their_interval_and_open(self):
        partners, __ = self._shop()
        self.runs._fit(self.company, AS_OF, 90)
        warnings = self.env["customer.warning"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "date": AS_OF,
                    "state": state,
                    "dismiss_reason": reason,
                }
                for partner, state, reason in zip(
                    partners[:4],
                    ("won_back", "won_back", "dismissed", "open"),
                    (False, False, "false_alarm", False),
                    strict=True,
                )
            ]
        )
        [outcome] = [
            block
            for block in self._blocks("table")
            if block["title"] == "What Became of Warnings"
        ]
        rows = {row["cells"][0]: row for row in outcome["rows"]}
        self.assertEqual(set(rows), {"Won Back", "False alarm: the customer is fine"})
        self.assertEqual(rows["Won Back"]["cells"][1], 2)
        self.assertAlmostEqual(rows["Won Back"]["cells"][2], 2 / 3)
        low, high = rows["Won Back"]["cells"][3:]
        self.assertAlmostEqual(low, 0.2077, 3)  # Wilson, 2 of 3
        self.assertAlmostEqual(high, 0.9385, 3)
        self.assertTrue(rows["Won Back"]["weak"])
        self.assertEqual(self._opened(rows["Won Back"]["key"]), warnings[:2])

    def test_the_groups_open_every_customer_once(self):
        partners, __ = self._shop()
        run = self.runs._fit(self.company, AS_OF, 90)
        opened = [
            profile
            for number in range(len(run.metrics["calibration"]))
            for profile in self._opened(["group", number])
        ]
        self.assertEqual(len(opened), len(partners))
        self.assertEqual(len(set(opened)), len(partners))

    def test_an_unknown_group_opens_nothing(self):
        self._shop()
        self.runs._fit(self.company, AS_OF, 90)
        for key in (["group", 99], ["other", 0], ["group", "x"]):
            with self.assertRaises(UserError):
                self._opened(key)
