from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time
from odoo.tools import SQL, mute_logger
from psycopg2.errors import CheckViolation

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


def day(back):
    """The day so many days before the day of the figures."""
    return AS_OF - timedelta(days=back)


class HealthCase(CustomerInsightCase):
    def _entry(self, partner, code):
        """Stored score of a component, None if nothing is known."""
        entry = (self._profile(partner).health_components or {}).get(code)
        return entry and entry[0]

    def _components(self):
        """Those of installed add-ons, too."""
        return self.env["customer.profile"]._health_components(self.company, AS_OF)

    def _receipt(self, partner, code):
        receipts = {r["code"]: r for r in self._profile(partner).health_receipts}
        return receipts[code]

    def _log_call(self, partner, on):
        self.env["customer.interaction.log"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "date": self._moment(on),
                "kind": "call",
            }
        )

    def _bought(self, *days, amount=100, partner=None):
        partner = partner or self._add_customer()
        self._add_history([(partner, day(back), amount) for back in days])
        return partner


class TestHealthComponents(HealthCase):
    """Hand-worked scores of each component."""

    def test_rhythm_falls_from_the_usual_interval_to_three_times_as_long(self):
        # three purchase days, 10 days apart: the customer's own interval is 10
        expected = {5: 100, 10: 100, 15: 75, 20: 50, 25: 25, 30: 0, 300: 0}
        customers = {
            silence: self._bought(silence, silence + 10, silence + 20)
            for silence in expected
        }
        self._refresh()
        actual = {s: self._entry(c, "rhythm") for s, c in customers.items()}
        self.assertEqual(actual, expected)
        self.assertEqual(
            self._receipt(customers[15], "rhythm")["sentence"],
            "Silent for 15 days; usually buys every 10 days",
        )

    def test_rhythm_of_new_customers_is_compared_with_the_median_of_all(self):
        for interval in (10, 20, 60):
            self._bought(1, 1 + interval, 1 + 2 * interval)
        once, twice, never = (
            self._bought(30),
            self._bought(30, 35),
            self._add_customer(),
        )
        self._refresh()
        self.assertEqual(self._scoring().usual_interval_days, 20)
        self.assertEqual(self._entry(once, "rhythm"), 75)  # 30 of 20: 50 * 1.5
        self.assertEqual(self._entry(twice, "rhythm"), 75)
        self.assertIsNone(self._entry(never, "rhythm"))
        self.assertIn(
            "customers usually buy every 20", self._receipt(once, "rhythm")["sentence"]
        )
        # a single customer is compared with the stored median, not with itself
        before = self._profile(once).health_components
        self.assertEqual(self._refresh(partners=once), 0)
        self.assertEqual(self._profile(once).health_components, before)

    def test_without_any_rhythm_nothing_is_known_of_it(self):
        once = self._bought(30)
        self._refresh()
        self.assertIsNone(self._entry(once, "rhythm"))

    def test_frequency_compares_two_periods(self):
        # 300 days back: a customer for two periods of 90 days
        rows = {
            "equal": ((10, 20, 100, 110, 300), 75),  # 75 * 3/3
            "fewer": ((10, 100, 110, 120, 300), 37.5),  # 75 * 2/4
            "none": ((100, 110, 300), 25),  # 75 * 1/3
            "more": ((10, 20, 30, 100, 300), 100),  # 75 * 4/2, at most 100
            "edges": ((0, 89, 90, 179, 300), 75),  # both ends belong to their period
        }
        customers = {name: self._bought(*days) for name, (days, __) in rows.items()}
        newcomer, silent = self._bought(10, 100, 179), self._bought(300, 400)
        self._refresh()
        self.assertEqual(
            {name: self._entry(c, "frequency") for name, c in customers.items()},
            {name: score for name, (__, score) in rows.items()},
        )
        self.assertIsNone(self._entry(newcomer, "frequency"))
        self.assertIsNone(self._entry(silent, "frequency"))
        self.assertEqual(
            self._receipt(customers["fewer"], "frequency")["sentence"],
            "1 purchase days in the last 90 days, 3 in as many before",
        )

    def test_amount_compares_two_periods_against_the_usual_purchase(self):
        partner = self._add_customer()
        self._add_history(
            [
                (partner, day(300), 200),
                (partner, day(100), 300),
                (partner, day(10), 100),
            ]
        )
        self._refresh()
        # mean 600 / 3 = 200: 75 * (100 + 200) / (300 + 200)
        self.assertEqual(self._entry(partner, "amount"), 45)
        self.assertIn(
            "100.00 in the last 90 days", self._receipt(partner, "amount")["sentence"]
        )

    def test_the_period_is_a_setting(self):
        partner = self._bought(10, 20, 40, 100)  # 30 days: 2 against 1
        self.company.insight_health_period_days = 30
        self._refresh()
        self.assertEqual(self._entry(partner, "frequency"), 100)
        self.assertEqual(
            self._receipt(partner, "frequency")["sentence"][-45:],
            "days in the last 30 days, 1 in as many before",
        )

    def test_contact_is_fresh_for_30_days_and_forgotten_after_a_year(self):
        expected = {0: 100, 30: 100, 97: 80, 365: 0, 400: 0}
        customers = {back: self._add_customer() for back in expected}
        for back, customer in customers.items():
            self._log_call(customer, day(back))
            self._log_call(customer, day(back + 1))
        later, never = self._bought(10), self._bought(10)
        self._log_call(later, day(-1))
        self._refresh()
        actual = {back: self._entry(c, "contact") for back, c in customers.items()}
        self.assertEqual(actual, expected)
        self.assertIsNone(self._entry(later, "contact"))
        self.assertIsNone(self._entry(never, "contact"))  # purchases do not count
        self.assertEqual(
            self._receipt(customers[97], "contact")["sentence"],
            "Last contact 97 days ago, 2 contacts in all",
        )

    def test_payment_counts_open_amounts_by_days_overdue(self):
        partner, good, none = self._add_customers(3)
        self._invoice_due(partner, 300, overdue=45)
        self._invoice_due(partner, 100, overdue=200)
        self._invoice_due(partner, 600, overdue=-5)  # not due yet
        self._invoice_due(good, 100, overdue=1, paid=day(1))
        self._refresh()
        # 100 * (1 - (300 * 45/90 + 100 * 1) / 400)
        self.assertEqual(self._entry(partner, "payment"), 37.5)
        self.assertEqual(self._entry(good, "payment"), 100)
        self.assertIsNone(self._entry(none, "payment"))
        sentence = self._receipt(partner, "payment")["sentence"]
        self.assertIn("2 of 2 due invoices overdue", sentence)
        self.assertIn("400.00, the longest for 200 days", sentence)

    def test_payment_is_that_of_the_day(self):
        partner = self._add_customer()
        self._invoice_due(partner, 100, overdue=400, paid=day(30))
        self._refresh(as_of=day(31))
        self.assertEqual(self._entry(partner, "payment"), 0)
        self._refresh(as_of=day(30))  # paid, and due more than a year ago
        self.assertIsNone(self._entry(partner, "payment"))

    def test_returns_are_a_share_of_what_was_bought_within_the_year(self):
        partner, half, never = (self._bought(10, 20) for __ in range(3))
        self._add_refund(partner, day(5), 50)
        self._add_refund(half, day(5), 100)
        self._add_refund(never, day(365), 50)  # more than a year ago
        self._refresh()
        self.assertEqual(self._entry(partner, "returns"), 50)  # 1 - 2 * 50/200
        self.assertEqual(self._entry(half, "returns"), 0)
        self.assertEqual(self._entry(never, "returns"), 100)
        self.assertIn("(25 %)", self._receipt(partner, "returns")["sentence"])

    def test_a_refund_larger_than_all_sales_is_bounded(self):
        partner = self._bought(10, 20, 30)
        self._add_refund(partner, day(5), 1000)
        self._refresh()
        profile = self._profile(partner)
        self.assertEqual(self._entry(partner, "returns"), 0)
        self.assertIsNone(self._entry(partner, "amount"))
        self.assertTrue(0 <= profile.health_score <= 100)

    def _invoice_due(self, partner, amount, overdue, paid=None):
        due = day(overdue)
        move = self._add_invoice(
            partner, due - timedelta(days=10), amount, invoice_date_due=due
        )
        if paid:
            refund = self._add_refund(partner, paid, amount)
            lines = (move | refund).line_ids.filtered(
                lambda line: line.account_type == "asset_receivable"
            )
            lines.reconcile()
        return move


