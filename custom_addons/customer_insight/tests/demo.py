"""Loading an add-on's demonstration data in a test: the tests' database has none."""

import re
from pathlib import Path

from odoo.modules.module import Manifest
from odoo.tools import convert_file


class DemoMixin:
    """Beside a TransactionCase; ``demo_module`` names the add-on."""

    demo_module = None

    def load_demo(self):
        """Load the data as an installation does, with Odoo's own contacts they name."""
        manifest = Manifest.for_addon(self.demo_module)
        for name in manifest["demo"]:
            text = Path(manifest.path, name).read_text(encoding="utf-8")
            for xml_id in set(re.findall(r"base\.res_partner_\w+", text)):
                self._contact_of_odoo(xml_id)
            convert_file(
                self.env, self.demo_module, name, {}, mode="init", noupdate=True
            )

    def of_demo(self, name):
        """:return: the record of the demonstration data with this name"""
        return self.env.ref(f"{self.demo_module}.{name}")

    def _contact_of_odoo(self, xml_id):
        """Odoo's own demonstration contact, or one in its place."""
        if self.env.ref(xml_id, raise_if_not_found=False):
            return
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
