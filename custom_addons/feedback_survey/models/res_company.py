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

    feedback_case_nps = fields.Integer(
        string="Case From NPS Answer",
        default=6,
        help="An answer of a known customer up to this opens a case; -1 for none.",
    )
    feedback_case_rating = fields.Integer(
        string="Case From Rating",
        default=2,
        help="A satisfaction or effort answer at or below this, of five steps, opens a"
        " case; 0 for none.",
    )
    feedback_case_user_id = fields.Many2one(
        "res.users",
        string="Fallback Owner of Cases",
        domain=[("share", "=", False)],
        help="Owns cases of customers without a salesperson and hears of overdue ones.",
    )

    _feedback_case_valid = models.Constraint(
        """CHECK (feedback_case_nps BETWEEN -1 AND 10
                  AND feedback_case_rating BETWEEN 0 AND 5)""",
        "The answer that opens a case is from -1 to 10 (NPS) and from 0 to 5 (rating).",
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
