"""What a report consists of: sections, each a table and perhaps a chart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Choice(NamedTuple):
    """How one value of a column of kind ``choice`` is shown."""

    label: str
    color: str | None = None


class Cell(NamedTuple):
    """A value with a kind of its own, for columns of kind ``any``.

    ``weak`` greys out a figure that stands on too few observations.
    """

    kind: str
    value: object
    weak: bool = False


@dataclass(frozen=True)
class Column:
    """One column of a section.

    :param kind: ``text``, ``note`` (wrapped text), ``integer``, ``plain`` (a whole
        number as it stands; with a format cells take a quarter longer),
        ``decimal``, ``mark`` (three decimals), ``percent`` (of shares), ``money``,
        ``date``, ``month``, ``choice`` (a value of ``choices``) or ``any`` (each cell
        is a :class:`Cell`)
    :param width: in characters
    :param choices: ``{value: Choice}`` of a column of kind ``choice``
    """

    title: str
    kind: str = "text"
    width: float = 14
    choices: dict | None = None


@dataclass(frozen=True)
class Chart:
    """A chart of a section's rows; all charts are shown on the first sheet.

    :param kind: ``column``, ``bar``, ``line`` or ``pie``
    :param category: index of the column that names the rows; the colours of its
        choices are those of the points
    :param values: indexes of the columns to draw, one series each
    """

    kind: str
    title: str
    category: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Section:
    """A table on a sheet of its own.

    :param name: technical name, by which add-ons find a section
    :param title: name of the sheet
    :param rows: tuples with one value per column, ``None`` for an empty cell
    :param size: number of rows; needed when rows are streamed, counted otherwise
    :param heading: lines above the header
    :param chart: needs rows that are not streamed
    :param empty: sentence to show when there are no rows
    """

    name: str
    title: str
    columns: list[Column]
    rows: Iterable[tuple]
    size: int | None = None
    heading: tuple[str, ...] = ()
    chart: Chart | None = None
    empty: str = ""

    def __post_init__(self):
        if self.size is None:
            object.__setattr__(self, "rows", list(self.rows))
            object.__setattr__(self, "size", len(self.rows))

    @property
    def header_row(self):
        """:return: index of the sheet's row that holds the column titles (int)"""
        return len(self.heading) + 1 if self.heading else 0
