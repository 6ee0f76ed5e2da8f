from odoo import api, models
from odoo.exceptions import ValidationError

_WATCHED = {
    "coupon_id",
    "discount",
    "points_cost",
    "price_unit",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "qty_delivered",
    "tax_ids",
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # What quotations have reserved is asked with each order of a member.
    _coupon_idx = models.Index("(coupon_id) WHERE coupon_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        quiet = self.with_context(loyalty_settling=True)
        lines = super(SaleOrderLine, quiet).create(vals_list).with_env(self.env)
        lines._note_claims()
        lines._take_reward_pieces()
        lines._follow_points()
        return lines

    def write(self, vals):
        watched = _WATCHED & vals.keys()
        if not watched:
            return super().write(vals)
        quiet = self.with_context(loyalty_settling=True)
        more = self.filtered(
            lambda line: 0 < line.product_uom_qty < vals.get("product_uom_qty", 0)
        )
        result = super(SaleOrderLine, quiet).write(vals)
        if watched & {"points_cost", "coupon_id"}:
            self._note_claims()
        more._take_reward_pieces()
        self._follow_points()
        return result

    def unlink(self):
        orders = self.order_id.filtered(lambda order: order.state == "sale")
        if not orders:
            return super().unlink()
        quiet = self.with_context(loyalty_settling=True, loyalty_defer=True)
        result = super(SaleOrderLine, quiet).unlink()
        if not self.env.context.get("loyalty_defer"):
            orders._refresh_points()
        return result

    def _follow_points(self):
        """Have the ledger follow a changed line of a confirmed order."""
        if self.env.context.get("loyalty_defer"):
            return
        orders = self.order_id.filtered(lambda order: order.state == "sale")
        if orders:
            orders._refresh_points()

    def _note_claims(self):
        """Let two claims of the same points, or of a last reward, notice each other.

        Each counts itself on the account or program. Who comes second waits, is
        repeated by the server, and then sees what is left.
        """
        claims = self.filtered(
            lambda line: (
                line.coupon_id.is_account
                and line.points_cost > 0
                and line.order_id.state in ("draft", "sent")
            )
        )
        if claims:
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE loyalty_card SET claim_count = COALESCE(claim_count, 0) + 1"
                " WHERE id = ANY(%s)",
                [sorted(claims.coupon_id.ids)],
            )
        limited = self.reward_id.program_id.sudo().filtered("limit_usage")
        limited._note_claim()
        for program in limited:
            program.invalidate_recordset(["order_count", "total_order_count"])
            if program.total_order_count > program.max_usage:
                raise ValidationError(
                    self.env._("%s has been used as often as it may.", program.name)
                )

    # === SHARES === #

    def _claimed_points(self):
        """Points this line claims; a reward taken off by quantity zero claims none."""
        self.ensure_one()
        return self.points_cost if self.product_uom_qty else 0.0

    def _taken_back_share(self):
        """Share of this line, 0 to 1, that was credited or returned.

        Bridges to stock take the larger of both: a return and its credit note are one.
        """
        return self._refunded_share()

    def _refunded_share(self):
        """Share of this line that posted credit notes gave back.

        What was invoiced again after a credit note counts as sold.
        """
        self.ensure_one()
        posted = self.invoice_lines.filtered(lambda item: item.parent_state == "posted")
        refunds = posted.filtered(lambda item: item.move_id.move_type == "out_refund")
        if not refunds:
            return 0.0
        invoiced = posted.filtered(lambda item: item.move_id.move_type == "out_invoice")
        name, total = "price_total", self.price_total
        if not total:  # a free product
            name, total = "quantity", self.product_uom_qty
        if not total:
            return 0.0
        refunded = sum(refunds.mapped(name)) / total
        again = max(sum(invoiced.mapped(name)) / total - 1, 0.0)
        return min(max(refunded - again, 0.0), 1.0)
