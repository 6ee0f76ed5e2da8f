from odoo import fields, models


class SaleOrderCouponPoints(models.Model):
    """What an order shall give an account."""

    _inherit = "sale.order.coupon.points"

    is_waiting = fields.Boolean(
        help="Granted when the order is delivered or paid.", readonly=True
    )

    tier_factor = fields.Float(
        readonly=True, help="Multiplier of the member's tier when it was confirmed."
    )

    _waiting_idx = models.Index("(coupon_id) WHERE is_waiting")
    _coupon_idx = models.Index("(coupon_id)")
