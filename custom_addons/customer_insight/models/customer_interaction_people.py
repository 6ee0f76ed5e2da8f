from odoo import api, models
from odoo.tools import SQL


class CustomerInteraction(models.Model):
    """Touches between people: entries by hand, messages, activities done."""

    _inherit = "customer.interaction"

    @api.model
    def _log_touches(self, company=None):
        return self._source_query(
            SQL("customer_interaction_log log"),
            SQL("TRUE"),
            company,
            source_id=SQL("log.id"),
            date=SQL("log.date"),
            anchor_id=SQL("log.partner_id"),
            company_id=SQL("log.company_id"),
            kind=SQL("log.kind"),
            channel=SQL("log.channel"),
            direction=SQL("log.direction"),
            summary=SQL("log.name"),
            user_id=SQL("log.user_id"),
            duration=SQL("log.duration"),
            outcome=SQL("log.outcome"),
            content=SQL("log.note"),
        )

    @api.model
    def _message_touches(self, company, model, table, partner, summary):
        """Messages from or to somebody outside on one kind of document.

        Notes, tracked changes and automatic replies are none. Somebody outside wrote a
        message that has an author who is no employee, or no author but an address;
        others went out if somebody outside was notified or addressed.
        """
        contact = SQL.identifier("document", partner)
        medium = SQL(
            """CASE WHEN message.message_type = 'sms' THEN 'sms'
                    WHEN message.message_type = 'comment' AND sender.incoming
                    THEN 'portal' ELSE 'email' END"""
        )
        return self._source_query(
            self._messages_sql(model, table),
            SQL("%s IS NOT NULL AND %s", contact, self._outside_message_sql()),
            company,
            source_id=SQL("message.id"),
            date=SQL("message.date"),
            anchor_id=contact,
            contact_id=SQL(
                "CASE WHEN sender.incoming THEN COALESCE(author.id, %(contact)s)"
                " ELSE %(contact)s END",
                contact=contact,
            ),
            company_id=SQL("document.company_id"),
            kind=medium,
            channel=medium,
            direction=SQL(
                """CASE WHEN sender.incoming
                             AND message.message_type <> 'email_outgoing'
                        THEN 'in' ELSE 'out' END"""
            ),
            summary=self._document_name_sql(summary),
            user_id=SQL(
                """(SELECT MIN(staff.id) FROM res_users staff
                    WHERE staff.partner_id = message.author_id AND NOT staff.share)"""
            ),
            content=SQL("concat_ws(' ', message.subject, message.body)"),
        )

    @api.model
    def _messages_sql(self, model, table):
        """The messages of one kind of document, with who wrote them (SQL)."""
        return SQL(
            """%s document
               JOIN mail_message message
                   ON message.model = %s AND message.res_id = document.id
               LEFT JOIN mail_message_subtype subtype
                   ON subtype.id = message.subtype_id
               LEFT JOIN res_partner author ON author.id = message.author_id
               CROSS JOIN LATERAL (
                   SELECT COALESCE(author.partner_share, TRUE) AS incoming
               ) sender""",
            SQL.identifier(table),
            model,
        )

    @api.model
    def _outside_message_sql(self):
        """Whether somebody outside wrote a message or got it (SQL)."""
        return SQL(
            """message.message_type IN ('email', 'comment', 'email_outgoing', 'sms')
               AND message.is_internal IS NOT TRUE
               AND subtype.internal IS NOT TRUE
               AND (message.message_type <> 'comment'
                    OR message.subtype_id IS NOT NULL)
               AND ((sender.incoming AND message.message_type <> 'email_outgoing')
                    OR EXISTS (
                        SELECT FROM mail_notification notification
                        JOIN res_partner receiver
                            ON receiver.id = notification.res_partner_id
                        WHERE notification.mail_message_id = message.id
                          AND receiver.partner_share)
                    OR EXISTS (
                        SELECT FROM mail_message_res_partner_rel addressed
                        JOIN res_partner receiver
                            ON receiver.id = addressed.res_partner_id
                        WHERE addressed.mail_message_id = message.id
                          AND receiver.partner_share))"""
        )

    @api.model
    def _document_name_sql(self, summary):
        return SQL.identifier("document", summary) if summary else SQL("NULL::text")

    @api.model
    def _activity_touches(self, company, model, table, partner, summary):
        """Activities done on one kind of document.

        The moment is that of the last change if this was on the day it was done, else
        noon of that day.
        """
        kind, channel = self._activity_kind_sql(), self._activity_channel_sql()
        done_late = SQL("activity.write_date::date <> activity.date_done")
        return self._source_query(
            SQL(
                """%s document
                   JOIN mail_activity activity
                       ON activity.res_model = %s AND activity.res_id = document.id
                   LEFT JOIN mail_activity_type type
                       ON type.id = activity.activity_type_id""",
                SQL.identifier(table),
                model,
            ),
            SQL(
                "activity.active IS NOT TRUE AND activity.date_done IS NOT NULL"
                " AND %s IS NOT NULL",
                SQL.identifier("document", partner),
            ),
            company,
            source_id=SQL("activity.id"),
            date=SQL(
                """CASE WHEN %s THEN activity.date_done + time '12:00'
                        ELSE activity.write_date END""",
                done_late,
            ),
            day_only=done_late,
            anchor_id=SQL.identifier("document", partner),
            company_id=SQL("document.company_id"),
            kind=kind,
            channel=channel,
            direction=SQL("CASE %s WHEN 'activity' THEN 'none' ELSE 'out' END", kind),
            summary=self._document_name_sql(summary),
            user_id=SQL("activity.user_id"),
            content=SQL("concat_ws(' ', activity.summary, activity.feedback)"),
        )

    @api.model
    def _activity_types(self):
        """:return: ids of core's types for a call and a meeting, 0 where deleted"""
        return [
            self.env["ir.model.data"]._xmlid_to_res_id(xmlid) or 0
            for xmlid in (
                "mail.mail_activity_data_call",
                "mail.mail_activity_data_meeting",
            )
        ]

    @api.model
    def _activity_kind_sql(self):
        call, meeting = self._activity_types()
        return SQL(
            """CASE WHEN type.category = 'phonecall' OR type.id = %s THEN 'call'
                    WHEN type.category = 'meeting' OR type.id = %s THEN 'meeting'
                    ELSE 'activity' END""",
            call,
            meeting,
        )

    @api.model
    def _activity_channel_sql(self):
        return SQL(
            """CASE %s WHEN 'call' THEN 'phone' WHEN 'meeting' THEN 'in_person'
                       ELSE 'other' END""",
            self._activity_kind_sql(),
        )
