from odoo.tests import tagged

from .common import CustomerInsightCase
from .demo import DemoMixin


@tagged("post_install", "-at_install")
class TestDemo(DemoMixin, CustomerInsightCase):
    demo_module = "customer_insight"

    def test_demo_data_load_twice_and_show_something(self):
        self.load_demo()
        self.load_demo()
        customer = self.env.ref("base.res_partner_2")
        profile = self.env["customer.profile"].search(
            [("partner_id", "=", customer.id)], limit=1
        )
        self.assertEqual(profile.interaction_count, 2)
        self.assertEqual(len(profile.need_evidence_ids), 2)
        self.assertEqual(len(profile.preference_ids), 2)
        need = self.env.ref("customer_insight.need_demo_assembly")
        self.assertEqual(need.customer_count, 2)
