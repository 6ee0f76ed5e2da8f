from odoo import api, fields, models
from odoo.fields import Domain


class UtmCampaign(models.Model):
    """The promotion of a campaign, and the orders it was used in."""

    _inherit = "utm.campaign"

    promotion_id = fields.Many2one(
        "loyalty.program",
        ondelete="set null",
        index="btree_not_null",
        domain=[("program_type", "not in", ("loyalty", "ewallet", "gift_card"))],
        groups="sales_team.group_sale_salesman",
        help="What the campaign offers. Limit it to segments on the promotion itself,"
        " so that nobody else gets it.",
    )
    promotion_order_count = fields.Integer(
        string="Orders with the Promotion",
        compute="_compute_promotion_order_count",
        groups="sales_team.group_sale_salesman",
    )

    def _promotion_orders_domain(self):
        return Domain("state", "=", "sale") & Domain(
            "order_line.reward_id.program_id", "in", self.promotion_id.ids
        )

    @api.depends("promotion_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_promotion_order_count(self):
        orders = self.env["sale.order"]
        for campaign in self:
            campaign.promotion_order_count = campaign.promotion_id and (
                orders.search_count(campaign._promotion_orders_domain())
            )

    def action_open_promotion_orders(self):
        """Open the confirmed orders in which the promotion of this campaign is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.promotion_id.display_name,
            "res_model": "sale.order",
            "views": [(False, "list"), (False, "form")],
            "domain": list(self._promotion_orders_domain()),
            "context": {"create": False},
        }
