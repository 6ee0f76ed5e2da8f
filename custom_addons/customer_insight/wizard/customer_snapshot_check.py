from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date
from odoo.tools.misc import formatLang

#: How many customers that differ are listed; all are counted.
_LISTED = 1000
_NAMED = 5  # documents in a sentence


class CustomerSnapshotCheck(models.TransientModel):
    """Do the snapshots of a month's end still come out of the documents?

    The month is computed again and compared; nothing stored changes. Each customer who
    differs is listed with what differs and the documents entered since.
    """

    _name = "customer.snapshot.check"
    _description = "Check Snapshots"
    _rec_name = "month"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    month = fields.Selection(
        selection="_selection_month",
        string="Month End",
        default=lambda self: self._default_month(),
    )
    is_checked = fields.Boolean(readonly=True)
    stored_count = fields.Integer(string="Snapshots", readonly=True)
    different_count = fields.Integer(string="Differ", readonly=True)
    late_count = fields.Integer(string="Entered Since", readonly=True)
    is_cut = fields.Boolean(compute="_compute_is_cut")
    line_ids = fields.One2many("customer.snapshot.check.line", "check_id")

    @api.model
    def _selection_month(self):
        months = self.env["customer.snapshot"]._months(self.env.company)
        return [(str(day), format_date(self.env, day)) for day in reversed(months)]

    @api.model
    def _default_month(self):
        return next((value for value, __ in self._selection_month()), False)

    @api.depends("different_count")
    def _compute_is_cut(self):
        for check in self:
            check.is_cut = check.different_count > _LISTED

    @api.onchange("month")
    def _onchange_month(self):
        self.is_checked = False

    def action_check(self):
        """Compare the month and show what differs.

        :raise AccessError: for users who may not see all customers
        """
        self.ensure_one()
        if not self.env.user.has_group("customer_insight.group_manager"):
            raise AccessError(
                self.env._("Only a customer insight manager can check snapshots.")
            )
        self.line_ids.unlink()
        snapshots = self.env["customer.snapshot"].with_context(active_test=False)
        found = snapshots._verify(self.company_id, self.month) if self.month else []
        self.env["customer.snapshot.check.line"].create(
            [self._line_values(one) for one in found[:_LISTED]]
        )
        here = [("company_id", "=", self.company_id.id), ("date", "=", self.month)]
        self.write(
            {
                "is_checked": bool(self.month),
                "stored_count": snapshots.search_count(here) if self.month else 0,
                "different_count": len(found),
                "late_count": sum(len(one["documents"]) for one in found),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check Snapshots"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === IN WORDS === #

    def _line_values(self, found):
        """:return: values of a line for a row of ``customer.snapshot._verify``"""
        return {
            "check_id": self.id,
            "partner_id": found["partner_id"],
            "differences": self._differences_text(found["differences"]),
            "explanation": self._explanation(found["documents"]),
            "document_ids": found["documents"].ids,
        }

    def _differences_text(self, differences):
        parts = []
        for name, (stored, rebuilt) in differences.items():
            field = self.env["customer.snapshot"]._fields[name]
            parts.append(
                self.env._(
                    "%(figure)s: %(stored)s → %(now)s",
                    figure=field._description_string(self.env),
                    stored=self._value_text(field, stored),
                    now=self._value_text(field, rebuilt),
                )
            )
        return " · ".join(parts)

    def _value_text(self, field, value):
        """:return: a figure as the reader writes it (str)"""
        if value is None:
            return "–"
        match field.type:
            case "selection":
                return dict(field._description_selection(self.env)).get(value, value)
            case "date":
                return format_date(self.env, value)
            case "monetary":
                currency = self.company_id.currency_id
                return formatLang(self.env, value, currency_obj=currency)
            case "float":
                return formatLang(self.env, value, digits=2)
            case "integer":
                return formatLang(self.env, value, digits=0)
            case "many2one":
                return self.env[field.comodel_name].browse(value).display_name
        return str(value)

    def _explanation(self, documents):
        if not documents:
            return self.env._(
                "No document was entered since: one was changed or removed, or the"
                " contact was."
            )
        names = ", ".join(documents[:_NAMED].mapped("display_name"))
        if len(documents) > _NAMED:
            names += ", …"
        return self.env._("Entered since: %(documents)s", documents=names)


class CustomerSnapshotCheckLine(models.TransientModel):
    """A customer whose snapshot no longer comes out of the documents."""

    _name = "customer.snapshot.check.line"
    _description = "Check Snapshots: Customer"
    _order = "id"
    _rec_name = "partner_id"

    check_id = fields.Many2one(
        "customer.snapshot.check", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    differences = fields.Text(
        string="Stored → Today", help="What was kept, and what comes out today."
    )
    explanation = fields.Text(string="Why")
    document_ids = fields.Json(help="The purchases entered since.")
    has_documents = fields.Boolean(compute="_compute_has_documents")

    @api.depends("document_ids")
    def _compute_has_documents(self):
        for line in self:
            line.has_documents = bool(line.document_ids)

    def action_open_documents(self):
        """Open the purchases entered since."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.partner_id.display_name,
            "res_model": "customer.purchase",
            "views": [(False, "list")],
            "domain": [("id", "in", self.document_ids or [])],
            "context": {"create": False},
        }

    def action_open_profile(self):
        """Open the customer as they are today."""
        self.ensure_one()
        company = self.check_id.company_id
        return self.env["customer.profile"]._open_of(self.partner_id, company)