class TestHealthScore(HealthCase):
    def test_the_score_is_the_weighted_mean_of_what_is_known(self):
        partner = self._bought(15, 25, 35)  # rhythm 75, returns 100, no more
        self._refresh()
        self.assertProfile(
            partner,
            health_score=81.25,  # (30 * 75 + 10 * 100) / 40
            health_band="healthy",
            health_basis=f"Based on 2 of {len(self._components())} components",
        )
        parts = self._profile(partner).health_components
        self.assertEqual(parts["rhythm"], [75, 75, 56.25, 15, 10, True])
        self.assertEqual(parts["returns"], [100, 25, 25, 0, 300])
        nothing = self._receipt(partner, "payment")
        self.assertIsNone(nothing["score"])
        self.assertEqual(nothing["share"], 0)

    def test_coverage_is_the_weight_of_what_is_known(self):
        partner = self._bought(15, 25, 35)
        self._refresh()
        total = sum(part["weight"] for part in self._components().values())
        self.assertEqual(
            self._profile(partner).health_coverage, round(100 * (30 + 10) / total)
        )

    def test_a_prospect_has_no_score(self):
        partner = self._add_customer()
        self._refresh()
        [row] = self._stored_rows().values()
        self.assertIsNone(row["health_score"])
        self.assertProfile(partner, health_band=False, health_coverage=0)
        self.assertEqual(
            self._profile(partner).health_basis,
            f"Based on 0 of {len(self._components())} components",
        )

    def test_shares_add_up_to_the_score_and_all_is_bounded(self):
        for n in range(40):
            partner = self._bought(*range(n, 30 + 13 * n, 7 + n), amount=1 + n * 37.7)
            if n % 3 == 0:
                self._add_refund(partner, day(n), 20 + n)
            if n % 4 == 0:
                due = day(60 + n)
                self._add_invoice(partner, due, 99.99 + n, invoice_date_due=due)
        self._refresh()
        rows = self._stored_rows()
        known = set()
        for partner in self.profiles.search([("company_id", "=", self.company.id)]):
            parts = partner.health_components
            known |= {len(parts)}
            self.assertAlmostEqual(
                sum(p[2] for p in parts.values()), partner.health_score, delta=0.01
            )
            self.assertAlmostEqual(sum(p[1] for p in parts.values()), 100, delta=0.03)
            self.assertTrue(all(0 <= p[0] <= 100 for p in parts.values()))
        self.assertTrue(rows)
        self.assertGreater(len(known), 2)  # different customers, different knowledge

    def test_bands_begin_at_40_and_70(self):
        # rhythm alone, 30 of 40 known: (30 * rhythm + 10 * returns) / 40
        poor, watch, healthy = (self._bought(s, s + 10, s + 20) for s in (26, 25, 17))
        self._refresh()
        self.assertEqual(
            [
                (self._profile(c).health_score, self._profile(c).health_band)
                for c in (poor, watch, healthy)
            ],
            [(40.0, "watch"), (43.75, "watch"), (73.75, "healthy")],
        )
        later = self._bought(27, 37, 47)
        self._refresh()
        self.assertEqual(self._profile(later).health_band, "poor")

    def test_a_past_day_reads_documents_of_that_day_only(self):
        partner = self._bought(0, 40, 50, 60)
        self._refresh(as_of=day(30))
        self.assertEqual(self._entry(partner, "rhythm"), 100)
        self.assertEqual(
            self._receipt(partner, "rhythm")["sentence"][:18], "Silent for 10 days"
        )

    def test_an_add_on_adds_a_component_and_bad_values_are_kept_out(self):
        partner, other, third = (self._bought(15, 25, 35) for __ in range(3))
        cls = type(self.env["customer.profile"])
        original = cls._health_components

        def components(profiles, company, as_of):
            mood = SQL(
                "VALUES (%s, 900::float8, 7), (%s, 'NaN'::float8, 8), (%s, NULL, 9)",
                partner.id,
                other.id,
                third.id,
            )
            return {
                **original(profiles, company, as_of),
                "mood": {
                    "name": "Mood",
                    "weight": 20,
                    "query": SQL("SELECT * FROM (%s) v (partner_id, score, n)", mood),
                    "values": ("n",),
                    "sentence": "_mood_sentence",
                },
            }

        self.patch(cls, "_health_components", components)
        cls._mood_sentence = lambda profile, values: f"{values['n']} smiles"
        self.addCleanup(delattr, cls, "_mood_sentence")
        self._refresh()
        self.assertEqual(self._entry(partner, "mood"), 100)
        self.assertIsNone(self._entry(other, "mood"))
        self.assertIsNone(self._entry(third, "mood"))
        self.assertEqual(self._receipt(partner, "mood")["sentence"], "7 smiles")
        self.assertNotIn("action", self._receipt(partner, "mood"))
        self.assertFalse(self._profile(partner).action_open_health("mood"))
        # (30 * 75 + 10 * 100 + 20 * 100) / 60
        self.assertEqual(self._profile(partner).health_score, 87.5)

    def test_a_second_run_changes_nothing_and_a_single_customer_agrees(self):
        partner = self._bought(15, 25, 35, 300)
        self._bought(5, 100, 200, 300)
        self._refresh()
        before = self._stored_rows()
        self.assertEqual(self._refresh(), 0)
        self.assertEqual(self._refresh(partners=partner), 0)
        self.assertEqual(self._stored_rows(), before)

    def test_companies_do_not_mix(self):
        other = self._add_company("Other")
        partner = self._bought(15, 25, 35)
        self._add_history([(partner, day(0), 10)], company=other)
        self._add_refund(partner, day(1), 10, company=other)
        self._refresh()
        self.assertEqual(self._entry(partner, "rhythm"), 75)
        self.assertEqual(self._entry(partner, "returns"), 100)

    def test_documents_of_a_component_open(self):
        partner = self._bought(10, 100, 300)
        self._add_refund(partner, day(5), 10)
        self._add_invoice(partner, day(60), 10, invoice_date_due=day(30))
        self._log_call(partner, day(3))
        self._refresh()
        profile = self._profile(partner)
        found = {}
        for receipt in profile.health_receipts:
            if receipt["score"] is None:  # of another add-on
                continue
            self.assertEqual(receipt["action"], "action_open_health")
            action = profile.action_open_health(receipt["code"])
            found[receipt["code"]] = self.env[action["res_model"]].search_count(
                action["domain"]
            )
        self.assertEqual(
            found,
            {
                "rhythm": 4,
                "frequency": 3,
                "amount": 3,
                "contact": 1,
                "payment": 1,
                "returns": 4,
            },
        )
        self.assertFalse(profile.action_open_health("unknown"))

    def test_documents_of_a_colleague_s_customer_stay_closed(self):
        partner = self._bought(10)
        self._refresh()
        seller = self._add_user("seller", INSIGHT_USER)
        profile = self._profile(partner).with_user(seller)
        with self.assertRaises(AccessError):
            profile.action_open_health("rhythm")
        partner.user_id = seller
        self.assertTrue(profile.action_open_health("rhythm"))


