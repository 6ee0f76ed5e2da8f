from odoo import fields, models
from odoo.addons.loyalty_program.engine.points import proportion, to_points
from odoo.fields import Domain
from odoo.tools import float_compare


class PosOrder(models.Model):
    """What an order at the counter does to points."""

    _inherit = "pos.order"

    def validate_coupon_programs(self, point_changes, new_codes):
        """Accounts may spend what is available, not all that is on them."""
        result = super().validate_coupon_programs(point_changes, new_codes)
        if not result["successful"]:
            return result
        changes = {int(card_id): change for card_id, change in point_changes.items()}
        accounts = self.env["loyalty.card"].sudo().browse(changes).exists()
        accounts.invalidate_recordset(["available_points"], flush=False)
        for card in accounts.filtered("is_account"):
            spent = -changes[card.id]
            if spent > 0 and float_compare(card.available_points, spent, 2) < 0:
                return {
                    "successful": False,
                    "payload": {
                        "message": self.env._(
                            "%(account)s has %(points)s points to spend.",
                            account=card.display_name,
                            points=card.available_points,
                        ),
                        "updated_points": {
                            account.id: account.available_points for account in accounts
                        },
                    },
                }
        return result

    def confirm_coupon_programs(self, coupon_data):
        self.ensure_one()
        order = self.with_context(loyalty_pos_order=self.id)
        return super(PosOrder, order).confirm_coupon_programs(coupon_data)

    def _post_points(self, account, change):
        """Post what was earned and what was spent, each once per order.

        :param change: Decimal, as the till counted: earned less spent
        """
        self.ensure_one()
        lines = self.sudo().lines.filtered(lambda line: line.coupon_id == account)
        spent = to_points(sum(lines.mapped("points_cost")))
        if change < 0:
            spent = max(spent, -change)
        earned = self._earned_points(account, change + spent)
        today, wait = account._today(), account.program_id.pending_days
        if spent:
            account._post(
                -spent, "redeem", self, self._points_key("redeem"), reason=self.name
            )
        if earned > 0:
            account._post(
                earned,
                "earn",
                self,
                self._points_key("earn"),
                reason=self.name,
                available_on=fields.Date.add(today, days=wait) if wait else None,
            )
        account._refresh_tiers()

    def _points_key(self, what):
        return f"pos.order,{self.id}:{what}"

    def _earned_points(self, account, points):
        """Points by the rules of the till, times the tier, within the limits."""
        program = account.program_id.sudo()
        partner, company = account.partner_id, self.company_id
        if points <= 0 or not partner.active:
            return to_points(0)
        if not partner._is_in_segments(program.audience_segment_ids, company):
            return to_points(0)
        if not partner._holds_tier(program.audience_tier_ids, company):
            return to_points(0)
        factor = account.tier_id.multiplier if account.tier_id else 1.0
        points = to_points(float(points) * factor, down=True)
        return account._capped(points, self, account._today())

    # === RETURNS === #

    def action_pos_order_paid(self):
        result = super().action_pos_order_paid()
        for origin in self.lines.refunded_orderline_id.order_id.sudo():
            origin._take_back_points(self)
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
        for card, lines in found.grouped("card_id").items():
            account = card.merged_into_id or card
            earned = lines.filtered(lambda move: move.kind == "earn")
            earned = to_points(sum(earned.mapped("points")))
            left = to_points(sum(lines.mapped("points")))
            back = left - (earned - proportion(earned, share))
            if back > 0:
                key = self._points_key(f"back:{refund.id}")
                move = account._post(-back, "clawback", self, key, reason=refund.name)
                account._write_off(move, f"{key}:write-off", self)
                account._refresh_tiers()

    def _returned_share(self):
        """Share of the goods of this order, 0 to 1, that came back and was paid out."""
        goods = self.lines.filtered(
            lambda line: line.qty > 0 and not line.is_reward_line
        )
        total = sum(goods.mapped("price_subtotal_incl"))
        back = goods.refund_orderline_ids.filtered(
            lambda line: line.order_id.state in ("paid", "done", "invoiced")
        )
        if total <= 0:
            return 0.0
        return min(max(-sum(back.mapped("price_subtotal_incl")) / total, 0.0), 1.0)
