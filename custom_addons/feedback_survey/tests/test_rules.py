import hashlib
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import AskingCase


class TestRules(AskingCase):
    """What rules queue: which events, when, and a sample that is always the same."""

    def test_a_confirmed_order_is_asked_about_once(self):
        rule, order = self._add_rule(), self._order_now()
        for _run in range(2):
            self._run("ir_cron_scan")
        request = self._requests_of(rule)
        self.assertRecordValues(
            request,
            [
                {
                    "partner_id": self.customer.id,
                    "sale_order_id": order.id,
                    "source_model": "sale.order",
                    "source_id": order.id,
                    "state": "waiting",
                    "user_id": order.user_id.id,
                    "team_id": order.team_id.id,
                    "scheduled_at": order.date_order,
                }
            ],
        )

    def test_confirming_waits_for_no_rule(self):
        """The job finds confirmed orders; the confirmation itself writes nothing."""
        rule = self._add_rule()
        self._order_now()
        self.assertFalse(self._requests_of(rule))

    def test_drafts_other_companies_and_the_time_before_are_not_asked_about(self):
        rule = self._add_rule()
        self._order_now(confirm=False)
        other = self._add_company("Other")
        self._order_now(company=other)
        self._add_order(self.customer, datetime.now() - timedelta(days=2))
        self._run("ir_cron_scan")
        self.assertFalse(self._requests_of(rule))

    def test_history_that_is_imported_is_not_asked_about(self):
        rule = self._add_rule(date_from="2000-01-01", delay_days=10)
        self._add_order(self.customer, datetime.now() - timedelta(days=100))
        recent = self._add_order(self.customer, datetime.now() - timedelta(days=50))
        self._run("ir_cron_scan")
        self.assertEqual(self._requests_of(rule).sale_order_id, recent)

    def test_queue_is_the_door_for_single_records(self):
        rule, order = self._add_rule(), self._order_now()
        other = self._order_now()
        queued = self.env["feedback.rule"]._queue("order_confirmed", order)
        self.assertEqual(queued, self._requests_of(rule))
        self.assertEqual(queued.sale_order_id, order)
        self.assertFalse(self.env["feedback.rule"]._queue("order_confirmed", order))
        self.assertTrue(self.env["feedback.rule"]._queue("order_confirmed", other))

    def test_posted_and_paid_invoices(self):
        posted = self._add_rule(event="invoice_posted")
        paid = self._add_rule(event="invoice_paid")
        today = self.company._insight_today()
        order = self._order_now()
        invoice = self._add_invoice(self.customer, today, 100, order)
        self._run("ir_cron_scan")
        self.assertEqual(self._requests_of(posted).source_id, invoice.id)
        self.assertEqual(self._requests_of(posted).sale_order_id, order)
        self.assertFalse(self._requests_of(paid))
        self._add_refund(self.customer, today, 100)
        self.env["account.move"].flush_model()
        invoice.payment_state = "paid"
        self.customer._customer_event("invoice_paid", invoice)
        self.assertEqual(self._requests_of(paid).source_id, invoice.id)

    def test_a_closed_case_is_asked_about(self):
        rule = self._add_rule(event="case_closed")
        case = self.env["feedback.case"].create(
            {
                "name": "Broken",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "outcome": "solved",
                "resolution": "Replaced",
            }
        )
        case._mark_told("phone")
        self.assertFalse(self._requests_of(rule))
        case.action_close()
        self.assertEqual(self._requests_of(rule).source_id, case.id)

    def test_a_stage_that_is_entered_is_asked_about(self):
        rule = self._add_rule(event="stage_entered", stage="loyal")
        today = self.company._insight_today()
        moves = self.env["customer.stage.move"].create(
            [
                {
                    "partner_id": self._add_customer().id,
                    "company_id": self.company.id,
                    "date": today,
                    "from_stage": "repeat",
                    "to_stage": stage,
                    "opening_stage": "repeat",
                }
                for stage in ("loyal", "at_risk")
            ]
        )
        self._run("ir_cron_scan")
        self.assertEqual(self._requests_of(rule).source_id, moves[0].id)

    def test_the_sample_is_drawn_from_the_key(self):
        """The draw is worked out here once more, and those left out are listed."""
        rule = self._add_rule(sample_share=40)
        customers = self._add_customers(30, email="x@example.com")
        for customer in customers:
            self._order_now(customer)
        self._run("ir_cron_scan")
        requests = self._requests_of(rule)
        self.assertEqual(len(requests), 30)
        for request in requests:
            digest = hashlib.md5(f"{rule.id}:{request.key}".encode()).hexdigest()
            drawn = int(digest[:8], 16) / 2**32 < 0.4
            self.assertEqual(request.state, "waiting" if drawn else "suppressed")
            self.assertEqual(request.reason, False if drawn else "sample")
        self.assertTrue(0 < len(requests.filtered("reason")) < 30)

    def test_a_delay_leads_into_the_hours_in_which_people_are_asked(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self.company.write({"feedback_ask_from": 10, "feedback_ask_to": 12})
        rule = self._add_rule(delay_days=3)
        for customer in self._add_customers(10):
            self._order_now(customer)
        self._run("ir_cron_scan")
        requests = self._requests_of(rule)
        local = [r.scheduled_at + timedelta(hours=8) for r in requests]
        days = {(r.event_date + timedelta(hours=8)).date() for r in requests}
        self.assertEqual(
            {moment.date() for moment in local}, {d + timedelta(days=3) for d in days}
        )
        self.assertTrue(all(10 <= moment.hour < 12 for moment in local))
        self.assertGreater(len(set(local)), 5)  # spread, not all at once

    def test_the_first_document_only(self):
        """S050: contacts of one firm are one customer."""
        firm = self._add_customer("Firm", is_company=True)
        first, second = (
            self._add_customer(name, parent_id=firm.id) for name in ("One", "Two")
        )
        rule = self._add_rule(first_only=True)
        order = self._order_now(first)
        self._order_now(second)
        self._run("ir_cron_scan")
        self.assertEqual(self._requests_of(rule).sale_order_id, order)

    def test_an_after_sales_check_is_planned_with_the_question(self):
        """S050"""
        seller = self._add_user("seller", "sales_team.group_sale_salesman")
        rule = self._add_rule(
            delay_days=7,
            check_activity_type_id=self.env.ref("mail.mail_activity_data_call").id,
        )
        self._order_now(user_id=seller.id)
        for _run in range(2):
            self._run("ir_cron_scan")
        [todo] = self.customer.activity_ids
        self.assertEqual((todo.user_id, todo.summary), (seller, rule.name))
        self.assertEqual(
            todo.date_deadline,
            (self._requests_of(rule).event_date + timedelta(days=7)).date(),
        )

    def test_an_invalid_rule_says_what_is_missing(self):
        for values, sentence in (
            ({"event": "stage_entered"}, "Which stage"),
            ({"event": "wave"}, "for the first time"),
            ({"lang_mode": "fixed"}, "In which language"),
            (
                {"event": "wave", "wave_date": "2030-01-01", "audience": "[('x',"},
                "cannot be read",
            ),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, sentence),
            ):
                self._add_rule(**values)
        foreign = self._add_survey("nps", company_id=self._add_company("Other").id)
        with self.assertRaisesRegex(ValidationError, "another company"):
            self._add_rule(survey_id=foreign.id)

    def test_a_rule_that_fails_stops_no_other(self):
        broken, sound = self._add_rule(sequence=1), self._add_rule(sequence=2)
        broken.flush_recordset()
        self.env.cr.execute(
            "UPDATE feedback_rule SET event = 'nonsense' WHERE id = %s", [broken.id]
        )
        broken.invalidate_recordset()
        self._order_now()
        with (
            self.assertLogs(
                "odoo.addons.feedback_survey.models.feedback_rule", "ERROR"
            ),
            mute_logger("odoo.fields"),
        ):
            self._run("ir_cron_scan")
        self.assertEqual(len(self._requests_of(sound)), 1)

    def test_a_rule_that_fails_does_not_stop_the_document(self):
        broken, sound = (self._add_rule(sequence=number) for number in (1, 2))
        original = type(self.rules)._queue_documents

        def fail(rule, *args):
            if rule == broken:
                rule.env.cr.execute("SELECT 1 / 0")
            return original(rule, *args)

        order = self._order_now()
        with (
            patch.object(self.env.registry["feedback.rule"], "_queue_documents", fail),
            self.assertLogs(
                "odoo.addons.feedback_survey.models.feedback_rule", "ERROR"
            ),
            mute_logger("odoo.sql_db"),
        ):
            self.env["feedback.rule"]._queue("order_confirmed", order)
        self.assertFalse(self._requests_of(broken))
        self.assertEqual(len(self._requests_of(sound)), 1)

    def test_a_rule_switched_on_later_does_not_ask_about_the_past(self):
        """By the list, by a program, by the button that takes it out of the archive."""
        for switch_on in (
            lambda rule: rule.write({"active": True}),
            lambda rule: rule.action_unarchive(),
        ):
            rule = self._add_rule(active=False)
            self._order_now(self._add_customer("Zoe", email="zoe@example.com"))
            switch_on(rule)
            self._run("ir_cron_scan")
            self.assertFalse(self._requests_of(rule))
        since = rule.date_from
        rule.active = True  # it is already
        self.assertEqual(rule.date_from, since)

    def test_rules_can_be_switched_off(self):
        rule = self._add_rule(active=False)
        self._order_now()
        self._run("ir_cron_scan")
        self.assertFalse(self._requests_of(rule))


