from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import INSIGHT_USER
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .common import FEEDBACK_AGENT, FeedbackCase

_MONDAY = datetime(2025, 6, 2, 8, 0)


class CaseCase(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls._add_user("agent", FEEDBACK_AGENT)
        cls.customer = cls._add_customer("Ann", email="ann@example.com")
        cls.cases = cls.env["feedback.case"]

    def _add_case(self, **values):
        return self.cases.create(
            {
                "name": "Broken",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                **values,
            }
        )

    def _tell(self, case, user=None, **values):
        return (
            self.env["feedback.case.tell"]
            .with_user(user or self.agent)
            .create(
                {
                    "case_id": case.id,
                    "outcome": "solved",
                    "message": "We sent a new one.",
                    **values,
                }
            )
            .action_tell()
        )

    def _cases_of(self, participation):
        return self.cases.search([("participation_id", "=", participation.id)])


class TestOpening(CaseCase):
    """Which answers open a case."""

    def test_the_threshold_itself_opens_a_case(self):
        """FS-13: 6 of 10 by default, 7 does not."""
        self.assertEqual(len(self._cases_of(self._answer(self.customer, nps=6))), 1)
        self.assertFalse(self._cases_of(self._answer(self.customer, nps=7)))

    def test_ratings_compare_by_their_share_of_the_scale(self):
        for metric, answer, opens in (
            ("csat", 2, True),
            ("csat", 3, False),
            ("ces", 2, True),
            ("ces", 3, False),  # 3 of 7 is more than 2 of 5
            ("dimension", 1, True),
        ):
            with self.subTest(metric=metric, answer=answer):
                participation = self._answer(self.customer, **{metric: answer})
                self.assertEqual(bool(self._cases_of(participation)), opens)

    def test_a_participation_has_one_case_of_its_worst_answer(self):
        participation = self._answer(self.customer, nps=5, csat=1, comment="Late!")
        case = self._cases_of(participation)
        self.assertEqual(case.answer_id.metric, "csat")
        self.assertIn("1 of 5", case.name)
        self.assertEqual(case.description, "Late!")
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.company_id, self.company)

    def test_a_second_run_opens_no_second_case(self):
        participation = self._answer(self.customer, nps=0)
        self.cases._open_for(participation.feedback_answer_ids)
        self.assertEqual(len(self._cases_of(participation)), 1)

    def test_the_database_refuses_a_second_case(self):
        participation = self._answer(self.customer, nps=0)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._add_case(participation_id=participation.id)

    def test_a_copied_case_is_one_of_its_own(self):
        copy = self._cases_of(self._answer(self.customer, nps=0)).copy()
        self.assertFalse(copy.participation_id or copy.answer_id)

    def test_nobody_follows_up_an_unknown_person(self):
        self.assertFalse(self._cases_of(self._answer(nps=0)))

    def test_thresholds_can_be_switched_off(self):
        self.company.feedback_case_nps = -1
        self.company.feedback_case_rating = 0
        self.assertFalse(self._cases_of(self._answer(self.customer, nps=0, csat=1)))

    def test_the_owner_is_the_salesperson_or_the_fallback(self):
        seller = self._add_user("seller", INSIGHT_USER)
        fallback = self._add_user("fallback", FEEDBACK_AGENT)
        self.company.feedback_case_user_id = fallback
        self.assertEqual(self._add_case().user_id, fallback)
        self.customer.user_id = seller
        self.assertEqual(self._add_case().user_id, seller)
        seller.active = False
        self.assertEqual(self._add_case().user_id, fallback)

    def test_earlier_cases_are_counted_over_contacts(self):
        firm = self._add_customer("Firm", is_company=True)
        one = self._add_customer("One", parent_id=firm.id)
        self._add_case(partner_id=one.id)
        self.assertEqual(self._add_case(partner_id=firm.id).repeat_count, 1)


