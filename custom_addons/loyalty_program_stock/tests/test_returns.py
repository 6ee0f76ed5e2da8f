from odoo import Command, fields
from odoo.addons.loyalty_program.tests.common import LoyaltyCase


class TestReturns(LoyaltyCase):
    """LP-09: goods that come back, before, after and without a credit note."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sale_journal(cls.company)
        cls.goods = cls.env["product.product"].create(
            {
                "name": "Goods",
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "order",
                "taxes_id": False,
            }
        )
        cls.program.rule_ids.product_ids = cls.goods
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.goods, cls.warehouse.lot_stock_id, 1000
        )

    def _order(self, qty=2, amount=50.0):
        return self._sell(
            amount, product=self.goods, qty=qty, warehouse_id=self.warehouse.id
        )

    def _deliver(self, order, qty=None):
        picking = order.picking_ids.filtered(lambda p: p.state == "assigned")[:1]
        for move in picking.move_ids:
            move.quantity = qty or move.product_uom_qty
            move.picked = True
        picking._action_done()
        return picking

    def _return(self, picking, qty, to_refund=True):
        dialog = (
            self.env["stock.return.picking"]
            .with_context(
                active_id=picking.id, active_ids=picking.ids, active_model=picking._name
            )
            .create({})
        )
        dialog.product_return_moves.write({"quantity": qty, "to_refund": to_refund})
        back = self.env["stock.picking"].browse(
            dialog.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": qty, "picked": True})
        back._action_done()
        return back

    def _invoice_only(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def test_a_return_takes_back_its_share(self):
        order = self._order(qty=2)
        picking = self._deliver(order)
        self.assertBalance(100)
        self._return(picking, 1)
        self.assertKinds(("earn", 100), ("clawback", -50))

    def test_a_return_then_its_credit_note(self):
        order = self._order()
        invoice = self._invoice_only(order)
        self._return(self._deliver(order), 2)
        self._credit(invoice)
        self.assertKinds(("earn", 100), ("clawback", -100))

    def test_a_credit_note_then_its_return(self):
        order = self._order()
        invoice = self._invoice_only(order)
        picking = self._deliver(order)
        self._credit(invoice)
        self._return(picking, 2)
        self.assertKinds(("earn", 100), ("clawback", -100))

    def test_half_credited_and_all_returned(self):
        order = self._order()
        invoice = self._invoice_only(order)
        picking = self._deliver(order)
        self._credit(invoice, 0.5)
        self.assertBalance(50)
        self._return(picking, 2)
        self.assertBalance(0)

    def test_a_return_for_repair_keeps_the_points(self):
        order = self._order()
        self._return(self._deliver(order), 2, to_refund=False)
        self.assertKinds(("earn", 100))

    def test_delivered_again_after_a_return(self):
        order = self._order()
        back = self._return(self._deliver(order), 2)
        self.assertBalance(0)
        self._return(back, 2)
        self.assertKinds(("earn", 100), ("clawback", -100), ("restore", 100))

    def test_points_come_with_the_last_delivery(self):
        self.program.earn_on = "delivery"
        order = self._order(qty=2)
        self.assertFalse(self._account().points_move_ids)
        picking = self._deliver(order, qty=1)
        self.assertFalse(self._account().points_move_ids)
        self.assertTrue(picking.backorder_ids)
        self._deliver(order)
        self.assertKinds(("earn", 100))
        self.assertEqual(self._account().points_move_ids.date, fields.Date.today())

    def test_members_who_are_served_first(self):
        """S055: their delivery has the star, and is reserved before others"""
        self.program.tier_ids = [
            Command.create(
                {"name": "Gold", "threshold": 100, "service_level": "priority"}
            )
        ]
        self.assertEqual(self._order().picking_ids.priority, "0")
        self.assertEqual(self._order().picking_ids.priority, "1")
        self.program.tier_ids.service_level = "standard"
        self.assertEqual(self._order().picking_ids.priority, "0")

    def test_a_keeper_of_the_warehouse_moves_points_without_rights_to_them(self):
        order = self._order()
        picking = self._deliver(order)
        keeper = self._add_user("keeper", "stock.group_stock_user")
        self.env = self.env(user=keeper)
        back = self._return(picking.with_user(keeper), 2)
        self.assertEqual(back.state, "done")
        self.env = self.env(user=1)
        self.assertKinds(("earn", 100), ("clawback", -100))