class TestWaves(AskingCase):
    """S070: recurring waves with a sample."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._insight_today()
        cls.buyers = cls._add_customers(20, email="same@example.com")
        cls._add_history(
            [(buyer, cls.today - timedelta(days=9), 10) for buyer in cls.buyers]
        )
        cls._refresh(as_of=cls.today)
        cls.env.flush_all()

    def _add_wave(self, **values):
        return self._add_rule(event="wave", **{"wave_date": self.today, **values})

    def test_a_wave_asks_its_audience_and_plans_the_next(self):
        rule = self._add_wave(wave_months=3)
        self._run("ir_cron_scan")
        self.assertEqual(self._requests_of(rule).partner_id, self.buyers)
        self.assertEqual(rule.wave_date, fields.Date.add(self.today, months=3))
        self._run("ir_cron_scan")
        self.assertEqual(len(self._requests_of(rule)), 20)

    def test_a_wave_before_its_day_asks_nobody(self):
        rule = self._add_wave(wave_date=self.today + timedelta(days=1))
        self._run("ir_cron_scan")
        self.assertFalse(self._requests_of(rule))

    def test_missed_waves_are_not_made_up_for(self):
        rule = self._add_wave(
            wave_date=fields.Date.subtract(self.today, months=7), wave_months=3
        )
        self._run("ir_cron_scan")
        self.assertEqual(len(self._requests_of(rule)), 20)
        self.assertGreater(rule.wave_date, self.today)

    def test_the_audience_is_what_the_domain_says(self):
        [one] = self.buyers[:1]
        rule = self._add_wave(audience=f"[('partner_id', '=', {one.id})]")
        self._run("ir_cron_scan")
        self.assertEqual(self._requests_of(rule).partner_id, one)

    def test_a_sample_of_a_wave_lists_only_those_drawn(self):
        rule = self._add_wave(sample_share=50)
        self._run("ir_cron_scan")
        requests = self._requests_of(rule)
        self.assertTrue(0 < len(requests) < 20)
        self.assertEqual(set(requests.mapped("state")), {"waiting"})

    def test_people_with_the_same_address_are_asked_once(self):
        """The rest period holds within one run of the job, too."""
        rule = self._add_wave()
        self._run("ir_cron_scan")
        self._requests_of(rule).scheduled_at = fields.Datetime.now()
        self._run("ir_cron_send")
        requests = self._requests_of(rule)
        self.assertEqual(len(requests.filtered(lambda r: r.state == "sent")), 1)
        rested = requests.filtered(lambda r: r.state == "suppressed")
        self.assertEqual(set(rested.mapped("reason")), {"rest"})
        self.assertEqual(len(rested), 19)


class TestDocuments(AskingCase):
    """S077: answers know the document they are about."""

    def test_scores_by_product_line_team_and_salesperson(self):
        seller = self._add_user("seller", "sales_team.group_sale_salesman")
        team = self.env["crm.team"].create(
            {"name": "North", "company_id": self.company.id}
        )
        lines = self.env["product.category"].create(
            [{"name": "Boats"}, {"name": "Nets"}]
        )
        products = self.env["product.product"].create(
            [
                {"name": line.name, "type": "service", "categ_id": line.id}
                for line in lines
            ]
        )
        self._add_rule()
        order = self._order_now(
            user_id=seller.id,
            team_id=team.id,
            order_line=[
                Command.create({"product_id": product.id, "price_unit": 5})
                for product in products
            ],
        )
        [request] = self._ask(self.rules.search([("active", "=", True)]))
        participation = request.user_input_id
        participation._save_lines(self._question("nps"), "10")
        participation._mark_done()
        answer = participation.feedback_answer_ids
        self.assertEqual(answer.sale_order_id, order)
        self.assertEqual((answer.team_id, answer.user_id), (team, seller))
        self.assertEqual(answer.product_ids, products)
        scores = self.env["feedback.scores"].with_company(self.company)
        for breakdown, labels in (
            ("product_category_ids", {"Boats", "Nets"}),
            ("product_ids", {"Boats", "Nets"}),
            ("team_id", {"North"}),
            ("user_id", {seller.name}),
        ):
            groups = scores.get_dashboard(breakdown=breakdown)["groups"]
            found = {g["label"].split(" / ")[-1] for g in groups if g["scores"]}
            self.assertLessEqual(labels, found, breakdown)
            for group in groups:
                if group["label"].split(" / ")[-1] in labels:
                    self.assertEqual(group["scores"]["nps"]["n"], 1)
                    self.assertEqual(
                        self.answers.search(group["scores"]["nps"]["domain"]), answer
                    )
