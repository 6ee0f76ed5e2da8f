from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    def test_the_demonstration_data(self):
        """Loaded twice it is there once; tiers and ledger are as members made them."""
        module, path = "loyalty_program", "demo/loyalty_program_demo.xml"
        partners = {
            f"base.res_partner_{number}": self.env["res.partner"].create(
                {"name": f"Demo {number}"}
            )
            for number in (2, 3, 4)
        }
        for name, partner in partners.items():
            if not self.env.ref(name, raise_if_not_found=False):
                self.env["ir.model.data"].create(
                    {
                        "module": "base",
                        "name": name.split(".")[1],
                        "model": "res.partner",
                        "res_id": partner.id,
                    }
                )
        for _time in range(2):
            convert_file(self.env, module, path, {}, mode="init", noupdate=True)
        gold, silver, new = (
            self.env.ref(f"{module}.card_demo_{name}")
            for name in ("gold", "silver", "new")
        )
        self.assertEqual([c.points for c in gold | silver | new], [1060, 530, 0])
        self.assertEqual(len(gold.points_move_ids), 8)
        self.assertEqual(
            [card.tier_id.name for card in gold | silver | new],
            ["Gold", "Silver", False],
        )
        self.assertEqual((gold | silver | new)._verify(), {})
