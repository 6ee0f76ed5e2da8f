import logging
from contextlib import nullcontext
from unittest.mock import Mock, patch

import psycopg2
from odoo import sql_db
from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.tests import freeze_time

from ..models.customer_profile_queue import _wake
from .common import AS_OF, CustomerInsightCase

QUEUE = "odoo.addons.customer_insight.models.customer_profile_queue"
LOGGER = "odoo.addons.customer_insight.models.customer_profile_refresh"
REFRESH_CHANGED = "customer_insight.ir_cron_refresh_changed"


class TestQueue(CustomerInsightCase, CronMixinCase):
    """A changed document brings its customer's profile up to date within a minute."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sale_journal(cls.company)
        cls.customer = cls._add_customer("Customer")
        cls.order = cls._add_order(cls.customer, "2025-06-01", 100)
        cls.refund = cls._add_refund(cls.customer, "2025-06-02", 10)
        cls._refresh()
        cls._empty_queue()

    @classmethod
    def _empty_queue(cls):
        cls.cr.flush()
        cls.env["customer.profile.queue"].search([]).unlink()

    def _queued(self):
        """End the transaction, as far as the queue is concerned, and look at it."""
        self.cr.flush()
        return self.env["customer.profile.queue"]._take(self.company)

    @freeze_time("2025-06-30 12:00:00")
    def _run_cron(self):
        self.cr.flush()
        with self.enter_registry_test_mode():
            self.env.ref(REFRESH_CHANGED).method_direct_trigger()

    def _woken(self):
        """End the transaction, as far as the queue is concerned; who wakes the job."""
        with patch(f"{QUEUE}._wakes") as wakes:
            self.cr.flush()
            self.cr.postcommit.run()
        return [call.args for call in wakes.ask.call_args_list]

    # === WAKING === #

    def test_the_job_is_woken_after_the_commit_and_not_before(self):
        with patch(f"{QUEUE}._wakes") as wakes:
            self._add_order(self.customer, AS_OF)
            self.cr.flush()
            wakes.ask.assert_not_called()
            self.cr.postcommit.run()
            wakes.ask.assert_called_once_with(self.cr.dbname)

    def test_waking_is_a_trigger_of_core(self):
        connection = Mock()
        connection.cursor.return_value = nullcontext(self.cr)
        with (
            patch.object(sql_db, "db_connect", return_value=connection),
            self.capture_triggers(REFRESH_CHANGED) as captured,
        ):
            _wake(self.cr.dbname)
        self.assertEqual(len(captured.records), 1)
        self.assertIn("_notifydb", str(self.cr.postcommit._funcs))

    def test_a_database_that_lost_the_job_is_not_woken(self):
        connection = Mock()
        connection.cursor.return_value = nullcontext(self.cr)
        before = self.env["ir.cron.trigger"].search_count([])
        with (
            patch.object(sql_db, "db_connect", return_value=connection),
            patch(f"{QUEUE}._FOLLOWING_CRON", "customer_insight.no_such_job"),
        ):
            _wake(self.cr.dbname)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), before)

    def test_workers_that_cannot_be_woken_are_no_error(self):
        with (
            patch.object(sql_db, "db_connect", side_effect=psycopg2.Error("full")),
            self.assertLogs(QUEUE, logging.INFO) as log,
        ):
            _wake(self.cr.dbname)
        self.assertIn("The scheduler was not woken: full", log.output[0])

    # === WHAT IS QUEUED === #

    def test_confirming_an_order_queues_its_customer_once(self):
        other = self._add_customer()
        self._add_order(other, AS_OF)
        self.cr.flush()
        self.env.cr.execute("SELECT partner, company FROM customer_profile_queue")
        self.assertEqual(self.env.cr.fetchall(), [(other.id, self.company.id)])

    def test_a_quotation_queues_nobody(self):
        quotation = self._add_order(self.customer, AS_OF, confirm=False)
        quotation.order_line.price_unit = 5
        self.assertFalse(self._queued())

    def test_cancelling_an_order_queues_its_customer(self):
        self.order._action_cancel()
        self.assertEqual(self._queued(), {self.customer.id})

    def test_another_amount_queues_the_customer(self):
        self.order.order_line.price_unit = 55
        self.assertEqual(self._queued(), {self.customer.id})

    def test_a_deleted_line_queues_the_customer(self):
        self.order.order_line.product_uom_qty = 0
        self.assertEqual(self._queued(), {self.customer.id})

    def test_another_date_queues_the_customer(self):
        self.order.date_order = "2025-05-05 12:00:00"
        self.assertEqual(self._queued(), {self.customer.id})

    def test_another_customer_queues_both(self):
        other = self._add_customer()
        self.order.partner_id = other
        self.assertEqual(self._queued(), {self.customer.id, other.id})

    def test_a_note_on_the_order_queues_nobody(self):
        self.order.client_order_ref = "PO 17"
        self.order.note = "Thank you"
        self.assertFalse(self._queued())

    def test_posting_a_credit_note_queues_its_customer(self):
        refund = self._add_refund(self.customer, AS_OF, 5, post=False)
        self.assertFalse(self._queued())
        refund.action_post()
        self.assertEqual(self._queued(), {self.customer.id})

    def test_a_credit_note_reset_to_draft_queues_its_customer(self):
        self.refund.button_draft()
        self.assertEqual(self._queued(), {self.customer.id})

    def test_archiving_a_customer_queues_it(self):
        self.customer.active = False
        self.assertEqual(self._queued(), {self.customer.id})

    def test_a_contact_that_joins_or_leaves_a_company_queues_both(self):
        firm = self._add_customer("Firm", is_company=True)
        self._refresh()
        self.customer.parent_id = firm
        self.assertGreaterEqual(self._queued(), {self.customer.id})
        self._refresh(partners=self.customer)
        self.assertProfile(firm, amount_total=90.0)
        self.customer.parent_id = False
        self.assertGreaterEqual(self._queued(), {self.customer.id, firm.id})

    def test_a_contact_that_becomes_a_company_of_its_own_is_queued(self):
        firm = self._add_customer("Firm", is_company=True)
        self.customer.parent_id = firm
        self._refresh()
        self._empty_queue()
        self.customer.is_company = True
        self.assertEqual(self.customer.commercial_partner_id, self.customer)
        self.assertGreaterEqual(self._queued(), {self.customer.id, firm.id})

    def test_merging_contacts_queues_the_one_that_stays(self):
        double = self._add_customer("Double")
        self._add_order(double, "2025-06-03", 5)
        self._refresh()
        self._empty_queue()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | double).ids, self.customer
        )
        self.assertIn(self.customer.id, self._queued())

    # === THE TRANSACTION === #

    def test_the_job_is_woken_once_per_transaction(self):
        for __ in range(3):
            self._add_order(self.customer, AS_OF)
        self.assertEqual(self._woken(), [(self.cr.dbname,)])
        self.assertEqual(self._woken(), [])

    def test_what_is_rolled_back_leaves_nothing(self):
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            self._add_order(self._add_customer(), AS_OF)
            raise ZeroDivisionError
        self.assertEqual(self._woken(), [])
        self.assertFalse(self._queued())

    def test_what_was_noted_before_a_rolled_back_part_stays(self):
        self.order.order_line.price_unit = 55
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            self._add_order(self._add_customer(), AS_OF)
            raise ZeroDivisionError
        self.assertEqual(self._queued(), {self.customer.id})

    def test_each_company_has_its_own_notes(self):
        other = self._add_company("Other")
        queue = self.env["customer.profile.queue"]
        for company in (self.company, other):
            queue._add([(self.customer.id, company.id)])
        self.cr.flush()
        self.assertEqual(queue._take(other), {self.customer.id})
        self.assertEqual(queue._companies(), self.company.ids)

    def test_the_queue_is_handed_out_in_batches_oldest_first(self):
        queue = self.env["customer.profile.queue"]
        customers = self._add_customers(5)
        for customer in customers:
            queue._add([(customer.id, self.company.id)])
            self.cr.flush()
        # a plan that looks the batch up row by row must not make it grow
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            self.cr.execute(f"SET LOCAL enable_{way} = off")
        self.assertEqual(queue._take(self.company, 3), set(customers[:3].ids))
        self.assertEqual(queue._take(self.company, 3), set(customers[3:].ids))
        self.assertEqual(queue._take(self.company, 3), set())

    # === THE JOB === #

    def test_the_job_brings_the_profile(self):
        self._add_order(self.customer, "2025-06-20", 60)
        self.assertProfile(self.customer, amount_total=90.0)
        self._run_cron()
        self.assertProfile(
            self.customer,
            amount_total=150.0,
            last_purchase_date="2025-06-20",
            as_of=str(AS_OF),
        )
        self.assertFalse(self._queued())

    def test_the_job_makes_a_prospect_a_buyer(self):
        prospect = self._add_customer()
        self._add_order(prospect, "2025-06-20", 60)
        self._run_cron()
        self.assertProfile(prospect, lifecycle_stage="first", amount_total=60.0)

    def test_the_job_takes_a_cancelled_order_back(self):
        self.order._action_cancel()
        self._run_cron()
        self.assertProfile(self.customer, purchase_count=0, amount_total=-10.0)

    def test_a_new_scoring_is_not_made_by_the_job(self):
        self._add_order(self.customer, "2025-06-20", 60)
        self._run_cron()
        self.assertEqual(
            self.env["customer.scoring"].search_count(
                [("company_id", "=", self.company.id)]
            ),
            1,
        )

    def test_contacts_that_are_gone_are_left_out(self):
        gone = self._add_customer()
        self._add_order(self.customer, "2025-06-20", 60)
        self.env["customer.profile.queue"]._add([(gone.id, self.company.id), (1, -1)])
        gone.unlink()
        self._run_cron()
        self.assertProfile(self.customer, amount_total=150.0)
        self.assertFalse(self._queued())

    def test_running_the_job_twice_changes_nothing(self):
        self._add_order(self.customer, "2025-06-20", 60)
        self._run_cron()
        before = self._stored_rows()
        self._run_cron()
        self.assertEqual(self._stored_rows(), before)

    def test_a_failing_company_keeps_its_notes_and_stops_no_other(self):
        other = self._add_company("Other")
        self._refresh(company=other)
        for company in (self.company, other):
            self._add_order(self.customer, "2025-06-20", 60, company=company)
        profiles = type(self.env["customer.profile"])
        compute, bad = profiles._compute, self.company.id

        def failing(records, company, *args):
            if company.id == bad:
                raise ValueError("broken")
            return compute(records, company, *args)

        with (
            patch.object(profiles, "_compute", failing),
            self.assertLogs(LOGGER, logging.ERROR) as logs,
        ):
            self._run_cron()
        self.assertIn(f"company {bad} failed", logs.output[0])
        self.assertProfile(self.customer, other, amount_total=60.0)
        self.assertProfile(self.customer, amount_total=90.0)
        self._run_cron()
        self.assertProfile(self.customer, amount_total=150.0)
