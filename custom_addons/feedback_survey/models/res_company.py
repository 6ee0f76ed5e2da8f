from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    feedback_min_answers = fields.Integer(
        string="Fewest Answers",
        default=20,
        help="A score of fewer answers is shown in grey and without an arrow.",
    )

    _feedback_min_answers_valid = models.Constraint(
        "CHECK (feedback_min_answers > 0)",
        "The fewest answers that make a score: at least one.",
    )

    def _feedback_moment(self, day):
        """:return: when a day of the company begins (naive datetime, UTC)"""
        zone = ZoneInfo(self._insight_timezone())
        return (
            datetime.combine(day, time.min, zone)
            .astimezone(timezone.utc)
            .replace(tzinfo=None)
        )
