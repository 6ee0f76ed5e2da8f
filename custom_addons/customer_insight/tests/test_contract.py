from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import AS_OF, CustomerInsightCase


def back(days):
    return AS_OF - timedelta(days=days)


@tagged("post_install", "-at_install")
class TestContract(CustomerInsightCase):
    """Contacts of a year, eight of them: two in 90 days on average."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warnings = cls.env["customer.warning"]
        cls.company.write({"insight_at_risk_days": 500, "insight_churned_days": 900})
        cls.customer = cls._add_customer()
        cls._add_order(cls.customer, back(200), 100.0)
        for number in range(7):
            cls._log(back(100 + 45 * number))
        cls.customer.contract_end = AS_OF + timedelta(days=60)

    @classmethod
    def _log(cls, day):
        cls.env["customer.interaction.log"].create(
            {
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "kind": "call",
                "date": cls._moment(day),
            }
        )

    def _night(self):
        self._refresh()
        self.warnings._refresh(AS_OF, self.company)
        return self.warnings.search([("partner_id", "=", self.customer.id)])

    def test_a_contract_that_ends_in_silence_is_warned_of(self):
        warning = self._night()
        self.assertEqual(warning.points, 50)
        # 8 contacts in 365 days are 2.0 in 90
        self.assertIn(
            "ends on 08/29/2025, and contacts fell from 2.0 to 0", warning.reason
        )
        self.assertIn("Offer the renewal before 08/29/2025", warning.strategy)

    def test_half_of_the_contacts_is_the_border(self):
        self._log(back(10))  # one where there were 1.97
        self.assertFalse(self._night())
        self.company.insight_contract_drop = 49
        self.assertTrue(self._night())

    def test_a_later_or_past_end_is_no_sign(self):
        for days in (61, -1):
            self.customer.contract_end = AS_OF + timedelta(days=days)
            with self.subTest(days=days):
                self.assertFalse(self._night())

    def test_nobody_is_measured_by_three_contacts(self):
        logs = self.env["customer.interaction.log"].search(
            [("partner_id", "=", self.customer.id)], limit=5
        )
        logs.unlink()
        self.assertFalse(self._night())

    def test_the_end_is_that_of_the_company(self):
        other = self._add_company("Other")
        self.assertFalse(self.customer.with_company(other).contract_end)
        self.customer.with_company(other).contract_end = AS_OF
        self.assertEqual(self.customer.contract_end, AS_OF + timedelta(days=60))

    def test_an_app_brings_contracts_of_its_own(self):
        self.customer.contract_end = False
        contact = self._add_customer("Contact", parent_id=self.customer.id)
        source = SQL("SELECT %s AS partner_id, %s::date AS date_end", contact.id, AS_OF)
        with patch.object(
            type(self.profiles),
            "_contract_sources",
            lambda records, company: {"app": source},
        ):
            self.assertEqual(self._night().reasons[0]["values"]["days"], 0)

    def test_employees_without_the_right_do_not_see_it(self):
        employee = new_test_user(self.env, "employee", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.customer.with_user(employee).read(["contract_end"])
