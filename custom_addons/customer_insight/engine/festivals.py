"""On which days festivals fall, and birthdays of 29 February.

Lunar dates come from borax, whose tables follow the Hong Kong Observatory for 1900 to
2100; Easter from dateutil; public holidays of a country from ``holidays``.
"""

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter

RULES = ("fixed", "lunar", "weekday", "easter", "holiday")
_HINT = "pip install -r requirements-addons.txt"


@dataclass(frozen=True)
class Rule:
    """How the days of a festival are found.

    :param kind: ``fixed`` (month and day), ``lunar`` (month and day of the Chinese
        calendar), ``weekday`` (a weekday of a month, by its number; -1 is the last),
        ``easter`` (days after Easter Sunday, may be negative) or ``holiday`` (a public
        holiday of a country, by its English name)
    :param weekday: Monday is 0
    :param country: ISO code, for ``holiday``
    """

    kind: str
    month: int = 1
    day: int = 1
    week: int = 1
    weekday: int = 0
    days: int = 0
    country: str = ""
    name: str = ""


def occurrences(rule, first, last):
    """The days of a festival within a span.

    :param first, last: dates, both included
    :return: list of ``(date, year)`` in order. The year tells one festival from the
        next: of lunar ones it is the lunar year, as the 8th of the 12th month falls
        twice into some solar years; of others the solar one, of which the first
        day counts
    """
    found = {}
    for year in range(first.year - 1, last.year + 1):
        day = _DAY_OF[rule.kind](rule, year)
        if day is not None and first <= day <= last:
            found[year] = day
    return [(day, year) for year, day in sorted(found.items())]


def kept_days(day, leap_birthday="feb28"):
    """Days of the year whose anniversary is kept on a day.

    :param leap_birthday: when 29 February is kept in years without it: ``feb28`` or
        ``mar1``
    :return: list of ``month * 100 + day``
    """
    kept = [day.month * 100 + day.day]
    stand_in = 228 if leap_birthday == "feb28" else 301
    if not isleap(day.year) and kept == [stand_in]:
        kept.append(229)
    return kept


def holiday_names(country, year):
    """English names of a country's public holidays in a year, in their order.

    :param country: ISO code
    :return: list, empty for a country that is not known
    """
    return list(dict.fromkeys(name for __, name in _holidays(country, year)))


def _fixed(rule, year):
    last = monthrange(year, rule.month)[1]
    return date(year, rule.month, min(rule.day, last))


def _lunar(rule, year):
    calendar = _lunar_calendar()
    try:
        return calendar.LunarDate(year, rule.month, rule.day).to_solar_date()
    except calendar.InvalidLunarDateError:
        if rule.day < 30 or not 1900 <= year <= 2100:
            return None
        # a month of 29 days: its last one, such as New Year's Eve
        return calendar.LunarDate(year, rule.month, 29).to_solar_date()


def _weekday(rule, year):
    length = monthrange(year, rule.month)[1]
    if rule.week < 0:
        last = date(year, rule.month, length)
        return last - timedelta(days=(last.weekday() - rule.weekday) % 7)
    first = date(year, rule.month, 1)
    ahead = (rule.weekday - first.weekday()) % 7 + 7 * (rule.week - 1)
    return first + timedelta(days=ahead) if ahead < length else None


def _easter(rule, year):
    return easter(year) + timedelta(days=rule.days)


def _holiday(rule, year):
    return next(
        (day for day, name in _holidays(rule.country, year) if name == rule.name), None
    )


_DAY_OF = {
    "fixed": _fixed,
    "lunar": _lunar,
    "weekday": _weekday,
    "easter": _easter,
    "holiday": _holiday,
}


def _holidays(country, year):
    """``[(date, name), …]`` by date; a day with two names is there twice."""
    try:
        import holidays  # noqa: PLC0415  a tenth of a second that few need
    except ImportError as error:
        raise ImportError(
            f"Public holidays need the Python package holidays: {_HINT}"
        ) from error
    try:
        found = holidays.country_holidays(country, years=year, language="en_US")
    except NotImplementedError:
        return []
    return [
        (day, name)
        for day, names in sorted(found.items())
        if day.year == year
        for name in names.split("; ")
    ]


def _lunar_calendar():
    try:
        from borax.calendars import lunardate  # noqa: PLC0415  see above
    except ImportError as error:
        raise ImportError(
            f"Lunar festivals need the Python package borax: {_HINT}"
        ) from error
    return lunardate
