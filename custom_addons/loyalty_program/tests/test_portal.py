from odoo import Command
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
