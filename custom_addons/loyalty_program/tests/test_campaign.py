from odoo import Command
from odoo.exceptions import AccessError

from .common import LoyaltyCase


class TestCampaign(LoyaltyCase):
    """A campaign for a segment with a promotion of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["customer.segment"].create(
            {"name": "VIP", "kind": "manual"}
        )
        cls.offer = cls.env["loyalty.program"].create(
            {
                "name": "Spring",
                "program_type": "promo_code",
                "trigger": "with_code",
                "applies_on": "current",
                "company_id": cls.company.id,
                "audience_segment_ids": cls.segment.ids,
                "rule_ids": [Command.create({"mode": "with_code", "code": "SPRING"})],
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
        cls.campaign = cls.env["utm.campaign"].create(
            {"name": "Spring", "promotion_id": cls.offer.id}
        )
        cls.env["customer.profile"]._refresh(companies=cls.company)
        cls.segment._add_members(cls.member)

    def _redeem(self, partner, confirm=True):
        order = self._sell(100, partner, confirm=False)
        status = order._try_apply_code("SPRING")
        if "error" not in status:
            for coupon, rewards in status.items():
                order._apply_program_reward(rewards[:1], coupon)
        if confirm:
            order.action_confirm()
        self.env.invalidate_all()
        return order

    def test_members_alone_use_it_and_the_campaign_counts_them(self):
        other = self._redeem(self._add_customer())
        self.assertEqual(other.amount_untaxed, 100)
        self.assertEqual(self.campaign.promotion_order_count, 0)
        order = self._redeem(self.member)
        self.assertEqual(order.amount_untaxed, 90)
        self.assertEqual(self.campaign.promotion_order_count, 1)
        action = self.campaign.action_open_promotion_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order)

    def test_quotations_and_campaigns_without_a_promotion_count_none(self):
        self._redeem(self.member, confirm=False)
        self.assertEqual(self.campaign.promotion_order_count, 0)
        self.campaign.promotion_id = False
        self._redeem(self.member)
        self.assertEqual(self.campaign.promotion_order_count, 0)

    def test_a_salesperson_counts_the_own_orders(self):
        order = self._redeem(self.member)
        user = self._add_user("ann", "sales_team.group_sale_salesman")
        campaign = self.campaign.with_user(user)
        order.user_id = self.env.ref("base.user_admin")
        self.assertEqual(campaign.promotion_order_count, 0)
        order.user_id = user
        self.env.invalidate_all()
        self.assertEqual(campaign.promotion_order_count, 1)

    def test_who_does_not_sell_sees_no_promotion(self):
        stranger = self._add_user("bob", "base.group_user")
        with self.assertRaises(AccessError):
            self.campaign.with_user(stranger).read(["promotion_id"])
