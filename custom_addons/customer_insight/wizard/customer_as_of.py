from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..models.customer_profile import LIFECYCLE_STAGES, VALUE_CLASSES

#: How many documents a list is given by their number.
_MOST = 10000
#: The figures of a profile that are shown.
_FIGURES = (
    "partner_id",
    "company_id",
    "lifecycle_stage",
    "stage_since",
    "rfm_score",
    "rfm_segment_id",
    "value_class",
    "health_score",
    "amount_total",
    "purchase_days",
    "purchase_count",
    "last_purchase_date",
    "recency_days",
)


class CustomerAsOf(models.TransientModel):
    """All customers as they were at the end of a past day.

    The figures are computed from the documents into rows of their own; the stored
    profiles stay as they are. A reader gets the customers they may see.
    """

    _name = "customer.as.of"
    _description = "Customers as of a Day"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        string="As Of",
        required=True,
        default=lambda self: self._default_date(),
        help="Documents dated by the end of this day count.",
    )
    is_known_then = fields.Boolean(
        string="As Known Then",
        help="Leave out what was entered after that day, too. A document confirmed,"
        " changed or removed later counts as it is now: that leaves no trace.",
    )
    later_count = fields.Integer(
        string="Entered Later",
        readonly=True,
        help="Documents dated by that day that were entered after it.",
    )
    row_ids = fields.One2many("customer.as.of.row", "as_of_id")

    @api.model
    def _default_date(self):
        today = self.env.company._insight_today()
        return fields.Date.subtract(today.replace(day=1), days=1)

    def action_show(self):
        """Compute the customers of the day and list them.

        :raise UserError: if the day is yet to come
        """
        self.ensure_one()
        self.company_id.check_access("read")
        if self.date > self.company_id._insight_today():
            raise UserError(self.env._("This day is yet to come: choose a past one."))
        self._compute_rows()
        self.later_count = len(self._later_documents())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_as_of_row_action"
        )
        day = format_date(self.env, self.date)
        return {
            **action,
            "display_name": self.env._("Customers as of %(day)s", day=day),
            "domain": [("as_of_id", "=", self.id)],
            "context": {"insight_banner": self._banner(), "as_of_id": self.id},
        }

    def _compute_rows(self):
        self.row_ids.unlink()
        query = self.env["customer.profile"]._as_of_query(
            self.company_id,
            self.date,
            self.date if self.is_known_then else None,
            self._readable_ids(),
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO customer_as_of_row (as_of_id, create_uid, %(names)s)
                   SELECT %(id)s, %(user)s, %(names)s FROM (%(query)s) profile
                   ORDER BY amount_total DESC, partner_id""",
                names=SQL(", ").join(map(SQL.identifier, _FIGURES)),
                id=self.id,
                user=self.env.uid,
                query=query,
            )
        )
        self.invalidate_recordset(["row_ids"])

    def _readable_ids(self):
        """:return: ids of the customers the user may see; None for all of them"""
        if self.env.user.has_group("customer_insight.group_manager"):
            return None
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        return partners.search([("user_id", "=", self.env.uid)]).ids

    def _later_documents(self):
        return self.env["customer.profile"]._later_documents(
            self.company_id, self.date, self.date, self._readable_ids()
        )

    def _banner(self):
        """:return: the sentence above the list (str)"""
        day = format_date(self.env, self.date)
        scored = self.env["customer.profile"]._scoring_of(self.company_id, self.date)
        texts = [
            self.env._("Figures as of the end of %(day)s.", day=day),
            self.env._("Settings and borders are those of that day.")
            if scored
            else self.env._(
                "Nothing was computed on that day: borders are drawn anew for it."
            ),
        ]
        if self.later_count and self.is_known_then:
            texts.append(
                self.env._(
                    "%(count)s documents entered later are left out.",
                    count=self.later_count,
                )
            )
        elif self.later_count:
            texts.append(
                self.env._(
                    "%(count)s documents with an earlier date were entered later and"
                    " count.",
                    count=self.later_count,
                )
            )
        return " ".join(texts)

    def action_open_later(self):
        """Open the documents dated by the day that were entered after it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_purchase_action"
        )
        later, title = self._later_documents(), self.env._("Entered Later")
        if len(later) > _MOST:
            title = self.env._("Entered Later (first %(count)s)", count=_MOST)
        return {
            **action,
            "display_name": title,
            "domain": [("id", "in", later[:_MOST].ids)],
            "views": [(False, "list")],
            "context": {},
        }


class CustomerAsOfRow(models.TransientModel):
    """A customer as they were at the end of a past day."""

    _name = "customer.as.of.row"
    _description = "Customer as of a Day"
    _order = "amount_total desc, id"
    _rec_name = "partner_id"

    as_of_id = fields.Many2one(
        "customer.as.of", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one(related="company_id.currency_id")
    lifecycle_stage = fields.Selection(LIFECYCLE_STAGES)
    stage_since = fields.Date(string="In Stage Since")
    rfm_score = fields.Char(string="RFM")
    rfm_segment_id = fields.Many2one(
        "customer.segment", string="Segment", ondelete="set null"
    )
    value_class = fields.Selection(VALUE_CLASSES)
    health_score = fields.Float(string="Health", digits=(5, 2), aggregator="avg")
    amount_total = fields.Monetary(string="Amount Bought")
    purchase_days = fields.Integer()
    purchase_count = fields.Integer(string="Purchases")
    last_purchase_date = fields.Date(string="Last Purchase")
    recency_days = fields.Integer(string="Days Since Purchase", aggregator="avg")

    def action_open_profile(self):
        """Open the customer as they are today."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)

    @api.model
    def action_open_later(self):
        """Open the documents that were entered after the day of the list."""
        as_of = self.env["customer.as.of"].browse(self.env.context.get("as_of_id"))
        return as_of.action_open_later()
