from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .payment_transaction import holding_payment


class SaleOrder(models.Model):
    """What an order has claimed: it must still be for this customer at the end."""

    _inherit = "sale.order"

    def action_confirm(self):
        taken_off = {}
        for order in self.filtered("order_line.reward_id"):
            if order._is_paid_online():  # who has paid is not left without an order
                taken_off[order] = order._lost_offers()
            else:
                order._check_offers()
        result = super().action_confirm()
        for order, reasons in taken_off.items():
            for reason in reasons:
                order.message_post(
                    body=self.env._("Taken off when it was confirmed: %s", reason)
                )
        return result

    def _begin_payment(self):
        """Take what there is only so much of before money moves, not after.

        :raise UserError: if what the order claims cannot be had
        """
        self.ensure_one()
        self._check_offers()
        self._check_single_offer()
        self._take_reward_pieces()

    def _is_paid_online(self):
        return any(
            payment.state in ("authorized", "done")
            for payment in self.sudo().transaction_ids
        )

    def _first_purchase_rewards(self):
        return self.order_line.reward_id.sudo().filtered(
            "program_id.first_purchase_only"
        )

    def _notice_each_other(self):
        """Make first purchases of one customer at the same moment notice each other.

        Of two transactions that change the same row at once the second is repeated.
        """
        customer = self.partner_id.commercial_partner_id
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE res_partner SET id = id WHERE id = %s", customer.id)
        )

    def _lost_offers(self):
        """Why rewards on this order are not for its customer, one sentence each."""
        self.ensure_one()
        reasons = []
        for line in self.order_line.filtered("reward_id"):
            card, name = line.coupon_id.sudo(), line.reward_id.sudo().description
            if card.is_bound and not self._is_owner(card, self.partner_id):
                reasons.append(self.env._("“%s” was given to another customer.", name))
        offers = self._first_purchase_rewards()
        if offers:
            self._notice_each_other()
        if offers and not self._is_first_purchase():
            reasons += [
                self.env._(
                    "“%(reward)s” is for the first purchase, and %(customer)s has"
                    " bought before.",
                    reward=reward.description,
                    customer=self.partner_id.commercial_partner_id.name,
                )
                for reward in offers
            ]
        return reasons

    def _check_offers(self):
        if self.state in ("draft", "sent") and (reasons := self._lost_offers()):
            hint = self.env._("Take it off the order.")
            raise UserError("\n".join([*dict.fromkeys(reasons), hint]))

    def _check_single_offer(self):
        """Not let a customer pay two first purchases at once."""
        if not self._first_purchase_rewards():
            return
        rows = self.env.execute_query(
            SQL(
                """SELECT sale.name FROM sale_order sale
                   JOIN res_partner buyer ON buyer.id = sale.partner_id
                   WHERE buyer.commercial_partner_id = %(customer)s
                     AND sale.company_id = %(company)s AND sale.id != %(order)s
                     AND sale.state IN ('draft', 'sent')
                     AND EXISTS (
                         SELECT FROM sale_order_line line
                         JOIN loyalty_reward reward ON reward.id = line.reward_id
                         JOIN loyalty_program program ON program.id = reward.program_id
                         WHERE line.order_id = sale.id AND program.first_purchase_only
                           AND %(is_held)s)""",
                customer=self.partner_id.commercial_partner_id.id,
                company=self.company_id.id,
                order=self.id,
                is_held=holding_payment(
                    SQL("sale.id"), SQL("program.reservation_days")
                ),
            )
        )
        if rows:
            raise UserError(
                self.env._(
                    "An offer for the first purchase is already used by %s, which is"
                    " being paid.",
                    rows[0][0],
                )
            )
