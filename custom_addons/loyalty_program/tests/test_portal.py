from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class PortalCase(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._add_portal_user("member_portal")
        cls.member = cls.user.partner_id
        cls.gift = cls.env["product.product"].create(
            {"name": "Tote bag", "type": "consu"}
        )
        cls.program.reward_ids = [
            Command.create(
                {
                    "reward_type": "product",
                    "reward_product_id": cls.gift.id,
                    "required_points": 40,
                    "claim_mode": "handout",
                }
            ),
            Command.create(
                {
                    "reward_type": "discount",
                    "discount_mode": "percent",
                    "discount": 10,
                    "required_points": 30,
                }
            ),
        ]
        rewards = cls.program.reward_ids
        cls.tote = rewards.filtered("reward_product_id")
        cls.percent = rewards - cls.tote - cls.reward
        cls.claims = cls.env["loyalty.claim"]

    @classmethod
    def _add_portal_user(cls, login, **values):
        user = new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
            **values,
        )
        return user


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


class TestAccounts(PortalCase):
    """Whose account a contact sees (LP-28)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm = cls._add_customer("Firm", is_company=True)
        cls.member.parent_id = cls.firm
        cls.shared = cls._add_account(10, cls.firm)
        cls.cards = cls.env["loyalty.card"]

    def test_person(self):
        own = self._add_account(20)
        self.assertEqual(self.cards._portal_accounts(self.member), own)

    def test_company(self):
        self.company.loyalty_account_level = "company"
        self.assertEqual(self.cards._portal_accounts(self.member), self.shared)

    def test_colleagues_account_is_not_seen(self):
        self.company.loyalty_account_level = "company"
        colleague = self._add_customer("Colleague", parent_id=self.firm.id)
        self._add_account(30, colleague)
        self.assertEqual(self.cards._portal_accounts(self.member), self.shared)

    def test_setting_of_the_accounts_company_counts(self):
        other = self._add_company("Other Company", loyalty_account_level="company")
        program = self._add_program(company=other)
        self._add_account(5, self.firm, program)
        found = self.cards._portal_accounts(self.member)
        self.assertEqual(found.company_id, other)

    def test_join_opens_the_right_account_once(self):
        self.company.loyalty_account_level = "company"
        program = self._add_program(name="Second Club", portal_visible=True)
        self.assertIn(program, self.cards._portal_joinable(self.member))
        card = self.cards._portal_join(program, self.member)
        self.assertEqual(card.partner_id, self.firm)
        self.assertEqual(self.cards._portal_join(program, self.member), card)
        self.assertNotIn(program, self.cards._portal_joinable(self.member))

    def test_closed_and_hidden_programs_cannot_be_joined(self):
        for values in ({"is_open": False}, {"portal_visible": False}):
            values = {"portal_visible": True, **values}
            program = self._add_program(name="Closed", **values)
            self.assertNotIn(program, self.cards._portal_joinable(self.member))


class TestPortalReads(PortalCase):
    def test_history_pages_cover_all_lines_once(self):
        card = self._add_account()
        for number in range(1, 36):
            card._post(number, "bonus")
        seen, before = [], None
        for _page in range(5):
            moves, before = card._portal_history(before)
            seen += moves.mapped("points")
            if before is None:
                break
        self.assertEqual(seen, [float(n) for n in range(35, 0, -1)])

    def test_months(self):
        card = self._add_account()
        card._post(10, "bonus", date="2000-01-01")
        today = card._today()
        card._post(7, "bonus")
        card._post(-3, "adjust")
        months = card._portal_months()
        self.assertEqual(len(months), 12)
        self.assertEqual(months[-1]["month"], today.replace(day=1))
        self.assertEqual((months[-1]["came"], months[-1]["went"]), (7, 3))
        self.assertEqual(sum(month["came"] for month in months), 7)

    def test_months_are_those_of_the_lines(self):
        """Written along, and added up anew for accounts from before they were."""
        card = self._add_account()
        for day, points in (("2000-01-01", 10), ("2000-01-31", 0.5), ("2000-02-01", 3)):
            card._post(points, "bonus", date=day)
        card._post(-3, "adjust", date="2000-01-15")
        kept = {"2000-01": [10.5, 3], "2000-02": [3, 0]}
        self.assertEqual(card.month_points, kept)
        self.env.cr.execute(
            "UPDATE loyalty_card SET month_points = NULL WHERE id = %s", [card.id]
        )
        self.env["loyalty.card"].init()
        card.invalidate_recordset(["month_points"])
        self.assertEqual(card.month_points, kept)

    def test_charts_of_points_balance_orders_and_payments(self):
        """S103: by hand, of the customer alone, in the company's currency."""
        card = self._add_account()
        with freeze_time("2025-05-20 12:00"):
            card._post(60, "bonus")
            self._sell(100, product=self.plain)
            self._sell(700, self._add_customer("Other"), product=self.plain)
            self._sell(900, product=self.plain, confirm=False)
        with freeze_time("2025-06-10 12:00"):
            card._post(-20, "adjust")
            journal = self.env["account.journal"].create(
                {
                    "name": "Till",
                    "code": "TILL",
                    "type": "cash",
                    "company_id": self.company.id,
                }
            )
            self.company.transfer_account_id = self.env["account.account"].create(
                {
                    "name": "Transfers",
                    "code": "999999",
                    "account_type": "asset_current",
                    "company_ids": [Command.set(self.company.ids)],
                }
            )
            for kind, amount in (("inbound", 100), ("outbound", 25)):
                self.env["account.payment"].create(
                    {
                        "partner_id": self.member.id,
                        "partner_type": "customer",
                        "payment_type": kind,
                        "amount": amount,
                        "journal_id": journal.id,
                        "company_id": self.company.id,
                    }
                )
            self.env.flush_all()
            self.env.cr.execute(  # without the accounts that posting would need
                "UPDATE account_payment SET state = 'paid' WHERE journal_id = %s",
                [journal.id],
            )
            charts = {c["key"]: c for c in card._portal_charts(self.member)}
        heights = {
            key: [bar["heights"] for bar in chart["bars"]][-2:]
            for key, chart in charts.items()
        }
        self.assertEqual(heights["points"], [[100, 0], [0, 33]])
        self.assertEqual(heights["balance"], [[100], [67]])
        self.assertEqual(heights["money"], [[100, 0], [0, 75]])
        self.assertEqual(charts["balance"]["bars"][-1]["title"][:7], "2025-06")
        self.assertIn("40", charts["balance"]["bars"][-1]["title"])
        self.assertIn("75.00", charts["money"]["bars"][-1]["title"])

    def test_charts_of_a_new_member(self):
        charts = self._add_account()._portal_charts(self.member)
        self.assertEqual([chart["key"] for chart in charts], ["points"])

    def test_reads_do_not_grow_with_history(self):
        """The plan of each reading query uses an index, however long the ledger."""
        card = self._add_account(5)
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for query in (
            "SELECT * FROM loyalty_point_move WHERE card_id = %s"
            " ORDER BY sequence DESC LIMIT 16",
            "SELECT sum(points) FROM loyalty_point_move WHERE card_id = %s"
            " AND date >= current_date",
            "SELECT * FROM loyalty_point_move WHERE card_id = %s AND points_open != 0",
        ):
            self.env.cr.execute("EXPLAIN " + query, [card.id])
            plan = "\n".join(row for (row,) in self.env.cr.fetchall())
            self.assertRegex(plan, r"Index Cond: \(.*card_id = ")

    def test_until_follows_the_rule_of_the_program(self):
        card = self._add_account()
        move = card._post(10, "bonus", expires_on="2099-01-31")
        self.assertIsNone(move._portal_until())
        self.program.write({"expiry_mode": "term", "expiry_term": 12})
        self.program.expiry_not_before = "2099-05-05"
        self.assertEqual(str(move._portal_until()), "2099-05-05")

    def test_card_codes_are_drawn(self):
        card = self._add_account()
        for kind in ("QR", "Code128"):
            self.assertTrue(
                card._code_image(kind).startswith("data:image/svg+xml;base64,")
            )


