from odoo import api, models
from odoo.tools import SQL

#: What each source hands out, in this order, with the type of a missing value.
COLUMNS = {
    "source_id": "int",
    "date": "timestamp",
    "day_only": "bool",
    "anchor_id": "int",
    "contact_id": "int",
    "company_id": "int",
    "kind": "text",
    "channel": "text",
    "direction": "text",
    "summary": "text",
    "user_id": "int",
    "amount": "numeric",
    "duration": "float8",
    "outcome": "text",
    "content": "text",
}


class CustomerInteraction(models.Model):
    """Where the touches come from: one SELECT per kind of document."""

    _inherit = "customer.interaction"

    @api.model
    def _interaction_sources(self, company=None):
        """The touches of each source.

        An add-on that knows of touches extends the returned dict, ``_depends`` and,
        for new kinds, the selection and ``_contact_kinds``. The SELECTs are made by
        ``_source_query``.

        :param company: res.company record whose touches are wanted, together with
            those that belong to no company; None for all
        :return: ``{key: SELECT}``; the key is the model of ``source_id``, with
            ``/part`` behind it where one record gives several touches
        :rtype: dict[str, SQL]
        """
        sources = {
            "sale.order": self._order_touches(company),
            "sale.order/quotation": self._quotation_touches(company),
            "account.move": self._invoice_touches(company),
            "account.payment": self._payment_touches(company),
            "customer.interaction.log": self._log_touches(company),
        }
        for model, document in self._discussed_documents().items():
            sources[f"mail.message/{model}"] = self._message_touches(
                company, model, **document
            )
            sources[f"mail.activity/{model}"] = self._activity_touches(
                company, model, **document
            )
        return sources

    @api.model
    def _discussed_documents(self):
        """Documents whose messages and done activities are touches.

        :return: ``{model: {"table", "partner", "summary"}}`` with the table's name
            and, over the alias ``document``, the columns of the contact and the name
        :rtype: dict[str, dict]
        """
        return {
            "res.partner": {"table": "res_partner", "partner": "id", "summary": None},
            "sale.order": {
                "table": "sale_order",
                "partner": "partner_id",
                "summary": "name",
            },
            "account.move": {
                "table": "account_move",
                "partner": "partner_id",
                "summary": "name",
            },
        }

    @api.model
    def _queue_document(self, model, res_id):
        """Have the profile of a document's customer follow: it was talked about."""
        discussed = self._discussed_documents().get(model)
        if not discussed or not res_id:
            return
        document = self.env[model].sudo().browse(res_id)  # whoever writes on it
        if model == "res.partner":
            document._queue_customer_profiles()
            return
        contact, company = document[discussed["partner"]], document.company_id
        if contact:
            company = company or self.env.company
            self.env["customer.profile.queue"]._add([(contact.id, company.id)])

    @api.model
    def _source_query(self, tables, where, company=None, **columns):
        """A source's SELECT with all columns in their order.

        :param tables: SQL behind FROM
        :param where: SQL behind WHERE
        :param company: res.company record to restrict ``company_id`` to, if any
        :param columns: SQL of ``source_id``, ``date`` (UTC), ``anchor_id`` (the
            contact the document belongs to: a plain, indexed column), ``company_id``,
            ``kind``, ``channel``, ``direction``; where known ``contact_id`` (who
            exactly, else the anchor), ``day_only``, ``summary`` (nothing that those
            who cannot open the document must not read), ``user_id``, ``amount``
            (company currency), ``duration`` (hours), ``outcome`` and ``content``
            (searched only for those who may open the document)
        """
        columns.setdefault("contact_id", columns["anchor_id"])
        columns.setdefault("day_only", SQL("FALSE"))
        if company is not None:
            own = columns["company_id"]
            where = SQL("%s AND (%s = %s OR %s IS NULL)", where, own, company.id, own)
        return SQL(
            "SELECT %s FROM %s WHERE %s",
            SQL(", ").join(
                SQL("%s AS %s", columns[name], SQL.identifier(name))
                if name in columns
                else SQL("NULL::%s AS %s", SQL(type_), SQL.identifier(name))
                for name, type_ in COLUMNS.items()
            ),
            tables,
            where,
        )

    @api.model
    def _noon_sql(self, day):
        """Noon of a day in the company's time zone (alias setting), in UTC."""
        return SQL(
            "((%s + time '12:00') AT TIME ZONE setting.tz AT TIME ZONE 'UTC')", day
        )

    # === DOCUMENTS === #

    @api.model
    def _order_touches(self, company=None):
        return self._source_query(
            SQL("sale_order sale"),
            SQL("sale.state = 'sale'"),
            company,
            source_id=SQL("sale.id"),
            date=SQL("sale.date_order"),
            anchor_id=SQL("sale.partner_id"),
            company_id=SQL("sale.company_id"),
            kind=SQL("'order'"),
            channel=SQL("'document'"),
            direction=SQL("'in'"),
            summary=SQL("sale.name"),
            user_id=SQL("sale.user_id"),
            amount=self._order_amount_sql(),
        )

    @api.model
    def _quotation_touches(self, company=None):
        """Quotations at the moment they were made, sent or cancelled.

        When one was sent or cancelled is known from the tracked change of its state.
        Without one, a cancelled order stands at its own date and others at their
        creation.
        """
        changed = SQL(
            """(SELECT MAX(message.date)
                FROM mail_message message
                JOIN mail_tracking_value value ON value.mail_message_id = message.id
                WHERE message.model = 'sale.order' AND message.res_id = sale.id
                  AND value.field_id = %s)""",
            self.env["ir.model.fields"]._get("sale.order", "state").id,
        )
        return self._source_query(
            SQL("sale_order sale"),
            SQL("sale.state IN ('draft', 'sent', 'cancel')"),
            company,
            source_id=SQL("sale.id"),
            date=SQL(
                """CASE sale.state WHEN 'draft' THEN sale.create_date
                                   WHEN 'sent' THEN COALESCE(%(at)s, sale.create_date)
                                   ELSE COALESCE(%(at)s, sale.date_order) END""",
                at=changed,
            ),
            anchor_id=SQL("sale.partner_id"),
            company_id=SQL("sale.company_id"),
            kind=SQL(
                "CASE sale.state WHEN 'cancel' THEN 'cancelled' ELSE 'quotation' END"
            ),
            channel=SQL("'document'"),
            direction=SQL("CASE sale.state WHEN 'sent' THEN 'out' ELSE 'none' END"),
            summary=SQL("sale.name"),
            user_id=SQL("sale.user_id"),
            amount=self._order_amount_sql(),
            outcome=SQL("NULLIF(sale.state, 'cancel')"),
        )

    @api.model
    def _order_amount_sql(self):
        return SQL(
            """CASE WHEN COALESCE(sale.currency_rate, 0) IN (0, 1)
                    THEN sale.amount_untaxed
                    ELSE sale.amount_untaxed / sale.currency_rate END"""
        )

    @api.model
    def _invoice_touches(self, company=None):
        return self._source_query(
            SQL(
                "account_move move JOIN %s setting ON setting.id = move.company_id",
                self.env["customer.purchase"]._companies_query(company),
            ),
            SQL(
                """move.state = 'posted'
                   AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')"""
            ),
            company,
            source_id=SQL("move.id"),
            date=self._noon_sql(SQL("move.invoice_date")),
            day_only=SQL("TRUE"),
            anchor_id=SQL("move.partner_id"),
            company_id=SQL("move.company_id"),
            kind=SQL(
                "CASE move.move_type WHEN 'out_refund' THEN 'refund' ELSE 'invoice' END"
            ),
            channel=SQL("'document'"),
            direction=SQL("'out'"),
            summary=SQL("move.name"),
            user_id=SQL("move.invoice_user_id"),
            amount=SQL("move.amount_untaxed_signed"),
            outcome=SQL(
                """CASE WHEN move.payment_state IN ('paid', 'in_payment', 'reversed')
                        THEN 'paid'
                        WHEN move.payment_state = 'partial' THEN 'partial'
                        ELSE 'unpaid' END"""
            ),
        )

    @api.model
    def _payment_touches(self, company=None):
        """Payments from customers (positive) and back to them (negative)."""
        return self._source_query(
            SQL(
                """account_payment payment
                   JOIN %s setting ON setting.id = payment.company_id""",
                self.env["customer.purchase"]._companies_query(company),
            ),
            SQL(
                """payment.partner_type = 'customer'
                   AND payment.state IN ('in_process', 'paid')"""
            ),
            company,
            source_id=SQL("payment.id"),
            date=self._noon_sql(SQL("payment.date")),
            day_only=SQL("TRUE"),
            anchor_id=SQL("payment.partner_id"),
            company_id=SQL("payment.company_id"),
            kind=SQL("'payment'"),
            channel=SQL("'document'"),
            direction=SQL(
                "CASE payment.payment_type WHEN 'outbound' THEN 'out' ELSE 'in' END"
            ),
            summary=SQL("COALESCE(payment.name, payment.memo)"),
            amount=SQL("payment.amount_company_currency_signed"),
        )

    # === PEOPLE === #

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
        return self._source_query(
            SQL(
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
            ),
            SQL(
                """message.message_type IN ('email', 'comment', 'email_outgoing', 'sms')
                   AND message.is_internal IS NOT TRUE
                   AND subtype.internal IS NOT TRUE
                   AND %s IS NOT NULL
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
                              AND receiver.partner_share))""",
                SQL.identifier("document", partner),
            ),
            company,
            source_id=SQL("message.id"),
            date=SQL("message.date"),
            anchor_id=SQL.identifier("document", partner),
            contact_id=SQL(
                "CASE WHEN sender.incoming THEN COALESCE(author.id, %(contact)s)"
                " ELSE %(contact)s END",
                contact=SQL.identifier("document", partner),
            ),
            company_id=SQL("document.company_id"),
            kind=SQL(
                """CASE WHEN message.message_type = 'sms' THEN 'sms'
                        WHEN message.message_type = 'comment' AND sender.incoming
                        THEN 'portal' ELSE 'email' END"""
            ),
            channel=SQL(
                """CASE WHEN message.message_type = 'sms' THEN 'sms'
                        WHEN message.message_type = 'comment' AND sender.incoming
                        THEN 'portal' ELSE 'email' END"""
            ),
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
