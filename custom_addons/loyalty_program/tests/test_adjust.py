from odoo.exceptions import AccessError, UserError, ValidationError

from .common import MANAGER, OFFICER, LoyaltyCase


class TestAdjust(LoyaltyCase):
    """Balances are changed by lines, by those who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._add_user("officer", OFFICER)
        cls.manager = cls._add_user("manager", MANAGER)
        cls.seller = cls._add_user("seller", "sales_team.group_sale_salesman")
        cls.company.loyalty_adjust_limit = 100

    def _adjust(self, user, points, reason="Goodwill"):
        return (
            self.env["loyalty.point.adjust"]
            .with_user(user)
            .create({"card_id": self._account().id, "points": points, "reason": reason})
        )

    def test_a_line_with_its_reason(self):
        self._add_account(10)
        self._adjust(self.officer, 5).action_post()
        self.assertBalance(15)
        line = self._account().points_move_ids[:1]
        self.assertEqual((line.kind, line.reason), ("adjust", "Goodwill"))
        self.assertEqual(line.create_uid, self.officer)

    def test_a_second_click_adds_nothing(self):
        """LP-40"""
        self._add_account(10)
        wizard = self._adjust(self.officer, 5)
        wizard.action_post()
        wizard.action_post()
        self.assertBalance(15)

    def test_officers_have_a_limit_and_managers_none(self):
        self._add_account(1000)
        for points in (100.01, -100.01):
            with self.assertRaisesRegex(AccessError, "up to 100"):
                self._adjust(self.officer, points).action_post()
        self._adjust(self.officer, -100).action_post()
        self._adjust(self.manager, 5000).action_post()
        self.assertBalance(5900)

    def test_others_adjust_nothing(self):
        """LP-30, LP-39: a salesperson may write cards in core, but no balance"""
        account = self._add_account(10)
        with self.assertRaises(AccessError):
            self._adjust(self.seller, 5)
        with self.assertRaisesRegex(AccessError, "officers"):
            account.with_user(self.seller).points = 500
        with self.assertRaisesRegex(AccessError, "officers"):
            self.env["loyalty.card.update.balance"].with_user(self.seller).create(
                {"card_id": account.id, "new_balance": 500, "description": "x"}
            ).action_update_card_point()
        self.assertBalance(10)

    def test_an_imported_balance_becomes_a_line(self):
        """LP-30, LP-39"""
        account = self._add_account(10)
        result = account.with_user(self.manager).load(
            [".id", "points"], [[str(account.id), "25"]]
        )
        self.assertFalse(result["messages"])
        self.assertBalance(25)
        self.assertKinds(("bonus", 10.0), ("adjust", 15.0))
        account.with_user(self.manager).write({"points": 20})
        self.assertKinds(("bonus", 10.0), ("adjust", 15.0), ("adjust", -5.0))

    def test_cards_written_or_opened_with_points(self):
        partner = self._add_customer("Opened")
        card = self.env["loyalty.card"].create(
            {"program_id": self.program.id, "partner_id": partner.id, "points": 12}
        )
        self.assertBalance(12, card)
        self.assertKinds(("bonus", 12.0), account=card)

    def test_the_dialog_posts_the_difference_that_was_meant(self):
        """LP-31"""
        account = self._add_account(500)
        dialog = (
            self.env["loyalty.card.update.balance"]
            .with_user(self.manager)
            .create({"card_id": account.id, "new_balance": 550, "description": "Gift"})
        )
        self._spend(100)
        dialog.action_update_card_point()
        self.assertBalance(450)
        dialog.action_update_card_point()
        self.assertBalance(450)

    def test_below_zero_is_refused(self):
        self._add_account(10)
        with self.assertRaises(ValidationError):
            self._adjust(self.manager, -10.01).action_post()
        self.assertBalance(10)

    def test_implausible_points(self):
        """LP-39"""
        account = self._add_account(10)
        for value in ("NaN", "1e400", "inf", 1e12, -1e12):
            with self.assertRaises(ValidationError):
                account._adjust(account._checked_points(value), "x")
        for value in (0, 1e-7, 1e12):
            with self.assertRaises(ValidationError):
                self._adjust(self.manager, value).action_post()
        with self.assertRaises(ValidationError):
            account.points = 1e12
        with self.assertRaises(ValidationError):
            account.points = -1
        self.assertBalance(10)

    def test_a_reason_is_asked_for(self):
        self._add_account(10)
        with self.assertRaisesRegex(ValidationError, "Say why"):
            self._adjust(self.manager, 1, "  ").action_post()

    def test_nobody_edits_or_deletes_lines(self):
        """LP-30: any role, the superuser included"""
        line = self._add_account(10).points_move_ids
        spend = self._spend(5)
        used = self.env["loyalty.point.allocation"].search(
            [("credit_id", "=", line.id)]
        )
        self.assertTrue(used and spend)
        for records in (line, used):
            for user in (self.manager, self.officer, self.env.ref("base.user_root")):
                mine = records.with_user(user)
                with self.assertRaises(UserError):
                    mine.write({"points": 1000})
                with self.assertRaises(UserError):
                    mine.unlink()
                with self.assertRaises(UserError):
                    mine.copy()
                with self.assertRaises(UserError):
                    mine.create({"points": 1000})

    def test_the_history_of_an_account_is_not_edited(self):
        """LP-30"""
        account = self._add_account(10)
        history = account.history_ids.with_user(self.seller)
        with self.assertRaises(UserError):
            history.write({"issued": 99})
        account.history_ids.unlink()
        self.assertTrue(account.history_ids)
        self.env["loyalty.history"].with_user(self.seller).create(
            {"card_id": account.id, "description": "Mine", "issued": 99}
        )
        self.assertEqual(len(account.history_ids), 1)

    def test_the_door_is_closed_to_remote_calls(self):
        for method in ("_post", "_adjust", "_append", "_expire", "_settle_points"):
            self.assertTrue(method.startswith("_"))

    def test_salespeople_see_lines_of_their_customers_only(self):
        seller = self._add_user("own", "customer_insight.group_user")
        mine = self._add_customer("Mine", user_id=seller.id)
        self._sell(10, mine)
        self._sell(20)
        moves = self.moves.with_user(seller).search([])
        self.assertEqual(moves.partner_id, mine)
        totals = self.moves.with_user(seller)._read_group([], [], ["points:sum"])
        self.assertEqual(totals, [(10.0,)])
