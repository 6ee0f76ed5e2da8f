from odoo.addons.customer_insight.tests.demo import DemoMixin
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDemo(DemoMixin, TransactionCase):
    demo_module = "loyalty_program"

    def test_the_demonstration_data(self):
        """Loaded twice it is there once; tiers and ledger are as members made them."""
        for _time in range(2):
            self.load_demo()
        gold, silver, new = (
            self.of_demo(f"card_demo_{name}") for name in ("gold", "silver", "new")
        )
        self.assertEqual([c.points for c in gold | silver | new], [1060, 530, 0])
        self.assertEqual(len(gold.points_move_ids), 8)
        self.assertEqual(
            [card.tier_id.name for card in gold | silver | new],
            ["Gold", "Silver", False],
        )
        self.assertEqual((gold | silver | new)._verify(), {})
