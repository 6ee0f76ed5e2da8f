from odoo import Command

from .common import LoyaltyCase


class TestAudience(LoyaltyCase):
    """Programs for new customers, for segments and for tiers alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls.env["loyalty.program"].create(
            {
                "name": "Offer",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "company_id": cls.company.id,
                "rule_ids": [Command.create({"minimum_qty": 1})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10,
                            "discount_mode": "percent",
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        cls.segment = cls.env["customer.segment"].create(
            {"name": "VIP", "kind": "manual"}
        )
        cls.env["customer.profile"]._refresh(companies=cls.company)

    def _offered(self, partner=None, order=None):
        order = order or self._sell(100, partner, confirm=False)
        order._update_programs_and_rewards()
        rewards = order._get_claimable_rewards()
        return self.offer.reward_ids in self.env["loyalty.reward"].union(
            *rewards.values()
        )

    def test_a_segment_carries_its_offers(self):
        self.assertFalse(self.segment.promotion_ids)
        self.segment.promotion_ids = self.offer
        self.assertEqual(self.offer.audience_segment_ids, self.segment)
        self.assertFalse(self._offered())  # the customer is not in the segment
        self.segment._add_members(self.member)
        self.assertTrue(self._offered())
        self.segment.promotion_ids = False
        self.assertFalse(self.offer.audience_segment_ids)
        other = self.env["customer.segment"].create({"name": "B", "kind": "manual"})
        self.offer.audience_segment_ids = self.segment | other
        self.env.invalidate_all()
        self.assertEqual((self.segment | other).promotion_ids, self.offer)

    def test_a_segment_shows_offers_of_the_own_company_alone(self):
        other = self._add_company("Other")
        self.offer.copy({"company_id": other.id, "name": "Hidden"})
        hidden = self.env["loyalty.program"].search([("name", "like", "Hidden")])
        hidden.audience_segment_ids = self.segment
        groups = "customer_insight.group_manager,loyalty_program.group_officer"
        segment = self.segment.with_user(self._add_user("offers", groups))
        segment = segment.with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(segment.promotion_ids)

    def test_the_first_purchase(self):
        self.offer.first_purchase_only = True
        order = self._sell(100, confirm=False)
        self.assertTrue(self._offered(order=order))
        self._sell(10)
        self.assertFalse(self._offered(order=order))

    def test_an_order_keeps_its_first_purchase_discount(self):
        self.offer.first_purchase_only = True
        order = self._sell(100, confirm=False)
        order._update_programs_and_rewards()
        card = order.coupon_point_ids.coupon_id.filtered(
            lambda c: c.program_id == self.offer
        )
        order._apply_program_reward(self.offer.reward_ids, card)
        order.action_confirm()
        self._sell(10)
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 90)

    def test_a_company_and_its_contacts_are_one_customer(self):
        self.offer.first_purchase_only = True
        person = self._add_customer("Person", parent_id=self.member.id)
        self._sell(10)
        self.assertFalse(self._offered(person))

    def test_a_segment(self):
        self.offer.audience_segment_ids = self.segment
        self.assertFalse(self._offered())
        self.segment._add_members(self.member)
        self.assertTrue(self._offered())
        self.segment._remove_members(self.member)
        self.assertFalse(self._offered())

    def test_a_seller_needs_no_right_to_segments(self):
        self.offer.audience_segment_ids = self.segment
        self.segment._add_members(self.member)
        seller = self._add_user("seller", "sales_team.group_sale_salesman")
        order = self._sell(100, confirm=False, user_id=seller.id)
        self.assertTrue(self._offered(order=order.with_user(seller)))

    def test_points_for_a_segment_alone(self):
        """S055: what was earned before may still be spent"""
        self.program.audience_segment_ids = self.segment
        self._sell(100)
        self.assertFalse(self._account())
        self.segment._add_members(self.member)
        order = self._sell(100)
        self.assertBalance(100)
        self.segment._remove_members(self.member)
        self._sell(100)
        order.order_line.price_unit = 110
        self.assertBalance(110)
        self._spend(60)
        self.assertBalance(50)

    def test_a_tier_and_those_above_it(self):
        self.program.tier_ids = [
            Command.create({"name": "Silver", "threshold": 100}),
            Command.create({"name": "Gold", "threshold": 1000}),
        ]
        silver, gold = self.program.tier_ids
        self.offer.audience_tier_ids = silver
        self.assertFalse(self._offered())
        self._sell(1000)
        self.assertEqual(self._account().tier_id, gold)
        self.assertTrue(self._offered())
        other = self._add_customer("Other")
        self._sell(99, other)
        self.assertFalse(self._offered(other))

    def test_the_refusal_says_why(self):
        self.offer.audience_segment_ids = self.segment
        order = self._sell(100, confirm=False)
        status = order._program_check_compute_points(self.offer)[self.offer]
        self.assertEqual(status, {"error": "This offer is for other customers."})
