from odoo import Command
from odoo.exceptions import UserError, ValidationError

from .common import LoyaltyCase


class TestOrder(LoyaltyCase):
    """What orders earn and spend: confirmed, edited, cancelled, confirmed again."""

    def test_a_confirmed_order_earns_once(self):
        """LP-04"""
        order = self._sell(90)
        self.assertKinds(("earn", 90.0))
        order._settle_points()
        order._refresh_points()
        self.assertKinds(("earn", 90.0))
        self.assertBalance(90)

    def test_a_cancelled_order_adds_a_line_and_keeps_the_first(self):
        """LP-06"""
        order = self._sell(90)
        order._action_cancel()
        self.assertKinds(("earn", 90.0), ("clawback", -90.0))
        self.assertBalance(0)
        history = self._account().history_ids
        self.assertEqual(sum(history.mapped("issued")), 90)
        self.assertEqual(sum(history.mapped("used")), 90)

    def test_points_spent_before_a_cancellation_are_owed(self):
        """LP-07: debt, covered by what is earned later, no redemption meanwhile."""
        first = self._sell(100)
        self._spend(60)
        first._action_cancel()
        account = self._account()
        self.assertBalance(-60)
        self.assertEqual(account.available_points, 0)
        later = self._sell(50)
        self.assertBalance(-10)
        self.assertEqual(account.available_points, 0)
        self._sell(30)
        self.assertBalance(20)
        self.assertEqual(account.available_points, 20)
        later._action_cancel()
        self.assertBalance(-30)

    def test_points_spent_before_a_cancellation_are_written_off(self):
        """LP-07: written off with a reason, and not given away by confirming again."""
        self.program.debt_policy = "none"
        first = self._sell(100)
        self._spend(60)
        first._action_cancel()
        self.assertBalance(0)
        written = self._account().points_move_ids.filtered(lambda m: m.kind == "adjust")
        self.assertEqual(written.points, 60)
        self.assertIn("spent", written.reason)
        self.assertEqual(written.reversed_move_id.kind, "clawback")
        first.action_draft()
        first.action_confirm()
        self.assertBalance(40)
        first._action_cancel()
        self.assertBalance(0)

    def test_waiting_points_cover_a_cancellation_by_policy(self):
        self.program.write({"debt_policy": "pending", "pending_days": 14})
        account = self._add_account(30)
        waiting = self._sell(50)
        self.assertEqual(account.available_points, 30)
        self.assertEqual(account.pending_points, 50)
        account._post(-30, "redeem", side="spend")
        account._post(-40, "clawback")
        self.assertBalance(10)
        self.assertEqual(account.pending_points, 10)
        waiting._action_cancel()  # 40 of its 50 points are gone
        self.assertBalance(0)

    def test_edits_post_their_difference(self):
        """LP-10"""
        order = self._sell(45, qty=2)
        self.assertBalance(90)
        order.order_line.write({"product_uom_qty": 1, "price_unit": 45})
        self.assertBalance(45)
        order.write(
            {
                "order_line": [
                    Command.create({"product_id": self.product.id, "price_unit": 5}),
                    Command.create({"product_id": self.product.id, "price_unit": 7}),
                ]
            }
        )
        self.assertBalance(57)
        self.assertKinds(("earn", 90.0), ("clawback", -45.0), ("restore", 12.0))
        order._action_cancel()
        self.assertBalance(0)

    def test_the_reward_button_on_a_confirmed_order_moves_nothing(self):
        """LP-10, as core loses track of it"""
        order = self._sell(90)
        order._update_programs_and_rewards()
        self.assertBalance(90)
        order.action_open_reward_wizard()  # claims the only reward, 9.00 for 90 points
        self.assertBalance(0)
        self.assertKinds(("earn", 90.0), ("redeem", -90.0))
        order._action_cancel()
        self.assertBalance(0)

    def test_confirmed_again_is_one_grant(self):
        """LP-11"""
        order = self._sell(90)
        order._action_cancel()
        order.action_draft()
        order.action_confirm()
        self.assertBalance(90)
        self.assertKinds(("earn", 90.0), ("clawback", -90.0), ("restore", 90.0))

    def test_nothing_is_earned_by_nothing(self):
        """LP-13: zero, a negative line, less than nothing"""
        self._sell(0)
        order = self._sell(10, confirm=False)
        order.order_line = [
            Command.create({"product_id": self.product.id, "price_unit": -30})
        ]
        order.action_confirm()
        self.assertFalse(self._account().points_move_ids)

    def test_a_thousand_tenths(self):
        """LP-14"""
        account = self._add_account()
        for number in range(1000):
            account._post(0.1, "bonus", key=f"tenth {number}")
        self.assertBalance(100.0)
        self.reward.required_points = 100
        order = self._sell(50, confirm=False)
        self.assertTrue(self._claim(order))

    def test_points_are_counted_in_the_currency_of_the_program(self):
        """LP-15"""
        yen = self._add_currency("JPY", {"2020-01-01": 150})
        pricelist = self.env["product.pricelist"].create(
            {"name": "Yen", "currency_id": yen.id, "company_id": self.company.id}
        )
        self._sell(15000, pricelist_id=pricelist.id)
        self.assertBalance(100)

    def test_two_companies_keep_apart(self):
        """LP-16"""
        other = self._add_company("Other")
        program = self._add_program(company=other)
        account = self._add_account(500, program=program)
        self.env.user.company_ids |= other
        env = self.env(
            context={
                **self.env.context,
                "allowed_company_ids": [self.company.id, other.id],
            }
        )
        order = self._sell(10, confirm=False).with_env(env)
        order._update_programs_and_rewards()
        self.assertNotIn(account, order._get_claimable_rewards())
        self.assertNotIn(account, order.applied_coupon_ids)
        order.action_confirm()
        self.assertBalance(500, account)
        self.assertBalance(10)
        user = self._add_user("only A", OFFICER_AND_SALES)
        cards = self.env["loyalty.card"].with_user(user)
        self.assertFalse(cards.search([("id", "=", account.id)]))
        moves = self.moves.with_user(user)
        self.assertFalse(moves.search([("card_id", "=", account.id)]))

    def test_a_cancelled_redemption_comes_back_with_its_days(self):
        """LP-08"""
        account = self._add_account()
        account._post(40, "bonus", key="a", expires_on="2099-01-31")
        account._post(60, "bonus", key="b", expires_on="2099-06-30")
        self.program.expiry_mode = "term"
        self.program.expiry_not_before = False
        order = self._spend(70)
        self.assertEqual(account.points, 30 + 0)
        order._action_cancel()
        self.assertBalance(100)
        lots = account._lots()
        self.assertEqual(
            [(str(lot.expires_on), float(lot.open)) for lot in lots],
            [("2099-01-31", 40), ("2099-06-30", 30), ("2099-06-30", 30)],
        )

    def test_a_reward_taken_off_a_confirmed_order_gives_its_points_back(self):
        """LP-41"""
        self._add_account(100)
        order = self._spend(100)
        self.assertBalance(0)
        line = order.order_line.filtered("reward_id")
        line.product_uom_qty = 0
        self.assertBalance(100)
        order._action_cancel()
        self.assertBalance(100)

    def test_a_reward_claimed_on_a_confirmed_order(self):
        account = self._add_account(100)
        order = self._sell(10)
        self.assertBalance(110)
        self._claim(order, account)
        self.assertBalance(10)
        order._action_cancel()
        self.assertBalance(100)

    def test_points_claimed_on_a_quotation_are_reserved(self):
        """LP-01, LP-32: the second quotation cannot claim them, and says so"""
        account = self._add_account(100)
        first = self._sell(10, confirm=False, product=self.plain)
        self._claim(first)
        self.assertEqual(account.reserved_points, 100)
        self.assertEqual(account.available_points, 0)
        second = self._sell(10, confirm=False, product=self.plain)
        second._update_programs_and_rewards()
        self.assertFalse(second._get_claimable_rewards())
        status = second._apply_program_reward(self.reward, account)
        self.assertIn("error", status)
        first._action_cancel()
        self._claim(second)
        second.action_confirm()
        self.assertBalance(0)

    def test_of_two_claims_the_later_one_is_refused(self):
        """LP-01: readable, and the quotation stays as it is"""
        account = self._add_account(100)
        first, second = (
            self._sell(10, confirm=False, product=self.plain),
            self._sell(10, confirm=False),
        )
        self._claim(first)
        line = first.order_line.filtered("reward_id")
        second.order_line = [
            Command.create(
                {
                    "product_id": line.product_id.id,
                    "name": "Claimed elsewhere",
                    "price_unit": -10,
                    "reward_id": self.reward.id,
                    "coupon_id": account.id,
                    "points_cost": 100,
                    "reward_identifier_code": "x",
                }
            )
        ]
        with self.assertRaisesRegex(ValidationError, "invalid"):
            second.action_confirm()
        self.assertEqual(second.state, "draft")
        self.assertEqual(len(second.order_line), 2)
        first.action_confirm()
        self.assertBalance(0)

    def test_old_quotations_reserve_nothing(self):
        account = self._add_account(100)
        self._claim(self._sell(10, confirm=False))
        self._set_create_date(
            account.env["sale.order.line"].search([("coupon_id", "=", account.id)]),
            "2020-01-01",
        )
        account.invalidate_recordset()
        self.assertEqual(account.reserved_points, 0)
        self.assertEqual(account.available_points, 100)

    def test_another_customer_after_claiming(self):
        """Points of one customer never pay for another customer's order."""
        account = self._add_account(100)
        order = self._sell(10, confirm=False)
        self._claim(order)
        order.partner_id = self._add_customer("Somebody else")
        self.assertFalse(order.order_line.filtered("reward_id"))
        order.action_confirm()
        self.assertBalance(100, account)
        self.assertBalance(10, self._account(order.partner_id))
        with self.assertRaisesRegex(UserError, "moved points"):
            order.partner_id = self.member

    def test_a_limited_reward_is_used_once(self):
        """LP-03, one after the other"""
        self.program.write({"limit_usage": True, "max_usage": 1})
        self._add_account(100)
        other = self._add_customer("Other")
        self._add_account(100, other)
        self._claim(self._sell(10, confirm=False))
        order = self._sell(10, other, confirm=False)
        order._update_programs_and_rewards()
        with self.assertRaisesRegex(ValidationError, "as often"):
            order._apply_program_reward(self.reward, self._account(other))

    def test_a_program_that_ended_leaves_confirmed_orders_alone(self):
        """LP-38"""
        order = self._sell(90)
        self.program.active = False
        self.assertBalance(90)
        order._update_programs_and_rewards()
        self.assertBalance(90)
        self._sell(50)
        self.assertBalance(90)
        order.order_line.price_unit = 40
        self.assertBalance(40)
        self.program.active = True
        self._sell(50)
        self.assertBalance(90)

    def test_an_archived_program_keeps_the_balance_and_grants_nothing(self):
        """LP-38: archived and unarchived again"""
        self._add_account(100)
        quotation = self._sell(10, product=self.plain, confirm=False)
        self._claim(quotation)
        self.program.action_archive()
        self._sell(10)
        self.assertBalance(100)
        self.assertEqual(self._account().available_points, 0)  # all is reserved
        quotation._update_programs_and_rewards()
        self.assertFalse(quotation.order_line.filtered("reward_id"))
        self.program.action_unarchive()
        self.assertEqual(self._account().available_points, 100)
        self._sell(10)
        self.assertBalance(110)

    def test_an_archived_reward_is_not_offered(self):
        """LP-38"""
        self._add_account(100)
        self.reward.active = False
        order = self._sell(10, product=self.plain, confirm=False)
        order._update_programs_and_rewards()
        self.assertFalse(order._get_claimable_rewards())
        order.action_confirm()
        self.assertBalance(100)
        self.reward.active = True
        order = self._sell(10, product=self.plain, confirm=False)
        order._update_programs_and_rewards()
        self.assertIn(self._account(), order._get_claimable_rewards())

    def test_an_archived_member_earns_nothing(self):
        """LP-26: neither by an order that was open, nor by a job"""
        self.program.earn_on = "delivery"
        self._add_account(100)
        orders = self._sell(10)
        orders |= self._sell(20, confirm=False)
        self.member.active = False
        orders[1].action_confirm()
        orders.order_line.qty_delivered = 1
        orders._settle_points()
        self.assertBalance(100)
        self.member.active = True
        self.assertBalance(100)
        orders._settle_points()  # as the job does: the first was earned before
        self.assertBalance(110)

    def test_what_others_claim_is_no_fault_of_an_order_without_claims(self):
        """Its points are reserved, ended since: a plain order is confirmed."""
        account = self._add_account(100)
        claiming = self._sell(20, product=self.plain, confirm=False)
        self._claim(claiming)
        plain = self._sell(50, confirm=False)
        plain._update_programs_and_rewards()
        account._post(-100, "adjust")
        self.assertEqual(plain._get_real_points_for_coupon(account), 50)
        plain.action_confirm()
        self.assertBalance(50)
        with self.assertRaises(ValidationError):
            claiming.action_confirm()

    def test_the_order_tells_what_it_moved(self):
        self._add_account(100)
        order = self._spend(40)
        self.assertEqual(order.loyalty_data["cost"], 40)
        self.assertEqual(order.loyalty_data["issued"], 0)
        order = self._sell(25)
        self.assertEqual(order.loyalty_data["issued"], 25)
        self.assertEqual(order.loyalty_move_count, 1)
        action = order.action_open_loyalty_moves()
        self.assertEqual(self.moves.search(action["domain"]).points, 25)


OFFICER_AND_SALES = "loyalty_program.group_officer,sales_team.group_sale_salesman"
