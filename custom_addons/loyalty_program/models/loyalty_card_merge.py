from odoo import models
from odoo.tools import SQL

from ..engine.points import to_points


class LoyaltyCard(models.Model):
    """One account takes over another, lot by lot."""

    _inherit = "loyalty.card"

    def _merge_into(self, heir, reason):
        """Move all points to another account lot by lot, and close this one."""
        self.ensure_one()
        (self | heir)._lock()
        for lot in self._lots():
            self._move_lot(heir, lot, reason)
        debt = sum((points for _debit, points in self._debts()), to_points(0))
        if debt:
            self._post(debt, "transfer", key=f"merge-debt:{heir.id}", reason=reason)
            heir._post(-debt, "transfer", key=f"merge-debt:{self.id}", reason=reason)
        self._repoint_orders(heir)
        self._repoint_requests(heir)
        earlier = self.with_context(active_test=False)
        earlier = earlier.search([("merged_into_id", "=", self.id)])
        (earlier | self).write({"merged_into_id": heir.id, "active": False})
        self.env.flush_all()  # before core moves the contact by SQL

    def _move_lot(self, heir, lot, reason):
        credit = self.env["loyalty.point.move"].browse(lot.id)
        gone = self._post(
            -lot.open, "transfer", key=f"merge:{lot.id}", lot=credit, reason=reason
        )
        heir._post(
            lot.open,
            "transfer",
            key=f"merge:{lot.id}",
            available_on=credit.available_on,
            expires_on=credit.expires_on,
            reversed_move=gone,
            origin_move=credit,
            reason=reason,
        )

    def _repoint_requests(self, heir):
        """Have what members have claimed, and whom they have brought, follow.

        Codes that were handed out lead to the heir, see ``merged_into_id``.
        """
        for claim in (
            self.env["loyalty.claim"].sudo().search([("card_id", "=", self.id)])
        ):
            # the heir may have asked for the same at the same line of its own ledger
            key = f"merged:{self.id}:{claim.request_key}"
            claim.write({"card_id": heir.id, "request_key": key})
        referrals = self.env["loyalty.referral"].sudo()
        referrals.search([("card_id", "=", self.id)]).card_id = heir

    def _repoint_orders(self, heir):
        """Have the orders of this account earn to and spend from another."""
        self.env.flush_all()
        for table, guard in (
            ("sale_order_line", SQL("TRUE")),
            (
                "sale_order_coupon_points",
                SQL(
                    """NOT EXISTS (SELECT FROM sale_order_coupon_points same
                                   WHERE same.order_id = item.order_id
                                     AND same.coupon_id = %s)""",
                    heir.id,
                ),
            ),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s item SET coupon_id = %s WHERE coupon_id = %s AND %s",
                    SQL.identifier(table),
                    heir.id,
                    self.id,
                    guard,
                )
            )
        self.env.invalidate_all()
        orders = self.env["sale.order"].sudo()
        for order in orders.search([("applied_coupon_ids", "in", self.ids)]):
            order.applied_coupon_ids = order.applied_coupon_ids - self | heir
