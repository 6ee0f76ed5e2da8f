from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import FEEDBACK_AGENT
from .test_pages import PageCase


@tagged("post_install", "-at_install")
class TestForgetting(PageCase):
    """FS-15: whichever way an anonymous answer comes, it leads to nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = cls.survey._feedback_path()
        cls.employee = cls._add_user("curious", "base.group_user")

    def _participation(self):
        return self.participations.search([("survey_id", "=", self.survey.id)])

    def _discussion(self, participation):
        own = [("res_id", "=", participation.id)]
        messages = [("model", "=", "survey.user_input"), *own]
        followers = [("res_model", "=", "survey.user_input"), *own]
        return (
            self.env["mail.message"].search_count(messages),
            self.env["mail.followers"].search_count(followers),
        )

    def test_an_answer_that_is_done_elsewhere_forgets_too(self):
        """An invitation of the survey app, answered on its own pages."""
        self.survey.is_feedback_anonymous = True
        self.company.feedback_min_group = 2
        invited = self.survey._create_answer(
            partner=self.customer,
            company_id=self.company.id,
            deadline="2030-01-01 10:11:12",
        )
        token = invited.access_token
        invited.message_post(body="Ann was here")
        invited._save_lines(self._question("nps"), "2")
        events = []
        with patch.object(
            self.env.registry["res.partner"],
            "_customer_event",
            lambda partner, *event: events.append(event),
        ):
            invited._mark_done()
        self.assertRecordValues(
            invited,
            [
                {
                    "state": "done",
                    "partner_id": False,
                    "email": False,
                    "nickname": False,
                    "deadline": False,
                    "is_feedback_held": True,
                }
            ],
        )
        self.assertNotEqual(invited.access_token, token)
        self.assertFalse(invited.feedback_answer_ids.partner_id)
        self.assertEqual(self._discussion(invited), (0, 0))
        self.assertFalse(events)
        cases = [("participation_id", "=", invited.id)]
        self.assertFalse(self.env["feedback.case"].search(cases))

    def test_a_trial_is_the_testers_own(self):
        self.survey.is_feedback_anonymous = True
        trial = self._answer(self.customer, trial=True, nps=2)
        self.assertEqual(trial.partner_id, self.customer)

    def test_only_what_the_light_page_shows_can_be_anonymous(self):
        for values in (
            {"is_time_limited": True, "time_limit": 5},
            {"users_login_required": True},
            {"access_mode": "token"},
            {"scoring_type": "scoring_without_answers"},
        ):
            before = {name: self.survey[name] for name in values}
            self.survey.write(values)
            with self.subTest(values), self.assertRaises(ValidationError):
                self.survey.is_feedback_anonymous = True
            self.survey.write({**before, "is_feedback_anonymous": True})
            with self.subTest(values), self.assertRaises(ValidationError):
                self.survey.write(values)
            self.survey.write({**before, "is_feedback_anonymous": False})
        self.survey.is_feedback_anonymous = True
        with self.assertRaises(ValidationError):
            self.env["survey.question"].create(
                {
                    "survey_id": self.survey.id,
                    "title": "When?",
                    "question_type": "date",
                }
            )

    def test_staff_write_down_no_anonymous_answers(self):
        entry = (
            self.env["feedback.entry"]
            .with_user(self._add_user("agent", FEEDBACK_AGENT))
            .with_company(self.company)
            .create({"survey_id": self.survey.id, "partner_id": self.customer.id})
        )
        entry.line_ids[0].answer = "3"
        self.survey.is_feedback_anonymous = True
        with self.assertRaisesRegex(UserError, "is anonymous"):
            entry.action_save()
        self.assertFalse(self._participation())

    def test_the_survey_app_opens_nothing_for_who_is_logged_in(self):
        self.survey.is_feedback_anonymous = True
        self.authenticate("curious", "curious")
        for query in ("", "?answer_token=x", "?email=ann@example.com"):
            response = self.url_open(
                f"/survey/start/{self.survey.access_token}{query}",
                allow_redirects=False,
            )
            self.assertEqual(response.status_code, 303)
            self.assertTrue(response.headers["Location"].endswith(self.path))
        self.assertFalse(self._participation())

    def test_a_link_sent_before_leads_to_the_page_for_everybody(self):
        rule = self._add_rule(rest_days=0, reminder_count=1)
        self._order_now()
        request = self._ask(rule)
        path = f"/feedback/r/{request._get_token()}"
        token = self._token(path)
        self.survey.is_feedback_anonymous = True
        self.assertFalse(request.user_input_id)
        self.assertFalse(request.remind_at)
        self.assertFalse(self._participation())
        for query, sent, target in (
            ("", None, self.path),
            ("?score=9", None, f"{self.path}?score=9"),
            ("?score=//evil.example", None, self.path),
            ("", {"form_token": token, f"q{self.nps.id}": "3"}, self.path),
        ):
            response = self.url_open(path + query, data=sent, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertTrue(response.headers["Location"].endswith(target))
        self.assertFalse(self._participation())
        changed = request.write_date
        self._send(self.path, {self.nps: 3})
        self.assertFalse(self._participation().partner_id)
        self.assertRecordValues(
            request,
            [
                {
                    "state": "sent",
                    "answered_at": False,
                    "user_input_id": False,
                    "write_date": changed,
                }
            ],
        )

    def test_a_personal_link_that_was_followed_before_forgets_its_request(self):
        """The survey became anonymous behind the back of the ORM, say by a loader."""
        request, _path = self._invite()
        participation = request.user_input_id
        self.survey.flush_recordset()
        self.env.cr.execute(
            "UPDATE survey_survey SET is_feedback_anonymous = TRUE WHERE id = %s",
            [self.survey.id],
        )
        self.env.invalidate_all()
        participation._save_lines(self._question("nps"), "3")
        participation._mark_done()
        self.assertFalse(request.user_input_id)
        self.assertFalse(request.answered_at)
        self.assertEqual(request.state, "sent")
        self.assertFalse(participation.feedback_answer_ids.sale_order_id)

    def test_an_employee_with_a_session_follows_nothing(self):
        self.authenticate("curious", "curious")
        self._send(self.place_path, {self.nps: 9})
        named = self._participation()
        self.assertEqual(self._discussion(named)[1], 0)
        self.survey.is_feedback_anonymous = True
        self._send(self.path, {self.nps: 9})
        participation = self._participation() - named
        self.assertEqual(len(participation), 1)
        self.assertEqual(self._discussion(participation), (0, 0))
        root = self.env.ref("base.user_root")
        for record in participation + named:
            expected = root if record == participation else self.employee
            self.assertEqual(record.create_uid, expected)
        self.assertEqual(participation.user_input_line_ids.create_uid, root)

    def test_the_survey_app_shows_no_results_before_there_are_enough(self):
        self.survey.is_feedback_anonymous = True
        self.company.feedback_min_group = 2
        self._add_user("surveyor", "base.group_user,survey.group_survey_manager")
        self.authenticate("surveyor", "surveyor")
        results = f"/survey/results/{self.survey.id}"
        for shown in (False, True):
            self._send(self.path, {self.nps: 3, self.text: "A lonely word"})
            check = self.assertIn if shown else self.assertNotIn
            check("A lonely word", self._get(results))

    def test_comments_and_themes_are_dated_like_the_answers(self):
        theme = self.env["feedback.theme"].create(
            {"name": "Test box", "keywords": "box"}
        )
        self.survey.is_feedback_anonymous = True
        self._send(self.path, {self.nps: 2, self.text: "the box was torn"})
        comments = self.env["feedback.comment"]
        with patch.object(
            self.env.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 9
        ):
            comments._cron_read()
        comment = comments.search([("user_input_id", "=", self._participation().id)])
        self.assertIn(theme, comment.theme_ids)
        day = self.company._feedback_moment(self.company._insight_today())
        for record in (comment, *comment.mention_ids):
            self.assertEqual((record.create_date, record.write_date), (day, day))
            self.assertEqual(record.create_uid, self.env.ref("base.user_root"))
