import zlib

from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("order", "Order"),
    ("quotation", "Quotation"),
    ("cancelled", "Cancelled Order"),
    ("invoice", "Invoice"),
    ("refund", "Credit Note"),
    ("payment", "Payment"),
    ("email", "E-mail"),
    ("portal", "Portal Message"),
    ("call", "Call"),
    ("meeting", "Meeting"),
    ("visit", "Visit"),
    ("chat", "Chat"),
    ("social", "Social Media"),
    ("sms", "Text Message"),
    ("activity", "Activity Done"),
    ("other", "Other"),
]
CHANNELS = [
    ("document", "Document"),
    ("phone", "Phone"),
    ("email", "E-mail"),
    ("in_person", "In Person"),
    ("chat", "Live Chat"),
    ("social", "Social Media"),
    ("sms", "Text Message"),
    ("portal", "Portal"),
    ("other", "Other"),
]
DIRECTIONS = [
    ("in", "From the customer"),
    ("out", "To the customer"),
    ("none", "Neither"),
]
OUTCOMES = [
    ("reached", "Reached"),
    ("no_answer", "No answer"),
    ("call_back", "To be called back"),
    ("interested", "Interested"),
    ("not_interested", "Not interested"),
    ("complaint", "Complaint"),
    ("resolved", "Resolved"),
    ("other", "Other"),
]
DOCUMENT_OUTCOMES = [
    ("draft", "Draft"),
    ("sent", "Sent"),
    ("paid", "Paid"),
    ("partial", "Partly paid"),
    ("unpaid", "Not paid"),
]
#: An id is the source's id times this, plus the slot of its source.
SLOTS = 512


