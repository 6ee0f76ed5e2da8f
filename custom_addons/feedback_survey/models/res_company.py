from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    feedback_case_nps = fields.Integer(
        string="Case From NPS Answer",
        default=6,
        help="An answer of a known customer up to this opens a case; -1 for none.",
        prefetch="feedback_survey",
    )
    feedback_case_rating = fields.Integer(
        string="Case From Rating",
        default=2,
        help="A satisfaction or effort answer at or below this, of five steps, opens a"
        " case; 0 for none.",
        prefetch="feedback_survey",
    )
    feedback_case_user_id = fields.Many2one(
        "res.users",
        string="Fallback Owner of Cases",
        domain=[("share", "=", False)],
        help="Owns cases of customers without a salesperson and hears of overdue ones.",
        prefetch="feedback_survey",
    )
    feedback_min_group = fields.Integer(
        string="Smallest Group",
        default=5,
        help="Anonymous answers are shown when at least this many came in.",
        prefetch="feedback_survey",
    )
    feedback_ask_from = fields.Float(
        string="Ask From",
        default=9.0,
        help="In the company's time zone: nobody is asked earlier.",
        prefetch="feedback_survey",
    )
    feedback_ask_to = fields.Float(
        string="Ask Until", default=19.0, prefetch="feedback_survey"
    )
    feedback_ask_weekend = fields.Boolean(
        string="Ask on Weekends",
        help="Also on Saturdays and Sundays.",
        prefetch="feedback_survey",
    )

    feedback_keep_months = fields.Integer(
        string="Keep Persons For",
        help="Months after which answers, requests, closed cases and posts forget who"
        " it was and what they wrote; numbers stay. 0 to keep them.",
        prefetch="feedback_survey",
    )

    _feedback_keep_valid = models.Constraint(
        "CHECK (feedback_keep_months BETWEEN 0 AND 240)",
        "Persons are kept for 0 (for ever) to 240 months.",
    )
    _feedback_min_group_valid = models.Constraint(
        "CHECK (feedback_min_group > 1)",
        "The smallest group of anonymous answers: at least two.",
    )
    _feedback_hours_valid = models.Constraint(
        """CHECK (feedback_ask_from >= 0 AND feedback_ask_from < feedback_ask_to
                  AND feedback_ask_to <= 24)""",
        "People are asked from an hour to a later one of the same day.",
    )
    _feedback_case_valid = models.Constraint(
        """CHECK (feedback_case_nps BETWEEN -1 AND 10
                  AND feedback_case_rating BETWEEN 0 AND 5)""",
        "The answer that opens a case is from -1 to 10 (NPS) and from 0 to 5 (rating).",
    )

    def _feedback_moment(self, day):
        """:return: when a day of the company begins (naive datetime, UTC)"""
        zone = ZoneInfo(self._insight_timezone())
        return (
            datetime.combine(day, time.min, zone)
            .astimezone(timezone.utc)
            .replace(tzinfo=None)
        )

    def _feedback_may_ask(self):
        """Whether people may be asked now: no quiet hours, no weekend (bool)."""
        self.ensure_one()
        local = (
            fields.Datetime.now()
            .replace(tzinfo=timezone.utc)
            .astimezone(ZoneInfo(self._insight_timezone()))
        )
        if local.weekday() >= 5 and not self.feedback_ask_weekend:
            return False
        hour = local.hour + local.minute / 60
        return self.feedback_ask_from <= hour < self.feedback_ask_to
