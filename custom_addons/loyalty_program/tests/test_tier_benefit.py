from odoo import Command
from odoo.tests import freeze_time

from .common import OFFICER, LoyaltyCase


class TestTierBenefit(LoyaltyCase):
    """What holders of a tier get: price list, rewards, birthday points, service."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user").implied_ids |= cls.env.ref(
            "product.group_product_pricelist"
        )
        cls.program.tier_ids = [
            Command.create({"name": "Silver", "threshold": 100}),
            Command.create({"name": "Gold", "threshold": 1000}),
        ]
        cls.silver, cls.gold = cls.program.tier_ids
        lists = cls.env["product.pricelist"].create(
            [
                {
                    "name": name,
                    "company_id": cls.company.id,
                    "item_ids": [
                        Command.create(
                            {"compute_price": "percentage", "percent_price": percent}
                        )
                    ],
                }
                for name, percent in (
                    ("Public", 0),
                    ("Silver", 5),
                    ("Gold", 10),
                    ("Own", 50),
                )
            ]
        )
        __, cls.silver_list, cls.gold_list, cls.own_list = lists
        cls.silver.pricelist_id = cls.silver_list
        cls.product.list_price = 100

    def _list(self, partner=None):
        self.env.invalidate_all()
        return (partner or self.member).property_product_pricelist

    def _price(self, partner=None):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.member).id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        return order.amount_total

    def test_the_price_list_of_the_tier(self):
        self._sell(99)
        self.assertEqual(self._price(), 100)
        self._sell(1)
        self.assertEqual(self._list(), self.silver_list)
        self.assertEqual(self._price(), 95)

    def test_a_tier_without_a_list_has_that_of_the_one_below(self):
        self._sell(1000)
        self.assertEqual(self._account().tier_id, self.gold)
        self.assertEqual(self._list(), self.silver_list)
        self.gold.pricelist_id = self.gold_list
        self.assertEqual(self._list(), self.gold_list)

    def test_a_list_chosen_on_the_contact_comes_first(self):
        self._sell(100)
        self.member.property_product_pricelist = self.own_list
        self.assertEqual(self._list(), self.own_list)
        self.member.property_product_pricelist = self.silver_list  # no own choice
        self.assertFalse(self.member.specific_property_product_pricelist)
        self.gold.pricelist_id = self.gold_list
        self._sell(900)
        self.assertEqual(self._list(), self.gold_list)

    def test_a_list_of_a_segment_comes_after(self):
        self.company.insight_segment_pricelist = True
        segment = self.env["customer.segment"].create(
            {"name": "VIP", "kind": "manual", "pricelist_id": self.own_list.id}
        )
        self.env["customer.profile"]._refresh(companies=self.company)
        segment._add_members(self.member)
        self.assertEqual(self._list(), self.own_list)
        self.assertEqual(self.member.pricelist_segment_id, segment)
        self._sell(100)
        self.assertEqual(self._list(), self.silver_list)
        self.assertFalse(self.member.pricelist_segment_id)

    def test_a_lost_tier_takes_its_list_along(self):
        with freeze_time("2024-01-10 12:00"):
            self._sell(100)
        self.program.tier_window = "rolling"
        with freeze_time("2026-01-10 12:00"):
            self._account()._refresh_tiers()
        self.assertFalse(self._account().tier_id)
        self.assertEqual(self._price(), 100)

    def test_neither_archived_accounts_nor_other_companies(self):
        self._sell(100)
        other = self._add_company("Other")
        member = self.member.with_company(other)
        self.assertNotEqual(member.property_product_pricelist, self.silver_list)
        self._account().active = False
        self.assertNotEqual(self._list(), self.silver_list)

    def test_contacts_have_the_list_of_the_company_account(self):
        self.company.loyalty_account_level = "company"
        person = self._add_customer("Person", parent_id=self.member.id)
        self._sell(100, person)
        self.assertEqual(self._list(person), self.silver_list)

    def test_price_lists_switched_off(self):
        self._sell(100)
        feature = self.env.ref("product.group_product_pricelist")
        self.env.ref("base.group_user").implied_ids -= feature
        self.assertEqual(self._price(), 100)

    def test_a_gift_for_a_tier(self):
        """A product as a reward of an ordinary program that is for the tier."""
        action = self.gold.action_open_rewards()
        gift = (
            self.env["loyalty.program"]
            .with_context(**action["context"])
            .create(
                {
                    "name": "Gift",
                    "trigger": "auto",
                    "rule_ids": [Command.create({"minimum_qty": 1})],
                    "reward_ids": [
                        Command.create(
                            {
                                "reward_type": "product",
                                "reward_product_id": self.plain.id,
                                "required_points": 1,
                            }
                        )
                    ],
                }
            )
        )
        self.assertEqual(gift.audience_tier_ids, self.gold)
        self.assertEqual(self.gold.reward_program_ids, gift)
        for amount, offered in ((999, False), (1, False), (5, True)):
            order = self._sell(amount, confirm=False)
            order._update_programs_and_rewards()
            rewards = order._get_claimable_rewards()
            found = self.env["loyalty.reward"].union(*rewards.values())
            self.assertEqual(gift.reward_ids in found, offered)
            order.action_confirm()

    def test_points_for_a_birthday(self):
        self.env["loyalty.earning.rule"].create(
            {
                "name": "Birthday",
                "program_id": self.program.id,
                "event": "birthday",
                "points": 10,
            }
        )
        self.gold.birthday_points = 200
        self.program.tier_ids = [Command.create({"name": "Top", "threshold": 1001})]
        other = self._add_customer("Other")
        self._sell(1001)
        self._sell(100, other)
        accounts = self._account() | self._account(other)
        self._set_create_date(accounts, "2020-01-01")
        (self.member | other).birthdate = "1990-05-10"
        with freeze_time("2025-05-10 12:00"), self.enter_registry_test_mode():
            self.env.ref("loyalty_program.ir_cron_events").method_direct_trigger()
        self.assertBalance(1201)  # the top tier has what gold has
        self.assertBalance(110, self._account(other))

    def test_members_who_are_served_first(self):
        self.gold.service_level = "priority"
        plain = self._sell(100, self._add_customer("Other"))
        self.assertFalse(plain.is_served_first)
        self.assertEqual(plain.loyalty_tier_id, self.silver)
        self.program.tier_ids = [Command.create({"name": "Top", "threshold": 1001})]
        first = self._sell(1001)
        first.invalidate_recordset()
        self.assertTrue(first.is_served_first)
        seller = self._add_user("seller", "sales_team.group_sale_salesman_all_leads")
        found = first.with_user(seller).search([("is_served_first", "=", True)])
        self.assertEqual(found, first)
        self.assertIn(plain, first.search([("is_served_first", "=", False)]))

    def test_many_orders_are_asked_at_once(self):
        self.gold.service_level = "priority"
        people = self._add_customers(3)
        for person in people:
            self._add_account(500, person)._refresh_tiers()
        orders = self.env["sale.order"].browse()
        for person in people:
            orders |= self._sell(1, person, product=self.plain)
        self.env["res.partner"]._tiers_have()
        orders.invalidate_recordset()
        orders.mapped("partner_id.name"), orders.mapped("company_id.name")
        orders[0].loyalty_tier_id._is_served_first()
        self.env["sale.order"].invalidate_model(["loyalty_tier_id", "is_served_first"])
        with self.assertQueryCount(1):
            tiers = [order.loyalty_tier_id for order in orders]
        self.assertEqual(set(tiers), {orders[0].loyalty_tier_id})

    def test_days_of_grace_are_shown(self):
        self.program.write({"tier_window": "rolling", "tier_grace_days": 30})
        with freeze_time("2024-01-10 12:00"):
            self._sell(100)
            self.assertFalse(self._account().tier_grace_until)
        with freeze_time("2025-01-20 12:00"):
            self.env.invalidate_all()
            self.assertEqual(str(self._account().tier_grace_until), "2025-02-08")

    def test_officers_open_the_rewards(self):
        officer = self._add_user("officer", OFFICER)
        action = self.gold.with_user(officer).action_open_rewards()
        self.assertEqual(action["domain"], [("audience_tier_ids", "in", self.gold.ids)])
