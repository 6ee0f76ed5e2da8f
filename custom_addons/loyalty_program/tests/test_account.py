from odoo.exceptions import UserError, ValidationError

from .common import LoyaltyCase


class TestAccount(LoyaltyCase):
    """One account per member and program."""

    def test_a_second_account_is_refused(self):
        account = self._add_account(10)
        with self.assertRaisesRegex(ValidationError, "already has an account"):
            self._add_account()
        account.active = False
        with self.assertRaisesRegex(ValidationError, "already has an account"):
            self._add_account()

    def test_the_database_refuses_a_second_account(self):
        account = self._add_account(10)
        self.env.cr.execute(
            """SELECT indexdef FROM pg_indexes
               WHERE tablename = 'loyalty_card' AND indexname LIKE '%account_uniq'"""
        )
        [(definition,)] = self.env.cr.fetchall()
        self.assertIn("UNIQUE", definition)
        self.assertIn("WHERE is_account", definition)
        self.assertTrue(account.is_account)

    def test_an_archived_account_is_neither_used_nor_replaced(self):
        account = self._add_account(100)
        account.active = False
        self._sell(50)
        self.assertBalance(100, account)
        self.assertEqual(self._account(), account)
        order = self._sell(5, confirm=False, product=self.plain)
        order._update_programs_and_rewards()
        self.assertFalse(order._get_claimable_rewards())
        account.active = True
        self._sell(50)
        self.assertBalance(150, account)

    def test_generating_cards_gives_points_to_accounts(self):
        account = self._add_account(10)
        other = self._add_customer("New member")
        self.env["loyalty.generate.wizard"].create(
            {
                "program_id": self.program.id,
                "mode": "selected",
                "customer_ids": (self.member | other).ids,
                "points_granted": 25,
            }
        ).generate_coupons()
        self.assertBalance(35, account)
        self.assertBalance(25, self._account(other))
        self.assertEqual(len(account.history_ids), 2)

    def test_merged_contacts_have_one_account_with_the_sum(self):
        """LP-42: each lot keeps its days, and orders follow"""
        twin = self._add_customer("Twin")
        account = self._add_account(30, expires_on="2099-01-01")
        order = self._sell(70, twin)
        old = self._account(twin)
        claimed = self._sell(1, twin, confirm=False, product=self.plain)
        self._claim(claimed, old)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.member | twin).ids, self.member)
        self.env.invalidate_all()
        self.assertBalance(100, account)
        self.assertBalance(0, old)
        self.assertEqual(old.merged_into_id, account)
        self.assertFalse(old.active)
        self.assertFalse(old.is_account)
        self.assertEqual(old.points_move_ids.partner_id, self.member)
        self.assertEqual(claimed.order_line.filtered("coupon_id").coupon_id, account)
        order._action_cancel()
        self.assertBalance(30, account)

    def test_merged_with_a_contact_without_an_account(self):
        twin = self._add_customer("Twin")
        account = self._add_account(30, twin)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.member | twin).ids, self.member)
        self.assertEqual(account.partner_id, self.member)
        self.assertBalance(30, account)

    def test_debts_are_merged_as_debts(self):
        twin = self._add_customer("Twin")
        account = self._add_account(30)
        order = self._sell(100, twin)
        self._spend(90, twin)
        order._action_cancel()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.member | twin).ids, self.member)
        self.env.invalidate_all()
        self.assertBalance(-60, account)
        self.assertEqual(account.available_points, 0)

    def test_members_are_not_deleted(self):
        """LP-27"""
        self._add_account(10)
        with self.assertRaisesRegex(UserError, "points ledger"):
            self.member.unlink()
        self.member.write({"name": "Anonymous", "email": False})
        self.assertBalance(10)

    def test_an_account_is_not_given_away(self):
        """LP-27"""
        account = self._add_account(10)
        for partner in (self._add_customer(), self.env["res.partner"]):
            with self.assertRaisesRegex(UserError, "cannot be given"):
                account.partner_id = partner

    def test_a_program_with_cards_stays_what_it_is(self):
        self._add_account(10)
        with self.assertRaisesRegex(UserError, "has cards"):
            self.program.applies_on = "current"

    def test_coupons_are_left_to_core(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Coupons",
                "program_type": "coupons",
                "applies_on": "current",
                "reward_ids": [(0, 0, {"discount": 10})],
            }
        )
        card = self.env["loyalty.card"].create({"program_id": program.id, "points": 3})
        card.points = 5
        self.assertFalse(card.is_account)
        self.assertFalse(card.points_move_ids)
        self.assertEqual(card.points, 5)

    def test_points_for_contacts_of_a_company(self):
        """LP-28"""
        self.company.loyalty_account_level = "company"
        head = self._add_customer("Head", is_company=True)
        people = self._add_customers(3, parent_id=head.id)
        for number, person in enumerate(people):
            self._sell(10 * (number + 1), person)
        account = self._account(head)
        self.assertBalance(60, account)
        self.assertEqual(len(head.child_ids | head), 4)
        cards = self.env["loyalty.card"].search([("partner_id", "child_of", head.id)])
        self.assertEqual(cards, account)
        order = self._sell(5, people[0], confirm=False)
        self._claim(order, account)
        order.action_confirm()
        self.assertBalance(60 - 50 + 5, account)
        order._action_cancel()
        self.assertBalance(60, account)

    def test_points_for_contacts_themselves(self):
        """LP-28"""
        head = self._add_customer("Head", is_company=True)
        people = self._add_customers(2, parent_id=head.id)
        self._sell(10, people[0])
        self._sell(20, people[1])
        self.assertBalance(10, self._account(people[0]))
        self.assertBalance(20, self._account(people[1]))
        self.assertFalse(self._account(head))
