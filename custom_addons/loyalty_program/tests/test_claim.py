from odoo import fields
from odoo.exceptions import AccessError, UserError

from .test_portal import PortalCase


class TestClaim(PortalCase):
    def test_gift_is_paid_with_points(self):
        card = self._add_account(100)
        claim = card._claim_reward(self.tote, card.ledger_sequence)
        self.assertBalance(60, card)
        self.assertEqual(claim.mode, "handout")
        self.assertEqual(claim.state, "open")
        self.assertFalse(claim.coupon_id)

    def test_same_page_claims_once(self):
        """A double click and a second tab send what the same page showed."""
        card = self._add_account(100)
        seen = card.ledger_sequence
        first = card._claim_reward(self.tote, seen)
        self.assertEqual(card._claim_reward(self.tote, seen), first)
        self.assertBalance(60, card)

    def test_stale_page_asks_again(self):
        card = self._add_account(100)
        seen = card.ledger_sequence
        card._post(5, "bonus")
        with self.assertRaisesRegex(UserError, "look again"):
            card._claim_reward(self.tote, seen)
        self.assertBalance(105, card)

    def test_second_claim_needs_points(self):
        card = self._add_account(70)
        card._claim_reward(self.tote, card.ledger_sequence)
        with self.assertRaisesRegex(UserError, "enough"):
            card._claim_reward(self.tote, card.ledger_sequence)
        self.assertBalance(30, card)

    def test_border_of_the_balance(self):
        for points, is_enough in ((39.99, False), (40, True), (40.01, True)):
            card = self._add_account(points, self._add_customer(f"Has {points}"))
            with self.subTest(points=points), self.env.cr.savepoint() as point:
                if is_enough:
                    card._claim_reward(self.tote, card.ledger_sequence)
                else:
                    with self.assertRaises(UserError):
                        card._claim_reward(self.tote, card.ledger_sequence)
                point.rollback()

    def test_points_reserved_by_a_quotation_cannot_be_claimed(self):
        card = self._add_account(100, self.member)
        order = self._sell(8, self.member, confirm=False, product=self.plain)
        self._claim(order, card)
        self.assertEqual(card._reserved_points(), {card.id: 80})
        with self.assertRaisesRegex(UserError, "enough"):
            card._claim_reward(self.tote, card.ledger_sequence)

    def test_waiting_points_cannot_be_claimed(self):
        card = self._add_account()
        tomorrow = fields.Date.add(card._today(), days=1)
        card._post(100, "bonus", available_on=tomorrow)
        with self.assertRaisesRegex(UserError, "enough"):
            card._claim_reward(self.tote, card.ledger_sequence)

    def test_coupon_pays_an_order(self):
        card = self._add_account(100)
        claim = card._claim_reward(self.percent, card.ledger_sequence)
        self.assertBalance(70, card)
        coupon = claim.coupon_id
        self.assertFalse(coupon.is_account)
        self.assertFalse(claim.is_used)
        order = self._sell(200, confirm=False, product=self.plain)
        status = order._try_apply_code(coupon.code)
        self.assertNotIn("error", status)
        [(coupon_found, rewards)] = status.items()
        order._apply_program_reward(rewards, coupon_found)
        self.assertEqual(order.amount_total, 180)
        order.action_confirm()
        self.assertTrue(claim.is_used)

    def test_points_per_amount_become_a_coupon_of_that_amount(self):
        card = self._add_account(100)
        claim = card._claim_reward(self.reward, card.ledger_sequence, points="60")
        self.assertBalance(40, card)
        order = self._sell(50, confirm=False, product=self.plain)
        [(coupon, reward)] = order._try_apply_code(claim.coupon_code).items()
        order._apply_program_reward(reward, coupon)
        self.assertEqual(order.amount_total, 44)

    def test_bad_points_are_refused(self):
        card = self._add_account(100)
        for points in ("nan", "1e400", "-5", "0", "", "many", 0.001, None, "101"):
            with self.subTest(points=points), self.assertRaises(Exception) as caught:
                card._claim_reward(self.reward, card.ledger_sequence, points=points)
            self.assertIsInstance(caught.exception, UserError)
        self.assertBalance(100, card)

    def test_coupon_keeps_its_worth_when_the_reward_changes(self):
        card = self._add_account(100)
        old = card._claim_reward(self.percent, card.ledger_sequence)
        self.percent.discount = 50
        new = card._claim_reward(self.percent, card.ledger_sequence)
        worth = [claim.coupon_id.program_id.reward_ids.discount for claim in old + new]
        self.assertEqual(worth, [10, 50])

    def test_coupons_end(self):
        self.program.claim_valid_days = 10
        card = self._add_account(100)
        claim = card._claim_reward(self.percent, card.ledger_sequence)
        last = fields.Date.add(card._today(), days=10)
        self.assertEqual(claim.coupon_until, last)

    def test_claims_of_a_merged_member_follow(self):
        """Both have claimed the same at the same line of their ledgers."""
        twin = self._add_customer("Twin")
        card, old = self._add_account(100), self._add_account(70, twin)
        old._post(-40, "adjust")
        old._post(30, "bonus", expires_on="2099-05-31")
        card._post(-10, "adjust")
        card._post(10, "bonus")
        own = card._claim_reward(self.tote, card.ledger_sequence)
        claim = old._claim_reward(self.tote, old.ledger_sequence)
        self.assertEqual(own.request_key, claim.request_key)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.member | twin).ids, self.member)
        self.env.invalidate_all()
        self.assertEqual((own | claim).card_id, card)
        self.assertEqual(claim.partner_id, self.member)
        self.assertBalance(80, card)
        claim.action_cancel()
        self.assertBalance(120, card)
        self.assertBalance(0, old)
        own.action_hand_out()

    def test_cancelled_claim_gives_back_lots_with_their_days(self):
        self.program.write({"expiry_mode": "term", "expiry_term": 12})
        self.program.expiry_not_before = False
        card = self._add_account()
        card._post(30, "bonus", expires_on="2099-01-31")
        card._post(30, "bonus", expires_on="2099-06-30")
        claim = card._claim_reward(self.tote, card.ledger_sequence)
        claim.action_cancel()
        claim.action_cancel()
        self.assertBalance(60, card)
        left = self.moves.search([("card_id", "=", card.id), ("points_open", ">", 0)])
        self.assertEqual(
            sorted((str(m.expires_on), m.points_open) for m in left),
            [("2099-01-31", 30), ("2099-06-30", 10), ("2099-06-30", 20)],
        )

    def test_used_coupon_cannot_be_cancelled(self):
        card = self._add_account(100)
        claim = card._claim_reward(self.percent, card.ledger_sequence)
        claim.coupon_id.points = 0
        with self.assertRaisesRegex(UserError, "already used"):
            claim.action_cancel()
        self.assertBalance(70, card)

    def test_cancelled_coupon_is_worth_nothing(self):
        card = self._add_account(100)
        claim = card._claim_reward(self.percent, card.ledger_sequence)
        claim.action_cancel()
        order = self._sell(50, confirm=False, product=self.plain)
        self.assertIn("error", order._try_apply_code(claim.coupon_id.code))

    def test_gift_is_handed_out_once(self):
        card = self._add_account(100)
        claim = card._claim_reward(self.tote, card.ledger_sequence)
        claim.action_hand_out()
        self.assertEqual(claim.state, "done")
        with self.assertRaises(UserError):
            claim.action_hand_out()
        with self.assertRaises(UserError):
            claim.action_cancel()

    def test_roles(self):
        card = self._add_account(100)
        claim = card._claim_reward(self.tote, card.ledger_sequence)
        seller = self._add_user("claim_seller", "sales_team.group_sale_salesman")
        officer = self._add_user("claim_officer", "loyalty_program.group_officer")
        for user in (seller, self.user):
            with self.assertRaises(UserError):
                claim.with_user(user).action_hand_out()
        with self.assertRaises(AccessError):
            claim.with_user(officer).state = "done"
        claim.with_user(officer).action_hand_out()
        self.assertEqual(claim.handed_uid, officer)

    def test_share_of_order_is_claimed_on_orders_only(self):
        self.program.redeem_max_share = 50
        card = self._add_account(100)
        shown = [item["reward"] for item in card._portal_rewards()]
        self.assertEqual(shown, list(self.tote))
        with self.assertRaisesRegex(UserError, "not available"):
            card._claim_reward(self.percent, card.ledger_sequence)

    def test_ended_and_archived_programs(self):
        card = self._add_account(100)
        self.program.date_to = fields.Date.subtract(card._today(), days=1)
        self.assertEqual(card._portal_rewards(), [])
        self.program.date_to = False
        self.program.active = False
        self.assertEqual(card._portal_rewards(), [])
        self.assertEqual(
            self.claims.env["loyalty.card"]._portal_accounts(self.member), card
        )


