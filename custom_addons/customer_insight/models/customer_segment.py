from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerSegment(models.Model):
    """A named group of customers, with the strategy that fits them."""

    _name = "customer.segment"
    _description = "Customer Segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Technical name; reports and rules refer to it.",
    )
    kind = fields.Selection(
        [("rfm", "RFM cells")],
        required=True,
        default="rfm",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Text(
        translate=True, help="What the customers of this segment have in common."
    )
    strategy = fields.Text(
        translate=True, help="What to do with the customers of this segment."
    )
    cell_ids = fields.One2many("customer.rfm.cell", "segment_id", string="RFM Codes")
    cell_count = fields.Integer(string="Codes", compute="_compute_cell_count")
    profile_count = fields.Integer(
        string="Customers", compute="_compute_profile_figures"
    )
    profile_amount = fields.Monetary(
        string="Amount Bought", compute="_compute_profile_figures"
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_profile_figures")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Two segments cannot have the same code."
    )

    @api.depends("cell_ids")
    def _compute_cell_count(self):
        for segment in self:
            segment.cell_count = len(segment.cell_ids)

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_profile_figures(self):
        """Count the customers of the active company; amounts are in its currency."""
        groups = self.env["customer.profile"]._read_group(
            self._profile_domain(), ["rfm_segment_id"], ["__count", "amount_total:sum"]
        )
        figures = {segment: (count, amount) for segment, count, amount in groups}
        self.currency_id = self.env.company.currency_id
        for segment in self:
            segment.profile_count, segment.profile_amount = figures.get(
                segment, (0, 0.0)
            )

    def _profile_domain(self):
        """:return: the customers of these segments in the active company"""
        return [
            ("rfm_segment_id", "in", self.ids),
            ("company_id", "=", self.env.company.id),
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        used = self.filtered(lambda s: s.cell_ids or s.code == "prospect")
        if used:
            raise UserError(
                self.env._(
                    "%(segments)s cannot be deleted: move its RFM codes to another"
                    " segment first, or archive it.",
                    segments=", ".join(used.mapped("name")),
                )
            )

    def action_open_profiles(self):
        """Open the customers of this segment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_profile_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": self._profile_domain(),
            "context": {},
        }
