from odoo import Command
from odoo.addons.loyalty_program.tests.common import LoyaltyCase


class TestPosOrder(LoyaltyCase):
    """Points at the counter: lines of the order, once, within what is available."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journal = cls._sale_journal(cls.company)
        cls.env.user.company_ids += cls.company
        config = (
            cls.env["pos.config"]
            .with_company(cls.company)
            .create(
                {
                    "name": "Counter",
                    "company_id": cls.company.id,
                    "journal_id": journal.id,
                    "invoice_journal_id": journal.id,
                    "payment_method_ids": [
                        Command.create({"name": "Later", "company_id": cls.company.id})
                    ],
                }
            )
        )
        cls.session = cls.env["pos.session"].create(
            {"config_id": config.id, "user_id": cls.env.uid}
        )
        cls.account = cls._add_account(100)

    def _buy(self, amount=50.0, points=0, spent=0, line=None, qty=1, partner=None):
        """An order at the counter that has been sent to the server."""
        order = self.env["pos.order"].create(
            {
                "company_id": self.company.id,
                "session_id": self.session.id,
                "partner_id": (partner or self.member).id,
                "amount_total": amount * qty,
                "amount_tax": 0,
                "amount_paid": amount * qty,
                "amount_return": 0,
                "lines": [
                    Command.create(
                        {
                            "name": "Line",
                            "product_id": self.product.id,
                            "qty": qty,
                            "price_unit": amount,
                            "price_subtotal": amount * qty,
                            "price_subtotal_incl": amount * qty,
                            "refunded_orderline_id": line and line.id,
                        }
                    )
                ],
            }
        )
        if spent:
            order.lines[0].copy(
                {
                    "order_id": order.id,
                    "is_reward_line": True,
                    "reward_id": self.reward.id,
                    "coupon_id": self.account.id,
                    "points_cost": spent,
                    "reward_identifier_code": "X",
                    "price_subtotal_incl": -spent / 10,
                }
            )
        if points or spent:
            self._send(order, points - spent)
        return order

    def _send(self, order, change):
        data = {
            str(self.account.id): {
                "points": change,
                "program_id": self.program.id,
                "coupon_id": self.account.id,
                "line_codes": [],
            }
        }
        return order.confirm_coupon_programs(data)

    def test_earned_and_spent_are_two_lines(self):
        order = self._buy(points=50, spent=30)
        self.assertKinds(("bonus", 100), ("redeem", -30), ("earn", 50))
        moves = self.account.points_move_ids.filtered("source_id")
        self.assertEqual(set(moves.mapped("source_model")), {"pos.order"})
        self.assertEqual(set(moves.mapped("reason")), {order.name})

    def test_sent_twice_counts_once(self):
        """LP-04"""
        order = self._buy(points=50)
        self._send(order, 50)
        self.assertBalance(150)
        moves = order.with_context(loyalty_pos_order=order.id)._post_points(
            self.account, self.account._checked_points(50)
        )
        self.assertFalse(moves)
        self.assertBalance(150)

    def test_a_cashier_without_loyalty_roles(self):
        """LP-30: sends orders, and still sets no balance"""
        order = self._buy()
        cashier = self._add_user("cashier", "point_of_sale.group_pos_user")
        self._send(order.with_user(cashier), 20)
        self.assertBalance(120)

    def test_only_available_points_are_spent(self):
        order = self._buy()
        change = {str(self.account.id): -100}
        self.assertTrue(order.validate_coupon_programs(change, [])["successful"])
        quotation = self._sell(5, product=self.plain, confirm=False)
        self._claim(quotation)  # reserves 50
        answer = order.validate_coupon_programs(change, [])
        self.assertFalse(answer["successful"])
        self.assertEqual(answer["payload"]["updated_points"], {self.account.id: 50})

    def test_tiers_limits_and_waiting_days(self):
        self.program.write(
            {
                "tier_ids": [
                    Command.create({"name": "Gold", "threshold": 40, "multiplier": 2})
                ],
                "pending_days": 14,
                "earn_cap_day": 120,
            }
        )
        self._buy(points=40)
        self.assertEqual(self.account.tier_id, self.program.tier_ids)
        self._buy(points=40)  # twice as many, but 120 in a day
        self._buy(points=40)
        self.assertKinds(("bonus", 100), ("earn", 40), ("earn", 80))
        self.assertEqual(self.account.available_points, 100)
        self.assertEqual(self.account.pending_points, 120)

    def test_programs_for_a_segment(self):
        self.program.audience_segment_ids = self.env["customer.segment"].create(
            {"name": "VIP", "kind": "manual"}
        )
        self._buy(points=40)
        self.assertBalance(100)

    # === RETURNS === #

    def _pay(self, order):
        order.action_pos_order_paid()
        return order

    def _return(self, lines, qty=-1):
        """Lines that come back, with the money paid out."""
        refund = self._buy(lines[0].price_unit, line=lines[0], qty=qty)
        for line in lines[1:]:
            line.copy(
                {
                    "order_id": refund.id,
                    "qty": -line.qty,
                    "price_subtotal_incl": -line.price_subtotal_incl,
                    "refunded_orderline_id": line.id,
                    "coupon_id": False,
                    "points_cost": 0,
                }
            )
        return self._pay(refund)

    def test_returns_take_back_their_share_once(self):
        """LP-09"""
        order = self._pay(self._buy(50, points=100, qty=2))
        for balance in (150, 100):
            refund = self._return(order.lines)
            self.assertBalance(balance)
            order._take_back_points(refund)
            self.assertBalance(balance)
        self.assertKinds(
            ("bonus", 100), ("earn", 100), ("clawback", -50), ("clawback", -50)
        )

    def test_returned_rewards_give_points_back_once(self):
        """LP-12: with the day the points had."""
        self.account._post(-100, "adjust")
        self.account._post(30, "bonus", expires_on="2099-05-31")
        order = self._pay(self._buy(50, spent=30))
        self.assertBalance(0)
        self._return(order.lines[0])  # the goods alone
        self.assertBalance(0)
        self._return(order.lines, qty=0)
        self.assertBalance(30)
        order._give_back_points()
        self.assertBalance(30)
        back = self.account.points_move_ids.sorted("sequence")[-1]
        self.assertEqual((back.kind, str(back.expires_on)), ("restore", "2099-05-31"))

    # === WHOSE ACCOUNT, FIRST PURCHASE, LIMITED REWARDS === #

    def test_a_contact_buys_for_its_company(self):
        """LP-28"""
        self.company.loyalty_account_level = "company"
        firm = self._add_customer("Firm", is_company=True)
        buyer = self._add_customer("Buyer", parent_id=firm.id)
        for number in (1, 2):
            order = self._buy(partner=buyer)
            values = {
                "points": 20,
                "program_id": self.program.id,
                "coupon_id": -number,
                "partner_id": buyer.id,
            }
            order.confirm_coupon_programs({str(-number): values})
        self.assertBalance(40, self._account(firm))
        self.assertFalse(self._account(buyer))

    def _add_first_purchase(self):
        return self.env["loyalty.earning.rule"].create(
            {
                "name": "Welcome",
                "program_id": self.program.id,
                "event": "first_purchase",
                "points": 25,
            }
        )

    def test_the_first_purchase_at_the_counter(self):
        self._add_first_purchase()
        new = self._add_customer("New")
        order = self._pay(self._buy(partner=new))
        self._pay(self._buy(partner=new))
        account = self._account(new)
        self.assertBalance(25, account)
        self._return(order.lines)
        self.assertBalance(0, account)
        self.assertKinds(("bonus", 25), ("clawback", -25), account=account)

    def test_one_first_purchase_at_the_counter_or_in_the_office(self):
        self._add_first_purchase()
        office, counter = self._add_customers(2)
        self._sell(10, office, product=self.plain)
        self._pay(self._buy(partner=office))
        self.assertBalance(25, self._account(office))
        self._pay(self._buy(partner=counter))
        self._sell(10, counter, product=self.plain)
        self.assertBalance(25, self._account(counter))

    def test_a_program_for_the_first_purchase(self):
        self.program.first_purchase_only = True
        self._pay(self._buy(points=40))
        self.assertBalance(140)
        self._buy(points=40)
        self.assertBalance(140)

    def test_an_offer_for_the_first_purchase_ends_at_the_counter_too(self):
        """S051"""
        offer = self.env["loyalty.program"].create(
            {
                "name": "Welcome",
                "program_type": "coupons",
                "trigger": "with_code",
                "company_id": self.company.id,
                "first_purchase_only": True,
                "reward_ids": [
                    Command.create({"discount_mode": "percent", "discount": 10})
                ],
                "coupon_ids": [Command.create({"points": 1})],
            }
        )
        card = offer.coupon_ids
        card.write({"partner_id": self.member.id, "is_bound": True})

        def use(partner):
            result = self.session.config_id.use_coupon_code(
                card.code, "2099-01-01 10:00:00", partner.id, False
            )
            return result["payload"].get("error_message")

        self.assertIsNone(use(self.member))
        self.assertIn("invalid", use(self._add_customer("Other")))
        self.assertIn("invalid", use(self.env["res.partner"]))
        order = self._sell(10, confirm=False, product=self.plain)
        self.assertNotIn("error", order._try_apply_code(card.code))
        self._pay(self._buy())
        self.assertIn("first purchase", use(self.member))
        later = self._sell(10, confirm=False, product=self.plain)
        self.assertIn("first purchase", later._try_apply_code(card.code)["error"])

    def test_limited_rewards_at_the_counter(self):
        self.reward.quantity_limit = 1
        config = self.session.config_id
        rewards = self.env["loyalty.reward"]
        domain = rewards._load_pos_data_domain({}, config)
        self.assertIn(self.reward, rewards.search(domain))
        self._pay(self._buy(spent=10))
        self.reward.invalidate_recordset(["quantity_left"])
        self.assertEqual(self.reward.quantity_left, 0)
        domain = rewards._load_pos_data_domain({}, config)
        self.assertNotIn(self.reward, rewards.search(domain))

    # === MONEY === #

    def test_revenue_is_deferred_at_the_counter(self):
        order = self._buy(100, points=100)
        self.program._value_lines()
        value = self.env["loyalty.deferral"].search(
            [("program_id", "=", self.program.id), ("kind", "=", "sale")]
        )
        self.assertEqual(value.move_id.source_id, order.id)
        self.assertEqual((value.price, value.amount), (100, 9.09))