@tagged("post_install", "-at_install")
class TestPortalPage(PortalCase, HttpCase):
    """Own account only, whatever is sent (LP-29)."""

    def setUp(self):
        super().setUp()
        self.card = self._add_account(100)
        self.other = self._add_account(777, self._add_customer("Somebody Else"))
        self.authenticate("member_portal", "member_portal")

    def _post_form(self, path, **values):
        page = self.url_open("/my/loyalty")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(path, data={"csrf_token": token, **values})

    def test_own_page(self):
        page = self.url_open("/my/loyalty")
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.card.code, page.text)
        self.assertIn("Tote bag", page.text)
        self.assertIn("/my/loyalty", self.url_open("/my").text)

    def test_others_are_not_shown(self):
        page = self.url_open(f"/my/loyalty/{self.other.id}")
        self.assertNotIn(self.other.code, page.text)
        self.assertNotIn(self.other.partner_id.name, page.text)

    def test_strange_values_do_no_harm(self):
        for path in (
            "/my/loyalty?before=x",
            "/my/loyalty?before=-1",
            "/my/loyalty?before=99999999999999",
            "/my/loyalty/99999999",
            f"/my/loyalty/{self.card.id}?before=1&sortby=x&page=y",
            f"/my/loyalty_card/{self.card.id}/history?sortby=nonsense",
        ):
            self.assertEqual(self.url_open(path).status_code, 200, path)

    def test_claim_by_form(self):
        self._post_form(
            f"/my/loyalty/{self.card.id}/claim",
            reward_id=self.tote.id,
            seen=self.card.ledger_sequence,
        )
        self.assertBalance(60, self.card)
        self.assertEqual(len(self.claims.search([("card_id", "=", self.card.id)])), 1)

    def test_claim_from_another_account_is_refused(self):
        answer = self._post_form(
            f"/my/loyalty/{self.other.id}/claim",
            reward_id=self.tote.id,
            seen=self.other.ledger_sequence,
        )
        self.assertEqual(answer.status_code, 200)
        self.assertBalance(777, self.other)
        self.assertBalance(100, self.card)

    def test_claim_of_another_programs_reward_is_refused(self):
        program = self._add_program(name="Foreign")
        self._post_form(
            f"/my/loyalty/{self.card.id}/claim",
            reward_id=program.reward_ids.id,
            seen=self.card.ledger_sequence,
            points="50",
        )
        self.assertBalance(100, self.card)

    def test_too_expensive_says_so(self):
        self.tote.required_points = 500
        answer = self._post_form(
            f"/my/loyalty/{self.card.id}/claim",
            reward_id=self.tote.id,
            seen=self.card.ledger_sequence,
        )
        self.assertIn("enough points", answer.text)
        self.assertBalance(100, self.card)

    def test_visitors_log_in_first(self):
        self.authenticate(None, None)
        page = self.url_open("/my/loyalty")
        self.assertIn("/web/login", page.url)
        self.assertNotIn(self.card.code, page.text)

    def test_lines_open_own_documents_only(self):
        order = self._sell(50)
        page = self.url_open("/my/loyalty").text
        self.assertIn(f"/my/orders/{order.id}", page)
        move = self.moves.search([("source_id", "=", order.id)], limit=1)
        self.assertIsNone(move._portal_url(self.other.partner_id))
