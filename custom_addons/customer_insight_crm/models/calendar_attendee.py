from odoo import fields, models


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    # the timeline looks meetings up by contact, for which core has no index
    partner_id = fields.Many2one(index=True)
