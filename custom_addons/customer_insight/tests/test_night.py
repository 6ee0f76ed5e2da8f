import logging
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from .common import CustomerInsightCase

NIGHT = "odoo.addons.customer_insight.models.customer_profile_night"


@tagged("post_install", "-at_install")
@freeze_time("2025-07-02 03:00:00")
class TestNight(CustomerInsightCase):
    """Each step stands alone: what fails is named, the rest is done."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_prospect_scope = "none"
        cls.other = cls._add_company("Other", insight_prospect_scope="none")
        cls.customers = cls._add_customers(8)
        for company in (cls.company, cls.other):
            cls._add_history(
                (
                    (customer, f"2025-0{1 + number % 6}-10", 10 + number)
                    for number, customer in enumerate(cls.customers)
                ),
                company=company,
            )
        cls.night = cls.env["customer.profile"]

    def _run(self):
        with (
            patch.object(
                type(self.night),
                "_companies_by_age",
                lambda records: self.company + self.other,
            ),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("customer_insight.ir_cron_refresh_all").method_direct_trigger()

    def _counts(self, company):
        domain = [("company_id", "=", company.id)]
        return [
            self.env[model].with_context(active_test=False).search_count(domain)
            for model in (
                "customer.profile",
                "customer.stage.move",
                "customer.segment.membership",
                "customer.snapshot",
            )
        ]

    def _failing(self, model, method):
        """A method that fails for the first company only."""
        kind = type(self.env[model])
        original, bad = getattr(kind, method), self.company

        def failing(records, *args, **kwargs):
            if bad == kwargs.get("companies", args and args[0]):
                raise ValueError("broken")
            return original(records, *args, **kwargs)

        return patch.object(kind, method, failing)

    def test_the_night_does_all_steps_of_all_companies(self):
        self._run()
        profiles, moves, stays, snapshots = self._counts(self.company)
        self.assertEqual(profiles, 8)
        self.assertGreater(moves, 8)
        self.assertGreater(stays, 8)
        self.assertEqual(snapshots, 2 + 4 + 5 + 6 + 7 + 8)
        self.assertEqual(self._counts(self.other), self._counts(self.company))

    def test_a_second_night_changes_nothing(self):
        self._run()
        before = self._everything()
        self._run()
        self.assertEqual(self._everything(), before)

    def _everything(self):
        self.env.flush_all()
        rows = {}
        for table in (
            "customer_profile",
            "customer_stage_move",
            "customer_segment_membership",
            "customer_snapshot",
        ):
            self.env.cr.execute(
                SQL(
                    "SELECT * FROM %s WHERE company_id = %s ORDER BY id",
                    SQL.identifier(table),
                    self.company.id,
                )
            )
            rows[table] = self.env.cr.fetchall()
        return rows

    def test_a_failing_step_is_named_and_stops_nothing_else(self):
        for model, method, name in (
            ("customer.stage.move", "_refresh", "stage moves"),
            ("customer.segment", "_refresh", "segments"),
            ("customer.snapshot", "_take", "snapshots"),
        ):
            self.env["customer.snapshot"].search([]).unlink()
            with (
                self.subTest(method=f"{model}.{method}"),
                self._failing(model, method),
                self.assertLogs(NIGHT, logging.ERROR) as logs,
            ):
                self._run()
                self.assertEqual(len(logs.output), 1)
                self.assertIn(
                    f"The {name} of company {self.company.id} failed", logs.output[0]
                )
        self.assertGreater(min(self._counts(self.other)), 7)

    def test_what_failed_is_done_the_next_night(self):
        with (
            self._failing("customer.snapshot", "_take"),
            self.assertLogs(NIGHT, logging.ERROR),
        ):
            self._run()
        self.assertEqual(self._counts(self.company)[3], 0)
        self._run()
        self.assertEqual(self._counts(self.company), self._counts(self.other))

    def test_a_step_under_way_elsewhere_is_left_to_it(self):
        with (
            patch.object(
                type(self.env["customer.snapshot"]),
                "_lock",
                side_effect=UserError("busy"),
            ),
            self.assertLogs(NIGHT, logging.INFO) as logs,
        ):
            self._run()
        self.assertEqual([line.count("busy") for line in logs.output], [1, 1])
        self.assertEqual(self._counts(self.company)[3], 0)

    # === ONE CUSTOMER WHO FAILS === #

    def _poisoned(self, customer):
        """A figure that breaks the statement of all for one customer."""
        kind = type(self.night)
        original = kind._profile_columns

        def poisoned(records, company, as_of, policy):
            columns = original(records, company, as_of, policy)
            columns["purchase_count"] = SQL(
                "fact.purchase_count / (CASE WHEN fact.partner_id = %s THEN 0"
                " ELSE 1 END)",
                customer.id,
            )
            return columns

        return patch.object(kind, "_profile_columns", poisoned)

    def test_one_failing_customer_is_named_and_all_others_are_computed(self):
        self._refresh(as_of="2025-06-01")
        bad = self.customers[3]
        with (
            self._poisoned(bad),
            mute_logger("odoo.sql_db"),
            self.assertLogs(NIGHT, logging.ERROR) as logs,
        ):
            self.assertFalse(self.night._night_profiles(self.company))
        self.assertEqual(len(logs.output), 1)
        self.assertIn(f"Profile of customer [{bad.id}]", logs.output[0])
        days = {
            profile.partner_id: str(profile.as_of)
            for profile in self.profiles.search([("company_id", "=", self.company.id)])
        }
        self.assertEqual(days.pop(bad), "2025-06-01")
        self.assertEqual(set(days.values()), {"2025-07-02"})
        self.assertEqual(len(days), 7)

    def test_a_failing_customer_stops_no_other_in_the_queue(self):
        self._refresh(as_of="2025-06-01")
        bad = self.customers[3]
        self.env["customer.profile.queue"].search([]).unlink()
        self.env["customer.profile.queue"].create(
            [
                {"partner": customer.id, "company": self.company.id}
                for customer in self.customers
            ]
        )
        with (
            self._poisoned(bad),
            mute_logger("odoo.sql_db"),
            self.assertLogs(NIGHT, logging.ERROR) as logs,
        ):
            self.assertEqual(self.night._refresh_queued(self.company), 8)
        self.assertIn(str(bad.id), logs.output[0])
        self.assertProfile(self.customers[4], as_of="2025-07-02")
        self.assertProfile(bad, as_of="2025-06-01")
