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
        """Confirmed orders, or free ones alone if the context says so."""
        free = SQL("AND COALESCE(sale.amount_untaxed, 0) = 0")  # as its index has it
        only_free = self.env.context.get("insight_free_orders")
        return self._source_query(
            SQL("sale_order sale"),
            SQL("sale.state = 'sale' %s", free if only_free else SQL("")),
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
        common = {
            "source_id": SQL("sale.id"),
            "anchor_id": SQL("sale.partner_id"),
            "company_id": SQL("sale.company_id"),
            "channel": SQL("'document'"),
            "summary": SQL("sale.name"),
            "user_id": SQL("sale.user_id"),
            "amount": self._order_amount_sql(),
        }
        # each kind by itself: whoever does not ask for it need not look at any order
        quotations = self._source_query(
            SQL("sale_order sale"),
            SQL("sale.state IN ('draft', 'sent')"),
            company,
            date=SQL(
                """CASE sale.state WHEN 'draft' THEN sale.create_date
                                   ELSE COALESCE(%s, sale.create_date) END""",
                changed,
            ),
            kind=SQL("'quotation'"),
            direction=SQL("CASE sale.state WHEN 'sent' THEN 'out' ELSE 'none' END"),
            outcome=SQL("sale.state"),
            **common,
        )
        cancelled = self._source_query(
            SQL("sale_order sale"),
            SQL("sale.state = 'cancel'"),
            company,
            date=SQL("COALESCE(%s, sale.date_order)", changed),
            kind=SQL("'cancelled'"),
            direction=SQL("'none'"),
            **common,
        )
        return SQL("%s UNION ALL %s", quotations, cancelled)

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
