from datetime import datetime

from odoo.addons.customer_insight.tests.test_interaction import InteractionCase
from odoo.fields import Command
from odoo.tests import freeze_time


class TestLivechatInteraction(InteractionCase):
    """Live chats on the timeline."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls._add_user("agent", "im_livechat.im_livechat_group_user")
        cls.livechat = cls.env["im_livechat.channel"].create({"name": "Shop"})

    @classmethod
    def _add_chat(cls, partner=None, started="2025-06-01 09:00:00", **values):
        """A chat of the agent with a contact, or with somebody unknown."""
        if partner:
            visitor = {"partner_id": partner.id}
        else:
            visitor = {"guest_id": cls.env["mail.guest"].create({"name": "Guest"}).id}
        chat = cls.env["discuss.channel"].create(
            {
                "name": "Visitor Agent",
                "channel_type": "livechat",
                "livechat_channel_id": cls.livechat.id,
                "livechat_operator_id": cls.agent.partner_id.id,
                "livechat_failure": "no_failure",
                "channel_member_ids": [
                    Command.create(
                        {
                            "livechat_member_type": "agent",
                            "partner_id": cls.agent.partner_id.id,
                        }
                    ),
                    Command.create({"livechat_member_type": "visitor", **visitor}),
                ],
                **values,
            }
        )
        cls._set_create_date(chat, started)
        return chat

    def _say(self, chat, partner, text):
        return chat.message_post(
            body=text, author_id=partner.id, message_type="comment"
        )

    def test_a_chat_is_one_row_with_its_agent_and_duration(self):
        chat = self._add_chat(self.contact)
        for number in range(5):
            self._say(chat, self.contact, f"Question {number}")
        chat.write({"livechat_end_dt": "2025-06-01 09:30:00", "livechat_status": False})
        row = self._rows()
        self.assertEqual((row.kind, row.channel), ("chat", "chat"))
        self.assertEqual(row.date, datetime(2025, 6, 1, 9))
        self.assertEqual((row.user_id, row.contact_id), (self.agent, self.contact))
        self.assertEqual((row.duration, row.outcome), (0.5, "reached"))

    def test_only_an_unanswered_chat_waits_for_an_answer(self):
        self._add_chat(self.contact)
        self._add_chat(
            self.customer, "2025-06-02 09:00:00", livechat_failure="no_answer"
        )
        self.assertEqual(self._rows().mapped("outcome"), ["no_answer", "reached"])
        waiting = self.env["customer.response"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(waiting.mapped("date"), [datetime(2025, 6, 2, 9)])

    def test_a_chat_with_somebody_unknown_is_nobody_s(self):
        key = [("source_model", "=", "im_livechat.channel.member.history")]
        before = self.env["customer.interaction"].search_count(key)
        self._add_chat()
        self.assertEqual(self.env["customer.interaction"].search_count(key), before)

    def test_a_guest_is_known_once_the_website_knows_the_visitor(self):
        if "livechat_visitor_id" not in self.env["discuss.channel"]._fields:
            contact, visits = self.env["customer.interaction"]._livechat_contact()
            self.assertEqual((contact.code, visits.code), ("visitor.partner_id", ""))
            return
        visitor = self.env["website.visitor"].create({"access_token": "f" * 32})
        self._add_chat(livechat_visitor_id=visitor.id)
        self.assertFalse(self._rows())
        visitor.access_token = str(self.contact.id)  # as signing in does
        self.env.flush_all()
        self.assertEqual(self._rows().contact_id, self.contact)

    @freeze_time("2025-06-30 12:00:00")
    def test_a_chat_counts_as_contact(self):
        self._add_order(self.customer, "2025-05-01")
        self._add_chat(self.contact)
        self._refresh()
        self.assertProfile(
            self.customer, interaction_count=2, last_interaction_date="2025-06-01"
        )

    def test_what_was_said_is_for_those_who_may_open_the_chat(self):
        self.customer.user_id = self.staff
        chat = self._add_chat(self.contact)
        self._say(chat, self.contact, "My secret")
        row = self._page(user=self.staff)["rows"][0]
        self.assertFalse(row["can_open"])
        self.assertNotIn("secret", f"{row['title']} {row['body']}")
        self.staff.group_ids += self.env.ref("im_livechat.im_livechat_group_user")
        row = self._page(user=self.staff)["rows"][0]
        self.assertTrue(row["can_open"])
        self.assertIn("My secret", row["body"])
        action = self._rows().with_user(self.staff).action_open_document()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("discuss.channel", chat.id)
        )

    def test_another_salesperson_sees_no_chat(self):
        self.customer.user_id = self.agent
        self._add_chat(self.contact)
        interactions = self.env["customer.interaction"].with_user(self.staff)
        found = interactions.search([("partner_id", "=", self.customer.id)])
        self.assertFalse(found)