class TestStock(PortalCase):
    def test_no_more_than_there_are(self):
        self.tote.quantity_limit = 2
        cards = [
            self._add_account(100, self._add_customer(f"Wants {n}")) for n in range(3)
        ]
        for card in cards[:2]:
            card._claim_reward(self.tote, card.ledger_sequence)
        self.assertEqual(self.tote.quantity_left, 0)
        with self.assertRaisesRegex(UserError, "available"):
            cards[2]._claim_reward(self.tote, cards[2].ledger_sequence)
        self.assertBalance(100, cards[2])

    def test_cancelled_claim_is_back_in_stock(self):
        self.tote.quantity_limit = 1
        card = self._add_account(100)
        claim = card._claim_reward(self.tote, card.ledger_sequence)
        claim.action_cancel()
        self.tote.invalidate_recordset(["quantity_left"])
        self.assertEqual(self.tote.quantity_left, 1)

    def test_orders_take_pieces_too(self):
        self.tote.quantity_limit = 1
        orders = []
        for partner in (self.member, self._add_customer("Second")):
            card = self._add_account(40, partner)
            orders.append(self._sell(5, partner, confirm=False, product=self.plain))
            self._claim(orders[-1], card, self.tote)
        orders[0].action_confirm()
        with self.assertRaisesRegex(UserError, "no longer available"):
            orders[1].action_confirm()
        orders[0]._action_cancel()
        self.tote.invalidate_recordset(["quantity_left"])
        self.assertEqual(self.tote.quantity_left, 1)

    def test_nor_are_there_more_for_confirmed_orders(self):
        self.tote.quantity_limit = 1
        card = self._add_account(40)
        first, second = (self._sell(5, product=self.plain) for _number in range(2))
        line = self._claim(first, card, self.tote)
        card._post(40, "bonus")
        second._update_programs_and_rewards()
        self.assertNotIn(self.tote, second._get_claimable_rewards().get(card, ()))
        status = second._apply_program_reward(self.tote, card)
        self.assertIn("no longer available", status["error"])
        with self.assertRaisesRegex(UserError, "no longer available"):
            line.product_uom_qty = 2
        self.tote.quantity_limit = 0
        line.product_uom_qty = 2
        self.tote.quantity_limit = 1
        line.product_uom_qty = 1  # fewer are no question
