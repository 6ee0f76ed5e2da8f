from odoo import Command
from odoo.addons.customer_insight.tests.common import AS_OF
from odoo.addons.customer_insight.tests.test_interaction import InteractionCase


class TestPosOrder(InteractionCase):
    """What is bought at the counter counts once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journal = cls._sale_journal(cls.company)
        cls.env.user.company_ids += cls.company
        cls.config = (
            cls.env["pos.config"]
            .with_company(cls.company)
            .create(
                {
                    "name": "Counter",
                    "company_id": cls.company.id,
                    "journal_id": journal.id,
                    "invoice_journal_id": journal.id,
                    "payment_method_ids": [
                        Command.create({"name": "Later", "company_id": cls.company.id})
                    ],
                }
            )
        )
        cls.session = cls.env["pos.session"].create(
            {"config_id": cls.config.id, "user_id": cls.env.uid}
        )

    def buy(self, partner, day, *lines, state="paid", **values):
        """An order at the counter; lines are (quantity, untaxed unit price)."""
        total = sum(quantity * price for quantity, price in lines)
        order = self.env["pos.order"].create(
            {
                "company_id": self.company.id,
                "session_id": self.session.id,
                "partner_id": partner.id if partner else False,
                "date_order": self._moment(day),
                "amount_total": round(total * 1.1, 2),
                "amount_tax": round(total * 0.1, 2),
                "amount_paid": round(total * 1.1, 2),
                "amount_return": 0,
                "state": state,
                "lines": [
                    Command.create(
                        {
                            "name": "Line",
                            "product_id": self.product.id,
                            "qty": quantity,
                            "price_unit": price,
                            "price_subtotal": quantity * price,
                            "price_subtotal_incl": round(quantity * price * 1.1, 2),
                        }
                    )
                    for quantity, price in lines
                ],
                **values,
            }
        )
        return order

    def amounts(self, partner=None):
        self.env.invalidate_all()
        purchases = self._purchases(partner or self.customer)
        return sorted((row.source_model, row.amount) for row in purchases)

    def invoice(self, order, move_type="out_invoice"):
        """The posted invoice or credit note of an order at the counter."""
        add = self._add_refund if move_type == "out_refund" else self._add_invoice
        amount = abs(order.amount_total - order.amount_tax)
        move = add(order.partner_id, order.date_order.date(), amount)
        order.write({"account_move": move.id, "state": "done"})
        return move

    def test_paid_orders_of_known_customers_are_purchases(self):
        self.buy(self.contact, "2025-06-01", (2, 30), (1, 40))
        self.buy(self.customer, "2025-06-02", (1, 5), state="draft")
        self.buy(None, "2025-06-03", (1, 7))
        self.buy(self.customer, "2025-06-04", (1, 0))
        self.assertEqual(self.amounts(), [("pos.order", 100)])
        self._refresh()
        self.assertProfile(self.customer, purchase_count=1, amount_total=100)

    def test_a_refund_lowers_the_amount_and_is_no_visit(self):
        self.buy(self.customer, "2025-06-01", (2, 30))
        self.buy(self.customer, "2025-06-10", (-1, 30))
        self._refresh()
        self.assertProfile(self.customer, purchase_days=1, amount_total=30)
        kinds = self._purchases(self.customer).mapped("kind")
        self.assertEqual(sorted(kinds), ["order", "refund"])

    def test_an_invoiced_order_counts_once_by_either_basis(self):
        sold = self.buy(self.customer, "2025-06-01", (2, 30))
        back = self.buy(self.customer, "2025-06-10", (-1, 30))
        self.invoice(sold)
        self.invoice(back, "out_refund")
        self.buy(self.customer, "2025-06-12", (1, 10))
        self.assertEqual(
            self.amounts(),
            [("pos.order", -30), ("pos.order", 10), ("pos.order", 60)],
        )
        self.company.insight_purchase_basis = "invoice"
        self.assertEqual(
            self.amounts(),
            [("account.move", -30), ("account.move", 60), ("pos.order", 10)],
        )

    def test_a_draft_invoice_does_not_hide_its_order(self):
        order = self.buy(self.customer, "2025-06-01", (2, 30))
        self.company.insight_purchase_basis = "invoice"
        invoice = self.invoice(order)
        self.session.state = "closed"
        invoice.button_draft()
        self.assertEqual(self.amounts(), [("pos.order", 60)])

    def test_a_credit_note_by_hand_still_counts(self):
        order = self.buy(self.customer, "2025-06-01", (2, 30))
        self.invoice(order)
        self._add_refund(self.customer, "2025-06-20", 15)
        self.assertEqual(self.amounts(), [("account.move", -15), ("pos.order", 60)])

    def test_a_sales_order_settled_at_the_counter_counts_once(self):
        """With Odoo's bridge of both apps, which comes along with this one."""
        sale = self._add_order(self.customer, "2025-06-01", 80)
        order = self.buy(self.customer, "2025-06-02", (1, 80), (1, 5))
        order.lines[0].sale_order_origin_id = sale
        self.assertEqual(self.amounts(), [("pos.order", 5), ("sale.order", 80)])
        self._add_invoice(self.customer, "2025-06-03", 3)
        self.company.insight_purchase_basis = "invoice"
        self.assertEqual(self.amounts(), [("account.move", 3), ("pos.order", 85)])

    def test_a_return_of_a_settled_sales_order_counts(self):
        """A return made in the back office keeps the sales order of its line."""
        sale = self._add_order(self.customer, "2025-06-01", 80)
        order = self.buy(self.customer, "2025-06-02", (1, 80))
        order.lines.sale_order_origin_id = sale
        back = self.buy(self.customer, "2025-06-05", (-1, 80))
        back.lines.write(
            {
                "sale_order_origin_id": sale.id,
                "refunded_orderline_id": order.lines.id,
            }
        )
        self.invoice(back, "out_refund")
        self.assertEqual(self.amounts(), [("pos.order", -80), ("sale.order", 80)])
        self.env.cr.execute(self.env["customer.purchase"]._lines_query(self.company))
        returned = [row for row in self.env.cr.dictfetchall() if row["is_return"]]
        self.assertEqual([row["quantity"] for row in returned], [-1])

    def test_lines_say_what_was_bought_and_returned(self):
        sold = self.buy(self.customer, "2025-06-01", (3, 20))
        back = self.buy(self.customer, "2025-06-10", (-1, 20))
        back.lines.refunded_orderline_id = sold.lines
        self.invoice(back, "out_refund")
        self.env.flush_all()
        for basis, quantities in (("order", [-1, 3]), ("invoice", [-1, 3])):
            self.company.insight_purchase_basis = basis
            self.env.flush_all()
            query = self.env["customer.purchase"]._lines_query(self.company)
            self.env.cr.execute(query)
            rows = self.env.cr.dictfetchall()
            self.assertEqual(sorted(row["quantity"] for row in rows), quantities)
            if basis == "order":
                [returned] = [row for row in rows if row["is_return"]]
                self.assertEqual(returned["source_id"], sold.id)

    def test_another_currency_counts_at_the_rate_of_the_order(self):
        order = self.buy(self.customer, "2025-06-01", (1, 100))
        order.currency_rate = 2
        self.env.flush_all()
        self.assertEqual(self.amounts(), [("pos.order", 50)])

    def test_it_stands_on_the_timeline_with_its_products(self):
        order = self.buy(self.contact, "2025-06-01 10:30:00", (2, 30))
        row = self._rows()
        self.assertEqual((row.kind, row.channel), ("counter", "in_person"))
        self.assertEqual((row.amount, row.source_id), (60, order.id))
        self.env.user.group_ids += self.env.ref("point_of_sale.group_pos_user")
        self.assertIn("2 × Service", self._page()["rows"][0]["body"])
        purchase = self._purchases(self.customer)
        self.assertEqual(purchase.products, "2 × Service")
        self.assertEqual(purchase.action_open_document()["res_model"], "pos.order")
        self._refresh()
        self.assertProfile(self.customer, interaction_count=1)

    def test_the_profile_follows_a_paid_order(self):
        self._refresh()
        self.env["customer.profile.queue"].search([]).unlink()
        order = self.buy(self.customer, AS_OF, (1, 20), state="draft")
        self.env.cr.precommit.run()
        self.assertFalse(self.queued())
        order.state = "paid"
        self.env.cr.precommit.run()
        self.assertTrue(self.queued())

    def queued(self):
        return self.env["customer.profile.queue"].search_count(
            [("partner", "=", self.customer.id), ("company", "=", self.company.id)]
        )
