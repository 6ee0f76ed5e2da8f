import io
import tempfile
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

import openpyxl
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools.misc import mute_logger
from odoo.tools.translate import code_translations
from openpyxl.utils.escape import unescape

from ..report.cells import MAX_TEXT, fit_text
from ..report.section import Chart, Column, Section
from ..wizard import customer_report_wizard, customer_report_wizard_customers
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


@tagged("post_install", "-at_install")
class TestReport(ReportCase):
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

    # === FILTERS AND PERIOD === #

    def test_filters_narrow_rows_totals_and_trend(self):
        book = self._report(lifecycle_stage="churned")
        self.assertEqual(self._names(book), ["Beta"])
        self.assertAlmostEqual(
            self._figures(book)["Amount bought in the period"], 40.25
        )
        self.assertEqual(self._notes(book)["Filters"], "Churned")
        segment = self._profile(self.gamma).rfm_segment_id
        book = self._report(segment_ids=segment.ids)
        self.assertEqual(
            set(self._names(book)),
            {
                profile.partner_id.name
                for profile in self.profiles.search(
                    [
                        ("company_id", "=", self.company.id),
                        ("rfm_segment_id", "=", segment.id),
                    ]
                )
            },
        )
        self.assertEqual(self._notes(book)["Filters"], segment.name)
        self.assertEqual(len(self._rows(book["Segments"])), 1)

    def test_the_period_bounds_the_purchases_and_is_compared_with_the_year_before(self):
        book = self._report(date_from="2025-03-05", date_to="2025-06-20")
        rows = self._rows(book["Trend"])
        self.assertEqual(
            [(row["Month"].month, row["Amount Bought"]) for row in rows],
            [(3, 300), (4, 0), (5, 0), (6, 200)],
        )
        self.assertEqual([row["A Year Earlier"] for row in rows], [50, 0, 0, 0])
        self.assertEqual(rows[0]["Change"], 5)
        self.assertIsNone(rows[1]["Change"])
        figures = self._figures(book)
        self.assertEqual(figures["Amount bought in the period"], 500)
        self.assertEqual(figures["The same a year earlier"], 50)
        self.assertEqual(figures["Purchases in the period"], 2)
        self.assertEqual(figures["Change"], 9)

    @freeze_time("2025-06-30 12:00:00")
    def test_the_default_period_is_twelve_months_with_the_current_one(self):
        wizard = self.env["customer.report.wizard"].with_user(self.manager).create({})
        self.assertEqual(wizard.date_from, date(2024, 7, 1))
        self.assertEqual(wizard.date_to, date(2025, 6, 30))
        self.assertEqual(wizard.company_id, self.company)

    def test_an_impossible_period_is_refused_in_one_sentence(self):
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            self._wizard(date_from="2025-06-30", date_to="2025-06-29")
        for period in (
            {"date_from": "0001-01-01"},
            {"date_from": "1970-01-01", "date_to": "9999-12-31"},
        ):
            with self.assertRaisesRegex(ValidationError, "1901 and 2999"):
                self._wizard(**period)

    def test_the_unfiltered_period_equals_the_sales_report(self):
        self.beta.active = False
        self._refresh()
        book = self._report()
        self.assertEqual(self._names(book), ["Gamma", "Alpha"])
        [[sold]] = self.env["sale.report"]._read_group(
            [
                ("company_id", "=", self.company.id),
                ("date", ">=", "2024-07-01"),
                ("date", "<", "2025-07-01"),
            ],
            [],
            ["price_subtotal:sum"],
        )
        self.assertAlmostEqual(sold, 1540.25)
        self.assertAlmostEqual(self._figures(book)["Amount bought in the period"], sold)
        self.assertIn("1 left out", self._notes(book)["Archived customers"])

    # === FIGURES === #

    def test_shares_carry_their_number_and_interval(self):
        [row] = [
            row
            for row in self._rows(self._report()["Summary"])
            if row["Key Figure"] == "Repeat rate"
        ]
        self.assertEqual(row["Out of"], 3)
        self.assertAlmostEqual(row["Figure"], 1 / 3)
        self.assertAlmostEqual(row["At Least"], 0.0615, 4)
        self.assertAlmostEqual(row["At Most"], 0.7923, 4)

    def test_rates_over_few_buyers_are_greyed_out_and_explained(self):
        def is_grey(book):
            [cell] = [
                row[1]
                for row in book["Summary"].iter_rows()
                if row[0].value == "Churned"
            ]
            return cell.font.i

        book = self._report()
        self.assertTrue(is_grey(book))
        self.assertIn("fewer than 50", self._notes(book)["Few buyers"])
        self.company.insight_min_population = 3
        self._refresh()
        book = self._report()
        self.assertFalse(is_grey(book))
        self.assertNotIn("Few buyers", self._notes(book))

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

    def test_a_report_that_fails_leaves_nothing_behind(self):
        def rows():
            yield ("one",)
            raise ValueError("broken")

        section = self._section(columns=[Column("A")], rows=rows(), size=2)
        with tempfile.TemporaryDirectory() as folder:
            with (
                patch.object(tempfile, "tempdir", folder),
                self._sections(section),
                self.assertRaisesRegex(ValueError, "broken"),
            ):
                self._report()
            self.assertFalse(list(Path(folder).iterdir()))

    def test_the_file_goes_away_with_its_wizard(self):
        wizard = self._wizard()
        wizard.action_export()
        attachment = wizard.attachment_id
        wizard.sudo().unlink()
        self.assertFalse(attachment.exists())

    def test_the_file_is_named_after_report_company_and_day(self):
        self.company.name = "A/B: Test?"
        wizard = self._wizard()
        action = wizard.action_export()
        self.assertEqual(
            wizard.attachment_id.name, "Customer overview A B Test 2025-06-30.xlsx"
        )
        self.assertEqual(
            action["url"], f"/web/content/{wizard.attachment_id.id}?download=true"
        )
        self.assertTrue(action["close"])

    # === SECTIONS OF OTHER ADD-ONS === #

    def test_another_section_gets_its_sheet_and_its_chart(self):
        title = "[Extra]: a/b*c? with a title too long for a sheet"
        section = self._section(
            title=title,
            columns=[Column("Name"), Column("Value", "integer")],
            rows=[("One", 1), ("Two", 2)],
            chart=Chart("pie", "Shares", 0, (1,)),
        )
        with self._sections(section, self._section(title=title)):
            book = self._report()
        self.assertEqual(
            book.sheetnames[-2:],
            ["Extra a b c with a title too lo", "Extra a b c with a title to 2"],
        )
        self.assertEqual(self._rows(book[book.sheetnames[-2]])[1]["Value"], 2)
        self.assertEqual(
            [chart.tagname for chart in book["Summary"]._charts],
            ["barChart", "barChart", "lineChart", "pieChart"],
        )

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
