from ast import literal_eval
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

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
