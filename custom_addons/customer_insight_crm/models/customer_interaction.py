from odoo import api, fields, models
from odoo.tools import SQL, html2plaintext


class CustomerInteraction(models.Model):
    """Opportunities, their messages and activities, and meetings that took place."""

    _inherit = "customer.interaction"

    kind = fields.Selection(
        selection_add=[
            ("lead", "Opportunity"),
            ("lead_won", "Opportunity Won"),
            ("lead_lost", "Opportunity Lost"),
        ]
    )

    _depends = {
        "calendar.attendee": ["event_id", "partner_id", "state"],
        "calendar.event": [
            "active",
            "allday",
            "duration",
            "name",
            "start",
            "user_id",
        ],
        "crm.lead": [
            "company_id",
            "date_closed",
            "expected_revenue",
            "name",
            "partner_id",
            "user_id",
            "won_status",
        ],
        "mail.activity": ["calendar_event_id"],
    }

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "crm.lead": self._lead_touches(company),
            "crm.lead/closed": self._closed_lead_touches(company),
            "calendar.attendee": self._meeting_touches(company),
        }

    @api.model
    def _discussed_documents(self):
        # the name of an opportunity may say what only its salesperson shall know
        lead = {"table": "crm_lead", "partner": "partner_id", "summary": None}
        return {**super()._discussed_documents(), "crm.lead": lead}

    @api.model
    def _kind_icons(self):
        return {
            **super()._kind_icons(),
            "lead": ("fa-star-o", "info"),
            "lead_won": ("fa-trophy", "success"),
            "lead_lost": ("fa-thumbs-down", "danger"),
        }

    @api.model
    def _lead_touches(self, company=None):
        return self._source_query(
            SQL("crm_lead lead"),
            SQL("lead.partner_id IS NOT NULL"),
            company,
            **self._lead_columns(
                date=SQL("lead.create_date"),
                kind=SQL("'lead'"),
            ),
        )

    @api.model
    def _closed_lead_touches(self, company=None):
        """When an opportunity was won or lost, if that is known."""
        return self._source_query(
            SQL("crm_lead lead"),
            SQL(
                """lead.partner_id IS NOT NULL AND lead.date_closed IS NOT NULL
                   AND lead.won_status IN ('won', 'lost')"""
            ),
            company,
            **self._lead_columns(
                date=SQL("lead.date_closed"),
                kind=SQL("'lead_' || lead.won_status"),
            ),
        )

    @api.model
    def _lead_columns(self, **columns):
        return {
            "source_id": SQL("lead.id"),
            "anchor_id": SQL("lead.partner_id"),
            "company_id": SQL("lead.company_id"),
            "channel": SQL("'document'"),
            "direction": SQL("'none'"),
            "user_id": SQL("lead.user_id"),
            # without a company there is no currency
            "amount": SQL(
                """CASE WHEN lead.company_id IS NOT NULL
                        THEN lead.expected_revenue END"""
            ),
            "content": SQL("lead.name"),
            **columns,
        }

    @api.model
    def _meeting_touches(self, company=None):
        """Meetings that took place, once for each customer that took part.

        A meeting planned as an activity is listed as the activity that was done.
        """
        return self._source_query(
            SQL(
                """calendar_attendee attendee
                   JOIN calendar_event event ON event.id = attendee.event_id
                   JOIN res_partner guest ON guest.id = attendee.partner_id"""
            ),
            SQL(
                """event.active AND event.start <= %s
                   AND attendee.state IS DISTINCT FROM 'declined'
                   AND guest.partner_share
                   AND NOT EXISTS (
                       SELECT FROM mail_activity activity
                       WHERE activity.calendar_event_id = event.id
                         AND activity.active IS NOT TRUE
                         AND activity.date_done IS NOT NULL)
                   AND NOT EXISTS (
                       SELECT FROM calendar_attendee earlier
                       JOIN res_partner other ON other.id = earlier.partner_id
                       WHERE earlier.event_id = event.id
                         AND earlier.id < attendee.id
                         AND earlier.state IS DISTINCT FROM 'declined'
                         AND other.commercial_partner_id = guest.commercial_partner_id
                   )""",
                fields.Datetime.now(),
            ),
            company,
            source_id=SQL("attendee.id"),
            date=SQL("event.start"),
            day_only=SQL("COALESCE(event.allday, FALSE)"),
            anchor_id=SQL("attendee.partner_id"),
            company_id=SQL("NULL::int"),
            kind=SQL("'meeting'"),
            channel=SQL("'in_person'"),
            direction=SQL("'out'"),
            user_id=SQL("event.user_id"),
            duration=SQL("event.duration"),
            content=SQL("event.name"),
        )

    @api.model
    def _shown_document(self, source):
        if source._name == "calendar.attendee":
            return source.event_id
        return super()._shown_document(source)

    @api.model
    def _source_text(self, source):
        if source._name == "crm.lead":
            note = html2plaintext(source.description) if source.description else ""
            return source.name, note.strip()
        if source._name == "calendar.attendee":
            # others read "Busy" for a private meeting
            meeting = source.event_id
            return meeting.display_name or "", meeting.location or ""
        return super()._source_text(source)
