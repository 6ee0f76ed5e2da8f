from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import AS_OF, CustomerInsightCase

REFRESH_ALL = "customer_insight.ir_cron_refresh_all"


class TestSettings(CustomerInsightCase, CronMixinCase):
    """Settings that contradict each other are refused; others take effect."""

    def test_bad_settings_are_refused_with_a_sentence(self):
        for values, sentence in (
            ({"insight_at_risk_days": 0}, "one day of silence at the earliest"),
            ({"insight_at_risk_days": 180}, "set more days for churned"),
            ({"insight_churned_days": 90}, "set more days for churned"),
            ({"insight_loyal_purchases": 1}, "at least two purchases"),
            ({"insight_loyal_months": 0}, "within one month"),
            ({"insight_loyal_months": 1201}, "within one month to 100 years"),
            ({"insight_loyal_purchases": 1001}, "at least two purchases"),
            ({"insight_churned_days": 36501}, "churn within 100 years"),
            ({"insight_rfm_window_months": 1201}, "from 0 to 1200 months"),
            ({"insight_rfm_window_months": -1}, "from 0 to 1200 months"),
            ({"insight_min_population": -1}, "cannot be negative"),
            ({"insight_value_high": 61}, "add up to at most 100 %"),
            ({"insight_value_low": -1}, "add up to at most 100 %"),
            (
                {"insight_value_rule": "amount", "insight_value_high": 1},
                "the high amount is not below the low one",
            ),
        ):
            with (
                self.subTest(**values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError) as caught,
                self.env.cr.savepoint(),
            ):
                self.company.write(values)
                self.company.flush_recordset()
            message = self.company._sql_error_to_message(caught.exception)
            self.assertIn(sentence, message)

    def test_the_most_extreme_settings_do_not_stop_the_computation(self):
        customer = self._add_customer()
        self._add_order(customer, AS_OF)
        self.company.write(
            {
                "insight_rfm_window_months": 1200,
                "insight_loyal_months": 1200,
                "insight_loyal_purchases": 1000,
                "insight_at_risk_days": 36499,
                "insight_churned_days": 36500,
            }
        )
        self._refresh()
        self.assertProfile(customer, lifecycle_stage="first", frequency=1)

    def test_changed_settings_start_a_computation(self):
        with self.capture_triggers(REFRESH_ALL) as captured:
            self.company.name = "Renamed"
            self.assertFalse(captured.records)
            self.company.insight_churned_days = 300
            self.assertEqual(len(captured.records), 1)

    def test_settings_of_the_form_are_those_of_the_company(self):
        settings = self.env["res.config.settings"].create(
            {"insight_churned_days": 250, "insight_timezone": "Asia/Shanghai"}
        )
        settings.execute()
        self.assertEqual(self.company.insight_churned_days, 250)
        self.assertEqual(self.company._insight_timezone(), "Asia/Shanghai")
        self.assertEqual(self.company._insight_policy().churned_days, 250)

    def test_a_changed_grid_starts_a_computation(self):
        cell = self.env["customer.rfm.cell"].search([("code", "=", "111")])
        with self.capture_triggers(REFRESH_ALL) as captured:
            cell.segment_id = self.env.ref("customer_insight.segment_new")
            self.assertEqual(len(captured.records), 1)

    def test_changed_settings_take_effect_in_the_next_run(self):
        customer = self._add_customer()
        self._add_order(customer, "2025-06-01")
        self._refresh()
        self.assertProfile(customer, lifecycle_stage="first")
        self.company.insight_at_risk_days = 10
        self._refresh()
        self.assertProfile(
            customer, lifecycle_stage="at_risk", stage_since="2025-06-12"
        )

    def test_between_runs_customers_follow_the_settings_of_their_scoring(self):
        customer = self._add_customer()
        self._add_order(customer, "2025-06-01")
        self._refresh()
        self.company.insight_at_risk_days = 10
        self._refresh(partners=customer)
        profile = self._profile(customer)
        limit = profile.scoring_id.policy["at_risk_days"]
        self.assertEqual(profile.lifecycle_stage, "at_risk" if limit == 10 else "first")
