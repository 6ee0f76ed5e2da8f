import tempfile
from datetime import date
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..report.section import Chart, Choice, Column
from .report_common import ReportDataCase


@tagged("post_install", "-at_install")
class TestReportFigures(ReportDataCase):
    """Periods, filters and shares of the report."""

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


@tagged("post_install", "-at_install")
class TestReportFile(ReportDataCase):
    """The file: its name, its life, sheets of other add-ons."""

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

    def test_choices_are_coloured_by_rules(self):
        choices = {
            1: Choice('The "best"', "#97D89B"),
            2: Choice("Plain"),
            3: Choice("x" * 200, "#F2A3A3"),  # too long for a rule
        }
        columns = [Column("Name"), Column("Class", "choice", choices=choices)]
        rows = [("One", 1), ("Two", 2), ("Three", 3), ("None", None)]
        with self._sections(self._section(columns=columns, rows=rows)):
            sheet = self._report().worksheets[-1]
        [(area, [rule])] = [
            (str(found.sqref), found.rules) for found in sheet.conditional_formatting
        ]
        self.assertEqual(rule.formula, ['"The ""best"""'])
        self.assertEqual(rule.dxf.fill.bgColor.rgb, "FF97D89B")
        first = next(cell.row for cell in sheet["A"] if cell.value == "One")
        self.assertEqual(area, f"B{first}:B{first + 3}")

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
