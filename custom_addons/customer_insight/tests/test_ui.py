from datetime import timedelta

from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


@tagged("post_install", "-at_install")
class TestUi(CustomerInsightCase, HttpCase):
    """The screens, walked through in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user(
            "insight_manager", f"{INSIGHT_MANAGER},sales_team.group_sale_manager"
        )
        cls.salesperson = cls._add_user(
            "insight_user", f"{INSIGHT_USER},sales_team.group_sale_salesman"
        )
        today = cls.company._insight_today()
        loyal = cls._add_customer("Loyal Lin", user_id=cls.salesperson.id)
        for days in (5, 35, 65, 95):
            cls._add_order(loyal, today - timedelta(days=days), 100)
        silent = cls._add_customer("Silent Sam")
        cls._add_order(silent, today - timedelta(days=300), 50)
        cls.env["customer.profile"]._refresh(companies=cls.company)

    def test_a_figure_opens_to_its_documents(self):
        self.start_tour(
            "/odoo/customer-profiles",
            "customer_insight_open_documents",
            login=self.manager.login,
        )

    def test_a_figure_opens_on_a_phone(self):
        self.browser_size, self.touch_enabled = "390x844", True
        self.start_tour(
            "/odoo/customer-profiles",
            "customer_insight_phone",
            login=self.manager.login,
        )

    def test_analysis_screens(self):
        months = sorted(self.env["customer.snapshot"]._missing_months(self.company))
        for month_end in months[-2:]:
            self.env["customer.snapshot"]._take(self.company, month_end)
        self.env["customer.stage.move"]._rebuild(self.company)
        self.start_tour(
            "/odoo/customer-trend",
            "customer_insight_analysis",
            login=self.manager.login,
        )

    def test_a_graph_is_saved_as_a_picture(self):
        self.start_tour(
            "/odoo/customer-analysis?view_type=graph",
            "customer_insight_graph_png",
            login=self.manager.login,
        )

    def test_a_salesperson_sees_own_customers_only(self):
        self.start_tour(
            "/odoo/customer-profiles",
            "customer_insight_own_customers",
            login=self.salesperson.login,
        )

    def test_a_segment_is_made_by_a_rule(self):
        self.start_tour(
            "/odoo/customer-segments",
            "customer_insight_segment_rule",
            login=self.manager.login,
        )
        segment = self.env["customer.segment"].search([("name", "=", "Lately active")])
        self.assertEqual(segment.user_id, self.manager)

    def test_a_playbook_is_tried_and_started(self):
        playbook = self.env["customer.playbook"].create(
            {
                "name": "Keep loyal customers",
                "company_id": self.company.id,
                "user_id": self.manager.id,
                "stage": "loyal",
                "is_backlog": True,
                "control_share": 0,
                "step_ids": [
                    Command.create({"action": "activity", "summary": "Thank them"})
                ],
            }
        )
        self.start_tour(
            "/odoo/playbooks", "customer_insight_playbook", login=self.manager.login
        )
        self.assertEqual(playbook.state, "running")

    def test_the_grid_is_edited(self):
        self.start_tour(
            "/odoo/rfm-matrix", "customer_insight_rfm_grid", login=self.manager.login
        )
        cell = self.env["customer.rfm.cell"].search([("code", "=", "555")])
        self.assertEqual(cell.segment_id.code, "lost")


@tagged("post_install", "-at_install")
class TestJs(HttpCase):
    """The JavaScript unit tests of this add-on."""

    def test_unit_tests(self):
        suite = self._suite_hash("@customer_insight")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=120,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )

    @staticmethod
    def _suite_hash(name):
        """Hash of a suite's name, as the JavaScript test runner computes it."""
        value = 0
        for char in name:
            value = ((value << 5) - value + ord(char)) & 0xFFFFFFFF
        return f"{value:08x}"
