from ast import literal_eval
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import FEEDBACK_AGENT, FEEDBACK_MANAGER, FeedbackCase

_MAIL = """From: {sender}
To: complaints@example.com
Subject: {subject}
Message-Id: <{number}@reply.example>
{headers}Content-Type: text/plain; charset=utf-8

{text}
"""


@tagged("post_install", "-at_install")
class TestReplies(FeedbackCase):
    """S024: a mailbox answers by itself, once a day, and never a machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].search([("name", "=", "example.com")])
        domain = domain or cls.env["mail.alias.domain"].create({"name": "example.com"})
        cls.company.write({"alias_domain_id": domain.id, "email": "shop@example.com"})
        cls.mailbox = cls.env["feedback.mailbox"].create(
            {
                "name": "Complaints",
                "company_id": cls.company.id,
                "alias_name": "complaints",
                "alias_domain_id": domain.id,
            }
        )
        cls.customer = cls._add_customer("Ann", email="ann@customer.example")
        cls.number = 0

    @classmethod
    def _add_reply(cls, subject=None, **values):
        reply = cls.env["feedback.reply"].create(
            {"mailbox_id": cls.mailbox.id, **values}
        )
        if subject:
            reply.template_id = reply.template_id.copy({"subject": subject})
        return reply

    def _receive(self, sender="ann@customer.example", text="It broke.", **headers):
        """:return: the case of a mail"""
        type(self).number += 1
        before = self.env["feedback.case"].search([])
        mail = _MAIL.format(
            sender=sender,
            subject="Broken",
            text=text,
            number=self.number,
            headers="".join(
                f"{name.replace('_', '-')}: {value}\n"
                for name, value in headers.items()
            ),
        )
        self.env["mail.thread"].message_process(None, mail.encode())
        return self.env["feedback.case"].search([]) - before

    def _replies(self, case):
        return case.message_ids.filtered(lambda one: one.message_type == "auto_comment")

    def test_without_a_line_nothing_is_sent(self):
        case = self._receive()
        self.assertFalse(self._replies(case))
        self.assertFalse(case.auto_replied_on)

    def test_a_mail_is_acknowledged_in_the_chatter_of_its_case(self):
        self._add_reply()
        case = self._receive()
        [reply] = self._replies(case)
        self.assertEqual(reply.subject, "We have got your message: Broken")
        self.assertIn("Hello Ann", reply.body)
        self.assertEqual(reply.notified_partner_ids, self.customer)
        self.assertEqual(case.state, "new")  # a person goes on with it
        self.assertEqual(case.message_ids[0], reply)  # after the mail itself
        [sent] = self.env["mail.mail"].search([("mail_message_id", "=", reply.id)])
        self.assertIn("'Auto-Submitted': 'auto-replied'", sent.headers)

    def test_a_person_gets_one_a_day(self):
        self._add_reply()
        first = self._receive()
        self.assertFalse(self._replies(self._receive()))
        self._add_customer("Ann again", email="ANN@customer.example")
        self.assertFalse(self._replies(self._receive("Ann <ANN@customer.example>")))
        self.assertTrue(self._replies(self._receive("bob@customer.example")))
        first.auto_replied_on -= timedelta(hours=25)
        self.assertTrue(self._replies(self._receive()))

    def test_what_answers_by_itself_gets_no_answer(self):
        """The guard against loops: each of these mails opens a case without reply."""
        self._add_reply()
        machines = [
            {"Auto_Submitted": "auto-replied"},
            {"Auto_Submitted": "auto-generated"},
            {"Precedence": "bulk"},
            {"Precedence": "List"},
            {"List_Id": "<news.shop.example>"},
            {"List_Unsubscribe": "<mailto:stop@shop.example>"},
            {"X_Auto_Response_Suppress": "All"},
            {"Return_Path": "<>"},
            {"sender": "owner-news@other.example"},
            {"sender": "No Reply <no-reply@other.example>"},
            {"sender": "bounces+42@other.example"},
            {"sender": "shop@example.com"},
        ]
        for number, machine in enumerate(machines):
            with self.subTest(machine=machine):
                # somebody else each time: the limit of a day is not what holds it back
                mail = {"sender": f"robot{number}@other.example", **machine}
                case = self._receive(**mail)
                self.assertEqual(len(case), 1)
                self.assertFalse(self._replies(case))
                self.assertFalse(case.auto_replied_on)
        self.assertTrue(self._replies(self._receive(Auto_Submitted="no")))

    def test_our_own_reply_sent_back_is_not_answered(self):
        """Two mailboxes that answer by themselves would go on for ever."""
        self._add_reply()
        [reply] = self._replies(self._receive())
        [sent] = self.env["mail.mail"].search([("mail_message_id", "=", reply.id)])
        headers = {
            name.replace("-", "_"): value
            for name, value in literal_eval(sent.headers).items()
        }
        for name in ("Auto_Submitted", "X_Auto_Response_Suppress"):
            back = self._receive(f"{name}@other.example", **{name: headers[name]})
            self.assertEqual(len(back), 1)
            self.assertFalse(self._replies(back))

    def test_the_first_line_that_fits(self):
        theme = self.env["feedback.theme"].create(
            {"name": "Opening hours", "keywords": "opening hours, 营业时间"}
        )
        self._add_reply("Nine to five", theme_ids=theme.ids, sequence=1)
        asked = self._receive(text="What are your opening hours?")
        self.assertEqual(self._replies(asked).subject, "Nine to five")
        other = self._receive("bob@customer.example")
        self.assertFalse(self._replies(other))
        self._add_reply("Thank you", sequence=2)
        third = self._receive("eve@customer.example")
        self.assertEqual(self._replies(third).subject, "Thank you")

    def test_a_reply_that_fails_loses_no_case(self):
        self._add_reply()
        cases = self.env.registry["feedback.case"]
        with (
            patch.object(cases, "_is_from_machine", side_effect=ValueError),
            mute_logger("odoo.addons.feedback_survey.models.feedback_reply"),
        ):
            case = self._receive()
        self.assertEqual(case.description, "It broke.")
        self.assertFalse(case.auto_replied_on)

    def test_the_share_answered_automatically(self):
        self.env["feedback.case"].search([]).unlink()
        manager = self._add_user("reply_manager", FEEDBACK_MANAGER)
        scores = self.env["feedback.scores"].with_user(manager)
        scores = scores.with_company(self.company)

        def share():
            found = scores.get_dashboard()["cases"]
            return [f for f in found if f["code"] == "auto_replied"]

        self._receive()
        self.assertEqual(share(), [])
        self._add_reply()
        self._receive()
        self._receive()  # the second of the day
        self._receive("bob@customer.example")
        [figure] = share()
        self.assertEqual((figure["value"], figure["n"]), (50, 4))
        self.assertEqual(
            self.env["feedback.case"].search_count(figure["domain"]), figure["n"]
        )

    def test_managers_set_it_up_agents_look(self):
        manager = self._add_user("reply_manager", FEEDBACK_MANAGER)
        agent = self._add_user("reply_agent", FEEDBACK_AGENT)
        with Form(self.mailbox.with_user(manager)) as form, form.reply_ids.new():
            pass
        reply = self.mailbox.reply_ids
        self.assertEqual(
            reply.template_id, self.env.ref("feedback_survey.mail_template_acknowledge")
        )
        with self.assertRaises(AccessError):
            reply.with_user(agent).active = False
        foreign = self._add_company("Elsewhere")
        stranger = self._add_user("reply_stranger", FEEDBACK_MANAGER, company=foreign)
        with self.assertRaises(AccessError):
            reply.with_user(stranger).read(["sequence"])


@tagged("post_install", "-at_install")
class TestCommentReplies(FeedbackCase):
    """S024: what is written into a survey is answered by itself, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "shop@example.com"
        cls.theme = cls.env["feedback.theme"].create(
            {"name": "Opening hours", "keywords": "opening hours, 营业时间"}
        )
        cls.thanks = cls._add_line("Thank you")
        cls.customer = cls._add_customer("Ann", email="ann@customer.example")

    @classmethod
    def _add_line(cls, subject, **values):
        lines = cls.env["feedback.reply"].with_company(cls.company)
        line = lines.create({"survey_id": cls.survey.id, **values})
        line.template_id = line.template_id.copy({"subject": subject})
        return line

    def _say(self, comment, score=2, partner=None, **values):
        """:return: the case of an answer, after the job"""
        participation = self.survey._create_answer(
            partner=partner or self.customer, company_id=self.company.id, **values
        )
        participation._save_lines(self._question("nps"), str(score))
        if comment:
            text = self.survey.question_ids.filtered("is_feedback_comment")
            participation._save_lines(text, comment)
        participation._mark_done()
        self._run_job()
        return self.env["feedback.case"].search(
            [("participation_id", "=", participation.id)]
        )

    def _run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("feedback_survey.ir_cron_reply").method_direct_trigger()
        self.env.invalidate_all()

    def _replies(self, case):
        return case.message_ids.filtered(lambda one: one.message_type == "auto_comment")

    def test_words_of_a_bad_answer_are_acknowledged_once(self):
        case = self._say("It broke.")
        [reply] = self._replies(case)
        self.assertEqual(reply.subject, "Thank you")
        self.assertEqual(reply.notified_partner_ids, self.customer)
        self.assertEqual(case.state, "new")  # a person goes on with it
        self._run_job()
        self.assertEqual(self._replies(case), reply)
        again = self._say("It broke again.")
        self.assertTrue(again)
        self.assertFalse(self._replies(again))  # one a day

    def test_a_good_answer_is_answered_by_a_line_with_themes_only(self):
        self.assertFalse(self._say("I like it.", score=10))
        question = "What are your opening hours?"
        self.assertFalse(self._say(question, score=10))
        self._add_line("Nine to five", theme_ids=self.theme.ids, sequence=1)
        case = self._say(question, score=10)
        self.assertEqual(self._replies(case).subject, "Nine to five")
        self.assertRecordValues(
            case,
            [
                {
                    "name": question,
                    "description": question,
                    "partner_id": self.customer.id,
                    "severity": "0",
                    "state": "new",
                }
            ],
        )

    def test_without_words_or_lines_nothing_is_sent(self):
        self.assertFalse(self._replies(self._say("")))
        self.thanks.active = False
        case = self._say("It broke.")
        self.assertFalse(self._replies(case))
        self.assertFalse(case.is_reply_checked)

    def test_who_takes_no_mail_gets_none(self):
        bouncing = self._add_customer("B", email="b@x.example", message_bounce=9)
        opted_out = self._add_customer("O", email="o@x.example")
        self.env["feedback.address"]._opt_out("o@x.example")
        blacklisted = self._add_customer("L", email="l@x.example")
        self.env["mail.blacklist"]._add("l@x.example")
        for partner in (bouncing, opted_out, blacklisted, self._add_customer("N")):
            with self.subTest(partner.name):
                case = self._say("It broke.", partner=partner)
                self.assertTrue(case)
                self.assertFalse(self._replies(case))

    def test_who_is_interviewed_was_answered_by_a_person(self):
        case = self._say("It broke.", feedback_user_id=self.env.uid)
        self.assertTrue(case)
        self.assertFalse(self._replies(case))

    def test_anonymous_words_are_answered_by_nobody(self):
        self.survey.is_feedback_anonymous = True
        case = self._say("What are your opening hours?")
        self.assertFalse(case)
        self.assertFalse(
            self.env["survey.user_input"].search_count([("is_reply_due", "=", True)])
        )

    def test_a_reply_that_fails_loses_nothing_and_stops_no_other(self):
        cases = self.env.registry["feedback.case"]
        with (
            patch.object(cases, "_send_reply", side_effect=ValueError),
            mute_logger("odoo.addons.feedback_survey.models.feedback_reply_survey"),
        ):
            case = self._say("It broke.")
        self.assertEqual(case.description, "It broke.")
        self._run_job()
        self.assertFalse(self._replies(case))

    def test_they_count_in_the_share(self):
        self.env["feedback.case"].search([]).unlink()
        self._say("It broke.")
        self._say("It broke again.")  # the second of the day
        self._say("")  # nothing was written
        manager = self._add_user("comment_manager", FEEDBACK_MANAGER)
        scores = self.env["feedback.scores"].with_user(manager)
        found = scores.with_company(self.company).get_dashboard()["cases"]
        [figure] = [f for f in found if f["code"] == "auto_replied"]
        self.assertEqual((figure["value"], figure["n"]), (50, 2))

    def test_lines_are_for_the_customers_of_one_company(self):
        self.thanks.unlink()
        other = self._add_company("Other")
        self.env["feedback.reply"].with_company(other).create(
            {"survey_id": self.survey.id}
        )
        self.assertFalse(self._replies(self._say("It broke.")))
        self._add_line("Thank you")
        self.assertTrue(self._replies(self._say("It broke.")))

    def test_a_line_belongs_to_one(self):
        mailbox = self.env["feedback.mailbox"].create({"name": "Complaints"})
        for values in ({}, {"survey_id": self.survey.id, "mailbox_id": mailbox.id}):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env["feedback.reply"].create(values).flush_recordset()