class TestDeadline(CaseCase):
    """Deadlines run in working hours and are escalated once."""

    def _escalate(self):
        with self.enter_registry_test_mode():
            self.env.ref("feedback_survey.ir_cron_escalate").method_direct_trigger()

    def test_the_deadline_is_in_working_hours(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Office", "tz": "UTC", "company_id": self.company.id}
        )  # 8-12 and 13-17, Monday to Friday
        self.company.resource_calendar_id = calendar
        with freeze_time(_MONDAY), patch.object(self.env.cr, "now", lambda: _MONDAY):
            self.assertEqual(
                self._add_case(severity="3").deadline, datetime(2025, 6, 2, 12, 0)
            )
            self.assertEqual(
                self._add_case(severity="2").deadline, datetime(2025, 6, 3, 17, 0)
            )

    def test_a_holiday_moves_the_deadline(self):
        calendar = self.env["resource.calendar"].create(
            {"name": "Office", "tz": "UTC", "company_id": self.company.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2025-06-03 00:00:00",
                "date_to": "2025-06-03 23:59:59",
            }
        )
        self.company.resource_calendar_id = calendar
        with freeze_time(_MONDAY), patch.object(self.env.cr, "now", lambda: _MONDAY):
            self.assertEqual(
                self._add_case(severity="2").deadline, datetime(2025, 6, 4, 17, 0)
            )

    def test_an_overdue_case_is_escalated_once(self):
        """FS-14"""
        fallback = self._add_user("fallback", FEEDBACK_AGENT)
        self.company.feedback_case_user_id = fallback
        case = self._add_case(deadline=datetime.now() - timedelta(hours=1))
        waiting = self._add_case(deadline=datetime.now() + timedelta(hours=1))
        for _run in range(2):
            self._escalate()
        self.assertEqual(case.activity_ids.user_id, fallback)
        self.assertEqual(len(case.activity_ids), 1)
        self.assertFalse(waiting.activity_ids)

    def test_the_case_of_an_archived_owner_is_handed_over(self):
        fallback = self._add_user("fallback", FEEDBACK_AGENT)
        self.company.feedback_case_user_id = fallback
        case = self._add_case(
            user_id=self.agent.id, deadline=datetime.now() - timedelta(hours=1)
        )
        self.agent.active = False
        self._escalate()
        self.assertEqual(case.user_id, fallback)

    def test_a_case_that_fails_stops_no_other(self):
        first, second = (
            self._add_case(name=name, deadline=datetime.now() - timedelta(hours=1))
            for name in ("First", "Second")
        )
        escalate = type(self.cases)._escalate

        def failing(case):
            if case == first:
                raise ValueError("broken")
            return escalate(case)

        with (
            patch.object(type(self.cases), "_escalate", failing),
            self.assertLogs(
                "odoo.addons.feedback_survey.models.feedback_case", "ERROR"
            ),
        ):
            self._escalate()
        self.assertFalse(first.escalated_on)
        self.assertTrue(second.escalated_on)

    def test_overdue_is_searched_as_it_is_shown(self):
        late = self._add_case(deadline=datetime.now() - timedelta(hours=1))
        early = self._add_case(deadline=datetime.now() + timedelta(hours=1))
        both = [("id", "in", (late + early).ids)]
        self.assertEqual(self.cases.search([*both, ("is_overdue", "=", True)]), late)
        self.assertEqual(self.cases.search([*both, ("is_overdue", "=", False)]), early)
        self.assertTrue(late.is_overdue and not early.is_overdue)