class CustomerInteraction(models.Model):
    """One row per touch between a customer and us, in the order they happened.

    A query over the documents themselves, so that a touch is listed the moment it is
    recorded, and an app that is removed takes its rows along. ``partner_id`` is the
    customer (commercial partner), ``contact_id`` the one who was in touch.
    """

    _name = "customer.interaction"
    _description = "Customer Interaction"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "summary"

    date = fields.Datetime(readonly=True)
    day = fields.Date(readonly=True, help="In the time zone of the company.")
    day_only = fields.Boolean(
        readonly=True, help="Only the day is known; the time stands for noon."
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contact_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    direction = fields.Selection(DIRECTIONS, readonly=True)
    summary = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", string="Our Person", readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Untaxed amount of the document in company currency."
    )
    duration = fields.Float(string="Duration (Hours)", readonly=True)
    outcome = fields.Selection(OUTCOMES + DOCUMENT_OUTCOMES, readonly=True)
    is_contact = fields.Boolean(
        string="With People",
        readonly=True,
        help="Counts as contact with the customer: a purchase, or a touch between"
        " people. Documents that follow by themselves do not.",
    )
    source_key = fields.Char(readonly=True)
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(
        string="Source Document", model_field="source_model", readonly=True
    )

    _depends = {
        "account.move": [
            "amount_untaxed_signed",
            "company_id",
            "invoice_date",
            "invoice_user_id",
            "move_type",
            "name",
            "partner_id",
            "payment_state",
            "state",
        ],
        "account.payment": [
            "amount_company_currency_signed",
            "company_id",
            "date",
            "memo",
            "name",
            "partner_id",
            "partner_type",
            "payment_type",
            "state",
        ],
        "customer.interaction.log": [
            "channel",
            "company_id",
            "date",
            "direction",
            "duration",
            "kind",
            "name",
            "note",
            "outcome",
            "partner_id",
            "user_id",
        ],
        "mail.activity": [
            "active",
            "activity_type_id",
            "date_done",
            "feedback",
            "res_id",
            "res_model",
            "summary",
            "user_id",
        ],
        "mail.activity.type": ["category"],
        "mail.message": [
            "author_id",
            "body",
            "date",
            "is_internal",
            "message_type",
            "model",
            "partner_ids",
            "res_id",
            "subject",
            "subtype_id",
        ],
        "mail.message.subtype": ["internal"],
        "mail.notification": ["mail_message_id", "res_partner_id"],
        "res.company": ["currency_id", "partner_id"],
        "res.partner": ["commercial_partner_id", "company_id", "partner_share", "tz"],
        "res.users": ["partner_id", "share"],
        "sale.order": [
            "amount_untaxed",
            "company_id",
            "currency_rate",
            "date_order",
            "name",
            "partner_id",
            "state",
            "user_id",
        ],
    }

    @property
    def _table_query(self):
        return self._rows_query(self._touches_query())

    @api.model
    def _rows_query(self, touches):
        """The rows of this model for a SELECT of ``_touches_query`` (SQL)."""
        return SQL(
            """
            SELECT touch.id, touch.source_key, touch.source_model, touch.source_id,
                   touch.date, touch.day_only, touch.contact_id, touch.company_id,
                   touch.kind, touch.channel, touch.direction, touch.summary,
                   touch.user_id, touch.amount, touch.duration, touch.outcome,
                   touch.kind = ANY(%(contact_kinds)s) AS is_contact,
                   (touch.date AT TIME ZONE 'UTC'
                        AT TIME ZONE COALESCE(setting.tz, 'UTC'))::date AS day,
                   partner.commercial_partner_id AS partner_id,
                   company.currency_id
            FROM (%(touches)s) touch
            JOIN res_partner partner ON partner.id = touch.anchor_id
            LEFT JOIN res_company company ON company.id = touch.company_id
            LEFT JOIN %(companies)s setting ON setting.id = touch.company_id
            """,
            touches=touches,
            contact_kinds=self._contact_kinds(),
            companies=self.env["customer.purchase"]._companies_query(),
        )

    @api.model
    def _touches_query(self, company=None, condition=None):
        """All touches, or those of one company, as a SELECT.

        :param condition: SQL over the alias ``touch`` that each source applies before
            the sources are put together, so that its indexes are used
        """
        sources = self._interaction_sources(company)
        slots = self._source_slots(sources)
        return SQL(" UNION ALL ").join(
            self._numbered_query(key, query, slots[key], condition)
            for key, query in sources.items()
        )

    @api.model
    def _flushing_sql(self):
        """Empty SQL that makes pending writes to the sources reach the database."""
        return SQL().join(
            SQL(to_flush=self.env[model]._fields[name])
            for model, names in self._depends.items()
            for name in names
        )

    @api.model
    def _numbered_query(self, key, query, slot, condition=None, limit=None):
        """One source's rows with their lasting ids (SQL); newest first if limited."""
        return SQL(
            """(SELECT touch.*, touch.source_id::bigint * %s + %s AS id,
                       %s AS source_key, %s AS source_model
                FROM (%s) touch %s %s)""",
            SLOTS,
            slot,
            key,
            key.partition("/")[0],
            query,
            SQL("WHERE %s", condition) if condition else SQL(""),
            SQL("ORDER BY date DESC, id DESC LIMIT %s", limit) if limit else SQL(""),
        )

    @api.model
    def _source_slots(self, keys):
        """A number below SLOTS for each source, whatever else is installed.

        It comes from the name; of two that fall together one moves to the next.
        """
        slots = {}
        taken = set()
        for key in sorted(keys):
            slot = zlib.crc32(key.encode()) % SLOTS
            while slot in taken:
                slot = (slot + 1) % SLOTS
            taken.add(slot)
            slots[key] = slot
        return slots

    @api.model
    def _purchase_kinds(self):
        """The contact kinds that are purchases; an add-on that brings one extends it.

        :rtype: list[str]
        """
        return ["order"]

    @api.model
    def _contact_kinds(self):
        """The kinds that count as contact with a customer: the one definition of it.

        A purchase the customer made, and what passed between people. Left out are
        documents that follow by themselves (invoice, payment), drafts and things done
        inside the house. Add-ons extend the list by kinds of their own.

        :rtype: list[str]
        """
        return [
            "order",
            "email",
            "portal",
            "call",
            "meeting",
            "visit",
            "chat",
            "social",
            "sms",
            "other",
        ]

    @api.model
    def _kind_icons(self):
        """:return: ``{kind: (Font Awesome icon, Bootstrap colour)}`` for the timeline;
        add-ons extend it by their kinds
        """
        return {
            "order": ("fa-shopping-cart", "success"),
            "quotation": ("fa-file-text-o", "secondary"),
            "cancelled": ("fa-ban", "danger"),
            "invoice": ("fa-file-text", "info"),
            "refund": ("fa-undo", "danger"),
            "payment": ("fa-money", "success"),
            "email": ("fa-envelope", "primary"),
            "portal": ("fa-comment", "primary"),
            "call": ("fa-phone", "warning"),
            "meeting": ("fa-users", "warning"),
            "visit": ("fa-building", "warning"),
            "chat": ("fa-comments", "primary"),
            "social": ("fa-share-alt", "primary"),
            "sms": ("fa-mobile", "primary"),
            "activity": ("fa-check", "secondary"),
        }

    # === OPENING WHAT IS BEHIND A ROW === #

    def action_open_document(self):
        """Open the document behind this row; its own rules decide who may.

        Messages and activities open the document they belong to. The document is told
        by the id alone: no need to look through all sources for the row.
        """
        self.ensure_one()
        source_id, slot = divmod(self.id, SLOTS)
        slots = self._source_slots(self._interaction_sources())
        for key, own_slot in slots.items():
            if own_slot == slot:
                return self._open_source(key.partition("/")[0], source_id)
        return self._open_action(None)

    @api.model
    def _open_source(self, source_model, source_id):
        """:return: the action that opens the document of a touch, or a refusal"""
        source = self.env[source_model].sudo().browse(source_id).exists()
        shown = source and self._shown_document(source)
        return self._open_action(shown and shown.sudo(False).exists())

    @api.model
    def _shown_document(self, source):
        """The document that shows a touch: the source itself, or what it belongs to.

        :param source: record of a source, as superuser
        :return: record, empty or None if there is none to show
        """
        if source._name == "mail.message" and source.model in self.env:
            return self.env[source.model].browse(source.res_id)
        if source._name == "mail.activity" and source.res_model in self.env:
            return self.env[source.res_model].browse(source.res_id)
        return source

    @api.model
    def _open_action(self, document):
        """:return: the form of a document, or a polite refusal"""
        if not document:
            return self._refusal(self.env._("This document no longer exists."))
        if not document.has_access("read"):
            return self._refusal(
                self.env._("You may see that it exists, but not open this document.")
            )
        action = {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }
        if document._name == "customer.interaction.log":
            dialog = document._log_action(document.partner_id)
            action |= {"name": document.display_name, "target": "new"}
            action["views"] = dialog["views"]
        return action

    @api.model
    def _refusal(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": message},
        }
