"""Tiers of a member replayed from what counted for them, day by day.

The rules are those the add-on follows each night: a tier is gained at once, held until
its period ends, then looked at again. Only days on which something can change are
looked at; in between nothing does.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from .periods import window_end, window_start

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Tier:
    """A tier: ``key`` names it, ``threshold`` is a Decimal."""

    key: object
    threshold: Decimal
    multiplier: float = 1.0


@dataclass(frozen=True)
class Rules:
    """How members reach, keep and lose tiers; see ``loyalty.program``."""

    tiers: tuple
    window: str = "rolling"
    months: int = 12
    downgrade: str = "step"
    grace: int = 0

    def reached(self, counted):
        """The highest tier whose threshold is reached, or None."""
        found = [tier for tier in self.tiers if tier.threshold <= counted]
        return max(found, key=lambda tier: tier.threshold, default=None)

    def below(self, tier):
        found = [other for other in self.tiers if other.threshold < tier.threshold]
        return max(found, key=lambda other: other.threshold, default=None)


@dataclass
class Walk:
    """The way of one member.

    :param values: what each event counted, in the order of the events
    :param before: tier held when each event came
    :param moves: ``[(day, tier or None)]``
    """

    tier: Tier | None = None
    values: list = field(default_factory=list)
    before: list = field(default_factory=list)
    moves: list = field(default_factory=list)


def walk(rules, joined, events, until, value_of=None):
    """Replay the tiers of a member.

    :param joined: first day of the membership
    :param events: ``[(day, Decimal)]`` in the order they came
    :param until: last day, a date
    :param value_of: ``f(number of the event, value, tier held) → Decimal``: what an
        event counts, by default its value
    :return: :class:`Walk`
    """
    return _Walker(rules, joined, until).run(events, value_of)


class _Walker:
    def __init__(self, rules, joined, until):
        self.rules, self.joined, self.last = rules, joined, until
        self.held_until = None
        self.days, self.sums = [], [Decimal(0)]
        self.result = Walk()

    def run(self, events, value_of):
        events = [event for event in events if event[0] <= self.last]
        fixed = sorted(self._fixed_days(events))
        position = 0
        for number, (day, value) in enumerate(events):
            while position < len(fixed) and fixed[position] < day:
                self._advance(fixed[position])
                position += 1
            self._advance(day)
            held = self.result.tier
            self.result.before.append(held)
            counted = value_of(number, value, held) if value_of else value
            self.result.values.append(counted)
            self.days.append(day)
            self.sums.append(self.sums[-1] + counted)
            self._look(day)
        for day in fixed[position:]:
            self._advance(day)
        self._advance(self.last)
        return self.result

    def _fixed_days(self, events):
        """Days on which a window moves past an event, or begins."""
        window, months = self.rules.window, self.rules.months
        days = set()
        if window == "rolling":
            for day, _value in events:
                leaves = day + relativedelta(months=months)
                days.update(leaves + number * _DAY for number in range(-3, 4))
        elif window in ("calendar_year", "anniversary"):
            first = min([self.joined, *(day for day, _value in events)])
            for year in range(first.year, self.last.year + 2):
                days.add(date(year, 1, 1))
                if window == "anniversary":
                    begins = self.joined + relativedelta(years=year - self.joined.year)
                    days.update(begins + number * _DAY for number in range(-2, 3))
        return {day for day in days if day <= self.last}

    def _advance(self, day):
        """Look at the days a tier ends on before this one, then at this one."""
        while self.held_until and self.result.tier:
            ends = [
                self.held_until + _DAY,
                self.held_until + (self.rules.grace + 1) * _DAY,
            ]
            due = [
                end for end in ends if end < day and end > (self._looked or date.min)
            ]
            if not due:
                break
            self._look(due[0])
        self._look(day)

    _looked = None

    def _window(self, day):
        period = (self.rules.window, self.rules.months, min(self.joined, day))
        return window_start(day, *period), window_end(day, *period)

    def _counted(self, first, last):
        begin = bisect_left(self.days, first) if first else 0
        return self.sums[bisect_right(self.days, last)] - self.sums[begin]

    def _look(self, day):
        self._looked = day
        rules, current = self.rules, self.result.tier
        first, end = self._window(day)
        reached = rules.reached(self._counted(first, day))
        if reached and (not current or reached.threshold > current.threshold):
            self._set(reached, day, end)
        elif current and (reached == current or rules.downgrade == "none"):
            if end is None or (self.held_until and self.held_until < day):
                self.held_until = end
        elif current:
            self._lose(day, reached, end)

    def _lose(self, day, reached, end):
        rules, grace = self.rules, self.rules.grace * _DAY
        self.held_until = self.held_until or day
        if day <= self.held_until + grace and (grace or rules.window != "lifetime"):
            return
        ended = self.held_until
        if rules.window in ("calendar_year", "anniversary"):
            first, _end = self._window(ended)
            reached = rules.reached(self._counted(first, ended + grace))
            if reached and reached.threshold >= self.result.tier.threshold:
                self.held_until = end
                return
        if rules.downgrade == "step":
            below = rules.below(self.result.tier)
            if below and (not reached or below.threshold > reached.threshold):
                reached = below
        self._set(reached, day, end)

    def _set(self, tier, day, end):
        self.result.tier = tier
        self.held_until = end if tier else None
        self.result.moves.append((day, tier))
