"""The periods in which members qualify for a tier."""

from calendar import isleap
from datetime import date

from dateutil.relativedelta import relativedelta

WINDOWS = ("lifetime", "calendar_year", "rolling", "anniversary")


def window_start(day, window, months=12, joined=None):
    """First day whose documents count on a day; None if all count.

    :param joined: first day of the membership, for ``anniversary``; a member of
        29 February begins on the 28th in other years
    """
    if window == "calendar_year":
        return date(day.year, 1, 1)
    if window == "rolling":
        return day - relativedelta(months=months) + relativedelta(days=1)
    if window == "anniversary":
        years = relativedelta(day, joined).years if day > joined else 0
        start = joined + relativedelta(years=years)
        if joined + relativedelta(years=years + 1) <= day:
            start = joined + relativedelta(years=years + 1)
        return start
    return None


def window_end(day, window, months=12, joined=None):
    """Last day until which a tier reached on a day is held; None if it does not end.

    A rolling window gives the tier for as many months as it looks back.
    """
    if window == "calendar_year":
        return date(day.year, 12, 31)
    if window == "rolling":
        return day + relativedelta(months=months) - relativedelta(days=1)
    if window == "anniversary":
        start = window_start(day, window, months, joined)
        years = start.year - joined.year + 1
        return joined + relativedelta(years=years) - relativedelta(days=1)
    return None


def month_days(day):
    """Days of the year whose anniversary is kept on a day, as ``[(month, day), …]``.

    29 February is kept on the 28th in years without that day.
    """
    kept = [(day.month, day.day)]
    if kept == [(2, 28)] and not isleap(day.year):
        kept.append((2, 29))
    return kept
