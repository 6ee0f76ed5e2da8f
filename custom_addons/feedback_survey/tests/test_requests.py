from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import FEEDBACK_AGENT, FEEDBACK_MANAGER, AskingCase

_SEND_LOG = "odoo.addons.feedback_survey.models.feedback_request_send"


class TestSending(AskingCase):
    """What is sent, what is not, and why."""

    def setUp(self):
        super().setUp()
        self.rule = self._add_rule()
        self.order = self._order_now()

    def _mails(self, request):
        return self.env["mail.mail"].search(
            [("model", "=", request._name), ("res_id", "in", request.ids)]
        )

    def _assert_not_sent(self, reason):
        request = self._ask(self.rule)
        self.assertRecordValues(request, [{"state": "suppressed", "reason": reason}])
        self.assertFalse(self._mails(request))
        self.assertFalse(request.user_input_id)

    def test_a_mail_in_the_customers_name_with_a_button_for_each_number(self):
        request = self._ask(self.rule)
        self.assertRecordValues(
            request, [{"state": "sent", "email": "ann@example.com", "reason": False}]
        )
        [mail] = self._mails(request)
        self.assertEqual(mail.email_to, '"Ann" <ann@example.com>')
        self.assertIn("shop@example.com", mail.email_from)
        for number in range(11):
            self.assertIn(f">{number}</a>", mail.body_html)
        self.assertIn(self.order.name, mail.body_html)
        self.assertIn("List-Unsubscribe", mail.headers)
        self.assertEqual(request.user_input_id.partner_id, self.customer)

    def test_running_again_sends_nothing_twice(self):
        """FS-24"""
        for _run in range(3):
            request = self._ask(self.rule)
        self.assertEqual(len(self._mails(request)), 1)

    def test_the_customers_language_or_a_fixed_one(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.survey.with_context(lang="zh_CN").title = "怎么样？"
        question = self._question("nps")
        question.with_context(lang="zh_CN").title = "您会推荐我们吗？"
        self.customer.lang = "zh_CN"
        request = self._ask(self.rule)
        [mail] = self._mails(request)
        self.assertEqual(request.lang, "zh_CN")
        self.assertIn("怎么样？", mail.subject)
        self.assertIn("您会推荐我们吗？", mail.body_html)
        self.assertEqual(request.user_input_id.lang_id.code, "zh_CN")
        fixed = self._add_rule(lang_mode="fixed", lang="en_US", rest_days=0)
        self.assertEqual(self._ask(fixed).lang, "en_US")

    def test_a_name_with_a_line_break_makes_no_header(self):
        """FS-28"""
        self.customer.name = "Ann\nBcc: all@example.com"
        self.survey.title = "How\r\nBcc: x@example.com"
        [mail] = self._mails(self._ask(self.rule))
        self.assertNotIn("\n", mail.subject)
        [outgoing] = mail._prepare_outgoing_list()
        message = self.env["ir.mail_server"]._build_email__(
            outgoing["email_from"],
            outgoing["email_to"],
            outgoing["subject"],
            outgoing["body"],
        )
        headers = message.as_string().split("\r\n\r\n")[0]
        self.assertNotIn("\nBcc", headers)
        self.assertIn("ann@example.com", headers)

    def test_markup_in_a_name_stays_text(self):
        """FS-01"""
        self.customer.name = "<script>alert(1)</script>"
        [mail] = self._mails(self._ask(self.rule))
        self.assertNotIn("<script>", mail.body_html)
        self.assertIn("&lt;script&gt;", mail.body_html)

    def test_a_blacklisted_address_is_not_asked(self):
        """FS-17"""
        self.env["mail.blacklist"]._add("ann@example.com")
        self._assert_not_sent("blacklisted")

    def test_who_has_no_address_is_listed(self):
        self.customer.email = False
        self._assert_not_sent("no_address")

    def test_an_archived_contact_is_not_asked(self):
        self.customer.active = False
        self._assert_not_sent("archived")

    def test_a_cancelled_order_is_not_asked_about(self):
        self._run("ir_cron_scan")
        self.order._action_cancel()
        self._assert_not_sent("cancelled")

    def test_a_closed_survey_asks_nobody(self):
        self._run("ir_cron_scan")
        self.survey.active = False
        self._assert_not_sent("closed")

    def test_nobody_is_asked_when_it_is_too_late(self):
        self._run("ir_cron_scan")
        self._requests_of(self.rule).scheduled_at -= timedelta(days=8)
        self._assert_not_sent("late")

    def test_an_address_that_bounces_is_left_alone_and_its_owner_told(self):
        """FS-19"""
        seller = self._add_user("seller", "sales_team.group_sale_salesman")
        self.customer.user_id = seller
        self.customer.message_bounce = 3
        self._assert_not_sent("bounced")
        self._order_now()
        self._ask(self.rule)
        [todo] = self.customer.activity_ids  # once, however often they buy
        self.assertEqual(todo.user_id, seller)

    def test_a_soft_refusal_is_tried_again_a_hard_one_is_not(self):
        """FS-19"""
        request = self._ask(self.rule)
        mail = request.mail_id
        for tries in range(1, 4):
            mail.write({"state": "exception", "failure_type": "mail_smtp"})
            self._run("ir_cron_send")
            self.assertEqual((request.tries, mail.state), (tries, "outgoing"))
        mail.write({"state": "exception", "failure_type": "mail_smtp"})
        self._run("ir_cron_send")
        self.assertRecordValues(request, [{"state": "failed", "reason": "mail_error"}])

    def test_an_invalid_address_is_not_tried_again(self):
        request = self._ask(self.rule)
        request.mail_id.write(
            {"state": "exception", "failure_type": "mail_email_invalid"}
        )
        self._run("ir_cron_send")
        self.assertEqual((request.state, request.tries), ("failed", 0))

    def test_the_rest_period_is_over_all_surveys_and_duplicates(self):
        """FS-18, S070: the same address on another contact, asked by another rule."""
        self._ask(self.rule)
        twin = self._add_customer("Ann again", email="ANN@example.com ")
        other = self._add_rule(survey_id=self._add_survey("csat").id)
        self._order_now(twin)
        requests = self._ask(other)
        self.assertEqual(
            set(requests.mapped(lambda r: (r.state, r.reason))),
            {("suppressed", "rest")},
        )

    def test_the_rest_period_ends(self):
        self._ask(self.rule)
        self._age_asking(days=31)
        second = self._order_now()
        request = self._ask(self.rule).filtered(lambda r: r.sale_order_id == second)
        self.assertEqual(request.state, "sent")

    def test_an_invitation_of_the_survey_app_counts_for_the_rest_period(self):
        self._add_survey("nps")._create_answer(partner=self.customer)
        self._assert_not_sent("rest")

    def _age_asking(self, days):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE survey_user_input"
            " SET create_date = create_date - %s * '1 d'::interval",
            [days],
        )
        self.env.cr.execute(
            "UPDATE feedback_address"
            " SET last_asked_on = last_asked_on - %s * '1 d'::interval",
            [days],
        )
        self.env.invalidate_all()

    def test_a_quota_ends_the_month(self):
        self.rule.quota = 2
        for number in range(3):
            self._order_now(self._add_customer(email=f"c{number}@example.com"))
        requests = self._ask(self.rule)
        self.assertEqual(len(requests.filtered(lambda r: r.state == "sent")), 2)
        self.assertEqual(
            requests.filtered(lambda r: r.state == "suppressed").mapped("reason"),
            ["quota"] * 2,
        )

    def test_who_is_suppressed_has_not_been_asked(self):
        """Another reason does not use the rest period up."""
        self.env["mail.blacklist"]._add("ann@example.com")
        self._ask(self.rule)
        self.assertFalse(
            self.env["feedback.address"].search([("email", "=", "ann@example.com")])
        )

    def test_quiet_hours_and_weekends(self):
        self.company.write(
            {
                "feedback_ask_from": 9,
                "feedback_ask_to": 18,
                "feedback_ask_weekend": False,
            }
        )
        self.company.partner_id.tz = "Asia/Shanghai"
        for moment, may in (
            ("2025-06-02 00:59:00", False),  # Monday, 8:59 in Shanghai
            ("2025-06-02 01:00:00", True),
            ("2025-06-02 09:59:00", True),
            ("2025-06-02 10:00:00", False),
            ("2025-06-07 03:00:00", False),  # Saturday
            ("2025-06-06 16:30:00", False),  # Saturday there, Friday in UTC
        ):
            with self.subTest(moment), freeze_time(moment):
                self.assertEqual(self.company._feedback_may_ask(), may)
        with patch.object(
            type(self.company), "_feedback_may_ask", lambda company: False
        ):
            self.assertEqual(self._ask(self.rule).state, "waiting")

    def test_a_request_that_fails_stops_no_other(self):
        other = self._order_now(self._add_customer("Bob", email="bob@example.com"))
        prepare = type(self.requests)._prepare_sending

        def failing(request):
            if request.partner_id == self.customer:
                raise ValueError("broken")
            return prepare(request)

        with (
            patch.object(type(self.requests), "_prepare_sending", failing),
            self.assertLogs(_SEND_LOG, "ERROR"),
        ):
            requests = self._ask(self.rule)
        by_order = {request.sale_order_id: request for request in requests}
        self.assertEqual(by_order[self.order].state, "failed")
        self.assertEqual(by_order[other].state, "sent")

    def test_a_mail_that_cannot_be_made_stops_no_other(self):
        other = self._order_now(self._add_customer("Bob", email="bob@example.com"))
        subject = type(self.requests)._subject_line

        def failing(request):
            if request.partner_id == self.customer:
                raise ValueError("broken")
            return subject(request)

        with (
            patch.object(type(self.requests), "_subject_line", failing),
            self.assertLogs(_SEND_LOG, "ERROR"),
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
        ):
            requests = self._ask(self.rule)
        by_order = {request.sale_order_id: request for request in requests}
        self.assertEqual(by_order[self.order].state, "failed")
        self.assertEqual(by_order[other].state, "sent")
        self.assertEqual(len(self._mails(by_order[other])), 1)

    def test_by_phone_the_salesperson_gets_a_to_do(self):
        seller = self._add_user("seller", "sales_team.group_sale_salesman")
        self.rule.channel = "phone"
        self.order.user_id = seller
        self.customer.write({"user_id": seller.id, "email": False})
        request = self._ask(self.rule)
        self.assertEqual(request.state, "sent")
        [todo] = self.customer.activity_ids
        self.assertEqual(todo.user_id, seller)
        self.assertIn(self.survey.title, todo.summary)

    def test_a_to_do_is_for_a_person(self):
        """Rules that came with the add-on were made by nobody."""
        boss = self._add_user("boss", FEEDBACK_MANAGER)
        self.env.ref(FEEDBACK_MANAGER).all_user_ids.filtered(
            lambda user: user != boss
        ).company_ids -= self.company
        self.rule.channel = "phone"
        self.rule.flush_recordset()
        self.env.cr.execute(
            "UPDATE feedback_rule SET create_uid = 1 WHERE id = %s", [self.rule.id]
        )
        self.rule.invalidate_recordset()
        self._ask(self.rule)
        self.assertEqual(self.customer.activity_ids.user_id, boss)
        fallback = self._add_user("fallback", FEEDBACK_AGENT)
        self.company.feedback_case_user_id = fallback
        other = self._add_customer("Bea", email="bea@example.com")
        self._order_now(other)
        self._ask(self.rule)
        self.assertEqual(other.activity_ids.user_id, fallback)

    def test_by_portal_only_who_has_access(self):
        self.rule.channel = "portal"
        self._assert_not_sent("no_portal")
        self._add_user("ann", "base.group_portal", partner_id=self.customer.id)
        second = self._order_now()
        request = self._ask(self.rule).filtered(lambda r: r.sale_order_id == second)
        self.assertEqual(request.state, "sent")
        self.assertFalse(self._mails(request))


