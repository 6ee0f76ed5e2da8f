"""The parameters of an analysis: what the client may ask for, and nothing else.

Whatever comes from the client passes through ``accept``, which returns a value of a
fixed list, a number within limits, a day or the id of a readable record, or refuses.
"""

from dataclasses import dataclass
from datetime import date

from odoo.exceptions import UserError


@dataclass(frozen=True)
class Parameter:
    """One parameter; ``default`` is used where the client gives nothing."""

    name: str
    label: str
    default: object = False

    kind = ""

    def accept(self, env, raw):
        """Check a value from the client.

        :return: the value, or the default where ``raw`` is empty
        :raise UserError: if the value is none this parameter can have
        """
        return self.default if raw in (None, "", False) else self._parse(env, raw)

    def describe(self):
        """:return: what the client needs to draw the input (dict)"""
        return {"name": self.name, "label": self.label, "kind": self.kind}

    def _parse(self, env, raw):
        raise NotImplementedError

    def _refuse(self, env):
        raise UserError(
            env._("This value of “%(parameter)s” is not known.", parameter=self.label)
        )


@dataclass(frozen=True)
class Choice(Parameter):
    """One of ``options``, a list of ``(value, label)``."""

    options: tuple = ()

    kind = "choice"

    def _parse(self, env, raw):
        values = {str(value): value for value, __ in self.options}
        if not isinstance(raw, (str, int)) or str(raw) not in values:
            self._refuse(env)
        return values[str(raw)]

    def describe(self):
        options = [{"value": value, "label": label} for value, label in self.options]
        return super().describe() | {"options": options}


@dataclass(frozen=True)
class Day(Parameter):
    """A calendar day, between the years 1901 and 2999."""

    kind = "day"

    def _parse(self, env, raw):
        try:
            day = raw if isinstance(raw, date) else date.fromisoformat(raw)
        except (TypeError, ValueError):
            self._refuse(env)
        if not 1901 <= day.year <= 2999:
            self._refuse(env)
        return day


@dataclass(frozen=True)
class Number(Parameter):
    """A whole number from ``low`` to ``high``."""

    low: int = 0
    high: int = 100
    step: int = 1

    kind = "number"

    def _parse(self, env, raw):
        try:
            number = int(raw)
        except (TypeError, ValueError, OverflowError):
            self._refuse(env)
        if not self.low <= number <= self.high:
            self._refuse(env)
        return number

    def describe(self):
        return super().describe() | {
            "low": self.low,
            "high": self.high,
            "step": self.step,
        }


@dataclass(frozen=True)
class Switch(Parameter):
    """On or off."""

    kind = "switch"

    def _parse(self, env, raw):
        return raw not in ("0", 0, "false")


@dataclass(frozen=True)
class Record(Parameter):
    """The id of a record the user may read."""

    model: str = ""

    kind = "record"

    def _parse(self, env, raw):
        try:
            found = env[self.model].search([("id", "=", int(raw))], limit=1)
        except (TypeError, ValueError, OverflowError):
            self._refuse(env)
        if not found:
            self._refuse(env)
        return found.id

    def describe(self):
        return super().describe() | {"model": self.model}
