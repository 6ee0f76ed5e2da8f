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
