import io
from datetime import datetime
from unittest.mock import patch
from zipfile import ZipFile

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.misc import mute_logger
from odoo.tools.translate import code_translations

from ..report.cells import MAX_TEXT, fit_text
from ..report.section import Column
from ..wizard import customer_report_wizard, customer_report_wizard_customers
from .common import INSIGHT_MANAGER, INSIGHT_USER
from .report_common import EXPORT, ReportCase, ReportDataCase


@tagged("post_install", "-at_install")
class TestReport(ReportDataCase):
    """Rights, texts and sizes of the report."""

    # === RIGHTS === #

    def test_a_manager_gets_every_customer_and_the_sum_over_profiles(self):
        book = self._report()
        self.assertEqual(self._names(book), ["Gamma", "Alpha", "Beta"])
        profiles = self.profiles.search([("company_id", "=", self.company.id)])
        figures = self._figures(book)
        self.assertEqual(figures["Customers"], 3)
        self.assertAlmostEqual(
            figures["Amount bought"], sum(profiles.mapped("amount_total"))
        )
        for name in ("Segments", "Stages"):
            rows = self._rows(book[name])
            self.assertEqual(sum(row["Customers"] for row in rows), 3)
            self.assertAlmostEqual(sum(row["Amount Bought"] for row in rows), 1590.25)
            self.assertAlmostEqual(sum(row["Share of Amount"] for row in rows), 1)

    def test_salespeople_get_their_own_customers_in_rows_totals_and_charts(self):
        book = self._report(self.anna)
        self.assertEqual(self._names(book), ["Alpha", "Beta"])
        figures = self._figures(book)
        self.assertEqual(figures["Customers"], 2)
        self.assertAlmostEqual(figures["Amount bought"], 590.25)
        self.assertAlmostEqual(figures["Amount bought in the period"], 540.25)
        self.assertEqual(figures["Buyers in the period"], 2)
        for name in ("Segments", "Stages"):  # what the charts draw
            rows = self._rows(book[name])
            self.assertEqual(sum(row["Customers"] for row in rows), 2)
            self.assertAlmostEqual(sum(row["Amount Bought"] for row in rows), 590.25)
        trend = {
            row["Month"]: row["Amount Bought"] for row in self._rows(book["Trend"])
        }
        self.assertEqual(trend[datetime(2025, 6, 1)], 200)
        self.assertNotIn("1000", str(self._notes(book)))

    def test_rights_hold_when_the_wizard_is_run_as_superuser(self):
        wizard = self._wizard(self.anna).sudo()
        wizard.action_export()
        self.assertEqual(
            self._names(self._open(wizard.attachment_id)), ["Alpha", "Beta"]
        )

    def test_population_of_the_company_is_not_told_to_salespeople(self):
        notes = self._notes(self._report(self.anna))
        self.assertEqual(notes["Customers in the report"], "2")
        self.assertIn("report_anna", notes["Made by"])
        self.assertIn("report_anna", notes["Rights"])

    def test_export_needs_the_right_to_export(self):
        user = self._add_user("report_reader", INSIGHT_USER)
        with self.assertRaisesRegex(AccessError, "not allowed to export"):
            self._wizard(user).action_export()

    def test_employees_without_a_role_cannot_report(self):
        user = self._add_user("report_employee", f"base.group_user,{EXPORT}")
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            self._wizard(user)

    def test_a_colleague_cannot_read_the_stored_file(self):
        wizard = self._wizard(self.anna)
        wizard.action_export()
        attachment = wizard.attachment_id
        self.assertTrue(attachment.with_user(self.anna).raw)
        for colleague in (self.ben, self.manager):
            with self.assertRaises(AccessError):
                attachment.with_user(colleague).read(["raw"])
            with self.assertRaises(AccessError):
                wizard.with_user(colleague).read(["attachment_id"])
            with self.assertRaises(AccessError):
                wizard.with_user(colleague).action_export()
            found = self.env["ir.attachment"].with_user(colleague)
            self.assertFalse(found.search([("id", "=", attachment.id)]))

    def test_another_company_is_refused_and_never_mixed_in(self):
        other = self._add_company("Other Company")
        with self.assertRaises(AccessError):
            self._wizard(company_id=other.id).action_export()
        self._add_order(self.alpha, "2025-06-01", 7.0, company=other)
        self._refresh(company=other)
        self.manager.company_ids += other
        self.assertAlmostEqual(self._figures(self._report())["Amount bought"], 1590.25)
        book = self._report(company_id=other.id)
        self.assertEqual(self._figures(book)["Amount bought"], 7)
        self.assertEqual(self._figures(book)["Amount bought in the period"], 7)

    # === FIGURES === #

    def test_the_method_page_tells_what_was_left_out(self):
        self._add_order(self.alpha, "2025-07-05", 9.0)
        self._refresh()
        notes = self._notes(self._report(date_to="2025-12-31"))
        self.assertIn("1 documents are dated after", notes["Documents of the future"])
        self.assertIn("0 left out", notes["Archived customers"])
        self.assertIn("06/30/2025", notes["Customers as of"])
        self.assertIn("Confirmed orders", notes["Purchases"])
        self.assertIn("90 days", notes["Stages"])
        self.assertEqual(notes["Filters"], "None")

    def test_charts_draw_the_rows_of_their_sheets(self):
        book = self._report()
        drawn = {}
        for chart in book["Summary"]._charts:
            for series in chart.series:
                drawn.setdefault(chart.tagname, []).append(series.val.numRef.f)
        segments = len(self._rows(book["Segments"]))
        self.assertEqual(
            drawn,
            {
                "barChart": [
                    f"Segments!$D$2:$D${segments + 1}",
                    "Stages!$B$2:$B$7",
                ],
                "lineChart": ["Trend!$B$2:$B$13", "Trend!$C$2:$C$13"],
            },
        )

    # === CELLS === #

    def test_dates_and_amounts_are_values_in_the_format_of_language_and_currency(self):
        sheet = self._report()["Customers"]
        titles = [cell.value for cell in sheet[1]]
        day = sheet.cell(2, titles.index("Last Purchase") + 1)
        self.assertEqual(day.value, datetime(2025, 6, 29))
        self.assertEqual(day.number_format, "mm/dd/yyyy")
        amount = sheet.cell(2, titles.index("Amount Bought") + 1)
        self.assertEqual(amount.value, 1000)
        self.assertEqual(amount.number_format, '"$" #,##0.00')
        self.assertEqual(sheet.freeze_panes, "B2")
        self.assertEqual(sheet.auto_filter.ref, "A1:U4")

    def test_texts_stay_as_typed(self):
        names = [
            "=1+1",
            "@home",
            "+49 30",
            "-2+3",
            "{=A1}",
            "http://example.com/x",
            "<r><t>bold</t></r>",
            "_x0041_",
            "مرحبا بالعالم",
            "\u202eRTL override",
            "e\u0301 combining 👩‍🚀 emoji",
            "two\nlines",
            "x" * 1000,
        ]
        for name in names:
            self._add_customer(name, phone="=2+2", city=name)
        self._refresh()
        wizard = self._wizard()
        wizard.action_export()
        book = self._open(wizard.attachment_id)
        self.assertLessEqual(set(names), set(self._names(book)))
        cells = [cell for row in book["Customers"].iter_rows() for cell in row]
        self.assertFalse([cell.value for cell in cells if cell.data_type == "f"])
        self.assertIn("=2+2", [cell.value for cell in cells])
        with ZipFile(io.BytesIO(wizard.attachment_id.raw)) as archive:
            for name in archive.namelist():
                if "worksheets" in name:
                    self.assertNotIn(b"<f>", archive.read(name))
                    self.assertNotIn(b"<hyperlink", archive.read(name))

    def test_a_text_too_long_for_a_cell_is_cut_with_a_mark(self):
        self.alpha.city = "y" * 40_000
        self.beta.city = "🚀" * 20_000
        cities = {
            row["Customer"]: row["City"]
            for row in self._rows(self._report()["Customers"])
        }
        self.assertEqual(len(cities["Alpha"]), MAX_TEXT)
        self.assertTrue(cities["Alpha"].endswith("y […]"))
        self.assertTrue(cities["Beta"].endswith("🚀 […]"))
        self.assertLessEqual(len(cities["Beta"].encode("utf-16-le")), 2 * MAX_TEXT)

    def test_only_texts_above_the_limit_are_cut(self):
        for text in ("", "a" * MAX_TEXT, "🚀" * (MAX_TEXT // 2)):
            self.assertEqual(fit_text(text), text)
        self.assertNotEqual(fit_text("a" * (MAX_TEXT + 1)), "a" * (MAX_TEXT + 1))

    def test_huge_and_tiny_amounts_are_exact(self):
        self._add_order(self.alpha, "2025-06-01", 1e12)
        self._add_history([(self.beta, "2025-06-02", 0.001)])
        self._refresh()
        book = self._report()
        amounts = {
            row["Customer"]: row["Amount Bought"]
            for row in self._rows(book["Customers"])
        }
        self.assertEqual(amounts["Alpha"], 1e12 + 550)
        self.assertAlmostEqual(amounts["Beta"], 40.251, 6)
        self.assertAlmostEqual(self._figures(book)["Amount bought"], 1e12 + 1590.251, 2)

    def test_what_is_no_finite_number_leaves_the_cell_empty(self):
        numbers = [float("nan"), float("inf"), -float("inf"), 1.5]
        section = self._section(
            columns=[Column("N", "decimal"), Column("T")],
            rows=[(number, "row") for number in numbers],
        )
        with self._sections(section):
            sheet = self._report()["Extra"]
        self.assertEqual(
            [row[0].value for row in sheet.iter_rows(min_row=2)],
            [None, None, None, 1.5],
        )

    # === THE FILE === #

    def test_labels_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        selection = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "customer.profile"),
                ("field_id.name", "=", "lifecycle_stage"),
                ("value", "=", "churned"),
            ]
        )
        selection.update_field_translations("name", {"zh_CN": "已流失"})
        segment = self._profile(self.beta).rfm_segment_id
        segment.update_field_translations("name", {"zh_CN": "某客户群"})
        known = {"Summary": "概要", "Customers": "客户", "Repeat rate": "复购率"}
        with patch.object(
            type(code_translations), "get_python_translations", lambda *args: known
        ):
            wizard = self._wizard().with_context(lang="zh_CN")
            wizard.action_export()
            book = self._open(wizard.attachment_id)
        self.assertEqual(book.sheetnames[0], "概要")
        cells = [
            cell for row in book["客户"].iter_rows(values_only=True) for cell in row
        ]
        self.assertIn("已流失", cells)
        self.assertIn("某客户群", cells)
        [day] = {
            cell.number_format
            for row in book["客户"].iter_rows(min_row=2)
            for cell in row
            if cell.is_date
        }
        self.assertEqual(day, "yyyy/mm/dd")
        self.assertIn("复购率", [row[0].value for row in book["概要"].iter_rows()])

    def test_an_empty_company_gets_headers_and_what_to_do(self):
        empty = self._add_company("Empty Company")
        self.manager.company_ids += empty
        book = self._report(company_id=empty.id)
        self.assertEqual(
            book.sheetnames,
            [
                "Summary",
                "Segments",
                "Stages",
                "Trend",
                "Churn Reasons",
                "Customers",
                "Method",
            ],
        )
        sheet = book["Customers"]
        self.assertEqual(sheet["A1"].value, "Customer")
        self.assertIn("No customers here", sheet["A2"].value)
        self.assertIn("No purchases", book["Trend"]["A2"].value)
        self.assertIn("No customers here", book["Summary"]["A3"].value)
        self.assertEqual(self._figures(book)["Customers"], 0)
        self.assertFalse(book["Summary"]._charts)

    def test_a_single_prospect_divides_nothing_by_zero(self):
        company = self._add_company("Prospects Only")
        self.manager.company_ids += company
        self._add_customer("Prospect", company_id=company.id)
        self._refresh(company=company)
        figures = self._figures(self._report(company_id=company.id))
        self.assertGreaterEqual(figures["Customers"], 1)
        self.assertEqual(figures["Buyers"], 0)
        self.assertIsNone(figures["Amount per buyer"])
        self.assertIsNone(figures["Repeat rate"])

    def test_too_many_rows_are_refused_before_anything_is_built(self):
        with (
            self._sections(self._section(rows=iter(()), size=1_048_576)),
            patch.object(customer_report_wizard, "ReportWorkbook") as workbook,
            self.assertRaisesRegex(
                UserError, "1048576 rows, but a sheet holds at most 1048575"
            ),
        ):
            self._report()
        workbook.assert_not_called()

    def test_rows_stream_in_batches_and_twice_in_one_transaction(self):
        with patch.object(customer_report_wizard_customers, "_BATCH", 2):
            wizard = self._wizard()
            for __ in range(2):
                wizard.action_export()
                self.assertEqual(
                    self._names(self._open(wizard.attachment_id)),
                    ["Gamma", "Alpha", "Beta"],
                )


@tagged("post_install", "-at_install")
class TestReportDownload(ReportCase, HttpCase):
    def test_only_the_creator_can_download_the_file(self):
        self.manager.password = "report_manager_1"
        colleague = self._add_user("report_colleague", f"{INSIGHT_MANAGER},{EXPORT}")
        colleague.password = "report_colleague_1"
        wizard = self._wizard()
        url = wizard.action_export()["url"]
        content = wizard.attachment_id.raw
        self.authenticate("report_manager", "report_manager_1")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.content, content)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.authenticate("report_colleague", "report_colleague_1")
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate(None, None)
        self.assertEqual(self.url_open(url).status_code, 404)
