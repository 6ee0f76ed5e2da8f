import tempfile
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from babel.dates import format_skeleton
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.misc import babel_locale_parse, formatLang, get_lang
from odoo.tools.osutil import clean_filename

from ..report.workbook import ReportWorkbook
from .blocks import clean
from .parameters import Choice, Day, Record
from .sheets import block_sections

#: Views of models without a form of their own.
_VIEWS = {
    "customer.purchase": ("list", "graph", "pivot"),
    "customer.pareto": ("list",),
    "customer.product.rule": ("list",),
    "customer.interaction": ("list",),
    "customer.stage.move": ("list",),
    "customer.measure": ("list", "form"),
}
PERIODS = {
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}


class CustomerAnalysis(models.AbstractModel):
    """What an analysis screen shows and opens, with the rights of the one who looks.

    Each screen inherits this and says what its parameters and its blocks are. All
    figures are those of one company, in its currency, and of customers the user may
    see. Nothing is stored.
    """

    _name = "customer.analysis"
    _description = "Customer Analysis"

    # === ENTRY POINTS OF THE CLIENT === #

    @api.model
    @api.readonly
    def analyse(self, params=None):
        """Compute the screen.

        :param params: ``{parameter name: value}`` from the client; missing ones take
            their default
        :return: dict with ``title``, ``help`` (definition), ``filters``, ``values``,
            ``blocks``, ``empty`` (sentence where there is nothing), ``steps`` (what
            can be done then) and ``currency_id``
        :raise UserError: for a value that a parameter cannot have
        :raise AccessError: for users without the right to read customer profiles
        """
        asked = self._read_params(params)
        reader = self._for_reader(asked)
        # wide statements of which compiling takes as long as running
        self.env.cr.execute("SET LOCAL jit = off")
        blocks = reader._blocks(asked)
        return clean(
            {
                "title": self._title(),
                "help": reader._help(asked),
                "filters": [one.describe() for one in self._parameters()],
                "values": vars(asked),
                "blocks": blocks,
                "empty": "" if blocks else reader._empty(asked),
                "steps": [] if blocks else reader._steps(asked),
                "currency_id": reader.env.company.currency_id.id,
                "only_real": reader.env.company.sudo().insight_only_real,
                "can_export": self.env.user.has_group("base.group_allow_export"),
            }
        )

    @api.model
    @api.readonly
    def open_records(self, params, key):
        """The action that opens the records behind a figure.

        :param params: as for ``analyse``
        :param key: the key of the figure, as it came with the screen
        :return: action dict
        :raise UserError: if no figure has this key
        """
        asked = self._read_params(params)
        reader = self._for_reader(asked)
        try:
            model, domain, name = reader._records(asked, key)
        except (TypeError, ValueError, IndexError, KeyError) as error:
            message = self.env._("Nothing opens from here. Reload the page.")
            raise UserError(message) from error
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, kind) for kind in _VIEWS.get(model, ("list", "form"))],
            "domain": clean(list(domain)),
            "context": reader._records_context(asked),
        }

    # === WHAT A SCREEN SAYS === #

    def _title(self):
        """:return: name of the analysis in the user's language"""
        return self.env._(self._description)

    def _help(self, asked):
        """:return: the definition of what is shown, in one or two sentences"""
        return ""

    def _empty(self, asked):
        """:return: what to do where there is nothing to show"""
        return self.env._(
            "No purchases match these filters. Take filters away, or look whether"
            " orders are confirmed."
        )

    def _steps(self, asked):
        """What can be done where there is nothing to show.

        :return: list of dicts with a ``label`` and one of ``values`` (of parameters),
            ``action`` and ``company`` (id of one to change to), the best first
        """
        return []

    def _parameters(self):
        """:return: the parameters of this screen, in the order they are shown"""
        companies = self.env.companies
        today = self.env.company._insight_today()
        return [
            Day("until", self.env._("Until"), today),
            Choice(
                "firm",
                self.env._("Company"),
                self.env.company.id,
                tuple((company.id, company.name) for company in companies),
            ),
            Record("segment", self.env._("Segment"), model="customer.segment"),
            Record("salesperson", self.env._("Salesperson"), model="res.users"),
            Record("country", self.env._("Country"), model="res.country"),
        ]

    def _blocks(self, asked):
        """:return: the blocks of the screen, none where there is nothing to show"""
        raise NotImplementedError

    def _advice(self, asked, **found):
        """What the screen suggests to do, from what it has read.

        :param found: what the method of ``customer.advice`` for this screen takes
        :return: list with one block, empty where nothing found is beyond chance
        """
        return self.env["customer.advice"]._block(self, asked, **found)

    def _records(self, asked, key):
        """:return: ``(model, domain, name)`` of the records behind a figure

        May raise ``ValueError`` or ``KeyError`` for a key no figure has.
        """
        raise NotImplementedError

    def _records_context(self, asked):
        """:return: the context in which the records behind a figure are shown"""
        return {
            "active_test": False,
            "create": False,
            "allowed_company_ids": self.env.company.ids,
        }

    # === THE PARAMETERS === #

    def _check_reader(self):
        """:raise AccessError: for users who may not look at this screen"""
        self.env["customer.profile"].check_access("read")

    def _read_params(self, params):
        self._check_reader()
        params = params or {}
        if not isinstance(params, dict):
            raise UserError(self.env._("The filters of this page cannot be read."))
        return SimpleNamespace(
            **{
                one.name: one.accept(self.env, params.get(one.name))
                for one in self._parameters()
            }
        )

    def _for_reader(self, asked):
        """This model in the chosen company, archived customers included."""
        self.env.flush_all()
        company = self.env["res.company"].browse(asked.firm)
        return self.with_company(company).with_context(active_test=False)

    def _profile_domain(self, asked):
        """The customers the filters leave, as a domain on profiles."""
        domain = Domain("company_id", "=", self.env.company.id)
        if asked.segment:
            segment = self.env["customer.segment"].browse(asked.segment)
            domain &= Domain(segment._profile_domain())
        if asked.salesperson:
            domain &= Domain("user_id", "=", asked.salesperson)
        if asked.country:
            domain &= Domain("country_id", "=", asked.country)
        return domain

    def _is_filtered(self, asked):
        return bool(asked.segment or asked.salesperson or asked.country)

    def _purchase_domain(self, asked, date_from=None, date_to=None):
        """Purchases of a period by the customers the filters leave.

        Without filters these are all purchases, so that the sum is that of the sales
        report.
        """
        day = timedelta(days=1)
        domain = Domain("company_id", "=", self.env.company.id)
        # the moment, in whatever time zone, lets an index find the documents
        if date_from:
            domain &= Domain("date", ">=", date_from)
            domain &= Domain("moment", ">=", date_from - day)
        if date_to:
            domain &= Domain("date", "<=", date_to)
            domain &= Domain("moment", "<", date_to + 2 * day)
        if self._is_filtered(asked):
            domain &= Domain("profile_id", "any", self._profile_domain(asked))
        return domain

    # === READING === #

    def _readable(self, model, domain, order=None, **context):
        """The records a user may see, as SQL.

        :return: the Query, and a function that gives the SQL of a path of fields
        """
        records = self.env[model].with_context(**context)
        query = records._search(Domain(domain), order=order)

        def column(path):
            *links, name = path.split(".")
            owner, alias = records, query.table
            for link in links:
                owner, alias = owner._fields[link].join(owner, alias, query)
            return owner._field_to_sql(alias, name, query)

        return query, column

    def _history_start(self):
        """:return: the day of the oldest purchase the user may see, ``None`` without

        Periods that begin earlier cannot be compared with.
        """
        query, column = self._readable(
            "customer.profile", [("company_id", "=", self.env.company.id)]
        )
        first = SQL("MIN(%s)", column("first_purchase_date"))
        [[start]] = self.env.execute_query(query.select(first))
        return start

    @api.model
    def _least(self, company=None):
        """Fewer observations than this say little: greyed out, no colour, no arrow.

        :param company: res.company, the active one if not given
        :return: the setting of the company (int)
        """
        company = company or self.env.company
        return company.sudo().insight_min_observations

    def _count(self, number):
        """:return: a count as the user writes it"""
        return formatLang(self.env, number, digits=0)

    def _truncated(self, period, day):
        """The first day of the period of a day, as SQL; periods are a fixed list."""
        units = {"month": SQL("'month'"), "quarter": SQL("'quarter'")}
        return SQL("DATE_TRUNC(%s, %s)::date", units.get(period, SQL("'year'")), day)

    def _period_start(self, period, day):
        if period == "year":
            return day.replace(month=1, day=1)
        month = day.month if period == "month" else (day.month - 1) // 3 * 3 + 1
        return day.replace(month=month, day=1)

    def _period_label(self, period, day):
        """:return: name of the period that begins on this day, as the user writes it"""
        skeleton = {"month": "yMMM", "quarter": "yQQQ", "year": "y"}[period]
        locale = babel_locale_parse(get_lang(self.env).code)
        return format_skeleton(skeleton, day, locale=locale)

    # === THE FILE === #

    def _export_xlsx(self, params):
        """The screen as a spreadsheet file.

        :return: file name and content (bytes)
        :raise AccessError: if the user may not export data
        """
        if not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(
                self.env._(
                    "You are not allowed to export data. An administrator can grant"
                    ' you the right "Access to export feature".'
                )
            )
        asked = self._read_params(params)
        reader = self._for_reader(asked)
        heading = (self._title(), reader._filter_line(asked), reader._help(asked))
        sections = block_sections(reader._blocks(asked), heading)
        if not sections:
            raise UserError(reader._empty(asked))
        report = self.env["customer.report.wizard"].new({"company_id": asked.firm})
        day = fields.Date.to_string(self.env.company._insight_today())
        name = clean_filename(f"{self._title()} {reader.env.company.name} {day}", " ")
        with tempfile.TemporaryDirectory(prefix="customer_analysis_") as folder:
            path = Path(folder, "analysis.xlsx")
            workbook = ReportWorkbook(path, report._locale(), {"title": name})
            for section in sections:
                workbook.add(section)
            workbook.close()
            return f"{' '.join(name.split())}.xlsx", path.read_bytes()

    def _filter_line(self, asked):
        """:return: the chosen parameters in words"""
        parts = []
        for one in self._parameters():
            value = getattr(asked, one.name)
            if one.kind == "record":
                value = value and self.env[one.model].browse(value).display_name
            elif one.kind == "choice":
                value = dict(one.options).get(value)
            elif one.kind == "day":
                value = value and format_date(self.env, value)
            elif one.kind == "switch":
                value = value and self.env._("yes")
            if value not in (False, None, ""):
                parts.append(f"{one.label}: {value}")
        return " · ".join(parts)
