import re

from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_pages import PageCase


@tagged("post_install", "-at_install")
class TestComplaints(PageCase):
    """Customers complain in the portal: of their own orders, and not without end."""

    def _complain(self, status=200, **fields):
        """Send the form of the portal. :return: the page that follows"""
        page = self._get("/my/feedback")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        data = {"csrf_token": token, "subject": "Broken", "text": "It broke.", **fields}
        response = self.url_open("/my/feedback/complain", data=data)
        self.assertEqual(response.status_code, status)
        self.env.invalidate_all()
        return response.text

    def _own_cases(self):
        domain = [("partner_id", "=", self.customer.id)]
        return self.env["feedback.case"].search(domain, order="id")

    def test_a_customer_complains_in_the_portal(self):
        team = self.env["crm.team"].create({"name": "Shop team"})
        order = self._order_now(team_id=team.id)
        foreign = self._order_now(self._add_customer("Other"))
        self._add_user("ann_portal", "base.group_portal", partner_id=self.customer.id)
        self.authenticate("ann_portal", "ann_portal")
        page = self._get("/my/feedback")
        self.assertIn(order.name, page)
        self.assertNotIn(foreign.name, page)
        for _time in range(2):  # a browser repeats what it sent: FS-33
            page = self._complain(order_id=order.id, state="closed", severity="3")
        self.assertIn("It broke.", page)
        self.assertRecordValues(
            self._own_cases(),
            [
                {
                    "name": "Broken",
                    "description": "It broke.",
                    "sale_order_id": order.id,
                    "team_id": team.id,
                    "company_id": self.company.id,
                    "channel": "web",
                    "state": "new",
                    "severity": "1",
                }
            ],
        )
        self._complain(subject="Again", order_id=foreign.id)
        self.assertFalse(self._own_cases()[-1].sale_order_id)

    def test_complaints_are_checked_and_counted(self):
        self._add_user("ann_portal", "base.group_portal", partner_id=self.customer.id)
        self.authenticate("ann_portal", "ann_portal")
        for fields in ({"text": " "}, {"subject": ""}, {"text": "x" * 10_001}):
            page = self._complain(**fields)
            self.assertIn("alert-danger", page)
        self.assertFalse(self._own_cases())
        page = self._complain(subject="<script>alert(1)</script>", text="a\x00b")
        self.assertNotIn("<script>alert(1)", page)
        for number in range(6):
            page = self._complain(subject=f"Number {number}")
        self.assertIn("several times today", page)
        self.assertEqual(len(self._own_cases()), 5)

    def test_complaints_need_the_form_and_a_login(self):
        """FS-10"""
        data = {"subject": "Broken", "text": "It broke."}
        with mute_logger("odoo.http"):
            self.url_open("/my/feedback/complain", data=data)
            self._add_user(
                "ann_portal", "base.group_portal", partner_id=self.customer.id
            )
            self.authenticate("ann_portal", "ann_portal")
            refused = self.url_open("/my/feedback/complain", data=data)
        self.assertEqual(refused.status_code, 400)
        self.assertFalse(self._own_cases())
