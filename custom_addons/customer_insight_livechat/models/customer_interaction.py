from odoo import api, models
from odoo.tools import SQL, html2plaintext

_SHOWN_MESSAGES = 20


class CustomerInteraction(models.Model):
    """Live chats of known customers, one row each however many messages."""

    _inherit = "customer.interaction"

    _depends = {
        "discuss.channel": [
            "livechat_end_dt",
            "livechat_failure",
            "livechat_operator_id",
        ],
        "im_livechat.channel.member.history": [
            "channel_id",
            "livechat_member_type",
            "partner_id",
        ],
        "res.users": ["partner_id"],
    }

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "im_livechat.channel.member.history": self._livechat_touches(company),
        }

    @api.model
    def _livechat_touches(self, company=None):
        """Chats in which a contact took part as the visitor.

        A guest is a contact where the website knows the visitor: who signed in there
        later brings along the chats held before. An address typed into a chat is no
        proof of who typed it.

        In a chat that was answered both sides spoke; only one that nobody answered
        still waits for a reply. Odoo's own outcome is not read: computed for several
        chats at once, all get that of the last.
        """
        contact, visits = self._livechat_contact()
        unanswered = SQL("chat.livechat_failure IN ('no_answer', 'no_agent')")
        return self._source_query(
            SQL(
                """im_livechat_channel_member_history visitor
                   JOIN discuss_channel chat ON chat.id = visitor.channel_id %s""",
                visits,
            ),
            SQL("visitor.livechat_member_type = 'visitor' AND %s IS NOT NULL", contact),
            company,
            source_id=SQL("visitor.id"),
            date=SQL("chat.create_date"),
            anchor_id=contact,
            company_id=SQL("NULL::int"),
            kind=SQL("'chat'"),
            channel=SQL("'chat'"),
            direction=SQL("CASE WHEN %s THEN 'in' ELSE 'none' END", unanswered),
            user_id=SQL(
                """(SELECT MIN(agent.id) FROM res_users agent
                    WHERE agent.partner_id = chat.livechat_operator_id)"""
            ),
            duration=SQL(
                """(EXTRACT(EPOCH FROM chat.livechat_end_dt - chat.create_date)
                    / 3600)::float8"""
            ),
            outcome=SQL("CASE WHEN %s THEN 'no_answer' ELSE 'reached' END", unanswered),
        )

    @api.model
    def _livechat_contact(self):
        """:return: SQL of the contact behind a visitor, and the join it needs"""
        if "livechat_visitor_id" not in self.env["discuss.channel"]._fields:
            return SQL("visitor.partner_id"), SQL("")
        return (
            SQL("COALESCE(visitor.partner_id, site.partner_id)"),
            SQL("LEFT JOIN website_visitor site ON site.id = chat.livechat_visitor_id"),
        )

    @api.model
    def _shown_document(self, source):
        if source._name == "im_livechat.channel.member.history":
            return source.channel_id
        return super()._shown_document(source)

    @api.model
    def _source_text(self, source):
        if source._name == "im_livechat.channel.member.history":
            chat = source.channel_id
            said = chat.message_ids.filtered("body").sorted("id")[:_SHOWN_MESSAGES]
            lines = (html2plaintext(message.body).strip() for message in said)
            return chat.name or "", "\n".join(filter(None, lines))
        return super()._source_text(source)
