from odoo import models


class SaleOrder(models.Model):
    """Takes the bonus of a referral back together with the order it was given for."""

    _inherit = "sale.order"

    def _settle_points(self):
        result = super()._settle_points()
        if self.env.context.get("loyalty_defer"):
            return result
        gone = self.sudo().filtered(
            lambda order: (
                order.state != "sale"
                or any(line._taken_back_share() for line in order.order_line)
            )
        )
        referrals = self.env["loyalty.referral"].sudo()
        for referral in gone and referrals.search(
            [("order_id", "in", gone.ids), ("state", "=", "granted")]
        ):
            referral._take_back_if_gone()
        return result

    def _untaxed_in(self, currency):
        """Untaxed amount in another currency, at the rate of the order's day."""
        self.ensure_one()
        day = (self.date_order or self.create_date).date()
        return self.currency_id._convert(
            self.amount_untaxed, currency, self.company_id, day
        )

    def _is_paid(self):
        """Whether all of the order is paid: by invoices, or online without one."""
        self.ensure_one()
        due = self.env["loyalty.program"].new({"earn_on": "payment"})
        online = self.transaction_ids.filtered(lambda tx: tx.state == "done")
        paid = sum(online.mapped("amount"))
        return self._points_are_due(due) or (
            bool(online)
            and self.currency_id.compare_amounts(paid, self.amount_total) >= 0
        )
