from odoo.exceptions import AccessError

from .common import MANAGER, OFFICER, LoyaltyCase

SELLER = "sales_team.group_sale_salesman"
INSIGHT = "customer_insight.group_user"


class TestAccess(LoyaltyCase):
    """Who may do what with each model, by the rights remote calls go through."""

    def test_the_table_of_rights(self):
        """X-01: read, write, create, delete"""
        table = {
            "loyalty.point.move": {OFFICER: "r", MANAGER: "r", INSIGHT: "r"},
            "loyalty.point.allocation": {OFFICER: "r", MANAGER: "r", INSIGHT: "r"},
            "loyalty.point.adjust": {OFFICER: "rwc", MANAGER: "rwc"},
            "loyalty.tier": {
                OFFICER: "r",
                MANAGER: "rwcd",
                INSIGHT: "r",
                SELLER: "r",
                "base.group_user": "r",
            },
            "loyalty.code.try": {},
            "loyalty.tier.move": {OFFICER: "r", MANAGER: "r", INSIGHT: "r"},
        }
        groups = (OFFICER, MANAGER, INSIGHT, SELLER, "base.group_user")
        users = {
            group: self._add_user(f"rights {number}", group)
            for number, group in enumerate(groups)
        }
        users["base.group_portal"] = self._add_user("rights p", "base.group_portal")
        letters = {"read": "r", "write": "w", "create": "c", "unlink": "d"}
        for model, rights in table.items():
            for group, user in users.items():
                records = self.env[model].with_user(user)
                found = "".join(
                    letter
                    for operation, letter in letters.items()
                    if records.has_access(operation)
                )
                self.assertEqual(found, rights.get(group, ""), f"{model}: {group}")

    def test_a_seller_confirms_and_cancels(self):
        """The ledger follows documents, whoever works on them."""
        seller = self._add_user("seller", SELLER)
        order = self._sell(90, confirm=False, user_id=seller.id).with_user(seller)
        order.action_confirm()
        self.assertBalance(90)
        spend = self._sell(5, confirm=False, product=self.plain, user_id=seller.id)
        spend = spend.with_user(seller)
        self._claim(spend, self._account().with_user(seller))
        spend.action_confirm()
        self.assertBalance(40)
        spend._action_cancel()
        order._action_cancel()
        self.assertBalance(0)

    def test_forms_open_without_loyalty_roles(self):
        """X-09"""
        self._sell(90)
        self._refresh(as_of=self.company._insight_today())
        reader = self._add_user("reader", f"{INSIGHT},base.group_partner_manager")
        self.member.user_id = reader
        profile = self._profile(self.member).with_user(reader)
        self.assertEqual(profile.loyalty_points, 90)
        self.assertNotIn("loyalty_account_ids", profile.fields_get())
        names = [name for name in profile.fields_get() if "loyalty" in name]
        self.assertTrue(profile.read(names))
        self.assertTrue(profile.action_open_loyalty_moves())
        outsider = self._add_user("outsider", "base.group_user")
        partner = self.member.with_user(outsider)
        self.assertNotIn("loyalty_account_ids", partner.fields_get())
        names = [name for name in partner.fields_get() if "loyalty" in name]
        self.assertTrue(partner.read(names))
        with self.assertRaises(AccessError):
            self._account().with_user(outsider).read(["points"])
