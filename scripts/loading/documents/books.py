"""What the documents of one company share."""

from datetime import timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Books(NamedTuple):
    """A company with its time zone and its exchange rates."""

    company: object  # record of res.company
    zone: ZoneInfo
    rates: object  # rates.Rates

    def utc(self, moment):
        """A local moment in UTC, without time zone, as Odoo stores it."""
        aware = moment.replace(tzinfo=self.zone).astimezone(timezone.utc)
        return aware.replace(tzinfo=None)
