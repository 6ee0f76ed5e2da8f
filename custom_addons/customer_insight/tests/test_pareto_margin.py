from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .analysis_common import AnalysisCase
from .common import AS_OF


@tagged("post_install", "-at_install")
class TestParetoMargin(AnalysisCase):
    """Bread costs 4 of 10, a dozen is sold for 100; nobody knows what tea costs."""

    model = "customer.analysis.pareto"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bread, cls.tea = cls.env["product.product"].create(
            [
                {"name": "Bread", "type": "service", "taxes_id": False},
                {"name": "Tea", "type": "service", "taxes_id": False},
            ]
        )
        cls.bread.with_company(cls.company).standard_price = 4
        cls.bread.with_company(cls._add_company("Other")).standard_price = 1
        cls.seller, cls.dozen, cls.half, cls.unknown, cls.loss = cls._add_customers(5)
        cls.seller.user_id = cls.salesperson
        unit, dozen = (
            cls.env.ref(f"uom.product_uom_{name}") for name in ("unit", "dozen")
        )
        cls._sell(cls.seller, (cls.bread, 10, 10, unit))
        cls._sell(cls.dozen, (cls.bread, 1, 100, dozen))
        cls._sell(cls.half, (cls.bread, 1, 10, unit), (cls.tea, 1, 30, unit))
        cls._sell(cls.unknown, (cls.tea, 1, 500, unit))
        cls._sell(cls.loss, (cls.bread, 2, 1, unit))
        cls._refresh()

    @classmethod
    def _sell(cls, partner, *lines, days_ago=30):
        return cls._add_order(
            partner,
            AS_OF - timedelta(days=days_ago),
            order_line=[
                Command.create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": quantity,
                        "price_unit": price,
                        "product_uom_id": unit.id,
                    }
                )
                for product, quantity, price, unit in lines
            ],
        )

    def _cells(self, user=None, **params):
        [block] = self._blocks("table", user, share=95, measure="margin", **params)
        return {row["cells"][0]: row["cells"][1:] for row in block["rows"]}

    def test_margin_by_hand_and_who_is_left_out(self):
        cells = self._cells()
        found = {name: (row[2], row[5]) for name, row in cells.items()}
        self.assertEqual(
            found,
            {
                self.seller.name: (60, 1),
                self.dozen.name: (52, 1),
                self.half.name: (6, 0.25),
            },
        )
        self.assertEqual([row[0] for row in cells.values()], [1, 2, 3])

    def test_the_screen_says_what_is_not_known(self):
        [block] = self._blocks("figures", measure="margin")
        known = block["items"][-1]
        # of 100 + 100 + 40 + 500 + 2
        self.assertAlmostEqual(known["value"], 212 / 742)
        self.assertIn("1 customers without any", known["note"])
        self.assertIn("1 with no margin above zero", known["note"])
        [block] = self._blocks("figures")
        self.assertEqual(len(block["items"]), 4)

    def test_returns_take_their_margin_along(self):
        order = self.seller.sale_order_ids
        refund = self._add_refund(self.seller, AS_OF, 10, order=order, post=False)
        refund.invoice_line_ids.write(
            {"product_id": self.bread.id, "quantity": 5, "price_unit": 10}
        )
        refund.action_post()
        self.assertEqual(self._cells()[self.seller.name][2], 30)

    def test_the_period_counts(self):
        unit = self.env.ref("uom.product_uom_unit")
        self._sell(self.half, (self.bread, 100, 10, unit), days_ago=400)
        self.assertEqual(self._cells()[self.half.name][2], 6)
        rows = self.env["customer.pareto"].with_context(pareto_measure="margin")
        row = rows.search([("partner_id", "=", self.half.id)])
        self.assertEqual((row.amount, row.rank), (606, 1))

    def test_own_customers_only(self):
        self.assertEqual(list(self._cells(self.salesperson)), [self.seller.name])
        [block] = self._blocks("figures", self.salesperson, measure="margin")
        self.assertEqual(block["items"][-1]["value"], 1)

    def test_figures_open_their_customers(self):
        found = self._opened(["top"], measure="margin", share=80)
        self.assertEqual(found.partner_id, self.seller | self.dozen)
        self.assertEqual(sum(found.mapped("amount")), 112)

    def test_without_any_cost_it_says_so(self):
        self.bread.with_company(self.company).standard_price = 0
        screen = self._analyse(measure="margin")
        self.assertEqual(screen["blocks"], [])
        self.assertIn("have no cost", screen["empty"])