class TestReminders(AskingCase):
    """Who does not answer is reminded, as often as the rule says."""

    def setUp(self):
        super().setUp()
        self.rule = self._add_rule(reminder_count=2, reminder_days=5)
        self._order_now()
        self.request = self._ask(self.rule)
        self.start = self.request.sent_at

    def _after(self, days):
        with freeze_time(self.start + timedelta(days=days)):
            self._run("ir_cron_send")
        return self.env["mail.mail"].search(
            [("model", "=", "feedback.request"), ("res_id", "=", self.request.id)],
            order="id",
        )

    def test_two_reminders_then_silence(self):
        self.assertEqual(len(self._after(4)), 1)
        self.assertEqual(len(self._after(5)), 2)
        self.assertEqual(len(self._after(5)), 2)
        self.assertEqual(len(self._after(10)), 3)
        self.assertEqual(len(self._after(25)), 3)
        self.assertIn("Reminder", self._after(25)[-1].subject)

    def test_who_answered_is_not_reminded(self):
        participation = self.request.user_input_id
        participation._save_lines(self._question("nps"), "9")
        participation._mark_done()
        self.assertEqual(self.request.state, "answered")
        self.assertTrue(self.request.answered_at)
        self.assertEqual(len(self._after(5)), 1)

    def test_who_is_blacklisted_meanwhile_is_not_reminded(self):
        self.env["mail.blacklist"]._add("ann@example.com")
        self.assertEqual(len(self._after(5)), 1)

    def test_who_wants_no_surveys_is_not_reminded(self):
        self.env["feedback.address"]._opt_out("Ann@example.com")
        self.assertEqual(len(self._after(5)), 1)

    def test_a_reminder_that_fails_leaves_the_link_open(self):
        def fail(template, ids, *args, **kwargs):
            raise ValueError("no such mail")

        with (
            patch.object(self.env.registry["mail.template"], "send_mail_batch", fail),
            self.assertLogs(
                "odoo.addons.feedback_survey.models.feedback_request_send", "ERROR"
            ),
        ):
            self._after(5)
        self.assertRecordValues(
            self.request, [{"state": "sent", "reason": False, "remind_at": False}]
        )
        token = self.request._get_token()
        self.assertEqual(self.requests._find_open(token), self.request)

    def test_a_reminder_that_is_refused_leaves_the_link_open(self):
        mail = self._after(5)[-1]
        mail.write({"state": "exception", "failure_type": "mail_email_invalid"})
        self._after(6)
        self.assertEqual((self.request.state, self.request.remind_at), ("sent", False))
        self.assertFalse(self.request.mail_id)

    def test_one_bad_reminder_stops_no_other(self):
        other = self._add_customer("Bea", email="bea@example.com")
        self._order_now(other)
        with freeze_time(self.start):
            both = self._ask(self.rule)
        self.assertEqual(set(both.mapped("state")), {"sent"})
        original = type(self.requests)._reason_of_person

        def fail(request, blocked):
            if request == self.request:
                raise ValueError("a bad record")
            return original(request, blocked)

        with (
            patch.object(
                self.env.registry["feedback.request"], "_reason_of_person", fail
            ),
            self.assertLogs(
                "odoo.addons.feedback_survey.models.feedback_request_send", "ERROR"
            ),
        ):
            self._after(5)
        self.assertEqual((both - self.request).reminders_sent, 1)
        self.assertRecordValues(
            self.request, [{"state": "sent", "reminders_sent": 0, "remind_at": False}]
        )

    def test_what_nobody_answers_expires(self):
        self._after(31)
        self.assertEqual(self.request.state, "expired")
        self.assertEqual(self.rule.answer_rate, 0)
        self.assertEqual(self.rule.sent_count, 1)


