import io
from contextlib import contextmanager
from unittest.mock import patch

import openpyxl
from openpyxl.utils.escape import unescape

from ..report.section import Column, Section
from ..wizard import customer_report_wizard
from .common import INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

EXPORT = "base.group_allow_export"


class ReportCase(CustomerInsightCase):
    """A manager, and a way to read the file a user gets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user("report_manager", f"{INSIGHT_MANAGER},{EXPORT}")

    def _wizard(self, user=None, **values):
        return (
            self.env["customer.report.wizard"]
            .with_user(user or self.manager)
            .create({"date_from": "2024-07-01", "date_to": "2025-06-30", **values})
        )

    def _report(self, user=None, **values):
        """:return: the workbook a user gets"""
        wizard = self._wizard(user, **values)
        wizard.action_export()
        return self._open(wizard.attachment_id)

    def _open(self, attachment):
        return openpyxl.load_workbook(io.BytesIO(attachment.raw))

    def _rows(self, sheet):
        """:return: one dict per row below the header, by column title"""
        header_row = int(sheet.freeze_panes.lstrip("AB")) - 1
        titles, *rows = sheet.iter_rows(min_row=header_row, values_only=True)
        return [dict(zip(titles, row, strict=True)) for row in rows if any(row)]

    def _figures(self, book):
        """:return: the key figures, by label"""
        return {row["Key Figure"]: row["Figure"] for row in self._rows(book["Summary"])}

    def _names(self, book):
        return [unescape(row["Customer"]) for row in self._rows(book["Customers"])]

    def _notes(self, book):
        return {
            row["Subject"]: row["How the Figures Came About"]
            for row in self._rows(book["Method"])
        }


class ReportDataCase(ReportCase):
    """Two salespeople with three customers who bought in two years."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._add_user("report_anna", f"{INSIGHT_USER},{EXPORT}")
        cls.ben = cls._add_user("report_ben", f"{INSIGHT_USER},{EXPORT}")
        cls.alpha = cls._add_customer(
            "Alpha", user_id=cls.anna.id, email="a@example.com", phone="+49 30 123"
        )
        cls.beta = cls._add_customer("Beta", user_id=cls.anna.id)
        cls.gamma = cls._add_customer("Gamma", user_id=cls.ben.id)
        cls._add_order(cls.alpha, "2024-03-05", 50.0)
        cls._add_order(cls.alpha, "2025-03-05", 300.0)
        cls._add_order(cls.alpha, "2025-06-20", 200.0)
        cls._add_order(cls.beta, "2024-08-01", 40.25)
        cls._add_order(cls.gamma, "2025-06-29", 1000.0)
        cls._refresh()

    def _section(self, **values):
        return Section(
            **{"name": "x", "title": "Extra", "columns": [Column("A")], "rows": []}
            | values
        )

    @contextmanager
    def _sections(self, *more):
        """Do what another add-on does: extend ``_report_sections``."""
        original = customer_report_wizard.CustomerReportWizard._report_sections
        with patch.object(
            customer_report_wizard.CustomerReportWizard,
            "_report_sections",
            lambda wizard: [*original(wizard), *more],
        ):
            yield
