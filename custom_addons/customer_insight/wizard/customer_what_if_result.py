from odoo import api, fields, models

from ..models.customer_profile import LIFECYCLE_STAGES, VALUE_CLASSES
from ..models.customer_profile_health import HEALTH_BANDS


class CustomerWhatIfWeight(models.TransientModel):
    """The weight of a component of the health score, to try out."""

    _name = "customer.what.if.weight"
    _description = "What If: Health Weight"
    _order = "id"

    what_if_id = fields.Many2one("customer.what.if", required=True, ondelete="cascade")
    code = fields.Selection(
        lambda self: self.env["customer.health.weight.line"]._selection_code(),
        string="Component",
        required=True,
    )
    weight = fields.Float(required=True, digits=(5, 2))

    _weight_not_negative = models.Constraint(
        "CHECK (weight >= 0 AND weight <= 100)", "A weight lies between 0 and 100."
    )


class CustomerWhatIfLine(models.TransientModel):
    """How many customers would go from one stage, class, segment or band to another."""

    _name = "customer.what.if.line"
    _description = "What If: Flow"
    _order = "kind, count desc, id"

    what_if_id = fields.Many2one("customer.what.if", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="what_if_id.currency_id")
    kind = fields.Selection(
        [
            ("stage", "Stage"),
            ("value", "Value class"),
            ("segment", "Segment"),
            ("band", "Health"),
        ]
    )
    key_from = fields.Char()
    key_to = fields.Char()
    name_from = fields.Char(string="From", compute="_compute_names")
    name_to = fields.Char(string="To", compute="_compute_names")
    count = fields.Integer(string="Customers")
    amount = fields.Monetary(string="Amount Bought")

    @api.depends("kind", "key_from", "key_to")
    @api.depends_context("lang")
    def _compute_names(self):
        profiles = self.env["customer.profile"]._fields
        names = {
            "stage": profiles["lifecycle_stage"]._description_selection(self.env),
            "value": profiles["value_class"]._description_selection(self.env),
            "band": profiles["health_band"]._description_selection(self.env),
            "segment": [
                (str(segment.id), segment.name)
                for segment in self.env["customer.segment"]._rfm_segments()
            ],
        }
        names = {kind: dict(pairs) for kind, pairs in names.items()}
        names["band"][False] = self.env._("Not known")
        for line in self:
            line.name_from = names[line.kind].get(line.key_from, "–")
            line.name_to = names[line.kind].get(line.key_to, "–")

    def action_open(self):
        """Open the customers of this flow."""
        self.ensure_one()
        name = "segment_id" if self.kind == "segment" else self.kind
        domain = []
        for end, key in (("from", self.key_from), ("to", self.key_to)):
            value = key or False
            domain.append(
                (
                    f"{name}_{end}",
                    "=",
                    int(value) if value and self.kind == "segment" else value,
                )
            )
        return {
            **self.what_if_id._open_customers(domain),
            "display_name": f"{self.name_from} → {self.name_to}",
        }


class CustomerWhatIfCustomer(models.TransientModel):
    """A customer who would move, or whose health would change."""

    _name = "customer.what.if.customer"
    _description = "What If: Customer"
    _order = "amount desc, id"
    _rec_name = "partner_id"

    what_if_id = fields.Many2one(
        "customer.what.if", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one(related="company_id.currency_id")
    is_moved = fields.Boolean(
        string="Would Move",
        help="Another stage, value class, RFM score, segment or health band.",
    )
    stage_from = fields.Selection(LIFECYCLE_STAGES, string="Stage")
    stage_to = fields.Selection(LIFECYCLE_STAGES, string="New Stage")
    value_from = fields.Selection(VALUE_CLASSES, string="Value Class")
    value_to = fields.Selection(VALUE_CLASSES, string="New Value Class")
    segment_id_from = fields.Many2one(
        "customer.segment", string="Segment", ondelete="set null"
    )
    segment_id_to = fields.Many2one(
        "customer.segment", string="New Segment", ondelete="set null"
    )
    score_from = fields.Char(string="RFM")
    score_to = fields.Char(string="New RFM")
    band_from = fields.Selection(HEALTH_BANDS, string="Health Band")
    band_to = fields.Selection(HEALTH_BANDS, string="New Health Band")
    health_from = fields.Float(string="Health", digits=(5, 2), aggregator="avg")
    health_to = fields.Float(string="New Health", digits=(5, 2), aggregator="avg")
    is_health_changed = fields.Boolean(string="Health Would Change")
    health_change = fields.Float(digits=(5, 2), aggregator="avg")
    amount = fields.Monetary(string="Amount Bought")

    def action_open_profile(self):
        """Open the customer as they are."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)
