import re
from pathlib import Path

from odoo.modules.module import Manifest
from odoo.tests import tagged
from odoo.tools.convert import convert_file

from .common import CustomerInsightCase

MODULE = "customer_insight"


@tagged("post_install", "-at_install")
class TestDemo(CustomerInsightCase):
    """The demonstration data, loaded here: the tests' database has none."""

    def load(self):
        manifest = Manifest.for_addon(MODULE)
        for name in manifest["demo"]:
            text = Path(manifest.path, name).read_text(encoding="utf-8")
            for xml_id in set(re.findall(r"base\.res_partner_\w+", text)):
                self.contact_of_odoo(xml_id)
            convert_file(self.env, MODULE, name, {}, mode="init", noupdate=True)

    def contact_of_odoo(self, xml_id):
        """Odoo's own demonstration contact, or one in its place."""
        if not self.env.ref(xml_id, raise_if_not_found=False):
            name = xml_id.rpartition(".")[2]
            partner = self.env["res.partner"].create({"name": name, "is_company": True})
            self.env["ir.model.data"].create(
                {
                    "module": "base",
                    "name": name,
                    "model": "res.partner",
                    "res_id": partner.id,
                }
            )

    def test_demo_data_load_twice_and_show_something(self):
        self.load()
        self.load()
        customer = self.env.ref("base.res_partner_2")
        profile = self.env["customer.profile"].search(
            [("partner_id", "=", customer.id)], limit=1
        )
        self.assertEqual(profile.interaction_count, 2)
        self.assertEqual(len(profile.need_evidence_ids), 2)
        self.assertEqual(len(profile.preference_ids), 2)
        need = self.env.ref("customer_insight.need_demo_assembly")
        self.assertEqual(need.customer_count, 2)