class TestClosing(CaseCase):
    """A case closes when the customer knows the outcome (M13)."""

    def test_the_way_through(self):
        case = self._add_case().with_user(self.agent)
        self.assertEqual(case.state, "new")
        case.action_start()
        self.assertEqual((case.state, case.user_id), ("working", self.agent))
        self._tell(case, channel="phone")
        self.assertEqual(case.state, "informed")
        self.assertEqual(case.informed_by_id, self.agent)
        case.action_close()
        self.assertEqual((case.state, case.outcome), ("closed", "solved"))
        self.assertTrue(case.closed_on)

    def test_no_closing_before_the_customer_knows(self):
        case = self._add_case(outcome="solved", resolution="Replaced.")
        with self.assertRaisesRegex(UserError, "Tell the customer first"):
            case.action_close()

    def test_no_closing_without_an_outcome(self):
        case = self._add_case()
        case._mark_told("phone")
        with self.assertRaisesRegex(UserError, "Choose an outcome"):
            case.action_close()

    def test_writing_the_mark_is_no_way_around(self):
        case = self._add_case()
        with self.assertRaises(ValidationError):
            case.with_user(self.agent).write({"is_closed": True})

    def test_the_database_knows_the_rule(self):
        case = self._add_case()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE feedback_case SET is_closed = TRUE WHERE id = %s", [case.id]
            )

    def test_telling_by_e_mail_sends_one_to_the_customer(self):
        case = self._add_case()
        self._tell(case, message="<script>alert(1)</script> & more", channel="email")
        message = case.message_ids[0]
        self.assertEqual(message.partner_ids, self.customer)
        self.assertNotIn("<script>", message.body)  # FS-01: shown as typed
        self.assertIn("&lt;script&gt;", message.body)

    def test_no_e_mail_without_an_address(self):
        self.customer.email = False
        case = self._add_case()
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            self._tell(case, channel="email")
        self.assertFalse(case.customer_informed_on)

    def test_reopening_begins_again(self):
        case = self._add_case()
        self._tell(case, channel="phone")
        case.action_close()
        case.action_reopen()
        self.assertEqual((case.state, case.reopened), ("working", 1))
        self.assertFalse(case.customer_informed_on)
        with self.assertRaises(UserError):
            case.action_close()

    def test_durations_begin_with_the_complaint(self):
        case = self._add_case()
        start = case.create_date
        with freeze_time(start + timedelta(hours=3)):
            self._tell(case, channel="phone")
        with freeze_time(start + timedelta(hours=5)):
            case.action_close()
        self.assertAlmostEqual(case.hours_to_answer, 3, places=2)
        self.assertAlmostEqual(case.hours_to_close, 5, places=2)

    def test_salespeople_see_cases_of_their_customers_only(self):
        seller = self._add_user("seller", INSIGHT_USER)
        self.customer.user_id = seller
        mine = self._add_case()
        other = self._add_case(partner_id=self._add_customer("Other").id)
        seen = self.cases.with_user(seller)
        self.assertEqual(seen.search([("id", "in", (mine + other).ids)]), mine)
        with self.assertRaises(AccessError):
            other.with_user(seller).read(["name"])
        with self.assertRaises(AccessError):
            mine.with_user(seller).action_start()


class TestHealth(CaseCase):
    """What customers say counts for their health."""

    def _component(self, code):
        self._refresh()
        stored = self._profile(self.customer).health_components or {}
        return stored[code][0] if code in stored else None

    def test_satisfaction_is_the_mean_share_of_the_scale(self):
        # 10 of 0-10 is 1; 2 of 1-5 is a quarter; 4 of 1-7 is a half
        self._answer(self.customer, nps=10, csat=2, ces=4, date="2025-06-10")
        self.assertAlmostEqual(self._component("satisfaction"), 58.33)

    def test_old_answers_do_not_count(self):
        self._answer(self.customer, nps=10, date="2024-06-20")
        self.assertIsNone(self._component("satisfaction"))
        self.assertIsNone(self._component("complaints"))

    def test_open_cases_weigh_more_than_closed_ones(self):
        self._answer(self.customer, nps=10, date="2025-06-10")
        self.assertEqual(self._component("complaints"), 100)
        case = self._add_case()
        self.env.cr.execute(
            "UPDATE feedback_case SET create_date = '2025-06-01' WHERE id = %s",
            [case.id],
        )
        self.assertEqual(self._component("complaints"), 50)
        self._tell(case, channel="phone")
        case.action_close()
        case.closed_on = "2025-06-05"
        case.flush_recordset()
        self.assertEqual(self._component("complaints"), 80)

    def test_the_sentence_says_how_many(self):
        self._answer(self.customer, nps=10, date="2025-06-10")
        self._refresh()
        receipts = self._profile(self.customer).health_receipts
        sentences = {receipt["code"]: receipt["sentence"] for receipt in receipts}
        self.assertIn("1 answers", sentences["satisfaction"])
        self.assertEqual(sentences["complaints"], "No complaint within a year")
