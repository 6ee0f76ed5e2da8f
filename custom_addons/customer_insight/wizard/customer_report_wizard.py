import tempfile
from pathlib import Path

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import get_lang
from odoo.tools.osutil import clean_filename

from ..models.customer_profile import LIFECYCLE_STAGES
from ..report.cells import Locale
from ..report.workbook import MAX_ROWS, ReportWorkbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CustomerReportWizard(models.TransientModel):
    """Builds a report as a spreadsheet file, with the rights of the one who asks.

    The file belongs to the wizard record, which only its creator can read, and goes
    away with it.
    """

    _name = "customer.report.wizard"
    _description = "Customer Report"

    report_type = fields.Selection(
        [("overview", "Customer overview")],
        string="Report",
        required=True,
        default="overview",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._default_date_from(),
        help="First day of the purchases in summary and trend.",
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self.env.company._insight_today(),
    )
    segment_ids = fields.Many2many(
        "customer.segment",
        string="Segments",
        help="Only customers of these segments; all customers when empty.",
    )
    lifecycle_stage = fields.Selection(
        LIFECYCLE_STAGES,
        string="Stage",
        help="Only customers in this stage; all customers when empty.",
    )
    attachment_id = fields.Many2one("ir.attachment", string="File", readonly=True)

    def _default_date_from(self):
        """The first of the month, so that the trend begins with a whole one."""
        today = self.env.company._insight_today()
        return today.replace(day=1) - relativedelta(months=11)

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(
                    self.env._("The period ends before it begins: swap its two days.")
                )
            # what spreadsheets know as dates, with a year to look back
            if wizard.date_from.year < 1901 or wizard.date_to.year > 2999:
                raise ValidationError(
                    self.env._("The period must lie between the years 1901 and 2999.")
                )

    # === ACTIONS === #

    def action_export(self):
        """Build the report as an XLSX file.

        :return: the action that downloads the file
        :raise AccessError: if the user may not export data
        :raise UserError: if the report has more rows than a spreadsheet can hold
        """
        self.ensure_one()
        if not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(
                self.env._(
                    "You are not allowed to export data. An administrator can grant"
                    ' you the right "Access to export feature".'
                )
            )
        report = self._as_reader()
        name = report._file_name()
        self.attachment_id = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": report._build_file(),
                "mimetype": _XLSX,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "close": True,
        }

    # === THE FILE === #

    def _as_reader(self):
        """This wizard with the user's own rights, language and the chosen company."""
        self.env.flush_all()
        lang = self.env.context.get("lang") or self.env.user.lang
        return (
            self.sudo(False)
            .with_company(self.company_id)
            .with_context(lang=lang, active_test=True)
        )

    def _file_name(self):
        [label] = [
            label
            for value, label in self._fields["report_type"]._description_selection(
                self.env
            )
            if value == self.report_type
        ]
        day = fields.Date.to_string(self.date_to)
        name = clean_filename(f"{label} {self.company_id.name} {day}.xlsx", " ")
        return " ".join(name.split())

    def _build_file(self):
        """:return: the content of the XLSX file (bytes)"""
        sections = self._report_sections()
        for section in sections:
            self._check_size(section)
        # whatever happens, nothing stays behind
        with tempfile.TemporaryDirectory(prefix="customer_report_") as folder:
            path = Path(folder, "report.xlsx")
            workbook = ReportWorkbook(path, self._locale(), self._properties())
            for section in sections:
                workbook.add(section)
            workbook.close()
            return path.read_bytes()

    def _check_size(self, section):
        limit = MAX_ROWS - section.header_row - 1
        if section.size > limit:
            raise UserError(
                self.env._(
                    "%(section)s would have %(count)s rows, but a sheet holds at most"
                    " %(limit)s. Choose segments or a stage to make it smaller.",
                    section=section.title,
                    count=section.size,
                    limit=limit,
                )
            )

    def _locale(self):
        lang = get_lang(self.env)
        date = lang.date_format
        for code, letters in (("%Y", "yyyy"), ("%m", "mm"), ("%d", "dd")):
            date = date.replace(code, letters)
        currency = self.company_id.currency_id
        number = "#,##0" + "." * bool(currency.decimal_places)
        number += "0" * currency.decimal_places
        symbol = (currency.symbol or currency.name).replace('"', "")
        return Locale(
            date=date,
            money=(
                f'"{symbol}" {number}'
                if currency.position == "before"
                else f'{number} "{symbol}"'
            ),
            right_to_left=lang.direction == "rtl",
        )

    def _properties(self):
        return {
            "title": self._file_name().removesuffix(".xlsx"),
            "author": self.env.user.name,
            "company": self.company_id.name,
        }

    # === WHAT IS IN IT === #

    def _report_sections(self):
        """The sections of the report, in the order of the sheets.

        An add-on that has something to say inserts its own into the returned list,
        or returns another list for a report type of its own. It reads figures through
        ``_profile_query`` or the ORM, never as superuser, so that the report holds
        only what its reader may see.

        :return: list of :class:`~odoo.addons.customer_insight.report.section.Section`
        """
        totals, trend = self._customer_totals(), self._purchase_trend()
        return [
            self._summary_section(totals, trend),
            self._segments_section(totals),
            self._stages_section(totals),
            self._trend_section(trend),
            self._customers_section(totals),
            self._method_section(totals),
        ]

    def _filter_domain(self):
        """The chosen segments and stage, as a domain on profiles."""
        domain = Domain.TRUE
        if self.segment_ids:
            domain &= Domain("rfm_segment_id", "in", self.segment_ids.ids)
        if self.lifecycle_stage:
            domain &= Domain("lifecycle_stage", "=", self.lifecycle_stage)
        return domain

    def _profile_domain(self):
        """Which profiles the report is about."""
        return Domain("company_id", "=", self.company_id.id) & self._filter_domain()

    def _profile_query(self, order=None):
        """The profiles of this report that its reader may see.

        :param order: as for ``search``
        :return: the Query, and a function that gives the SQL of a path of fields
            such as ``amount_total`` or ``partner_id.country_id.name``
        """
        profiles = self.env["customer.profile"]
        query = profiles._search(self._profile_domain(), order=order)

        def column(path):
            *links, name = path.split(".")
            model, alias = profiles, query.table
            for link in links:
                model, alias = model._fields[link].join(model, alias, query)
            return model._field_to_sql(alias, name, query)

        return query, column

    def _labels(self, *names):
        """:return: labels of fields of customer.profile in the reader's language"""
        described = self.env["customer.profile"].fields_get(names, ["string"])
        return [described[name]["string"] for name in names]

    def _format_period(self, date_from, date_to):
        return self.env._(
            "%(date_from)s to %(date_to)s",
            date_from=format_date(self.env, date_from),
            date_to=format_date(self.env, date_to),
        )
