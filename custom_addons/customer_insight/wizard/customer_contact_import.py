import csv
import io
from base64 import b64decode

from odoo import fields, models
from odoo.addons.base_import.models.base_import import ImportValidationError
from odoo.exceptions import UserError
from odoo.tools import email_normalize, ormcache

from ..engine import contact_rows
from .customer_contact_match import Known, Row

_MOST_ROWS = 50_000
#: Lines of the report that are kept; what is fine is only counted.
_MOST_LINES = 2000
VERDICTS = [
    ("new", "New"),
    ("fill", "Fills Gaps"),
    ("same", "Nothing New"),
    ("twice", "Twice in the File"),
    ("doubtful", "Perhaps There Already"),
    ("fault", "Fault"),
]
_REPORTED = ("fault", "doubtful", "twice", "fill")


class CustomerContactImport(models.TransientModel):
    """Loads a list of contacts after a look at each line.

    Whatever is wrong, there already or unclear is named with its line and reason and
    not loaded. Nothing that a contact says is overwritten: gaps are filled. So the
    same file loaded again changes nothing.
    """

    _name = "customer.contact.import"
    _description = "Import of Contacts"

    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("file", "File"), ("checked", "Checked"), ("done", "Loaded")],
        default="file",
        required=True,
    )
    first = fields.Selection(
        [("day", "Day first: 03/04 is 3 April"), ("month", "Month first: 4 March")],
        string="Dates Such as 03/04/1990",
        help="Only needed where a date could be read in two ways.",
    )
    asks_first = fields.Boolean()
    load_doubtful = fields.Boolean(
        string="Load Doubtful Lines, Too",
        help="Make contacts of lines that may be there already.",
    )
    used_columns = fields.Char(readonly=True)
    unused_columns = fields.Char(readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    fill_count = fields.Integer(string="Fill Gaps", readonly=True)
    same_count = fields.Integer(string="Nothing New", readonly=True)
    doubtful_count = fields.Integer(string="Doubtful", readonly=True)
    fault_count = fields.Integer(string="Faults", readonly=True)
    line_ids = fields.One2many("customer.contact.import.line", "import_id")

    # === ACTIONS === #

    def action_check(self):
        """Look at each line and say what would be done with it."""
        self.ensure_one()
        self._report(self._judge(), "checked")
        return self._reopen()

    def action_load(self):
        """Load what is new and fill gaps, by a look at the lines as of now."""
        self.ensure_one()
        self.env["res.partner"].check_access("create")
        rows = self._judge()
        if self.asks_first and not self.first:
            raise UserError(
                self.env._("Say first whether the day or the month comes first.")
            )
        chosen = ("new", "doubtful") if self.load_doubtful else ("new",)
        self._load_new([row for row in rows if row.verdict in chosen])
        for row in rows:
            if row.verdict == "fill":
                self._fill_gaps(row)
        self._report(rows, "done")
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Contacts"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    # === READING === #

    def _read_lines(self):
        """:return: titles, and list of ``(line number, cells)``"""
        content = b64decode(self.file)
        reader = self.env["base_import.import"].create(
            {
                "res_model": "res.partner",
                "file": content,
                "file_name": self.file_name or "",
            }
        )
        options = {"quoting": '"', "separator": "", "encoding": "", "has_headers": True}
        try:
            rows = self._read_rows(reader, options)
        except (ValueError, csv.Error, ImportValidationError) as error:
            raise UserError(
                self.env._("This file cannot be read: %s", error)
            ) from error
        if options["encoding"]:  # text: empty lines count, too
            numbered = self._numbered(content, options)
        else:
            numbered = list(enumerate(rows, 1))
        if len(numbered) < 2:
            raise UserError(self.env._("There are no lines below the titles."))
        if len(numbered) > _MOST_ROWS:
            raise UserError(
                self.env._("More than %s lines: split the file.", _MOST_ROWS)
            )
        return numbered[0][1], numbered[1:]

    def _read_rows(self, reader, options):
        try:
            __, rows = reader._read_file(options) or (0, [])
        except ImportValidationError:
            # what is taken for GB2312 by its first lines may hold rarer characters
            if options["encoding"] not in ("gb2312", "gbk"):
                raise
            options["encoding"] = "gb18030"
            __, rows = reader._read_file(options) or (0, [])
        return rows

    def _numbered(self, content, options):
        text = content.decode(options["encoding"]).lstrip("\ufeff")
        reader = csv.reader(
            io.StringIO(text), delimiter=options["separator"] or ",", quotechar='"'
        )
        found, before = [], 0
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((before + 1, cells))
            before = reader.line_num
        return found

    def _judge(self):
        """Read the file and say of each line what it is.

        :return: list of :class:`~.customer_contact_match.Row`
        """
        header, lines = self._read_lines()
        positions, unused = contact_rows.find_columns(header)
        if "name" not in positions:
            raise UserError(
                self.env._(
                    "No column for the name, such as Name or 姓名. The first line has:"
                    " %s",
                    ", ".join(map(str, header))[:200],
                )
            )
        labels = self._labels()
        self.used_columns = ", ".join(
            f"{header[position]} → {labels[field]}"
            for field, position in positions.items()
        )
        self.unused_columns = ", ".join(unused)
        self.asks_first = False
        rows = [self._row(number, cells, positions) for number, cells in lines]
        known = Known(self.env, [row.values for row in rows if not row.verdict])
        return [row if row.verdict else known.judge(row) for row in rows]

    def _labels(self):
        partner = self.env["res.partner"]
        names = {"country": "country_id"}
        return {
            field: partner._fields[names.get(field, field)]._description_string(
                self.env
            )
            for field in contact_rows.SYNONYMS
        }

    def _row(self, number, cells, positions):
        """:return: a row of clean values, or one with the verdict ``fault``"""
        texts = {
            field: str(cells[position]).strip()
            for field, position in positions.items()
            if position < len(cells) and str(cells[position] or "").strip()
        }
        values, faults = {}, []
        for field, text in texts.items():
            try:
                values.update(self._value(field, text))
            except contact_rows.Ambiguous:
                self.asks_first = True
                faults.append(self.env._("%s could be day or month first", text))
            except ValueError as error:
                faults.append(str(error))
        if not values.get("name"):
            faults.append(self.env._("no name"))
        return Row(
            number,
            "fault" if faults else "",
            "; ".join(faults),
            values | {"name": texts.get("name", "")},
            self.env["res.partner"],
        )

    def _value(self, field, text):
        """:return: ``{field of the contact: value}``
        :raise ValueError: with the reason in words
        """
        if field == "email":
            if not contact_rows.is_email(text) or not email_normalize(text):
                raise ValueError(self.env._("e-mail “%s” is none", text))
        elif field == "phone":
            if not contact_rows.is_phone(text):
                raise ValueError(self.env._("phone “%s” is no number", text))
        elif field == "country":
            found = self._countries().get(text.lower(), ())
            if len(found) != 1:
                raise ValueError(self.env._("country “%s” is not known", text))
            return {"country_id": next(iter(found))}
        elif field == "birthdate":
            return {"birthdate": self._day(text)}
        return {field: text}

    @ormcache("self.env.lang")
    def _countries(self):
        """:return: ``{code or name in small letters: ids}``, in English and the user's
        language; one look-up for all lines
        """
        found = {}
        for lang in {"en_US", self.env.lang or "en_US"}:
            countries = self.env["res.country"].with_context(lang=lang)
            for country in countries.search([("code", "!=", False)]):
                for text in (country.code, country.name):
                    found.setdefault(text.lower(), set()).add(country.id)
        return found

    def _day(self, text):
        try:
            day = contact_rows.read_day(text, self.first)
        except contact_rows.Ambiguous:
            raise
        except ValueError as error:
            raise ValueError(self.env._("“%s” is no date", text)) from error
        if not 1890 <= day.year or day > fields.Date.context_today(self):
            raise ValueError(self.env._("“%s” is no day of birth", text))
        return day

    # === WRITING === #

    def _load_new(self, rows):
        """Create the contacts; if they cannot be made together, either half."""
        if not rows:
            return
        partners = self.env["res.partner"]
        try:
            with self.env.cr.savepoint():
                made = partners.create([row.values for row in rows])
                self.env.flush_all()
        except UserError as error:
            if len(rows) == 1:
                rows[0].verdict, rows[0].reason = "fault", str(error)
                return
            middle = len(rows) // 2
            self._load_new(rows[:middle])
            self._load_new(rows[middle:])
        else:
            for row, partner in zip(rows, made, strict=True):
                row.partner, row.verdict = partner, "new"

    def _fill_gaps(self, row):
        # a line before may have filled the same gap
        values = {f: row.values[f] for f in row.gaps if not row.partner[f]}
        if not values:
            row.verdict = "same"
            return
        self._guarded(row, lambda: row.partner.write(values))

    def _guarded(self, row, change):
        """Do it, or note why it cannot be done; the other rows go on."""
        try:
            with self.env.cr.savepoint():
                made = change()
                self.env.flush_all()
        except UserError as error:
            row.verdict, row.reason = "fault", str(error)
        else:
            if row.verdict != "fill":
                row.partner, row.verdict = made, "new"

    def _report(self, rows, state):
        counts = dict.fromkeys(dict(VERDICTS), 0)
        for row in rows:
            counts[row.verdict] += 1
        told = sorted(
            (row for row in rows if row.verdict in _REPORTED),
            key=lambda row: (_REPORTED.index(row.verdict), row.line),
        )
        self.line_ids.unlink()
        self.write(
            {
                "state": state,
                "new_count": counts["new"],
                "fill_count": counts["fill"],
                "same_count": counts["same"] + counts["twice"],
                "doubtful_count": counts["doubtful"],
                "fault_count": counts["fault"],
            }
        )
        self.env["customer.contact.import.line"].create(
            [
                {
                    "import_id": self.id,
                    "line": row.line,
                    "name": row.values["name"],
                    "verdict": row.verdict,
                    "reason": row.reason,
                    "partner_id": row.partner.id,
                }
                for row in told[:_MOST_LINES]
            ]
        )


class CustomerContactImportLine(models.TransientModel):
    """A line of the file that asks for a look."""

    _name = "customer.contact.import.line"
    _description = "Line of an Import of Contacts"
    _order = "id"

    import_id = fields.Many2one("customer.contact.import", ondelete="cascade")
    line = fields.Integer(help="Line of the file, the titles being the first.")
    name = fields.Char()
    verdict = fields.Selection(VERDICTS)
    reason = fields.Char()
    partner_id = fields.Many2one("res.partner", string="Contact", ondelete="cascade")
