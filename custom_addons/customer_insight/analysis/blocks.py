"""What an analysis consists of: blocks, as data the client draws.

Values are plain numbers, ``None`` where there is none. ``kind`` says how they are
shown and is one of the kinds of :class:`~..report.section.Column`. A ``key`` names the
records behind a figure; the client hands it back to ``open_records``.
"""

from dataclasses import dataclass, field
from math import isfinite


def clean(value):
    """Make a value strict JSON: no NaN, no infinity, days as ISO text."""
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if isinstance(value, (str, int)) or value is None:
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    number = float(value)
    return number if isfinite(number) else None


@dataclass(frozen=True)
class Figure:
    """A number in a box.

    :param note: what it stands on, such as ``n = 120``
    :param change: relative change to ``before``, ``None`` without a base
    :param real: whether the change is beyond chance
    :param good: whether up is good: ``1``, ``-1`` or ``0``
    """

    label: str
    value: object
    kind: str = "integer"
    note: str = ""
    change: float | None = None
    real: bool = False
    good: int = 1
    key: list | None = None


@dataclass(frozen=True)
class Series:
    """A line or a stack of bars of a chart.

    :param low: lower border of a band around the line, if any
    :param high: its upper border
    :param axis: ``left`` or ``right``
    :param keys: one per value
    """

    label: str
    values: list
    kind: str = "integer"
    shape: str = "bar"
    color: str | None = None
    axis: str = "left"
    stack: str | None = None
    dashed: bool = False
    fill: bool = False
    low: list | None = None
    high: list | None = None
    keys: list | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table block.

    :param grow: its text may be broken
    :param good: for changes, whether up is good: ``1`` or ``-1``
    """

    title: str
    kind: str = "text"
    grow: bool = False
    good: int = 1


@dataclass(frozen=True)
class Row:
    """A row of a table block.

    :param cells: one value per column
    :param key: opens the records of the whole row
    :param keys: one per cell, for tables whose cells open different records
    :param weak: stands on too few observations
    :param total: is a sum of others
    :param change: ``{column index: real}`` of cells that are changes
    """

    cells: list
    key: list | None = None
    keys: list | None = None
    weak: bool = False
    total: bool = False
    color: str | None = None
    change: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """What to do about something the screen shows.

    :param found: what was found, with its numbers, in one sentence
    :param plan: what to do about it, in a few words
    :param key: opens the records it came from
    :param action: opens what carries the plan out, filled in; ``None`` for readers who
        may not write it
    :param label: name of what ``action`` opens
    """

    found: str
    plan: str
    key: list | None = None
    action: dict | None = None
    label: str = ""


def advice(title, items):
    """What the screen suggests to do; ``items`` are :class:`Advice`."""
    return {"type": "advice", "title": title, "items": [vars(item) for item in items]}


def figures(items):
    """A row of numbers in boxes; ``items`` are :class:`Figure`."""
    return {"type": "figures", "items": [vars(item) for item in items]}


def chart(title, labels, series, stacked=False, horizontal=False, note="", marks=()):
    """A chart of lines and bars over ``labels``.

    :param marks: dicts ``index`` (of a label) and ``label``: upright lines
    """
    return {
        "type": "chart",
        "title": title,
        "labels": labels,
        "series": [vars(one) for one in series],
        "stacked": stacked,
        "horizontal": horizontal,
        "marks": list(marks),
        "note": note,
    }


def table(title, columns, rows, note=""):
    """A table of :class:`Row` under :class:`Column`."""
    return {
        "type": "table",
        "title": title,
        "columns": [vars(column) for column in columns],
        "rows": [vars(row) for row in rows],
        "note": note,
    }


def heatmap(title, corner, columns, rows, kind="percent", middle=None, legend=()):
    """A table whose cells are coloured by their value.

    :param corner: title of the column of row names
    :param columns: titles of the other columns
    :param rows: dicts with ``label``, ``n`` and ``cells``: dicts with ``value`` and
        perhaps ``n``, ``low``, ``high``, ``key``, ``weak``, ``partial``, ``flag``,
        ``origin`` (100 % by definition: no measure for the colours); ``None`` for no
        cell
    :param middle: value without colour of a scale with two hues, ``None`` for one hue
    :param legend: pairs of a mark (``partial``, ``weak``, ``flag``) and its meaning
    """
    return {
        "type": "heatmap",
        "title": title,
        "corner": corner,
        "columns": columns,
        "rows": rows,
        "kind": kind,
        "middle": middle,
        "legend": [{"mark": mark, "label": label} for mark, label in legend],
    }
