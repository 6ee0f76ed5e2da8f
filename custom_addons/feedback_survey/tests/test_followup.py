from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import INSIGHT_USER
from odoo.exceptions import AccessError, UserError

from .common import FEEDBACK_AGENT, FeedbackCase


class TestFollowup(FeedbackCase):
    """What comes after a case: other departments, compensation, asking again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls._add_user("follow_agent", FEEDBACK_AGENT)
        cls.expert = cls._add_user("follow_expert", "base.group_user")
        cls.customer = cls._add_customer("Cross Chris")
        cls.cases = cls.env["feedback.case"]
        cls.cases.search([]).unlink()
        cls.department = cls.env["feedback.department"].create(
            {"name": "Workshop", "user_id": cls.expert.id}
        )

    @classmethod
    def _add_case(cls, **values):
        return cls.cases.create(
            {
                "name": "It leaks",
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "user_id": cls.agent.id,
                **values,
            }
        )

    def _hand_over(self, case):
        return (
            self.env["feedback.case.handover"]
            .with_user(self.agent)
            .create(
                {
                    "case_id": case.id,
                    "department_id": self.department.id,
                    "question": "Is the seal known to fail?",
                }
            )
        )

    def _close(self, case):
        case.write({"outcome": "solved", "resolution": "A new seal"})
        case._mark_told("phone")
        case.action_close()

    # === OTHER DEPARTMENTS === #

    def test_a_question_goes_out_and_its_answer_comes_back(self):
        case = self._add_case()
        handover = self._hand_over(case)
        self.assertEqual(case.waiting_department_id, self.department)
        self.assertEqual(case.state, "working")
        self.assertEqual(handover.user_id, self.expert)
        self.assertEqual(handover.activity_ids.user_id, self.expert)
        asked = handover.with_user(self.expert)
        self.assertEqual(asked.subject, "It leaks")
        asked.answer = "Yes, replace it"
        asked.action_answer()
        self.assertFalse(case.waiting_department_id)
        self.assertEqual(handover.answered_by_id, self.expert)
        self.assertFalse(handover.activity_ids)
        self.assertEqual(case.activity_ids.user_id, self.agent)
        self.assertIn("Yes, replace it", case.message_ids[0].body)
        self.assertEqual(case.message_ids[0].author_id, self.expert.partner_id)

    def test_time_counts_in_working_hours(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Office", "tz": "UTC", "company_id": self.company.id}
        )  # 8-12 and 13-17, Monday to Friday
        self.company.resource_calendar_id = calendar
        handover = self._hand_over(self._add_case())
        handover.sudo().sent_on = datetime(2025, 6, 6, 15, 0)  # a Friday
        handover.sudo().answer = "Yes"
        with freeze_time("2025-06-09 10:00:00"):  # the Monday after
            handover.action_answer()
        self.assertEqual(handover.hours, 4)

    def test_who_is_asked_sees_and_writes_the_answer_only(self):
        case = self._add_case()
        handover = self._hand_over(case)
        asked = handover.with_user(self.expert)
        with self.assertRaises(AccessError):
            asked.question = "Something else"
        with self.assertRaises(AccessError):
            case.with_user(self.expert).read(["description"])
        other = self._add_user("follow_other", "base.group_user")
        with self.assertRaises(AccessError):
            handover.with_user(other).read(["question"])
        with self.assertRaises(AccessError):
            handover.with_user(other).action_answer()

    def test_no_empty_answer_no_second_question_no_closed_case(self):
        case = self._add_case()
        handover = self._hand_over(case)
        with self.assertRaises(UserError):
            handover.action_answer()
        closed = self._add_case()
        self._close(closed)
        with self.assertRaises(UserError):
            self._hand_over(closed)
        handover.answer = "Yes"
        handover.action_answer()
        self._hand_over(case)  # asked again once the first is back
        self.assertEqual(len(case.handover_ids), 2)

    # === COMPENSATION === #

    def test_compensation_is_granted_once_and_stays(self):
        case = self._add_case()
        given = (
            self.env["feedback.compensation"]
            .with_user(self.agent)
            .create({"case_id": case.id, "note": "Flowers", "amount": 20})
        )
        given.amount = 25
        given.action_grant()
        first = given.granted_on
        given.action_grant()
        self.assertEqual(given.granted_on, first)
        self.assertEqual(given.granted_by_id, self.agent)
        for change in ({"amount": 1}, {"note": "Roses"}):
            with self.assertRaises(UserError):
                given.write(change)
        with self.assertRaises(UserError):
            given.unlink()

    # === ASKING AGAIN === #

    def test_nobody_forges_a_compensation(self):
        """By RPC: values, and defaults of the context."""
        compensations = self.env["feedback.compensation"].with_user(self.agent)
        moment = "2020-01-01 00:00:00"
        case = self._add_case()
        one = compensations.with_context(default_granted_on=moment).create(
            {"case_id": case.id, "note": "Gold", "granted_by_id": self.expert.id}
        )
        self.assertFalse(one.granted_on)
        self.assertFalse(one.granted_by_id)
        with self.assertRaises(AccessError):
            one.write({"granted_on": moment})

    def test_nobody_forges_a_hand_over(self):
        moment = "2020-01-01 00:00:00"
        handovers = self.env["feedback.case.handover"].with_user(self.agent)
        one = handovers.with_context(default_answered_on=moment).create(
            {
                "case_id": self._add_case().id,
                "department_id": self.department.id,
                "question": "Is it so?",
                "sent_on": moment,
                "sent_by_id": self.expert.id,
                "answered_by_id": self.expert.id,
            }
        )
        self.assertNotEqual(str(one.sent_on), moment)
        self.assertRecordValues(
            one,
            [
                {
                    "sent_by_id": self.agent.id,
                    "answered_on": False,
                    "answered_by_id": False,
                }
            ],
        )
        for name, value in (
            ("answered_on", moment),
            ("sent_on", moment),
            ("answered_by_id", self.expert.id),
            ("hours", 1),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                one.write({name: value})

    def test_the_answer_after_closing_stands_on_the_case(self):
        case = self._add_case()
        self._close(case)
        context = case.action_ask_again()["context"]
        self.assertEqual(context["default_partner_id"], self.customer.id)
        participation = self.survey._create_answer(
            partner=self.customer, company_id=self.company.id, feedback_case_id=case.id
        )
        participation._save_lines(self._question("nps"), "3")
        participation._save_lines(self._question("csat"), "5")
        participation._mark_done()
        self.assertEqual(case.after_answer_id.metric, "csat")
        self.assertEqual(case.after_category, "content")

    def test_an_answer_to_a_rule_after_closing_stands_on_the_case(self):
        case = self._add_case()
        rule = self.env["feedback.rule"].search([("event", "=", "case_closed")])[:1]
        rule = rule or self.env["feedback.rule"].create(
            {
                "name": "After a case",
                "event": "case_closed",
                "survey_id": self.survey.id,
                "company_id": self.company.id,
            }
        )
        participation = self.survey._create_answer(
            partner=self.customer, company_id=self.company.id
        )
        self.env["feedback.request"].create(
            {
                "rule_id": rule.id,
                "survey_id": self.survey.id,
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "channel": "email",
                "key": "case",
                "source_model": "feedback.case",
                "source_id": case.id,
                "scheduled_at": datetime.now(),
                "user_input_id": participation.id,
            }
        )
        participation._save_lines(self._question("nps"), "10")
        participation._mark_done()
        self.assertEqual(case.after_category, "promoter")

    def test_answers_without_a_case_rate_none(self):
        case = self._add_case()
        self._answer(self.customer, nps=9)
        self.assertFalse(case.after_answer_id)

    # === COUNTS === #

    def test_cases_of_the_same_product(self):
        first = self._add_case(product_id=self.product.id)
        self.assertEqual(first.product_repeat_count, 0)
        self._add_case(
            product_id=self.product.id, partner_id=self._add_customer("B").id
        )
        self._add_case()
        first.invalidate_recordset()
        self.assertEqual(first.product_repeat_count, 1)
        action = first.action_open_product_cases()
        self.assertEqual(self.cases.search_count(action["domain"]), 2)

    def test_cases_are_facts_of_the_profile(self):
        today = self.company._insight_today()
        self._close(self._add_case())
        self._add_case()
        old = self._add_case()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE feedback_case SET create_date = %s WHERE id = %s",
            (datetime.now() - timedelta(days=400), old.id),
        )
        self._refresh(as_of=today)
        profile = self.env["customer.profile"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual((profile.case_open_count, profile.case_year_count), (2, 2))
        self.assertTrue(profile.case_last_date)

    def test_a_case_has_the_profile_looked_at_again(self):
        def waits():
            self.env["customer.profile.queue"]._write_pending()
            self.env.cr.execute(
                "DELETE FROM customer_profile_queue WHERE partner = %s",
                [self.customer.id],
            )
            return bool(self.env.cr.rowcount)

        waits()
        case = self._add_case()
        self.assertTrue(waits())
        case.name = "Another name"
        self.assertFalse(waits())
        self._close(case)
        self.assertTrue(waits())

    def test_the_page_shows_what_the_reader_may_see(self):
        self._answer(self.customer, nps=9, comment="fine")
        self._add_case()
        self.env["feedback.comment"]._collect()
        self._refresh()
        profile = self.env["customer.profile"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(profile.feedback_answer_count, 1)
        self.assertEqual(profile.feedback_comment_ids.text, "fine")
        self.assertEqual(len(profile.feedback_case_ids), 1)
        self.assertEqual(profile.feedback_open_case_count, 1)
        action = profile.action_open_feedback_comments()
        self.assertEqual(self.env["feedback.comment"].search_count(action["domain"]), 1)
        seller = self._add_user("page_seller", INSIGHT_USER)
        self.customer.user_id = seller
        page = profile.with_user(seller)
        self.assertEqual(len(page.feedback_case_ids), 1)

    def test_cases_answers_and_comments_stand_with_the_other_records(self):
        self._answer(self.customer, nps=9, comment="fine")
        self._add_case()
        self._add_case()
        self.env["feedback.comment"]._collect()
        self._refresh()
        profile = self._profile(self.customer)
        counts = {row["code"]: row["count"] for row in profile.get_record_counts()}
        self.assertEqual(
            [counts[code] for code in ("case", "survey", "comment")], [2, 1, 1]
        )
        for code in ("case", "survey", "comment"):
            action = profile.action_open_record_kind(code)
            opened = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(len(opened), counts[code], code)
        self.assertIn("order", counts)

    def _signal(self):
        """:return: points and values of the customer's complaints, None without"""
        day = self.company._insight_today()
        self.env.flush_all()
        signals = self.env["customer.profile"]._churn_signals(self.company, day)
        rows = self.env.execute_query_dict(signals["complaints"]["query"])
        found = {row["partner_id"]: row for row in rows}.get(self.customer.id)
        return found and (found["points"], found["values"])

    def test_complaints_warn_of_leaving(self):
        self.assertIsNone(self._signal())
        case = self._add_case()
        self.assertEqual(self._signal(), (25, {"open": 1, "recent": 1, "days": 90}))
        self._close(case)
        self.assertIsNone(self._signal())
        self._close(self._add_case())
        self.assertEqual(self._signal(), (25, {"open": 0, "recent": 2, "days": 90}))
        self._add_case()
        points, values = self._signal()
        self.assertEqual(points, 50)
        profile = self.env["customer.profile"].new({})
        self.assertIn("Open cases: 1", profile._complaint_signal_sentence(values))

    # === THE PAGE OF SCORES === #

    def _figures(self, user=None):
        scores = self.env["feedback.scores"].with_user(user or self.agent)
        found = scores.with_company(self.company).get_dashboard()["cases"]
        return {figure["code"]: figure for figure in found}

    def test_figures_of_cases_by_hand(self):
        self.company.insight_min_observations = 2
        late, told = self._add_case(), self._add_case()
        late.deadline = datetime.now() - timedelta(hours=1)
        self._close(told)
        told.write({"hours_to_answer": 6, "hours_to_close": 8})
        self.env.flush_all()
        figures = self._figures()
        self.assertEqual(
            {code: figure["value"] for code, figure in figures.items()},
            {
                "open": 1,
                "overdue": 1,
                "told": 50,
                "hours_to_answer": 6,
                "hours_to_close": 8,
                "content_after": None,
            },
        )
        self.assertEqual(figures["told"]["n"], 2)
        self.assertTrue(figures["told"]["reliable"])
        self.assertFalse(figures["hours_to_answer"]["reliable"])
        counts = {
            code: self.cases.search_count(figure["domain"])
            for code, figure in figures.items()
        }
        self.assertEqual(
            counts,
            {
                "open": 1,
                "overdue": 1,
                "told": 2,
                "hours_to_answer": 1,
                "hours_to_close": 1,
                "content_after": 0,
            },
        )

    def test_salespeople_count_their_cases_only(self):
        self._add_case()
        seller = self._add_user("follow_seller", INSIGHT_USER)
        self.assertEqual(self._figures(seller)["open"]["value"], 0)
        self.customer.user_id = seller
        self.assertEqual(self._figures(seller)["open"]["value"], 1)
