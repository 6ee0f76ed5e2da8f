"""How a value becomes a cell: formats, and one writing function per kind.

Functions chosen once per column are several times as fast as XlsxWriter's ``write()``,
which looks at every value, and never turn a text into a formula or a link.
"""

from dataclasses import dataclass
from datetime import date
from math import isfinite

MAX_TEXT = 32_767
CUT_MARK = " […]"
_SURELY_FITS = MAX_TEXT // 2  # characters, even if each of them takes two units

_LONGEST_CRITERION = 255 // 2  # characters of a text in a formula, quotes doubled

INK = "#243447"  # of titles

_DAY_ZERO = date(1899, 12, 30).toordinal()
_FIRST_EXACT_DAY = date(1900, 3, 1).toordinal() - _DAY_ZERO  # 1900-02-29 is a cell, too


@dataclass(frozen=True)
class Locale:
    """How dates and amounts are shown, as spreadsheet number formats."""

    date: str = "yyyy-mm-dd"
    money: str = "#,##0.00"
    right_to_left: bool = False


class Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, workbook, locale):
        self._workbook = workbook
        self._known = {}
        self._numbers = {
            "integer": "#,##0",
            "decimal": "#,##0.0",
            "mark": "0.000",
            "percent": "0.0%",
            "money": locale.money,
            "date": locale.date,
            "month": "mmm yyyy",
        }

    def get(self, kind, color=None, weak=False):
        """:return: the format of a kind of cell, ``None`` for plain text"""
        properties = {}
        if kind in self._numbers:
            properties = {"num_format": self._numbers[kind], "align": _align(kind)}
        elif kind == "note":
            properties = {"text_wrap": True, "valign": "top", "indent": 1}
        if color:
            properties["bg_color"] = color
        if weak:
            properties |= {"font_color": "#9AA5B1", "italic": True}
        return self.make(**properties) if properties else None

    def header(self, kind):
        """:return: the format of the title of a column, aligned like its cells"""
        return self.make(
            bold=True,
            font_color="#FFFFFF",
            bg_color=INK,
            text_wrap=True,
            valign="vcenter",
            align=_align(kind),
            indent=int(kind == "note"),
        )

    def make(self, **properties):
        """:return: the format with these XlsxWriter properties"""
        key = tuple(sorted(properties.items()))
        if key not in self._known:
            self._known[key] = self._workbook.add_format(properties)
        return self._known[key]


def _align(kind):
    if kind in ("text", "note", "choice"):
        return "left"
    return "center" if kind in ("date", "month") else "right"


def fit_text(text):
    """Cut a text that is too long for a cell, and mark that it was cut.

    :param text: any text
    :return: the text, at most 32,767 UTF-16 units long, as spreadsheets count
    """
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT:
        return text
    kept = units[: 2 * (MAX_TEXT - len(CUT_MARK))]
    return kept.decode("utf-16-le", "ignore") + CUT_MARK


class CellWriters:
    """Chooses the functions that write the cells of a sheet, one per column.

    All of them are called as ``write(row, column number, value, format)``, like those
    of the sheet, some of which they are, and for any value but ``None``.

    :param sheet: XlsxWriter worksheet
    :param formats: :class:`Formats`
    """

    def __init__(self, sheet, formats):
        self._sheet = sheet
        self._formats = formats
        self._write_string = sheet.write_string
        self._write_number = sheet.write_number

    def column(self, column):
        """How to write one column.

        :param column: :class:`~.section.Column`
        :return: the writing function and the format to call it with
        """
        if column.kind == "choice":
            return self._choice(column.choices), None
        if column.kind == "any":
            return self._any, None
        return self._kind(column.kind), self._formats.get(column.kind)

    def _kind(self, kind):
        if kind in ("text", "note"):
            return self._text
        if kind in ("date", "month"):
            return self._date
        # a whole number is a number whatever its size; of others some are infinite
        return self._write_number if kind in ("integer", "plain") else self._number

    def _text(self, row, number, text, cell_format):
        if len(text) > _SURELY_FITS:
            text = fit_text(text)
        if text.startswith("<r>"):
            self._markup(row, number, text, cell_format)
        else:
            self._write_string(row, number, text, cell_format)

    def _markup(self, row, number, text, cell_format):
        """Write a text that XlsxWriter would take for its own XML in constant_memory.

        As the fragments of a rich string it is escaped.
        """
        fragments = [self._formats.make(), text[0], text[1:]]
        if cell_format:
            fragments.append(cell_format)
        self._sheet.write_rich_string(row, number, *fragments)

    def _number(self, row, number, value, cell_format):
        if isfinite(value):
            self._write_number(row, number, value, cell_format)

    def _date(self, row, number, day, cell_format):
        days = day.toordinal() - _DAY_ZERO
        if days >= _FIRST_EXACT_DAY:
            self._write_number(row, number, days, cell_format)
        else:
            self._write_string(row, number, day.isoformat())

    def _choice(self, choices):
        labels = {value: choice.label for value, choice in choices.items()}
        write_text = self._text

        def write(row, number, value, _format):
            write_text(row, number, labels[value], None)

        return write

    def color(self, area, choices):
        """Have the cells of a column of choices coloured by what they say.

        One rule for each choice: a cell with a format takes a quarter longer.

        :param area: first row, first column, last row, last column
        """
        for choice in choices.values():
            if choice.color and len(choice.label) <= _LONGEST_CRITERION:
                quoted = choice.label.replace('"', '""')
                rule = {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{quoted}"',
                    "format": self._formats.get("text", choice.color),
                }
                self._sheet.conditional_format(*area, rule)

    def _any(self, row, number, cell, _format):
        if cell.value is not None:
            cell_format = self._formats.get(cell.kind, weak=cell.weak)
            self._kind(cell.kind)(row, number, cell.value, cell_format)
