from datetime import datetime, time, timedelta

import pytz
from odoo import fields, models


class ResCompany(models.Model):
    """How often, and when, playbooks may reach a customer."""

    _inherit = "res.company"

    insight_touch_limit = fields.Integer(
        string="Touches per Customer",
        default=2,
        help="All playbooks together reach a customer so often within the days below.",
        prefetch="customer_insight",
    )
    insight_touch_days = fields.Integer(
        string="Within (Days)", default=7, prefetch="customer_insight"
    )
    insight_quiet_from = fields.Float(
        string="Quiet From", default=20.0, prefetch="customer_insight"
    )
    insight_quiet_to = fields.Float(
        string="Quiet Until",
        default=8.0,
        help="In the time zone of the company. The same hour twice: never quiet.",
        prefetch="customer_insight",
    )
    insight_quiet_days = fields.Selection(
        [("none", "None"), ("sunday", "Sundays"), ("weekend", "Saturdays and Sundays")],
        default="sunday",
        required=True,
        prefetch="customer_insight",
    )

    _insight_touches_within_limits = models.Constraint(
        "CHECK (insight_touch_limit BETWEEN 1 AND 1000"
        " AND insight_touch_days BETWEEN 1 AND 366)",
        "A customer can be reached at least once, within a year at the longest.",
    )
    _insight_quiet_hours = models.Constraint(
        "CHECK (insight_quiet_from >= 0 AND insight_quiet_from < 24"
        " AND insight_quiet_to >= 0 AND insight_quiet_to < 24)",
        "Quiet hours go from 0:00 to 23:59.",
    )

    def _insight_quiet_until(self, now):
        """When a customer may be reached again.

        :param now: moment, UTC
        :return: the end of the quiet hours or days, UTC; None outside of them
        """
        self.ensure_one()
        zone = pytz.timezone(self._insight_timezone())
        local = pytz.utc.localize(now).astimezone(zone).replace(tzinfo=None)
        moment = local
        while later := self._end_of_quiet(moment):
            moment = later
        if moment == local:
            return None
        return zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)

    def _end_of_quiet(self, moment):
        """:return: the end of the quiet hours or day that hold a local moment"""
        quiet = {"none": (), "sunday": (6,), "weekend": (5, 6)}
        tomorrow = datetime.combine(moment.date() + timedelta(days=1), time())
        if moment.weekday() in quiet[self.insight_quiet_days]:
            return tomorrow
        begin, end = self.insight_quiet_from, self.insight_quiet_to
        hour = moment.hour + moment.minute / 60 + moment.second / 3600
        midnight = datetime.combine(moment.date(), time())
        if begin <= hour < end or (begin > end and hour < end):
            return midnight + timedelta(minutes=round(60 * end))
        if begin > end and hour >= begin:
            return tomorrow
        return None


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    insight_touch_limit = fields.Integer(
        related="company_id.insight_touch_limit", readonly=False
    )
    insight_touch_days = fields.Integer(
        related="company_id.insight_touch_days", readonly=False
    )
    insight_quiet_from = fields.Float(
        related="company_id.insight_quiet_from", readonly=False
    )
    insight_quiet_to = fields.Float(
        related="company_id.insight_quiet_to", readonly=False
    )
    insight_quiet_days = fields.Selection(
        related="company_id.insight_quiet_days", readonly=False
    )
