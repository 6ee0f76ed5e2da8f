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

    def _unused(self, as_of=AS_OF):
        self.env.flush_all()
        signals = self.env["customer.profile"]._churn_signals(self.company, as_of)
        return self.env.execute_query(signals["points"]["query"])

    def test_points_that_lie_unused_are_a_sign(self):
        self.program.reward_ids.required_points = 100
        few = self._add_customer()
        account = self._add_account(150)
        self._add_account(99, few)
        day = account.points_move_ids.date
        self.assertFalse(self._unused(day + timedelta(days=179)))
        [row] = self._unused(day + timedelta(days=180))
        self.assertEqual(row[:2], (self.member.id, 15))
        self.assertEqual((float(row[2]["unused"]), row[2]["days"]), (150, 180))
        sentence = self.env["customer.profile"]._points_unused_sentence(row[2])
        self.assertEqual(
            sentence, "150 points unused for 180 days, enough for a reward"
        )
        account._post(-60, "redeem")  # what is left is not enough
        self.assertFalse(self._unused(day + timedelta(days=180)))

    def test_points_of_another_company_are_no_sign(self):
        self.program.reward_ids.required_points = 100
        account = self._add_account(150)
        day = account.points_move_ids.date + timedelta(days=200)
        self.env.flush_all()
        other = self._add_company("Other")
        signals = self.env["customer.profile"]._churn_signals(other, day)
        self.assertFalse(self.env.execute_query(signals["points"]["query"]))
