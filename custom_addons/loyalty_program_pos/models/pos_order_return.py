from odoo import models
from odoo.addons.loyalty_program.engine.points import proportion, to_points
from odoo.addons.loyalty_program.models.sale_order_points import PointsEvent
from odoo.fields import Domain


class PosOrder(models.Model):
    """Returns at the counter: what was earned goes, what was spent comes back."""

    _inherit = "pos.order"

    def action_pos_order_paid(self):
        result = super().action_pos_order_paid()
        for origin in self.lines.refunded_orderline_id.order_id.sudo():
            origin._take_back_points(self)
            origin._give_back_points()
        return result

    def _take_back_points(self, refund):
        """Take back the share of an order's points that its returns come to."""
        self.ensure_one()
        share = self._returned_share()
        moves = self.env["loyalty.point.move"].sudo()
        found = moves.search(
            Domain("source_model", "=", self._name)
            & Domain("source_id", "=", self.id)
            & Domain("side", "=", "earn")
        )
        # what one card earned may stand on the account it was merged into
        by_account = found.grouped(lambda m: m.card_id.merged_into_id or m.card_id)
        for account, lines in by_account.items():
            earned = lines.filtered(lambda move: move.kind == "earn")
            earned = to_points(sum(earned.mapped("points")))
            left = to_points(sum(lines.mapped("points")))
            back = left - (earned - proportion(earned, share))
            if back > 0:
                key = self._points_key(f"back:{refund.id}")
                move = account._post(-back, "clawback", self, key, reason=refund.name)
                account._write_off(move, f"{key}:write-off", self)
                account._refresh_tiers()

    def _give_back_points(self):
        """Give back the points of rewards that were returned, with their old days."""
        for card, lines in self.lines.grouped("coupon_id").items():
            account = card.merged_into_id or card
            back = sum(
                (
                    proportion(to_points(line.points_cost), line._returned_part())
                    for line in lines
                ),
                to_points(0),
            )
            if not (back and account.is_account):
                continue
            account._lock()
            event = PointsEvent(self, account)
            back -= self._given_back(account)
            if back > 0 and (rest := account._give_back(event, back, "redeem")):
                account._post(rest, "restore", self, event.key(), side="spend")

    def _given_back(self, account):
        """Decimal: points of this order's rewards that were given back already."""
        moves = self.env["loyalty.point.move"].search(
            Domain("source_model", "=", self._name)
            & Domain("source_id", "=", self.id)
            & Domain("program_id", "=", account.program_id.id)
            & Domain("kind", "=", "restore")
            & Domain("side", "=", "spend")
        )
        return to_points(sum(moves.mapped("points")))

    def _returned_share(self):
        """Share of the goods of this order, 0 to 1, that came back and was paid out."""
        goods = self.lines.filtered(
            lambda line: line.qty > 0 and not line.is_reward_line
        )
        total = sum(goods.mapped("price_subtotal_incl"))
        back = goods.refund_orderline_ids._paid_out()
        if total <= 0:
            return 0.0
        return min(max(-sum(back.mapped("price_subtotal_incl")) / total, 0.0), 1.0)


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    def _paid_out(self):
        return self.filtered(
            lambda line: line.order_id.state in ("paid", "done", "invoiced")
        )

    def _returned_part(self):
        """Share of the pieces of this line, 0 to 1, that came back."""
        self.ensure_one()
        back = -sum(self.refund_orderline_ids._paid_out().mapped("qty"))
        return min(max(back / self.qty, 0.0), 1.0) if self.qty else 0.0
