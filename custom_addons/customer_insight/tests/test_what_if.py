from datetime import date

from odoo.exceptions import AccessError
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
