"""Reads single cells: moments and numbers, never by guessing.

A cell that cannot be read raises ``ValueError`` whose text is the reason.
"""

import re
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache

NOON = time(12)
YEARS = range(1900, 2200)
LARGEST_AMOUNT = Decimal(10) ** 13

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}:\d{2}.*))?$", re.IGNORECASE
)
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:[/.]|\s*年\s*)(\d{1,2})(?:[/.]|\s*月\s*)(\d{1,2})\s*日?"
    r"(?:\s+(\d{1,2}:\d{2}.*))?$"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})()$")
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:\s+(\d{1,2}:\d{2}.*))?$")
_MONTH_NAMED = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$", re.IGNORECASE)
_COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+$|[+-]?\d{1,3}(,\d{3}){2,}$")
_DOT_GROUPS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+$|[+-]?\d{1,3}(\.\d{3}){2,}$")
_ONE_COMMA = re.compile(r"[+-]?(\d+),(\d+)$")


@lru_cache(maxsize=100_000)
def moment(text, zone, date_format=None):
    """A cell's moment as local time without zone; a mere day is its noon.

    :param zone: ``ZoneInfo`` of the company, for times that name their offset
    :param date_format: as for ``strptime``; tried before the known formats
    :raise ValueError: when the cell is no date, or could be two
    """
    if not text:
        raise ValueError("no date")
    if date_format:
        try:
            return _plausible(_at_noon(datetime.strptime(text, date_format)), text)
        except ValueError:
            pass  # the unambiguous formats are welcome beside the given one
    for pattern in (_ISO, _YEAR_FIRST, _COMPACT):
        if match := pattern.match(text):
            return _plausible(_assembled(text, zone, *match.groups()), text)
    if match := _YEAR_LAST.match(text):
        first, _separator, second, year, clock = match.groups()
        month, day = _month_and_day(first, second, text)
        return _plausible(_assembled(text, zone, year, month, day, clock), text)
    words = " ".join(text.replace(",", " ").replace("-", " ").split())
    for pattern in _MONTH_NAMED:
        try:
            return _plausible(_at_noon(datetime.strptime(words, pattern)), text)
        except ValueError:
            continue
    raise ValueError(f"date {text!r} is not understood")


def number(text, what):
    """A cell's number.

    :param what: name of the value, for the message
    :rtype: Decimal
    :raise ValueError: when the cell is no finite number, or could be two
    """
    if not text:
        raise ValueError(f"no {what}")
    if _PLAIN.match(text):
        return _bounded(Decimal(text), text, what)
    compact = re.sub(r"[\s']", "", text).replace("\N{MINUS SIGN}", "-")
    if _COMMA_GROUPS.match(compact):
        compact = compact.replace(",", "")
    elif _DOT_GROUPS.match(compact):
        compact = compact.replace(".", "").replace(",", ".")
    elif match := _ONE_COMMA.match(compact):
        whole, rest = match.groups()
        if len(rest) == 3 and len(whole) <= 3 and whole != "0":
            raise ValueError(f"{what} {text!r} could be thousands or a decimal comma")
        compact = compact.replace(",", ".")
    if compact.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise ValueError(f"{what} {text!r} is not a finite number")
    if not _PLAIN.match(compact):
        raise ValueError(f"{what} {text!r} is not a number")
    return _bounded(Decimal(compact), text, what)


def _bounded(value, text, what):
    if abs(value) > LARGEST_AMOUNT:
        raise ValueError(f"{what} {text!r} is larger than {LARGEST_AMOUNT:,f}")
    return value


def _month_and_day(first, second, text):
    if int(first) > 12 or first == second:
        return second, first
    if int(second) > 12:
        return first, second
    raise ValueError(
        f"date {text!r} could be day or month first: give --date-format, "
        "or write 2020-12-31"
    )


def _assembled(text, zone, year, month, day, clock):
    try:
        midnight = datetime(int(year), int(month), int(day))
        if not clock:
            return _at_noon(midnight)
        hours, rest = clock.strip().upper().split(":", 1)
        stamp = f"{midnight.date()}T{int(hours):02}:{rest}".replace("Z", "+00:00")
        found = datetime.fromisoformat(stamp.replace(" ", ""))
    except ValueError as error:
        raise ValueError(
            f"date {text!r} does not exist or is not understood"
        ) from error
    if found.tzinfo:
        return found.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return _at_noon(found.replace(microsecond=0))


def _at_noon(found):
    return found if found.time() != time(0) else datetime.combine(found, NOON)


def _plausible(found, text):
    if found.year not in YEARS:
        raise ValueError(f"date {text!r} is not between {YEARS[0]} and {YEARS[-1]}")
    return found.replace(tzinfo=None)
