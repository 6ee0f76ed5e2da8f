"""Writes the sections of a report to an XLSX file, in memory that does not grow."""

import re
from pathlib import Path

from .cells import INK, CellWriters, Formats

MAX_ROWS = 1_048_576

_SERIES_COLORS = ("#1F7A8C", "#B0BCC8", "#E0A458", "#6C8EBF")
_CHART_WIDTH, _CHART_HEIGHT, _CHART_GAP = 560, 320, 20
_ROW_PIXELS = 20


class ReportWorkbook:
    """An XLSX file under construction: add the sections in order, then close it.

    Rows are written to disk as they come. Texts stay texts, whatever they begin with.

    :param path: file to write; its folder takes the temporary files, too
    :param locale: :class:`~.cells.Locale`
    :param properties: document properties, such as title, author and company
    """

    def __init__(self, path, locale, properties=None):
        import xlsxwriter  # only when a report is made: keeps web workers small

        self._workbook = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": str(Path(path).parent),
            },
        )
        self._workbook.set_properties(properties or {})
        self._locale = locale
        self._formats = Formats(self._workbook, locale)
        self._sheets = []
        self._charts = []
        self._next_free_row = 0

    def add(self, section):
        """Write a section to a sheet of its own.

        :param section: :class:`~.section.Section`
        """
        sheet = self._add_sheet(section)
        first_row = section.header_row + 1
        if section.size:
            self._write_rows(sheet, section, first_row)
            last_row = first_row + section.size - 1
            sheet.autofilter(section.header_row, 0, last_row, len(section.columns) - 1)
        else:
            last_row = first_row
            sheet.write_string(first_row, 0, section.empty)
        if len(self._sheets) == 1:
            self._next_free_row = last_row + 2
        if section.chart and section.size:
            self._charts.append(self._make_chart(sheet, section))

    def close(self):
        """Place the charts on the first sheet and finish the file."""
        for position, chart in enumerate(self._charts):
            below, beside = divmod(position, 2)
            rows = (_CHART_HEIGHT + _CHART_GAP) // _ROW_PIXELS
            self._sheets[0].insert_chart(
                self._next_free_row + below * rows,
                0,
                chart,
                {"x_offset": 5 + beside * (_CHART_WIDTH + _CHART_GAP)},
            )
        self._workbook.close()

    # === SHEETS === #

    def _add_sheet(self, section):
        sheet = self._workbook.add_worksheet(self._sheet_name(section.title))
        self._sheets.append(sheet)
        if self._locale.right_to_left:
            sheet.right_to_left()
        self._set_up_print(sheet, section)
        self._write_heading(sheet, section.heading)
        sheet.set_row(section.header_row, 32)
        for number, column in enumerate(section.columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(
                section.header_row,
                number,
                column.title,
                self._formats.header(column.kind),
            )
        # the first column stays in sight where a row is wider than a screen
        sheet.freeze_panes(section.header_row + 1, int(len(section.columns) > 8))
        return sheet

    def _sheet_name(self, title):
        """A name spreadsheets accept, different from the others in the file."""
        words = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).split()
        clean = " ".join(words)[:31].strip(" '") or "Sheet"
        taken = {sheet.get_name().lower() for sheet in self._sheets}
        name, number = clean, 1
        while name.lower() in taken:
            number += 1
            name = f"{clean[:27]} {number}"
        return name

    def _set_up_print(self, sheet, section):
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(section.header_row)
        sheet.set_footer("&L&A&R&P / &N")
        if section.heading:
            sheet.hide_gridlines(2)

    def _write_heading(self, sheet, lines):
        for row, line in enumerate(lines):
            first = row == 0
            if first:
                sheet.set_row(row, 26)
            sheet.write_string(
                row,
                0,
                line,
                self._formats.make(
                    bold=first,
                    font_size=16 if first else 11,
                    font_color=INK if first else "#5B6B7B",
                ),
            )

    def _write_rows(self, sheet, section, first_row):
        cells = CellWriters(sheet, self._formats)
        columns = [
            (number, *cells.column(column))
            for number, column in enumerate(section.columns)
        ]
        for row, values in enumerate(section.rows, first_row):
            for (number, write, cell_format), value in zip(
                columns, values, strict=True
            ):
                if value is not None:
                    write(row, number, value, cell_format)
        last_row = first_row + section.size - 1
        for number, column in enumerate(section.columns):
            if column.kind == "choice":
                cells.color((first_row, number, last_row, number), column.choices)

    # === CHARTS === #

    def _make_chart(self, sheet, section):
        spec = section.chart
        chart = self._workbook.add_chart({"type": spec.kind})
        for order, number in enumerate(spec.values):
            chart.add_series(self._series(sheet, section, number, order))
        chart.set_title(
            {
                "name": spec.title,
                "overlay": False,
                "name_font": {"size": 12, "color": INK},
            }
        )
        chart.set_size({"width": _CHART_WIDTH, "height": _CHART_HEIGHT})
        chart.set_chartarea({"border": {"color": "#D5DCE3"}})
        if len(spec.values) == 1 and spec.kind != "pie":
            chart.set_legend({"none": True})
        else:
            chart.set_legend({"position": "bottom"})
        self._set_axes(chart, section)
        return chart

    def _series(self, sheet, section, number, order):
        """The XlsxWriter description of one series of a section's chart."""
        first = section.header_row + 1
        last = section.header_row + section.size

        def cells(column):
            return [sheet.get_name(), first, column, last, column]

        color = _SERIES_COLORS[order % len(_SERIES_COLORS)]
        series = {
            "name": section.columns[number].title,
            "categories": cells(section.chart.category),
            "values": cells(number),
        }
        if section.chart.kind == "line":
            series["line"] = {"color": color, "width": 2.25}
        else:
            series |= {"fill": {"color": color}, "gap": 50}
            series["points"] = self._point_colors(section)
        return series

    def _point_colors(self, section):
        """One point per row, in the colour of the row's choice if it has one."""
        choices = section.columns[section.chart.category].choices or {}
        colors = (
            choices[row[section.chart.category]].color if choices else None
            for row in section.rows
        )
        return [color and {"fill": {"color": color}} for color in colors]

    def _set_axes(self, chart, section):
        spec = section.chart
        if spec.kind == "pie":
            return
        number_format = {"num_format": "#,##0", "num_font": {"color": INK}}
        lines = {"major_gridlines": {"visible": True, "line": {"color": "#E6EBF0"}}}
        names = {"num_font": {"color": INK}}
        if section.columns[spec.category].kind == "month":
            names |= {"date_axis": True, "num_format": "mmm yy"}
        if spec.kind == "bar":  # its names run along the y axis, from the bottom up
            chart.set_x_axis(number_format | lines)
            chart.set_y_axis(names | {"reverse": True, "crossing": "max"})
        else:
            chart.set_x_axis(names)
            chart.set_y_axis(number_format | lines)
