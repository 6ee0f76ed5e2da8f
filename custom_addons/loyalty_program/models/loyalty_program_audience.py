from odoo import fields, models, tools


class LoyaltyProgram(models.Model):
    """For whom a program is: new customers, members of segments or of tiers."""

    _inherit = "loyalty.program"

    first_purchase_only = fields.Boolean(
        help="For customers who have no other confirmed order in the company.",
    )
    audience_segment_ids = fields.Many2many(
        "customer.segment",
        string="Only for Segments",
        groups="customer_insight.group_user",
        help="Customers in one of these segments on the day. Empty: all customers."
        " Who leaves them keeps the points, and may spend them.",
    )
    audience_tier_ids = fields.Many2many(
        "loyalty.tier",
        string="Only for Tiers",
        help="Members who hold one of these tiers, or a higher one of its program."
        " Give a discount, free shipping or a gift to them alone.",
    )

    @tools.ormcache("self.id")
    def _is_limited(self):
        """Whether there is anything to ask; orders need not look for it each time."""
        program = self.sudo()
        return bool(
            program.first_purchase_only
            or program.audience_segment_ids
            or program.audience_tier_ids
        )

    def write(self, vals):
        if vals.keys() & {
            "first_purchase_only",
            "audience_segment_ids",
            "audience_tier_ids",
        }:
            self.env.registry.clear_cache()
        return super().write(vals)

    def _refusal(self, order):
        """Why an order gets nothing from this program, or None.

        An order that was confirmed with the program keeps it.
        """
        program = self.sudo()
        if order.state == "sale" and program in order._get_applied_programs():
            return None
        if program.first_purchase_only and not order._is_first_purchase():
            return self.env._("This offer is for the first purchase.")
        partner = order.partner_id
        if not partner._is_in_segments(program.audience_segment_ids, order.company_id):
            return self.env._("This offer is for other customers.")
        if not partner._holds_tier(program.audience_tier_ids, order.company_id):
            return self.env._(
                "This offer is for members of the tier %s.",
                " / ".join(program.audience_tier_ids.mapped("name")),
            )
        return None
