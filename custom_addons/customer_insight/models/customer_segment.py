import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerSegment(models.Model):
    """A named group of customers, with the strategy that fits them."""

    _name = "customer.segment"
    _description = "Customer Segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        default=lambda self: self._default_code(),
        help="Technical name; reports and rules refer to it.",
    )
    kind = fields.Selection(
        [
            ("rfm", "RFM cells"),
            ("rule", "Rule"),
            ("cluster", "Cluster"),
            ("manual", "By hand"),
        ],
        required=True,
        default="rule",
        help="How customers become members: by their RFM code, by a rule, by likeness"
        " to the others of a cluster, or by hand alone.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self._default_user_id(),
        domain=[("share", "=", False)],
        help="Looks after these customers. A rule sees what its owner may see.",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist", help="The price list meant for these customers."
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "High"), ("2", "Very high")],
        default="0",
        help="Whom to serve first.",
    )
    min_size = fields.Integer(
        string="Fewest Members",
        default=30,
        help="With fewer members than this, comparisons say little and are greyed out.",
    )
    membership_ids = fields.One2many("customer.segment.membership", "segment_id")
    excluded_partner_ids = fields.Many2many(
        "res.partner",
        relation="customer_segment_excluded_rel",
        string="Never Members",
        help="Customers who stay out although the rule fits them.",
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

    _min_size_positive = models.Constraint(
        "CHECK (min_size >= 0)", "The fewest members cannot be negative."
    )

    @api.model
    def _default_user_id(self):
        # the superuser sees everything, so no rule may run in its name
        return self.env.ref("base.user_admin") if self.env.su else self.env.user

    @api.model
    def _default_code(self):
        return f"segment_{secrets.token_hex(4)}"

    @api.depends("cell_ids")
    def _compute_cell_count(self):
        for segment in self:
            segment.cell_count = len(segment.cell_ids)

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_profile_figures(self):
        """Count the customers of the active company; amounts are in its currency."""
        profiles = self.env["customer.profile"]
        rfm = self.filtered(lambda segment: segment.kind == "rfm")
        figures = {}
        for segments, link in ((rfm, "rfm_segment_id"), (self - rfm, "segment_ids")):
            for segment, count, amount in segments and profiles._read_group(
                segments._profile_domain(), [link], ["__count", "amount_total:sum"]
            ):
                if segment in segments:
                    figures[segment] = (count, amount)
        self.currency_id = self.env.company.currency_id
        for segment in self:
            segment.profile_count, segment.profile_amount = figures.get(
                segment, (0, 0.0)
            )

    def _profile_domain(self):
        """:return: the customers of these segments in the active company

        Those of an RFM segment go by their code, which is never behind.
        """
        rfm = self.filtered(lambda segment: segment.kind == "rfm")
        return Domain("company_id", "=", self.env.company.id) & (
            Domain("rfm_segment_id", "in", rfm.ids)
            | Domain("segment_ids", "in", (self - rfm).ids)
        )

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
            "domain": list(self._profile_domain()),
            "context": {},
        }

    # === WHO BELONGS === #

    def _computed_members_query(self, company, as_of):
        """Who belongs to this segment by its rule or cluster.

        :return: SELECT partner_id, reason; None when that cannot be told
        """
        return None

    def _exit_reasons_query(self, company, as_of, leavers):
        """:return: SELECT partner_id, reason for customers who leave this segment"""
        return self._same_reason(
            leavers,
            self.env._("No longer fits")
            if self.active
            else self.env._("Segment archived"),
        )

    @api.model
    def _same_reason(self, partner_ids, reason):
        return SQL(
            "SELECT partner_id, %s AS reason FROM unnest(%s) AS t(partner_id)",
            reason,
            partner_ids,
        )