@freeze_time("2025-06-30 12:00:00")
class TestHealthWeights(HealthCase):
    def _add_weights(self, since, **weights):
        return self.env["customer.health.weight"].create(
            {
                "date_from": since,
                "line_ids": [
                    (0, 0, {"code": code, "weight": weight})
                    for code, weight in weights.items()
                ],
            }
        )

    def test_weights_must_add_up_to_100(self):
        for weights in ({"rhythm": 60, "returns": 30}, {}, {"rhythm": 99.9}):
            with (
                self.subTest(weights=weights),
                self.assertRaisesRegex(ValidationError, "add up to"),
                self.cr.savepoint(),
            ):
                self._add_weights(AS_OF, **weights)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self._add_weights(AS_OF, rhythm=101, returns=-1)
        thirds = self._add_weights(AS_OF, rhythm=33.33, returns=33.33, amount=33.34)
        self.assertAlmostEqual(thirds.total, 100)

    def test_a_line_changed_by_itself_is_checked_too(self):
        weights = self._add_weights(AS_OF, rhythm=60, returns=40)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            weights.line_ids[0].weight = 50
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.env["customer.health.weight.line"].create(
                {"weight_id": weights.id, "code": "amount", "weight": 1}
            )
        first, second = weights.line_ids
        weights.line_ids = [
            (1, first.id, {"weight": 50}),
            (1, second.id, {"weight": 50}),
        ]
        self.assertEqual(weights.line_ids.mapped("weight"), [50, 50])

    def test_chosen_weights_count_from_their_day(self):
        partner = self._bought(16, 26, 36)
        with freeze_time("2025-06-29"):
            self._add_weights(day(1), rhythm=100)
        self._add_weights(AS_OF, rhythm=20, returns=80)
        self._refresh(as_of=day(2))  # silent for 14 days: 80
        self.assertEqual(self._profile(partner).health_score, 85)  # 30 : 10
        self._refresh(as_of=day(1))
        self.assertEqual(self._profile(partner).health_score, 75)  # silent for 15
        self._refresh()
        self.assertEqual(self._profile(partner).health_score, 94)  # .2 * 70 + .8 * 100
        self._refresh(as_of=day(1))  # past scores keep their weights
        self.assertEqual(self._profile(partner).health_score, 75)
        self.assertEqual(
            [r["code"] for r in self._profile(partner).health_receipts], ["rhythm"]
        )

    def test_sets_that_were_in_force_stay_as_they_are(self):
        with freeze_time("2025-06-29"):
            weights = self._add_weights(day(1), rhythm=100)
        for change in (
            lambda: weights.write({"date_from": AS_OF}),
            lambda: weights.line_ids.write({"weight": 100}),
            lambda: weights.line_ids.unlink(),
            lambda: weights.unlink(),
            lambda: self._add_weights(day(3), rhythm=100),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                change()
        self.assertEqual(weights.state, "current")
        planned = self._add_weights("2025-07-01", returns=100)
        self.assertEqual(planned.state, "future")
        self._add_weights(AS_OF, returns=100)
        weights.invalidate_recordset()
        self.assertEqual(weights.state, "past")

    def test_the_form_starts_from_the_weights_in_force(self):
        with Form(self.env["customer.health.weight"]) as form:
            self.assertEqual(round(form.total, 2), 100)
            self.assertEqual(form.date_from, AS_OF)
        weights = form.save()
        chosen = {line.code: line.weight for line in weights.line_ids}
        self.assertEqual(chosen.keys(), self._components().keys())
        self.assertEqual(max(chosen, key=chosen.get), "rhythm")
        self.assertIn(f"Purchase rhythm {chosen['rhythm']:g}", weights.summary)

    def test_each_company_has_its_own_weights(self):
        other = self._add_company("Other")
        self._add_weights(AS_OF, rhythm=100)
        weights = self.env["customer.health.weight"]
        self.assertEqual(weights._in_force(self.company, AS_OF)["rhythm"], 100)
        self.assertLess(weights._in_force(other, AS_OF)["rhythm"], 100)

    def test_only_managers_change_weights(self):
        seller = self._add_user("seller", INSIGHT_USER)
        manager = self._add_user("manager", INSIGHT_MANAGER)
        weights = self._add_weights(AS_OF, rhythm=100)
        with self.assertRaises(AccessError):
            weights.with_user(seller).date_from = date(2025, 7, 1)
        with self.assertRaises(AccessError):
            weights.line_ids.with_user(seller).weight = 100
        weights.with_user(manager).date_from = date(2025, 7, 1)
        self.assertEqual(weights.date_from, date(2025, 7, 1))

    def test_new_weights_start_a_computation(self):
        cron = self.env.ref("customer_insight.ir_cron_refresh_all")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self._add_weights(AS_OF, rhythm=100)
        after = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertGreater(after, before)
