from odoo import api, fields, models
from odoo.tools import SQL


class CustomerInteraction(models.Model):
    """Mailings to contacts: sent, opened, clicked, bounced, each at its moment."""

    _inherit = "customer.interaction"

    kind = fields.Selection(
        selection_add=[
            ("mailing", "Mailing Sent"),
            ("mailing_open", "Mailing Opened"),
            ("mailing_click", "Mailing Clicked"),
            ("mailing_bounce", "Mailing Bounced"),
        ]
    )

    _depends = {
        "mailing.mailing": ["subject"],
        "mailing.trace": [
            "is_test_trace",
            "links_click_datetime",
            "mass_mailing_id",
            "model",
            "open_datetime",
            "res_id",
            "sent_datetime",
            "trace_status",
        ],
    }

    @api.model
    def _interaction_sources(self, company=None):
        sent = SQL("trace.sent_datetime IS NOT NULL AND trace.trace_status <> 'bounce'")
        bounced = SQL("trace.trace_status = 'bounce'")
        opened = SQL("trace.open_datetime IS NOT NULL")
        clicked = SQL("trace.links_click_datetime IS NOT NULL")
        touches = self._trace_touches
        return {
            **super()._interaction_sources(company),
            "mailing.trace": touches("mailing", "out", "sent_datetime", sent, company),
            "mailing.trace/open": touches(
                "mailing_open", "in", "open_datetime", opened, company
            ),
            "mailing.trace/click": touches(
                "mailing_click", "in", "links_click_datetime", clicked, company
            ),
            # of a bounce only the sending and the last change are known
            "mailing.trace/bounce": touches(
                "mailing_bounce", "none", "write_date", bounced, company
            ),
        }

    @api.model
    def _contact_kinds(self):
        # a mail program opens mails by itself; a click is the customer's own
        return [*super()._contact_kinds(), "mailing_click"]

    @api.model
    def _kind_icons(self):
        return {
            **super()._kind_icons(),
            "mailing": ("fa-paper-plane", "secondary"),
            "mailing_open": ("fa-envelope-open-o", "info"),
            "mailing_click": ("fa-mouse-pointer", "primary"),
            "mailing_bounce": ("fa-exclamation-triangle", "danger"),
        }

    @api.model
    def _trace_touches(self, kind, direction, moment, where, company=None):
        return self._source_query(
            SQL(
                """mailing_trace trace
                   JOIN res_partner contact ON contact.id = trace.res_id
                   LEFT JOIN mailing_mailing mailing
                       ON mailing.id = trace.mass_mailing_id"""
            ),
            SQL(
                "trace.model = 'res.partner' AND trace.is_test_trace IS NOT TRUE"
                " AND %s",
                where,
            ),
            company,
            source_id=SQL("trace.id"),
            date=SQL.identifier("trace", moment),
            anchor_id=SQL("trace.res_id"),
            company_id=SQL("contact.company_id"),
            kind=SQL("%s", kind),
            channel=SQL("'email'"),
            direction=SQL("%s", direction),
            summary=SQL("mailing.subject"),
            user_id=SQL("mailing.user_id"),
        )

    @api.model
    def _shown_document(self, source):
        if source._name == "mailing.trace":
            return source.mass_mailing_id
        return super()._shown_document(source)

    @api.model
    def _source_text(self, source):
        if source._name == "mailing.trace":
            return source.mass_mailing_id.subject or "", source.failure_reason or ""
        return super()._source_text(source)
