from odoo import models


class SaleOrderLine(models.Model):
    """Goods that came back take their points with them, credited or not."""

    _inherit = "sale.order.line"

    def _taken_back_share(self):
        """The larger share of both: a return and its credit note are one event."""
        return max(super()._taken_back_share(), self._returned_goods_share())

    def _returned_goods_share(self):
        """Share of this line, 0 to 1, that came back to be refunded.

        What was delivered again after a return counts as sold. Returns that are not to
        be refunded, for a repair or an exchange, do not count.
        """
        self.ensure_one()
        if self.qty_delivered_method != "stock_move" or not self.product_uom_qty:
            return 0.0
        outgoing, incoming = self._get_outgoing_incoming_moves()
        back = self._done_quantity(incoming)
        if not back:
            return 0.0
        again = max(self._done_quantity(outgoing) - self.product_uom_qty, 0.0)
        return min(max((back - again) / self.product_uom_qty, 0.0), 1.0)

    def _done_quantity(self, moves):
        """Quantity of the done ones of these stock moves, in the unit of this line."""
        return sum(
            move.product_uom._compute_quantity(
                move.quantity, self.product_uom_id, rounding_method="HALF-UP"
            )
            for move in moves
            if move.state == "done"
        )
