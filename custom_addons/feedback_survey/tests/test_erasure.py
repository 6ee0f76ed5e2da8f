from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import FEEDBACK_AGENT, FEEDBACK_MANAGER, AskingCase

WORD = "Zanzibarfisch"


class KnownPersonCase(AskingCase):
    """A customer of whom feedback knows everything that it can know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["feedback.answer"].search([]).unlink()
        cls.manager = cls._add_user("erase_manager", FEEDBACK_MANAGER)
        cls.customer.write({"name": WORD, "email": f"{WORD}@example.com"})
        cls.other = cls._add_customer("Other", email="other@example.com")

    def setUp(self):
        super().setUp()
        rule = self._add_rule(rest_days=0)
        order = self._order_now()
        self.request = self._ask(rule)
        self.participation = self.request.user_input_id
        self.assertEqual(self.request.sale_order_id, order)
        for question in self.survey.question_ids:
            if question.metric in ("nps", "csat"):
                self.participation._save_lines(question, "2")
            elif question.is_feedback_comment:
                self.participation._save_lines(question, f"{WORD} was here")
        self.participation._mark_done()
        self.participation.message_post(body=WORD)
        self.env["ir.attachment"].create(
            {
                "name": WORD,
                "raw": WORD.encode(),
                "res_model": "survey.user_input",
                "res_id": self.participation.id,
            }
        )
        self.case = self.env["feedback.case"].search(
            [("participation_id", "=", self.participation.id)]
        )
        self._fill_case()
        self.env["customer.preference"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "kind": "interest",
                "value": f"{WORD} sails",
                "source": "survey",
                "user_input_id": self.participation.id,
            }
        )
        self.post = self.env["feedback.post"].create(
            {
                "company_id": self.company.id,
                "partner_id": self.customer.id,
                "author": WORD,
                "text": f"{WORD} again",
                "rating": 2,
            }
        )
        self._answer(self.other, nps=9, comment="A kept word")
        self.env["feedback.comment"]._collect()
        self.before = self._figures()

    def _fill_case(self):
        self.case.write({"outcome": "solved", "resolution": f"Dear {WORD}"})
        self.case.message_post(body=f"Called {WORD}")
        department = self.env["feedback.department"].create(
            {"name": "Workshop", "user_id": self.manager.id}
        )
        handover = self.env["feedback.case.handover"].create(
            {
                "case_id": self.case.id,
                "department_id": department.id,
                "question": f"What of {WORD}?",
                "answer": f"{WORD} is right",
            }
        )
        handover.action_answer()
        self.env["feedback.compensation"].create(
            {"case_id": self.case.id, "note": f"Flowers for {WORD}", "amount": 5}
        )
        self.case._mark_told("phone")
        self.case.action_close()

    def _figures(self):
        """The scores and the figures of cases that a manager sees."""
        scores = self.env["feedback.scores"].with_user(self.manager)
        found = scores.with_company(self.company).get_dashboard(breakdown="survey_id")
        cards = [(card["metric"], card["value"], card["n"]) for card in found["cards"]]
        cases = [(one["code"], one["value"], one["n"]) for one in found["cases"]]
        return cards, cases


@tagged("post_install", "-at_install")
class TestErasure(KnownPersonCase):
    """FS-26, FS-27: who it was and what they wrote is gone, numbers stay."""

    def _places_of_the_word(self):
        """Every text column of feedback, surveys and messages about them is read."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
               WHERE table_schema = 'public'
                 AND data_type IN ('text', 'character varying', 'jsonb')
                 AND (table_name ~ '^(feedback|survey|customer_preference)'
                      OR table_name IN ('mail_message', 'mail_activity'))"""
        )
        found = set()
        for table, column in self.env.cr.fetchall():
            about = ""
            if table in ("mail_message", "mail_activity"):
                name = "model" if table == "mail_message" else "res_model"
                about = f""" AND {name} ~ '^(feedback|survey)'"""
            self.env.cr.execute(
                f"""SELECT count(*) FROM "{table}"
                    WHERE "{column}"::text ILIKE %s{about}""",
                [f"%{WORD}%"],
            )
            if self.env.cr.fetchone()[0]:
                found.add(f"{table}.{column}")
        return found

    def _assert_forgotten(self):
        self.env.invalidate_all()
        self.assertEqual(self._places_of_the_word(), set())
        self.assertEqual(self._figures(), self.before)
        self.assertFalse(self.participation.partner_id)
        self.assertFalse(self.participation.feedback_answer_ids.partner_id)
        self.assertFalse(self.participation.feedback_answer_ids.sale_order_id)
        self._assert_request_forgotten(self.request)
        self.assertEqual(
            self.case.partner_id, self.env.ref("feedback_survey.partner_erased")
        )
        self.assertEqual((self.case.state, self.case.outcome), ("closed", "solved"))
        self.assertFalse(self.env["ir.attachment"].search_count([("name", "=", WORD)]))
        kept = self.env["feedback.comment"].search([("text", "=", "A kept word")])
        self.assertEqual(kept.partner_id, self.other)
        self.env["feedback.comment"]._collect()  # nothing comes back
        self.assertEqual(self._places_of_the_word(), set())

    def _assert_request_forgotten(self, request):
        erased = self.env.ref("feedback_survey.partner_erased")
        self.assertEqual(request.partner_id, erased)
        for name in ("email", "source_id", "sale_order_id", "token", "event_date"):
            self.assertFalse(request[name], name)
        self.assertFalse(request.user_input_id)
        self.assertRegex(request.key, "^erased:[0-9a-f]{64}$")

    def test_on_request_a_person_is_forgotten(self):
        self.assertGreater(len(self._places_of_the_word()), 5)
        erased = self.customer.with_user(self.manager).with_company(self.company)
        for _time in range(2):
            erased.action_erase_feedback()
            self._assert_forgotten()

    def test_figures_of_the_rule_stay_and_nobody_is_asked_once_more(self):
        rule = self.request.rule_id
        figures = (rule.request_count, rule.sent_count, rule.answer_rate)
        waiting = self._order_now()
        self._run("ir_cron_scan")
        [queued] = self._requests_of(rule) - self.request
        self.assertEqual((queued.sale_order_id, queued.state), (waiting, "waiting"))
        self.customer.with_user(self.manager).action_erase_feedback()
        self._assert_request_forgotten(queued)
        self.assertEqual((queued.state, queued.reason), ("suppressed", "erased"))
        self._ask(rule)  # both orders are recent still
        self.assertEqual(self._requests_of(rule), self.request + queued)
        self.env.invalidate_all()
        self.assertEqual(
            (rule.request_count - 1, rule.sent_count, rule.answer_rate), figures
        )
        other = self._order_now(self.other)
        self._run("ir_cron_scan")
        self.assertEqual(
            (self._requests_of(rule) - self.request - queued).sale_order_id, other
        )

    def test_an_erased_post_does_not_come_back(self):
        posts = self.env["feedback.post"].with_user(self.manager)
        posts = posts.with_company(self.company)
        sent = {"platform": "weibo", "text": WORD, "external_id": f"{WORD}-42"}
        [number] = posts.submit([sent])["created"]
        post = posts.browse(number).sudo()
        post._erase_person()
        post._erase_person()
        self.assertEqual(
            posts.submit([sent]),
            {"created": [], "known": [], "erased": [f"{WORD}-42"]},
        )
        with self.assertRaisesRegex(ValidationError, f"{WORD}-42 was erased"):
            posts.create(sent)
        elsewhere = posts.submit([{**sent, "platform": "google"}])
        self.assertEqual(len(elsewhere["created"]), 1)
        self.assertNotIn(WORD, post.erased_mark)
        posts.browse(elsewhere["created"]).sudo().unlink()
        self.post._erase_person()  # without a reference there is nothing to mark
        self.assertFalse(self.post.erased_mark)

    def test_who_wants_no_surveys_stays_known(self):
        address = self.env["feedback.address"]
        address._opt_out(self.customer.email)
        self.customer.with_user(self.manager).action_erase_feedback()
        self.assertTrue(address._is_opted_out(self.customer.email_normalized))

    def test_whoever_was_asked_since_keeps_the_rest_period(self):
        addresses = self.env["feedback.address"].search(
            [("email", "=", self.customer.email_normalized)]
        )
        self.assertTrue(addresses)
        again = self.request.copy({"user_input_id": False, "key": "again"})
        self.request._erase_person()
        self.assertTrue(addresses.exists())
        again._erase_person()
        self.assertFalse(addresses.exists())

    def test_only_managers_erase(self):
        agent = self._add_user("erase_agent", FEEDBACK_AGENT)
        with self.assertRaises(AccessError):
            self.customer.with_user(agent).action_erase_feedback()
        self.assertEqual(self.participation.partner_id, self.customer)

    def test_another_company_is_left_alone(self):
        foreign = self._add_company("Elsewhere")
        stranger = self._add_user("erase_stranger", FEEDBACK_MANAGER, company=foreign)
        strange = self.customer.with_user(stranger)
        strange = strange.with_context(allowed_company_ids=foreign.ids)
        strange.action_erase_feedback()
        self.assertEqual(self.participation.partner_id, self.customer)

    def _forget(self):
        with patch.object(
            self.env.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 9
        ):
            self.env["feedback.erasure"]._cron_forget()
        self.env.invalidate_all()

    def test_the_time_for_which_persons_are_kept(self):
        self._forget()  # for ever, unless the company says otherwise
        self.assertEqual(self.participation.partner_id, self.customer)
        self.company.feedback_keep_months = 12
        self._forget()
        self.assertEqual(self.participation.partner_id, self.customer)
        long_ago = fields.Datetime.now() - timedelta(days=400)
        self.participation.end_datetime = long_ago
        self.case.closed_on = long_ago
        self.post.date = long_ago
        self.before = self._figures()
        for _time in range(2):
            self._forget()
            self._assert_forgotten()
        self.assertEqual(self.post.rating, 2)
        self.assertTrue(self.other.active)

    def test_whoever_was_not_asked_is_not_kept_longer(self):
        """Requests without an answer, sent or suppressed; never those of today."""
        self.company.feedback_keep_months = 12
        rule = self.request.rule_id
        long_ago = fields.Datetime.now() - timedelta(days=400)
        values = {"user_input_id": False, "scheduled_at": long_ago}
        old = self.requests
        for state in ("suppressed", "expired", "waiting"):
            old |= self.request.copy({**values, "key": state, "state": state})
        recent = self.request.copy({"user_input_id": False, "key": "recent"})
        for _time in range(2):
            self._forget()
            for request in old:
                self._assert_request_forgotten(request)
        self.assertEqual((recent.key, recent.partner_id), ("recent", self.customer))
        self.assertEqual(self.request.partner_id, self.customer)
        self.assertEqual(len(self._requests_of(rule)), 5)

    def test_answers_that_were_never_sent_are_not_kept_longer(self):
        self.company.feedback_keep_months = 12
        begun = self.survey._create_answer(partner=self.customer)
        begun.state = "in_progress"
        self._forget()
        self.assertEqual(begun.partner_id, self.customer)
        self._set_create_date(begun, fields.Datetime.now() - timedelta(days=400))
        self._forget()
        self.assertTrue(begun.is_person_erased)
        self.assertFalse(begun.partner_id)
        self.assertEqual(self.participation.partner_id, self.customer)
