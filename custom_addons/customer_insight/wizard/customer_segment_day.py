from odoo import fields, models


class CustomerSegmentDay(models.TransientModel):
    """Who was in a segment on a past day."""

    _name = "customer.segment.day"
    _description = "Members on a Day"

    segment_id = fields.Many2one("customer.segment", required=True, ondelete="cascade")
    date = fields.Date(
        string="Day",
        required=True,
        default=lambda self: self.env.company._insight_today(),
    )

    def action_open(self):
        """Open the stays that include the day."""
        self.ensure_one()
        return self.segment_id._open_stays(
            self.env._(
                "%(segment)s on %(day)s", segment=self.segment_id.name, day=self.date
            ),
            self.env["customer.segment.membership"]._members_at(
                self.segment_id, self.date
            ),
        )
