"""The spreadsheet of all customers, against bare XlsxWriter with as many cells."""

import re
import tempfile
import zipfile
from io import BytesIO
from typing import NamedTuple

from .environment import environment, manager_id
from .figures import Figure
from .measure import Scales, best_pair, weighed

MOST_TIME, MOST_MEMORY = 1.5, 60
_COLUMNS = 20
_CELL = re.compile(rb"<c [^>]*>")
_TEXT = b't="inlineStr"'


class Cells(NamedTuple):
    """Numbers of filled cells by kind."""

    texts: int
    numbers: int


def measure(database, plan):
    """:return: lines of the table (list of Figure)"""
    uid = manager_id(database)
    with environment(database, uid) as env:
        wizard = env["customer.report.wizard"].create({})
        customers = env["customer.profile"].search_count([])
        scales = Scales()
        with weighed(scales):
            wizard.action_export()
        cells = _count_cells(wizard.attachment_id.raw)
        taken, bare = best_pair(
            wizard.action_export, lambda: _bare(cells), plan.report_runs
        )
    what = f"report of {customers:,} customers"
    return [
        Figure(
            f"{what}, {sum(cells):,} cells, best of {plan.report_runs}",
            MOST_TIME,
            "x",
            taken,
            bare,
        ),
        Figure(f"{what}, memory above idle", MOST_MEMORY, "MB", memory=scales.growth),
    ]


def _count_cells(raw):
    """Count the filled cells of an XLSX file, a piece at a time."""
    texts = total = 0
    with zipfile.ZipFile(BytesIO(raw)) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/sheet"):
                with book.open(name) as sheet:
                    for line in _pieces(sheet):
                        found = _CELL.findall(line)
                        total += len(found)
                        texts += sum(_TEXT in cell for cell in found)
    return Cells(texts, total - texts)


def _pieces(sheet):
    """The content of a file, cut between its tags."""
    rest = b""
    while block := sheet.read(1 << 20):
        *whole, rest = (rest + block).rsplit(b"><", 1)
        if whole:
            yield whole[0] + b">"
            rest = b"<" + rest
    yield rest


def _bare(cells):
    """Write as many texts and numbers with nothing around them."""
    import xlsxwriter

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        book = xlsxwriter.Workbook(file.name, {"constant_memory": True})
        sheet = book.add_worksheet()
        columns_of_text = round(_COLUMNS * cells.texts / sum(cells))
        for row in range(sum(cells) // _COLUMNS):
            for column in range(columns_of_text):
                sheet.write_string(row, column, f"Customer {row}")
            for column in range(columns_of_text, _COLUMNS):
                sheet.write_number(row, column, row + column / 100)
        book.close()
