from odoo import fields, models
from odoo.tools import SQL


class FeedbackRule(models.Model):
    """Rules that ask after the goods have left for the customer."""

    _inherit = "feedback.rule"

    event = fields.Selection(
        selection_add=[("order_delivered", "Order delivered"), ("case_closed",)],
        ondelete={"order_delivered": "cascade"},
    )

    def _event_sources(self):
        """Deliveries that are done: an order of several deliveries has several."""
        deliveries = SQL(
            """SELECT picking.id AS source_id, picking.date_done AS moment,
                      COALESCE(picking.partner_id, sold.partner_id) AS partner_id,
                      picking.company_id, sold.id AS order_id, sold.team_id,
                      sold.user_id
               FROM stock_picking picking
               JOIN stock_picking_type kind ON kind.id = picking.picking_type_id
               LEFT JOIN sale_order sold ON sold.id = picking.sale_id
               WHERE picking.state = 'done' AND kind.code = 'outgoing'"""
        )
        return {
            **super()._event_sources(),
            "order_delivered": ("stock.picking", deliveries),
        }