class TestOptOut(AskingCase):
    """FS-20: no more surveys, at once, and nothing else."""

    def test_a_mail_that_is_queued_is_not_sent(self):
        rule = self._add_rule()
        self._order_now()
        request = self._ask(rule)
        mail = request.mail_id
        self.assertEqual(mail.state, "outgoing")
        self.env["feedback.address"]._opt_out("ann@example.com")
        self.assertEqual(mail.state, "cancel")
        self.assertRecordValues(
            request, [{"state": "suppressed", "reason": "opted_out"}]
        )

    def test_what_waits_and_what_comes_is_not_sent(self):
        rule = self._add_rule()
        self._order_now()
        self._run("ir_cron_scan")
        self.env["feedback.address"]._opt_out(" ANN@example.com")
        self._order_now()
        requests = self._ask(rule)
        self.assertEqual(
            requests.mapped(lambda r: (r.state, r.reason)),
            [("suppressed", "opted_out")] * 2,
        )

    def test_other_mail_is_not_concerned(self):
        self.env["feedback.address"]._opt_out("ann@example.com")
        self.assertFalse(self.customer.is_blacklisted)

    def test_a_person_can_change_their_mind(self):
        self.env["feedback.address"]._opt_out("ann@example.com")
        address = self.env["feedback.address"].search(
            [("email", "=", "ann@example.com")]
        )
        agent = self._add_user("agent", FEEDBACK_AGENT)
        with self.assertRaises(AccessError):
            address.with_user(agent).action_opt_in()
        manager = self._add_user("manager", FEEDBACK_MANAGER)
        address.with_user(manager).action_opt_in()
        rule = self._add_rule()
        self._order_now()
        self.assertEqual(self._ask(rule).state, "sent")


