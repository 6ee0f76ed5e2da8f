from odoo import api, fields, models
from odoo.tools import SQL


class CustomerInteraction(models.Model):
    """Events that a contact registered for, and came to."""

    _inherit = "customer.interaction"

    kind = fields.Selection(
        selection_add=[
            ("event", "Event Registration"),
            ("event_attended", "Event Attended"),
        ]
    )

    _depends = {
        "event.event": ["name"],
        "event.registration": [
            "active",
            "company_id",
            "date_closed",
            "event_id",
            "partner_id",
            "state",
        ],
    }

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "event.registration": self._registration_touches(
                company,
                SQL("registration.state IN ('open', 'done')"),
                date=SQL("registration.create_date"),
                kind=SQL("'event'"),
                channel=SQL("'other'"),
                direction=SQL("'in'"),
            ),
            "event.registration/attended": self._registration_touches(
                company,
                SQL("registration.state = 'done'"),
                date=SQL("COALESCE(registration.date_closed, event.date_end)"),
                kind=SQL("'event_attended'"),
                channel=SQL("'in_person'"),
                direction=SQL("'in'"),
            ),
        }

    @api.model
    def _registration_touches(self, company, where, **columns):
        return self._source_query(
            SQL(
                """event_registration registration
                   JOIN event_event event ON event.id = registration.event_id"""
            ),
            SQL("registration.active AND %s", where),
            company,
            source_id=SQL("registration.id"),
            anchor_id=SQL("registration.partner_id"),
            company_id=SQL("registration.company_id"),
            user_id=SQL("event.user_id"),
            **columns,
        )

    @api.model
    def _contact_kinds(self):
        # who registers may never come; who came was among our people
        return [*super()._contact_kinds(), "event_attended"]

    @api.model
    def _kind_icons(self):
        return {
            **super()._kind_icons(),
            "event": ("fa-ticket", "info"),
            "event_attended": ("fa-glass", "success"),
        }

    @api.model
    def _shown_document(self, source):
        if source._name == "event.registration":
            return source.event_id
        return super()._shown_document(source)

    @api.model
    def _source_text(self, source):
        if source._name == "event.registration":
            return source.event_id.name, ""
        return super()._source_text(source)
