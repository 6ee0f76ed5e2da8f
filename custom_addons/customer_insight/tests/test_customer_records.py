import random

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


@tagged("post_install", "-at_install")
class TestCustomerRecords(CustomerInsightCase):
    """Every kind of record of a customer on one screen, a click away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_manager,account.group_account_user"
        cls.manager = cls._add_user("records_manager", f"{INSIGHT_MANAGER},{groups}")
        cls.salesperson = cls._add_user(
            "records_user", f"{INSIGHT_USER},sales_team.group_sale_salesman"
        )
        cls.customer = cls._add_customer("Own", user_id=cls.salesperson.id)
        cls.worker = cls._add_customer("Worker", parent_id=cls.customer.id)
        cls.foreign = cls._add_customer("Foreign", user_id=cls.manager.id)
        cls._add_order(cls.customer, "2025-06-01", 100)
        cls._add_order(cls.worker, "2025-06-02", 100)
        cls._add_order(cls.customer, "2025-06-03", 100, confirm=False)
        cls._add_order(cls.foreign, "2025-06-01", 100)
        cls._refresh()
        cls.profile = cls._profile(cls.customer)

    def _counts(self, user=None):
        profile = self.profile.with_user(user or self.manager).with_context(
            allowed_company_ids=self.company.ids
        )
        return {row["code"]: row["count"] for row in profile.get_record_counts()}

    def _opened(self, code):
        action = self.profile.action_open_record_kind(code)
        return self.env[action["res_model"]].search(action["domain"])

    def _add_payment(self, partner):
        """The row of a payment that was received, without what posts it."""
        self.env.cr.execute(
            """INSERT INTO account_payment (company_id, partner_id, journal_id, date,
                   payment_type, partner_type, amount, state, name, currency_id)
               VALUES (%s, %s, %s, '2025-06-05', 'inbound', 'customer', 10, 'paid',
                       'PAY', %s) RETURNING id""",
            [
                self.company.id,
                partner.id,
                self._sale_journal(self.company).id,
                self.company.currency_id.id,
            ],
        )
        return self.env["account.payment"].browse(self.env.cr.fetchone())

    def test_kinds_of_the_ground_floor_and_their_counts(self):
        self._add_invoice(self.customer, "2025-06-01", 100)
        self._add_invoice(self.customer, "2025-06-02", 100, post=False)
        self._add_refund(self.worker, "2025-06-03", 10)
        payment = self._add_payment(self.worker)
        self.customer.category_id = self.env["res.partner.category"].create(
            [{"name": "Gold"}, {"name": "Tea"}]
        )
        self.customer.message_post(
            body="Where is it?",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.worker.id,
        )
        counts = self._counts()
        kinds = ("order", "invoice", "payment", "message", "tag")
        self.assertEqual([counts[kind] for kind in kinds], [2, 2, 1, 1, 2])
        self.assertEqual(self._opened("payment"), payment)
        self.assertEqual(self._opened("tag"), self.customer.category_id)

    def test_each_count_opens_as_many_records(self):
        self._add_invoice(self.customer, "2025-06-01", 100)
        self.customer.message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )
        self.env["customer.interaction.log"].create(
            {"partner_id": self.customer.id, "kind": "sms", "name": "Thanks"}
        )
        counts = self._counts()
        self.assertEqual(counts["message"], 2)
        for code in ("order", "invoice", "payment", "message", "tag"):
            self.assertEqual(len(self._opened(code)), counts[code], code)

    def test_without_records_there_are_zeros(self):
        nobody = self._add_customer("Nobody")
        self._refresh()
        self.profile = self._profile(nobody)
        counts = self._counts()
        for code in ("order", "invoice", "payment", "message", "tag"):
            self.assertEqual(counts[code], 0, code)
            self.assertFalse(self._opened(code))

    def test_what_may_not_be_read_is_not_named(self):
        counts = self._counts(self.salesperson)
        self.assertNotIn("payment", counts)
        self.assertIn("order", counts)

    def test_documents_of_colleagues_do_not_count(self):
        self._add_order(self.customer, "2025-06-04", 9, user_id=self.manager.id)
        mine = self._counts(self.salesperson)["order"]
        self.assertEqual(self._counts()["order"], 3)
        self.assertLess(mine, 3)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_records_of_foreign_customers_stay_closed(self):
        profile = self._profile(self.foreign).with_user(self.salesperson)
        with self.assertRaises(AccessError):
            profile.get_record_counts()
        with self.assertRaises(AccessError):
            profile.action_open_record_kind("order")

    def test_companies_are_apart(self):
        other = self._add_company("Other")
        self._add_history([(self.customer, "2025-06-09", 5)], company=other)
        self.assertEqual(self._counts()["order"], 2)


@tagged("post_install", "-at_install")
class TestScoreDocuments(CustomerInsightCase):
    """Each score opens to its documents, each with its share; hand-worked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesperson = cls._add_user("score_user", INSIGHT_USER)
        cls.customer = cls._add_customer("Shares", user_id=cls.salesperson.id)

    def _shares(self, score, user=None):
        """``{(day, amount): share}`` of the list a score opens."""
        self.env.flush_all()
        profile = self._profile(self.customer).with_user(user or self.env.user)
        action = getattr(profile, f"action_open_{score}")()
        rows = (
            profile.env[action["res_model"]]
            .with_context(**action["context"])
            .search_read(action["domain"], ["date", "amount", "score_share"])
        )
        return {(str(row["date"]), row["amount"]): row["score_share"] for row in rows}

    def _buy(self, *purchases):
        self._add_history((self.customer, day, amount) for day, amount in purchases)

    def test_money_is_net_of_credit_notes(self):
        self._buy(("2025-01-10", 300), ("2025-02-10", 150))
        self._add_refund(self.customer, "2025-03-01", 50)
        self._refresh()
        self.assertProfile(self.customer, monetary=400.0)
        self.assertEqual(
            self._shares("monetary"),
            {
                ("2025-01-10", 300.0): 0.75,
                ("2025-02-10", 150.0): 0.375,
                ("2025-03-01", -50.0): -0.125,
            },
        )

    def test_each_purchase_day_counts_the_same(self):
        # two orders of one day share it; a day that was taken back counts nothing
        self._buy(
            ("2025-01-10", 300),
            ("2025-01-10", 1),
            ("2025-02-10", 20),
            ("2025-03-10", 70),
        )
        self._add_refund(self.customer, "2025-03-10", 70)
        self._refresh()
        self.assertProfile(self.customer, frequency=2)
        self.assertEqual(
            self._shares("frequency"),
            {
                ("2025-01-10", 300.0): 0.25,
                ("2025-01-10", 1.0): 0.25,
                ("2025-02-10", 20.0): 0.5,
            },
        )

    def test_recency_is_the_last_purchase_alone(self):
        self._buy(("2025-01-10", 300), ("2025-06-10", 20))
        self._add_refund(self.customer, "2025-06-20", 5)
        self._refresh()
        self.assertEqual(self._shares("recency"), {("2025-06-10", 20.0): 1.0})

    def test_the_window_and_the_day_of_the_figures_hold(self):
        self.company.insight_rfm_window_months = 12
        self._buy(
            ("2024-06-30", 1000),  # a day too early
            ("2024-07-01", 30),
            ("2025-06-30", 10),
            ("2025-07-01", 500),  # after the day of the figures
        )
        self._refresh()
        self.assertProfile(self.customer, monetary=40.0, frequency=2)
        days = [("2024-07-01", 30.0), ("2025-06-30", 10.0)]
        self.assertEqual(self._shares("monetary"), {days[0]: 0.75, days[1]: 0.25})
        self.assertEqual(self._shares("frequency"), dict.fromkeys(days, 0.5))

    def test_without_an_amount_above_zero_nothing_has_a_share_of_it(self):
        self._buy(("2025-01-10", 30))
        self._add_refund(self.customer, "2025-02-10", 30)
        self._refresh()
        self.assertEqual(set(self._shares("monetary").values()), {0.0})

    def test_a_prospect_has_no_documents(self):
        self._add_order(self.customer, "2025-06-01", confirm=False)
        self._refresh()
        for score in ("recency", "frequency", "monetary"):
            self.assertEqual(self._shares(score), {})

    def test_shares_add_up_and_agree_with_the_figures_whatever_was_bought(self):
        """Random pasts: the parts are the whole."""
        rng = random.Random(5)
        for __ in range(12):
            customer = self.customer = self._add_customer("Random")
            days = [
                f"2025-0{rng.randint(1, 6)}-{rng.randint(1, 28):02}" for _ in "x" * 9
            ]
            self._buy(*((day, rng.choice([5, 20, 99.99])) for day in days))
            self._add_refund(customer, rng.choice(days), rng.choice([5, 20]))
            self._refresh(partners=customer)
            profile = self._profile(customer)
            for score in ("recency", "frequency", "monetary"):
                shares = self._shares(score)
                self.assertAlmostEqual(sum(profile._score_shares(score).values()), 1)
                self.assertTrue(shares)
            used = profile._score_purchases("monetary")
            self.assertAlmostEqual(sum(used.mapped("amount")), profile.monetary, 2)
            documents = self.env["customer.purchase"].browse(
                profile._score_shares("frequency")
            )
            self.assertEqual(len(set(documents.mapped("date"))), profile.frequency)
            last = self.env["customer.purchase"].browse(
                profile._score_shares("recency")
            )
            self.assertEqual(set(last.mapped("date")), {profile.last_purchase_date})
            self.assertEqual((AS_OF - last[0].date).days, profile.recency_days)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_who_may_not_read_the_customer_gets_no_shares(self):
        self._buy(("2025-01-10", 30))
        self._refresh()
        self.assertEqual(
            self._shares("monetary", self.salesperson), {("2025-01-10", 30.0): 1.0}
        )
        self.customer.user_id = False
        self.env.flush_all()
        profile = self._profile(self.customer)
        with self.assertRaises(AccessError):
            profile.with_user(self.salesperson).action_open_monetary()
        purchases = self.env["customer.purchase"].search(
            [("partner_id", "=", self.customer.id)]
        )
        asked = purchases.with_user(self.salesperson).with_context(
            insight_score="monetary", insight_score_profile=profile.id
        )
        with self.assertRaises(AccessError):
            asked.read(["score_share"])
        self.assertFalse(asked.search([("id", "in", asked.ids)]))

    def test_nonsense_in_the_context_has_no_shares(self):
        self._buy(("2025-01-10", 30))
        self._refresh()
        profile = self._profile(self.customer)
        for context in (
            {"insight_score": "x", "insight_score_profile": profile.id},
            {"insight_score": "monetary", "insight_score_profile": "1 OR 1"},
            {"insight_score": "monetary", "insight_score_profile": 0},
            {},
        ):
            [row] = (
                self._purchases(self.customer)
                .with_context(**context)
                .read(["score_share"])
            )
            self.assertEqual(row["score_share"], 0.0)