class TestRights(AskingCase):
    """Requests are read by those who may read the customer."""

    def test_salespeople_see_requests_of_their_customers(self):
        seller = self._add_user("seller", "customer_insight.group_user")
        rule = self._add_rule()
        mine = self._order_now(
            self._add_customer(email="m@example.com", user_id=seller.id)
        )
        self._order_now()
        self._run("ir_cron_scan")
        seen = self._requests_of(rule).with_user(seller)._filtered_access("read")
        self.assertEqual(seen.sale_order_id, mine)

    def test_only_managers_cancel_requests(self):
        rule = self._add_rule()
        self._order_now()
        self._run("ir_cron_scan")
        request = self._requests_of(rule)
        with self.assertRaises(AccessError):
            request.with_user(self._add_user("agent", FEEDBACK_AGENT)).action_cancel()
        request.with_user(self._add_user("manager", FEEDBACK_MANAGER)).action_cancel()
        self.assertRecordValues(request, [{"state": "suppressed", "reason": "manual"}])

    def test_tokens_are_secret(self):
        rule = self._add_rule()
        self._order_now()
        request = self._ask(rule)
        token = request._get_token()
        self.assertGreaterEqual(len(token), 32)  # 24 bytes: 192 bits
        manager = self._add_user("manager", FEEDBACK_MANAGER)
        with self.assertRaises(AccessError):
            request.with_user(manager).read(["token"])

    def test_two_companies_ask_for_themselves(self):
        """FS-30"""
        other = self._add_company(
            "Other",
            email="other@example.com",
            feedback_ask_from=0,
            feedback_ask_to=24,
            feedback_ask_weekend=True,
        )
        rule = self._add_rule(company_id=other.id)
        self._order_now(company=other)
        request = self._ask(rule)
        self.assertEqual(request.company_id, other)
        self.assertEqual(request.user_input_id.company_id, other)
        self.assertIn("other@example.com", request.mail_id.email_from)
        manager = self._add_user("manager", FEEDBACK_MANAGER)
        with self.assertRaises(AccessError):
            request.with_user(manager).read(["state"])
