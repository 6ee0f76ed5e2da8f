from odoo import api, fields, models
from odoo.exceptions import ValidationError

NEED_CATEGORIES = [
    ("product", "Product"),
    ("service", "Service"),
    ("support", "Support"),
    ("price", "Price"),
    ("other", "Other"),
]


class CustomerNeed(models.Model):
    """Something customers need, wish or suffer from, with the evidence for it."""

    _name = "customer.need"
    _description = "Customer Need"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "priority desc, id desc"

    name = fields.Char(string="Need", required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    category = fields.Selection(NEED_CATEGORIES, required=True, default="product")
    state = fields.Selection(
        [
            ("new", "New"),
            ("confirmed", "Confirmed"),
            ("planned", "Planned"),
            ("met", "Met"),
            ("declined", "Declined"),
        ],
        string="Status",
        required=True,
        default="new",
        tracking=True,
        group_expand=True,
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Important"), ("2", "Very important"), ("3", "Urgent")],
        default="0",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        tracking=True,
        domain=[("share", "=", False)],
    )
    description = fields.Text()
    improvement = fields.Reference(
        selection="_selection_improvement",
        help="What is done about it.",
    )
    evidence_ids = fields.One2many("customer.need.evidence", "need_id")
    evidence_count = fields.Integer(compute="_compute_evidence")
    customer_count = fields.Integer(
        string="Customers",
        compute="_compute_evidence",
        help="Customers with evidence of this need, among those you may see; without"
        " those who object to profiling.",
    )
    revenue = fields.Monetary(
        string="Revenue of These Customers",
        compute="_compute_evidence",
        help="What these customers have bought so far, each counted once.",
    )

    @api.model
    def _improvement_models(self):
        """:return: names of the models an improvement can be; add-ons add their own"""
        return ["product.template", "project.task"]

    @api.model
    def _selection_improvement(self):
        known = [name for name in self._improvement_models() if name in self.env]
        return [(name, self.env["ir.model"]._get(name).sudo().name) for name in known]

    @api.depends("evidence_ids.partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_evidence(self):
        """Count what the reader may see: of other people's customers nothing."""
        counts = dict.fromkeys(self.ids, (0, self.env["res.partner"]))
        for need, count, partners in self.env["customer.need.evidence"]._read_group(
            [("need_id", "in", self.ids)],
            ["need_id"],
            ["__count", "partner_id:recordset"],
        ):
            profiled = partners.filtered(lambda p: not p.insight_objection)
            counts[need.id] = (count, profiled)
        for need in self:
            need.evidence_count, customers = counts.get(
                need._origin.id, (0, self.env["res.partner"])
            )
            need.customer_count = len(customers)
            [[revenue]] = self.env["customer.profile"]._read_group(
                [
                    ("partner_id", "in", customers.ids),
                    ("company_id", "=", need.company_id.id),
                ],
                aggregates=["amount_total:sum"],
            )
            need.revenue = revenue

    def action_open_evidence(self):
        """Open the evidence of this need."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "customer_insight.customer_need_evidence_action"
            ),
            "domain": [("need_id", "=", self.id)],
            "context": {"default_need_id": self.id},
        }

    def action_open_customers(self):
        """Open the customers there is evidence from."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "customer_insight.customer_profile_action"
            ),
            "display_name": self.env._("Customers Who Need: %s", self.name),
            "domain": [
                ("partner_id", "in", self.evidence_ids.partner_id.ids),
                ("company_id", "=", self.company_id.id),
            ],
        }


class CustomerNeedEvidence(models.Model):
    """What a customer said or did that shows a need."""

    _name = "customer.need.evidence"
    _description = "Evidence of a Need"
    _order = "date desc, id desc"
    _rec_name = "text"

    need_id = fields.Many2one(
        "customer.need", required=True, index=True, ondelete="cascade"
    )
    category = fields.Selection(related="need_id.category", store=True)
    company_id = fields.Many2one(related="need_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        help="The customer; a contact stands for the company it belongs to.",
    )
    source = fields.Selection(
        [
            ("declared", "Declared"),
            ("survey", "Survey"),
            ("ticket", "Ticket"),
            ("behaviour", "Behaviour"),
            ("call", "Call"),
        ],
        required=True,
        default="declared",
    )
    date = fields.Date(
        required=True, default=lambda self: self.env.company._insight_today()
    )
    text = fields.Text(string="What Was Said or Seen", required=True)
    document = fields.Reference(selection="_selection_document")
    user_id = fields.Many2one(
        "res.users", string="Noted By", default=lambda self: self.env.user
    )
    amount = fields.Monetary(
        string="Amount Bought",
        compute="_compute_amount",
        help="What the customer has bought so far.",
    )

    @api.model
    def _selection_document(self):
        names = ["sale.order", "account.move", "customer.interaction.log", "crm.lead"]
        known = [name for name in names if name in self.env]
        return [(name, self.env["ir.model"]._get(name).sudo().name) for name in known]

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_amount(self):
        amounts = {
            (partner.id, company.id): amount
            for partner, company, amount in self.env["customer.profile"]._read_group(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ],
                ["partner_id", "company_id"],
                ["amount_total:sum"],
            )
        }
        for evidence in self:
            key = evidence.partner_id.id, evidence.company_id.id
            evidence.amount = amounts.get(key, 0.0)

    @api.constrains("source", "partner_id")
    def _check_objection(self):
        """What customers say may be noted; those who object are not observed."""
        for evidence in self:
            if evidence.source == "behaviour" and evidence.partner_id.insight_objection:
                raise ValidationError(
                    self.env._(
                        "%(customer)s objects to profiling: note what they say, not"
                        " how they behave.",
                        customer=evidence.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._of_customer(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._of_customer(vals))

    @api.model
    def _of_customer(self, vals):
        """A contact's evidence is that of its customer."""
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].browse(vals["partner_id"])
        return {**vals, "partner_id": partner.sudo().commercial_partner_id.id}
