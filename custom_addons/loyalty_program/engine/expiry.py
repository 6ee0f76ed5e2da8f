"""The day on which points end."""

from datetime import date

from dateutil.relativedelta import relativedelta

UNITS = ("days", "months", "years")


def expires_on(granted_on, term, unit="months", rounding=None):
    """Last day on which points may be used that are granted for a term.

    :param granted_on: date
    :param term: number of units
    :param unit: ``days``, ``months`` or ``years``; a month after 31 January ends on
        the last day of February
    :param rounding: ``month``, ``quarter`` or ``year``: last to the end of it
    """
    day = granted_on + relativedelta(**{unit: term})
    months = {"month": 1, "quarter": 3, "year": 12}.get(rounding)
    if not months:
        return day
    last_month = -(-day.month // months) * months
    return date(day.year, last_month, 1) + relativedelta(months=1, days=-1)


def next_fixed_day(granted_on, month, day, term=0, unit="months"):
    """First calendar day ``month``/``day`` that is at least a term away.

    29 February counts as the 28th in other years.
    """
    earliest = granted_on + relativedelta(**{unit: term})
    for year in (earliest.year, earliest.year + 1):
        fixed = date(year, month, 1) + relativedelta(day=day)
        if fixed >= earliest:
            return fixed
    raise AssertionError("unreachable: the next year has the day")  # pragma: no cover
