from datetime import timedelta

from odoo import Command
from odoo.addons.customer_insight.tests.common import AS_OF

from .common import LoyaltyCase


class TestWarning(LoyaltyCase):
    def test_a_lost_tier_is_a_sign_until_it_is_won_again(self):
        self.program.tier_ids = [Command.create({"name": "Silver", "threshold": 100})]
        account = self._add_account()
        profiles = self.env["customer.profile"]
        query = profiles._churn_signals(self.company, AS_OF)["tier"]["query"]

        def moved(direction, days):
            self.env["loyalty.tier.move"].sudo().create(
                {
                    "card_id": account.id,
                    "date": AS_OF - timedelta(days=days),
                    "direction": direction,
                }
            )
            self.env.flush_all()
            return self.env.execute_query(query)

        self.assertFalse(moved("down", 61))  # too long ago
        self.assertEqual(moved("down", 30), [(self.member.id, 20, {"days": 30})])
        self.assertIn("30 days ago", profiles._tier_lost_sentence({"days": 30}))
        self.assertFalse(moved("up", 3))
