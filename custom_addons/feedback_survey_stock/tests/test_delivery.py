from odoo import Command
from odoo.addons.feedback_survey.tests.common import AskingCase


class DeliveryCase(AskingCase):
    """Goods in stock, and ways to sell and deliver them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls.env["product.product"].create(
            {"name": "Boat", "type": "consu", "is_storable": True, "taxes_id": False}
        )
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.env["stock.quant"]._update_available_quantity(
            cls.goods, cls.warehouse.lot_stock_id, 100
        )

    def _sell(self, quantity=1):
        return self._order_now(
            order_line=[
                Command.create(
                    {"product_id": self.goods.id, "product_uom_qty": quantity}
                )
            ]
        )

    def _deliver(self, order, quantity):
        picking = order.picking_ids.filtered(lambda p: p.state != "done")
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking._action_done()
        return picking


class TestDelivery(DeliveryCase):
    """S050: the delivery that is done, not the order, is what is asked about."""

    def test_a_delivery_is_asked_about_once_and_knows_its_order(self):
        rule = self._add_rule(event="order_delivered")
        order = self._sell()
        self._run("ir_cron_scan")
        self.assertFalse(self._requests_of(rule))
        picking = self._deliver(order, 1)
        for _run in range(2):
            self._run("ir_cron_scan")
        self.assertRecordValues(
            self._requests_of(rule),
            [
                {
                    "source_model": "stock.picking",
                    "source_id": picking.id,
                    "sale_order_id": order.id,
                    "partner_id": self.customer.id,
                }
            ],
        )

    def test_the_first_delivery_only(self):
        rule = self._add_rule(event="order_delivered", first_only=True, delay_days=2)
        order = self._sell(2)
        first = self._deliver(order, 1)
        self._deliver(order, 1)
        self.assertEqual(self._requests_of(rule).source_id, first.id)

    def test_goods_that_come_back_are_not_asked_about(self):
        rule = self._add_rule(event="order_delivered")
        picking = self._deliver(self._sell(), 1)
        self._requests_of(rule).unlink()
        returning = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        returning.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(
            returning.action_create_returns()["res_id"]
        )
        back.move_ids.write({"quantity": 1, "picked": True})
        back._action_done()
        self._run("ir_cron_scan")
        self.assertNotIn(back.id, self._requests_of(rule).mapped("source_id"))
