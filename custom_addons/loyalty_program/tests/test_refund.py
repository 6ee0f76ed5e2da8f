from odoo import Command

from .common import LoyaltyCase


class TestRefund(LoyaltyCase):
    """Credit notes: proportional, once, and undone with them."""

    def _pay(self, invoice):
        """A bank entry that settles the invoice."""
        receivable = invoice.line_ids.filtered(
            lambda item: item.account_id.account_type == "asset_receivable"
        )
        cash = self.env["account.account"].create(
            {"name": "Cash", "code": "101000", "account_type": "asset_cash"}
        )
        journal = self.env["account.journal"].create(
            {"name": "Entries", "code": "ENT", "type": "general"}
        )
        entry = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    Command.create({"account_id": cash.id, "debit": 90}),
                    Command.create(
                        {
                            "account_id": receivable.account_id.id,
                            "partner_id": receivable.partner_id.id,
                            "credit": 90,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        (receivable | entry.line_ids.filtered("credit")).reconcile()
        self.assertEqual(invoice.payment_state, "paid")

    def test_a_credit_note_takes_back_its_share(self):
        """LP-09"""
        order = self._sell(45, qty=2)
        invoice = self._invoice(order)
        self.assertBalance(90)
        self._credit(invoice, share=0.5)
        self.assertBalance(45)
        order._settle_points()
        invoice._loyalty_orders()._settle_points()
        self.assertBalance(45)
        self._credit(invoice, share=0.5)
        self.assertBalance(0)
        self._credit(invoice)  # more than was sold
        self.assertBalance(0)

    def test_a_draft_credit_note_takes_nothing(self):
        order = self._sell(90)
        refund = self._credit(self._invoice(order), post=False)
        self.assertBalance(90)
        refund.action_post()
        self.assertBalance(0)

    def test_a_credit_note_that_is_cancelled_gives_back(self):
        order = self._sell(90)
        refund = self._credit(self._invoice(order))
        self.assertBalance(0)
        refund.button_draft()
        self.assertBalance(90)
        refund.action_post()
        self.assertBalance(0)
        refund.button_draft()
        refund.button_cancel()
        self.assertBalance(90)
        self.assertKinds(
            ("earn", 90.0),
            ("clawback", -90.0),
            ("restore", 90.0),
            ("clawback", -90.0),
            ("restore", 90.0),
        )

    def test_a_corrected_invoice_takes_nothing(self):
        order = self._sell(90)
        invoice = self._invoice(order)
        self._credit(invoice)
        self.assertBalance(0)
        again = invoice.copy()
        again.invoice_line_ids.sale_line_ids = order.order_line
        again.action_post()
        self.assertBalance(90)

    def test_points_come_back_as_points_and_money_as_money(self):
        """LP-12: 60 points and 4.00 paid for 10.00; the refund gives both back"""
        self._add_account(60)
        order = self._sell(10, confirm=False, product=self.plain)
        self._claim(order)
        self.assertEqual(order.amount_total, 4)
        order.action_confirm()
        self.assertBalance(0)
        invoice = self._invoice(order)
        refund = self._credit(invoice)
        self.assertEqual(refund.amount_total, 4)
        self.assertBalance(60)

    def test_a_refund_of_the_full_price_keeps_the_points(self):
        """LP-12: points can never be turned into cash"""
        self._add_account(60)
        order = self._sell(10, confirm=False, product=self.plain)
        self._claim(order)
        order.action_confirm()
        refund = self._credit(self._invoice(order), post=False)
        refund.invoice_line_ids.filtered(lambda item: item.price_subtotal < 0).unlink()
        self.assertEqual(refund.amount_total, 10)
        refund.action_post()
        self.assertBalance(0)

    def test_a_free_product_that_is_returned(self):
        self.program.reward_ids.write(
            {
                "reward_type": "product",
                "reward_product_id": self.plain.id,
                "required_points": 40,
            }
        )
        self._add_account(100)
        order = self._sell(0, confirm=False, product=self.plain)
        lines = self._claim(order)
        order.action_confirm()
        claimed = sum(lines.mapped("points_cost"))
        self.assertEqual(claimed, 80)
        self.assertBalance(20)
        self._credit(self._invoice(order))
        self.assertBalance(100)

    def test_a_refund_after_spending_is_owed(self):
        order = self._sell(100)
        invoice = self._invoice(order)
        self._spend(80)
        self._credit(invoice)
        self.assertBalance(-80)
        self._sell(100)
        self.assertBalance(20)
        self.assertEqual(self._account().available_points, 20)

    def test_a_refund_and_a_cancellation_take_back_once(self):
        order = self._sell(90)
        self._credit(self._invoice(order))
        order._action_cancel()
        self.assertBalance(0)

    def test_only_the_products_of_the_rule_count(self):
        order = self._sell(30, confirm=False)
        order.order_line.copy(
            {"order_id": order.id, "product_id": self.plain.id, "price_unit": 70}
        )
        order.action_confirm()
        self.assertBalance(30)
        refund = self._credit(self._invoice(order), post=False)
        refund.invoice_line_ids.filtered(
            lambda item: item.product_id == self.product
        ).unlink()
        refund.action_post()
        self.assertBalance(30)

    def test_points_wait_for_the_payment(self):
        self.program.earn_on = "payment"
        order = self._sell(90)
        account = self._account()
        self.assertBalance(0)
        self.assertEqual(account.pending_points, 90)
        invoice = self._invoice(order)
        self.assertBalance(0)
        self._pay(invoice)
        self.assertBalance(90)
        self.assertEqual(account.pending_points, 0)

    def test_points_wait_for_the_delivery(self):
        self.program.earn_on = "delivery"
        order = self._sell(90, qty=2)
        account = self._account()
        self.assertBalance(0, account)
        self.assertEqual(account.pending_points, 180)
        order.order_line.qty_delivered = 1
        self.assertBalance(0)
        order.order_line.qty_delivered = 2
        self.assertBalance(180)
        self.assertEqual(account.pending_points, 0)
        order.order_line.qty_delivered = 0  # what was granted stays
        self.assertBalance(180)

    def test_waiting_points_of_a_cancelled_order_are_gone(self):
        self.program.earn_on = "delivery"
        order = self._sell(90)
        account = self._account()
        order._action_cancel()
        account.invalidate_recordset()
        self.assertEqual(account.pending_points, 0)
        self.assertFalse(account.points_move_ids)
