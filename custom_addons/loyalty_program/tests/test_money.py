from datetime import date
from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time

from .common import LoyaltyCase


class MoneyCase(LoyaltyCase):
    """Points as deferred revenue: accounting and ledger agree to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sale_journal(cls.company)
        accounts = cls.env["account.account"].create(
            [
                {
                    "name": name,
                    "code": f"99{number}",
                    "account_type": kind,
                    "company_ids": cls.company.ids,
                }
                for number, (name, kind) in enumerate(
                    (
                        ("Points", "liability_current"),
                        ("Sales", "income"),
                        ("Gifts", "expense"),
                    )
                )
            ]
        )
        cls.owed, cls.revenue, cls.gifts = accounts
        cls.program.write(
            {
                "posts_deferrals": True,
                "deferral_journal_id": cls.env["account.journal"]
                .create(
                    {
                        "name": "Points",
                        "code": "PTS",
                        "type": "general",
                        "company_id": cls.company.id,
                    }
                )
                .id,
                "liability_account_id": cls.owed.id,
                "revenue_account_id": cls.revenue.id,
                "expense_account_id": cls.gifts.id,
            }
        )

    def _post(self, day):
        self.env.flush_all()
        return self.program._post_deferrals(date.fromisoformat(day))

    def _balance(self, account):
        self.env.flush_all()
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return round(sum(lines.mapped("balance")), 2)

    def assertReconciled(self):
        """M7: what is owed for the open lots is the balance of the account."""
        self.env.flush_all()
        self.env.invalidate_all()
        lots = self.env["loyalty.point.liability"].search(
            [("program_id", "=", self.program.id)]
        )
        owed = round(sum(lots.mapped("amount")), 2)
        self.assertEqual(owed, -self._balance(self.owed))
        self.assertEqual(self.program.point_liability, owed)
        self.assertEqual(self.program.point_liability_posted, owed)

    def _other_currency(self, name, rate):
        currency = self.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", name)])
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "rate": rate,
                "name": "2020-01-01",
            }
        )
        return currency


class TestMoney(MoneyCase):
    """Accounting and ledger agree to the cent."""

    def test_the_worked_example(self):
        """100,000 sold, 10,000 points of 1.00, 97 % expected to be used."""
        self.program.rule_ids.reward_point_amount = 0.1
        self.reward.discount = 1
        self.program.redemption_rate_entered = 97
        with freeze_time("2025-06-01 12:00"):
            self._sell(100000)
        self._post("2025-12-31")
        self.assertEqual(self._balance(self.owed), -8842.30)
        self.assertEqual(self._balance(self.revenue), 8842.30)
        with freeze_time("2026-06-01 12:00"):
            self._sell_for(4500)
        self._post("2026-12-31")
        self.assertEqual(self._balance(self.owed), round(4102.10 - 8842.30, 2))
        with freeze_time("2027-06-01 12:00"):
            self._sell_for(4000)
        self.program.redemption_rate_entered = 99
        self._post("2027-12-31")
        self.assertEqual(
            self._balance(self.owed), round(4102.10 + 3489.77 - 8842.30, 2)
        )
        self.assertReconciled()
        self.program.redemption_rate_entered = 92  # the estimate falls
        self._post("2027-12-31")
        self.assertEqual(
            self._balance(self.owed), round(4102.10 + 4067.42 - 8842.30, 2)
        )

    def _sell_for(self, points):
        """A confirmed order that is paid with so many points of 1.00."""
        order = self._sell(points, None, False, product=self.plain)
        self._claim(order)
        order.action_confirm()
        return order

    def test_a_second_run_posts_nothing(self):
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
        self.assertTrue(self._post("2025-03-31"))
        self.assertFalse(self._post("2025-03-31"))
        self.assertFalse(self._post("2025-04-30"))
        self.assertEqual(len(self.program.deferral_move_ids), 1)
        self.assertReconciled()

    def test_posted_now_the_night_posts_no_earlier_day(self):
        """On 15 January all is posted; the old year then has nothing to add."""
        with freeze_time("2025-12-10 12:00"):
            self._sell(100)
        with freeze_time("2026-01-15 12:00"):
            self._sell(200)
            self.program.action_post_deferrals()
            self.program._close_months()
            self.assertEqual(len(self.program.deferral_move_ids), 1)
            self.assertReconciled()
        with freeze_time("2026-02-01 12:00"):
            self._account()._post(50, "bonus", key="later", date="2026-01-31")
            self.program._close_months()
            self.assertEqual(
                sorted(map(str, self.program.deferral_move_ids.mapped("date"))),
                ["2026-01-15", "2026-01-31"],
            )
            self.assertReconciled()

    def test_a_reversed_entry_is_posted_again(self):
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
            self._account()._post(50, "bonus", key="gift")
        entry = self._post("2025-03-31")
        back = entry._reverse_moves([{"date": "2025-03-31"}], cancel=True)
        self.assertEqual(back.state, "posted")
        self.assertEqual(self._balance(self.owed), 0)
        again = self._post("2025-03-31")
        self.assertEqual(
            sorted(again.line_ids.mapped("name")), sorted(entry.line_ids.mapped("name"))
        )
        self.assertEqual(self._balance(self.gifts), 5)
        self.assertReconciled()
        self.assertFalse(self._post("2025-03-31"))

    def test_points_given_to_another_member_stay_owed(self):
        """Their pool is that of the month in which the giver got them."""
        self.program.transfer_mode = "officer"
        friend = self._add_customer("Friend")
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
            target = self._add_account(partner=friend)
        self._post("2025-03-31")
        with freeze_time("2025-04-10 12:00"):
            card = self._account()
            self.env["loyalty.transfer"]._request(
                card, target.code, 40, card.ledger_sequence
            ).action_confirm()
            self.assertFalse(self._post("2025-04-10"))
            self.assertReconciled()
            self._spend(40, friend)
        self._post("2025-04-30")
        self.assertEqual(self._balance(self.owed), round(-9.09 * 0.6, 2))
        self.assertReconciled()

    def test_each_reason_has_its_lines(self):
        with freeze_time("2025-03-10 12:00"):
            order = self._sell(100)  # 100 points, worth 10
            self._account()._post(50, "bonus", key="gift")
        entry = self._post("2025-03-31")
        self.assertEqual(
            {
                (line.name, line.account_id, round(line.balance, 2))
                for line in entry.line_ids
            },
            {
                ("Points earned", self.owed, -9.09),
                ("Points earned", self.revenue, 9.09),
                ("Points as a gift", self.owed, -5.0),
                ("Points as a gift", self.gifts, 5.0),
            },
        )
        with freeze_time("2025-04-10 12:00"):
            order._action_cancel()
        entry = self._post("2025-04-30")
        self.assertEqual(
            {(line.name, round(line.balance, 2)) for line in entry.line_ids},
            {("Points taken back", 9.09), ("Points taken back", -9.09)},
        )
        self.assertReconciled()

    def test_half_a_return_takes_half_back_and_the_rest_all(self):
        with freeze_time("2025-03-10 12:00"):
            order = self._sell(33.33, qty=2)
            invoice = self._invoice(order)
        self._post("2025-03-31")
        deferred = self._balance(self.owed)
        with freeze_time("2025-04-10 12:00"):
            self._credit(invoice, 0.5)
        self._post("2025-04-30")
        self.assertAlmostEqual(self._balance(self.owed), deferred / 2, delta=0.01)
        self.assertReconciled()
        with freeze_time("2025-05-10 12:00"):
            self._credit(invoice, 0.5)
        self._post("2025-05-31")
        self.assertEqual(self._balance(self.owed), 0)
        self.assertEqual(self._balance(self.revenue), 0)

    def test_expiry_releases_what_is_left(self):
        self.program.write({"expiry_mode": "term", "expiry_term": 1})
        self.program.expiry_not_before = False
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
        self._post("2025-03-31")
        with freeze_time("2025-05-01 12:00"):
            self.env["loyalty.card"]._due_accounts(10)._expire()
        self._post("2025-04-30")  # the line is dated on the last day, in April
        self.assertEqual(self._balance(self.owed), 0)
        self.assertReconciled()

    def test_points_given_back_are_owed_again(self):
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
            spent = self._spend(60)
        self._post("2025-03-31")
        self.assertEqual(self._balance(self.owed), round(-9.09 * 0.4, 2))
        with freeze_time("2025-04-10 12:00"):
            spent._action_cancel()
        self._post("2025-04-30")
        self.assertEqual(self._balance(self.owed), -9.09)
        self.assertReconciled()

    def test_merged_points_stay_owed(self):
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
            other = self._add_account(partner=self._add_customer("Heir"))
        self._post("2025-03-31")
        with freeze_time("2025-04-10 12:00"):
            self._account()._merge_into(other, "Merged")
        self.assertFalse(self._post("2025-04-30"))
        self.assertReconciled()

    def test_a_gift_taken_back_in_two_parts(self):
        with freeze_time("2025-03-10 12:00"):
            account = self._add_account(1)
            gift = account._post(30, "bonus", key="gift")
            for points in (10, 20):
                account._post(
                    -points,
                    "clawback",
                    key=f"back {points}",
                    side="other",
                    lot=gift,
                    reversed_move=gift,
                )
        self._post("2025-03-31")
        self.assertEqual(self._balance(self.owed), -0.1)
        self.assertReconciled()

    def test_an_order_paid_with_points_defers_nothing(self):
        self.program.rule_ids.product_ids = False
        with freeze_time("2025-03-10 12:00"):
            self._add_account(100)
            order = self._sell(10, None, False, product=self.plain)
            self._claim(order)
            order.action_confirm()
        self._post("2025-03-31")
        values = self.env["loyalty.deferral"].search(
            [("program_id", "=", self.program.id), ("kind", "=", "sale")]
        )
        self.assertEqual(sum(values.mapped("amount")), 0)
        self.assertReconciled()

    def test_an_entry_that_is_reset_is_made_up_for(self):
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
        entry = self._post("2025-03-31")
        entry.button_draft()
        self.assertEqual(self._balance(self.owed), 0)
        self.assertTrue(self._post("2025-04-30"))
        self.assertReconciled()

    def test_random_lives_reconcile(self):
        """Sales, redemptions, returns, edits and expiry over a year."""
        self.program.write(
            {
                "expiry_mode": "term",
                "expiry_term": 3,
                "redemption_rate_entered": 80,
                "rule_ids": [(1, self.program.rule_ids.id, {"product_ids": False})],
            }
        )
        self.program.expiry_not_before = False
        members = self._add_customers(3)
        orders = []
        for month in range(1, 13):
            with freeze_time(f"2025-{month:02d}-15 12:00"):
                for number, member in enumerate(members):
                    orders.append(self._sell(37.77 * month + number, member))
                    account = self._account(member)
                    if month % 2 and account.available_points > 20:
                        self._spend_some(member, 20.5 * (number + 1))
                if month % 3 == 0:
                    orders[month]._action_cancel()
                if month % 4 == 0:
                    orders[-2].order_line[:1].price_unit = 11.11
                if month % 5 == 0:
                    self._credit(self._invoice(orders[-1]), 0.5)
                self.env["loyalty.card"]._due_accounts(10)._expire()
            self._post(f"2025-{month:02d}-28")
            self.assertReconciled()
        self.assertGreater(len(self.program.deferral_move_ids), 8)

    def _spend_some(self, member, points):
        order = self._sell(points / 10, member, False, product=self.plain)
        order._update_programs_and_rewards()
        order._apply_program_reward(self.reward, self._account(member))
        order.action_confirm()

    def test_a_program_in_another_currency(self):
        """Points are worth euros; the books are in dollars, two for a euro."""
        euro = self._other_currency("EUR", 0.5)
        program = self._add_program(
            rule={"product_ids": self.plain.ids}, name="Euro", currency_id=euro.id
        )
        with freeze_time("2025-03-10 12:00"):
            self._sell(100, product=self.plain)  # 50 points of 0.10 EUR = 10 USD
        program._value_lines()
        value = self.env["loyalty.deferral"].search([("program_id", "=", program.id)])
        self.assertEqual(value.move_id.points, 50)
        self.assertEqual(value.amount, 9.09)

    def test_all_accounts_are_needed(self):
        with self.assertRaises(ValidationError):
            self.program.revenue_account_id = False
        with self.assertRaises(ValidationError):
            self.program.revenue_account_id = self.owed

    def test_the_job_posts_complete_months_only(self):
        with freeze_time("2025-03-10 12:00"):
            self._sell(100)
        with freeze_time("2025-04-10 12:00"):
            self._sell(100)
            with self.enter_registry_test_mode():
                cron = self.env.ref("loyalty_program.ir_cron_money")
                cron.method_direct_trigger()
        self.env.invalidate_all()
        entry = self.program.deferral_move_ids
        self.assertEqual(str(entry.date), "2025-03-31")
        self.assertEqual(self._balance(self.owed), -9.09)

    def test_decimals_of_pools(self):
        """Cents of a pool are spread over its lots without loss."""
        with freeze_time("2025-03-10 12:00"):
            for member in self._add_customers(7):
                self._sell(0.37, member)
        self._post("2025-03-31")
        self.assertReconciled()
        self.assertIsInstance(self.program._posted_liability(), Decimal)
