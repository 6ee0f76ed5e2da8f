from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


@freeze_time("2025-07-02 12:00:00")
class TestWhatIf(CustomerInsightCase):
    """Settings can be tried out on days that were, before they are saved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_prospect_scope = "none"
        cls.customers = cls._add_customers(12)
        cls._add_history(
            (customer, date(2025, 1 + number % 6, 2 + number), 10 * (1 + number))
            for number, customer in enumerate(cls.customers)
        )
        cls._refresh(as_of=None)
        snapshots = cls.env["customer.snapshot"]
        while snapshots._take_next(cls.company):
            pass
        cls.boss = cls._add_user("boss", INSIGHT_MANAGER)
        cls.trials = cls.env["customer.what.if"].with_user(cls.boss)
        cls.trials = cls.trials.with_context(allowed_company_ids=cls.company.ids)

    def _try(self, as_of="2025-07-02", **settings):
        trial = self.trials.create(
            {
                **self.trials._settings_of(self._scoring(as_of=as_of)),
                "scoring_id": self._scoring(as_of=as_of).id,
                **settings,
            }
        )
        trial.action_compute()
        return trial

    def _try_weights(self, as_of="2025-07-02", **weights):
        """A trial in which these components weigh so much, and others nothing."""
        trial = self.trials.create(
            {
                **self.trials._settings_of(self._scoring(as_of=as_of)),
                "scoring_id": self._scoring(as_of=as_of).id,
                "weight_ids": [
                    Command.create({"code": code, "weight": weight})
                    for code, weight in weights.items()
                ],
            }
        )
        trial.action_compute()
        return trial

    def _flows(self, trial, kind="stage"):
        return {
            (line.key_from, line.key_to): line.count
            for line in trial.line_ids
            if line.kind == kind
        }

    def test_unchanged_settings_move_nobody(self):
        trial = self._try()
        self.assertEqual(
            (trial.moved_count, trial.stored_count, trial.reproduced_count),
            (0, 12, 12),
        )
        self.assertFalse(trial.line_ids)

    def test_unchanged_settings_replay_history_exactly(self):
        for as_of in ("2025-06-30", "2025-05-31", "2025-03-31"):
            trial = self._try(as_of)
            self.assertEqual(trial.moved_count, 0)
            self.assertEqual(trial.stored_count, trial.reproduced_count)
            self.assertGreater(trial.stored_count, 5)

    def test_settings_changed_since_do_not_matter_to_the_replay(self):
        self.company.write({"insight_at_risk_days": 2, "insight_churned_days": 3})
        trial = self._try("2025-05-31")
        self.assertEqual(trial.at_risk_days, 90)
        self.assertEqual((trial.moved_count, trial.customer_count), (0, 10))

    def test_a_shorter_limit_moves_whom_it_would_move_when_saved(self):
        before = self._stages()
        trial = self._try(at_risk_days=20, churned_days=60)
        self.assertEqual(self._stages(), before)
        self.company.write({"insight_at_risk_days": 20, "insight_churned_days": 60})
        self._refresh(as_of="2025-07-02")
        after = self._stages()
        expected = {}
        for name, stage in before.items():
            if after[name] != stage:
                pair = (stage, after[name])
                expected[pair] = expected.get(pair, 0) + 1
        self.assertEqual(self._flows(trial), expected)
        self.assertGreater(len(expected), 1)
        self.assertEqual(
            trial.moved_amount,
            sum(
                self._profile(customer).amount_total
                for customer in self.customers
                if after[customer.name] != before[customer.name]
            ),
        )

    def _stages(self):
        return {
            name: row["lifecycle_stage"] for name, row in self._stored_rows().items()
        }

    def test_another_value_rule_draws_the_classes_anew(self):
        trial = self._try(value_high=50, value_low=0)
        self.assertEqual(
            self._flows(trial, "value"), {("low", "normal"): 5, ("normal", "high"): 3}
        )
        self.assertFalse(self._flows(trial, "stage"))
        self.assertFalse(self._flows(trial, "segment"))

    def test_another_window_draws_the_scores_anew(self):
        trial = self._try(rfm_window_months=1)
        self.assertGreater(sum(self._flows(trial, "segment").values()), 0)
        self.company.insight_rfm_window_months = 1
        self._refresh(as_of="2025-07-02")
        for moved in trial.customer_ids:
            self.assertEqual(moved.score_to, self._profile(moved.partner_id).rfm_score)

    # === BORDERS SET BY HAND === #

    def test_borders_of_the_day_set_by_hand_move_nobody(self):
        borders = self._scoring(as_of="2025-07-02")._borders_to_set()
        self.assertEqual(borders["frequency_borders"], "")  # all bought once
        trial = self._try(
            rfm_rule="fixed", **{**borders, "frequency_borders": "2, 3, 4, 5"}
        )
        self.assertEqual((trial.moved_count, trial.health_count), (0, 0))

    def test_borders_set_by_hand_score_as_written(self):
        borders = {
            "recency_borders": "120, 90, 60, 30",
            "frequency_borders": "2, 3, 4, 5",
            "monetary_borders": "50, 50, 100, 110",
        }
        trial = self._try(rfm_rule="fixed", **borders)
        moved = {c.partner_id: c.score_to for c in trial.customer_ids}
        trial.action_apply()
        self.assertEqual(self.company.insight_rfm_rule, "fixed")
        self._refresh(as_of="2025-07-02")
        # the last customer bought once, for 120, on 13 June: 19 days ago
        self.assertEqual(self._profile(self.customers[11]).rfm_score, "515")
        # the third bought for 30 on 4 March, 120 days ago
        self.assertEqual(self._profile(self.customers[2]).rfm_score, "211")
        self.assertGreater(len(moved), 5)
        for customer, score in moved.items():
            self.assertEqual(self._profile(customer).rfm_score, score)
        # and a day with such borders is replayed with them
        again = self._try()
        self.assertEqual((again.rfm_rule, again.moved_count), ("fixed", 0))
        self.assertEqual(again.reproduced_count, again.stored_count)
        # back to fifths from there
        back = self._try(rfm_rule="fifths")
        self.assertEqual(
            {c.partner_id: (c.score_to, c.score_from) for c in back.customer_ids},
            {c.partner_id: (c.score_from, c.score_to) for c in trial.customer_ids},
        )

    def test_borders_in_the_wrong_order_are_refused_in_words(self):
        good = {"frequency_borders": "2, 3, 4, 5", "monetary_borders": "1 2 3 4"}
        for wrong in ("30, 60, 90, 120", "120, 90, 60", "a, b, c, d", "", "inf 3 2 1"):
            with self.assertRaisesRegex(ValidationError, "Recency Borders"):
                self._try(rfm_rule="fixed", recency_borders=wrong, **good)

    # === CODES OF THE GRID === #

    def test_codes_of_the_grid_are_tried_without_saving(self):
        code = self._profile(self.customers[0]).rfm_score
        before = self._profile(self.customers[0]).rfm_segment_id
        other = self.env.ref("customer_insight.segment_champions")
        cell = self.env["customer.rfm.cell"].search([("code", "=", code)])
        same = [c for c in self.customers if self._profile(c).rfm_score == code]
        trial = self._try(grid={code: other.id})
        self.assertEqual(
            self._flows(trial, "segment"), {(str(before.id), str(other.id)): len(same)}
        )
        self.assertEqual(cell.segment_id, before)
        trial.action_apply()
        self.assertEqual(cell.segment_id, other)

    def test_codes_nobody_knows_are_refused(self):
        champions = self.env.ref("customer_insight.segment_champions")
        for grid in ({"666": champions.id}, {"555": 0}):
            with self.assertRaises(UserError):
                self._try(grid=grid)

    # === HEALTH WEIGHTS === #

    def test_the_weights_of_the_day_change_no_health(self):
        trial = self._try_weights(
            **self.trials._weights_of(self._scoring(as_of="2025-07-02"))
        )
        self.assertEqual((trial.health_count, trial.moved_count), (0, 0))
        self.assertEqual(trial.health_before, trial.health_after)

    def _add_rhythm(self):
        """Three customers who buy often: their rhythm is known, and that of all."""
        self._add_history(
            (customer, date(2025, 5, day), 10)
            for number, customer in enumerate(self.customers[:3])
            for day in (1, 10 + number, 20 + 5 * number)
        )
        self._refresh(as_of="2025-07-02")

    def test_weights_change_health_as_when_saved(self):
        self._add_rhythm()
        before = {c: self._profile(c).health_score for c in self.customers}
        had_any = {c for c in self.customers if self._profile(c).health_band}
        trial = self._try_weights(rhythm=100)
        self.assertEqual(
            {c: self._profile(c).health_score for c in self.customers}, before
        )
        trial.action_apply()
        weights = self.env["customer.health.weight"]._latest(
            self.company, date(2025, 7, 2)
        )
        self.assertEqual(
            [(line.code, line.weight) for line in weights.line_ids], [("rhythm", 100)]
        )
        self._refresh(as_of="2025-07-02")
        after = {c: self._profile(c) for c in self.customers}
        changed = {
            c: after[c].health_score
            for c in before
            if after[c].health_score != before[c]
        }
        found = trial.customer_ids.filtered("is_health_changed")
        self.assertEqual({c.partner_id: c.health_to for c in found}, changed)
        self.assertEqual(trial.health_count, len(changed))
        self.assertGreater(len(changed), 5)
        for row in found:
            self.assertEqual(row.band_to, after[row.partner_id].health_band)
        known = [c for c in had_any if after[c].health_band]
        self.assertAlmostEqual(
            trial.health_after,
            sum(after[c].health_score for c in known) / len(known),
            places=1,
        )
        for row in found.filtered(lambda row: row.band_from and row.band_to):
            self.assertAlmostEqual(
                row.health_change, row.health_to - row.health_from, places=2
            )

    def test_crossing_a_limit_of_health_counts_with_its_revenue(self):
        self._add_rhythm()
        trial = self._try_weights(rhythm=100)
        crossed = trial.customer_ids.filtered(lambda c: c.band_from != c.band_to)
        self.assertTrue(crossed)
        self.assertEqual(trial.band_count, len(crossed))
        self.assertEqual(trial.band_amount, sum(crossed.mapped("amount")))
        self.assertEqual(sum(self._flows(trial, "band").values()), len(crossed))
        self.assertTrue(all(crossed.mapped("is_moved")))
        opened = self.env["customer.what.if.customer"].search(
            trial.action_open_health()["domain"]
        )
        self.assertEqual(len(opened), trial.health_count)

    def test_weights_must_add_up(self):
        with self.assertRaisesRegex(ValidationError, "add up to 90"):
            self._try_weights(rhythm=90)

    def test_weights_of_a_past_day_are_those_of_that_day(self):
        self.env["customer.health.weight"].create(
            {
                "company_id": self.company.id,
                "date_from": "2025-07-02",
                "line_ids": [Command.create({"code": "rhythm", "weight": 100})],
            }
        )
        old = self.trials._weights_of(self._scoring(as_of="2025-05-31"))
        self.assertGreater(len(old), 3)
        self.assertAlmostEqual(sum(old.values()), 100)
        self.assertEqual(
            self.trials._weights_of(self._scoring(as_of="2025-07-02"))["rhythm"], 100
        )

    def test_another_set_of_stages(self):
        trial = self._try(stage_set="four")
        self.assertEqual(
            set(self._flows(trial)), {("first", "new"), ("at_risk", "new")}
        )

    def test_a_flow_opens_its_customers(self):
        trial = self._try(at_risk_days=20, churned_days=60)
        for line in trial.line_ids:
            action = line.action_open()
            found = self.env["customer.what.if.customer"].search(action["domain"])
            self.assertEqual(len(found), line.count)
            self.assertEqual(sum(found.mapped("amount")), line.amount)

    def test_impossible_settings_are_refused_and_nothing_is_saved(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._try(at_risk_days=200, churned_days=100)
        self.assertEqual(self.company.insight_churned_days, 180)

    def test_trying_saves_nothing_and_applying_does(self):
        trial = self._try(at_risk_days=20, churned_days=60)
        self.assertEqual(self.company.insight_at_risk_days, 90)
        trial.action_apply()
        self.assertEqual(self.company.insight_at_risk_days, 20)
        self.assertEqual(self.company.insight_churned_days, 60)

    def test_a_late_document_shows_that_the_day_no_longer_rebuilds(self):
        self._add_order(self.customers[0], "2025-05-20", 500)
        trial = self._try("2025-05-31")
        self.assertLess(trial.reproduced_count, trial.stored_count)

    def test_the_dialog_begins_with_the_settings_of_the_day(self):
        self.company.write({"insight_at_risk_days": 30, "insight_churned_days": 50})
        self._refresh(as_of="2025-07-02")
        with Form(self.trials) as form:
            self.assertEqual(form.at_risk_days, 30)
            form.scoring_id = self._scoring(as_of="2025-05-31")
            self.assertEqual(form.at_risk_days, 90)

    def test_only_managers_try_and_apply(self):
        ann = self._add_user("ann", INSIGHT_USER)
        trial = self._try()
        with self.assertRaises(AccessError):
            trial.with_user(ann).action_apply()
        with self.assertRaises(AccessError):
            self.trials.with_user(ann).create({})
