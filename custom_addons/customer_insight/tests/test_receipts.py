from .common import AS_OF, CustomerInsightCase

RECEIPTS = (
    "recency_receipt",
    "frequency_receipt",
    "monetary_receipt",
    "segment_receipt",
    "value_receipt",
    "stage_receipt",
)


class TestReceipts(CustomerInsightCase):
    """Each figure says why it is what it is: value, rule and border."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.prospect = cls._add_customer("Prospect")
        cls.buyers = cls._add_customers(6)
        cls._add_history(
            (buyer, f"2025-06-{30 - 2 * n:02}", 100 * (n + 1))
            for n, buyer in enumerate(cls.buyers)
        )
        cls._add_history(
            [(cls.buyers[0], "2025-06-01", 10), (cls.buyers[0], "2025-05-01", 10)]
        )
        cls._refresh()

    def _receipt(self, customer, name):
        return self._profile(customer)[name]

    def _staged(self, *days, customer=None):
        """Let a customer buy on these days; return the sentence of its stage."""
        customer = customer or self._add_customer()
        self._add_history((customer, day, 10) for day in days)
        self._refresh()
        return self._receipt(customer, "stage_receipt")

    # === SCORES === #

    def test_recency_names_the_days_and_what_the_next_score_takes(self):
        # days since: 0, 2, 4, 6, 8, 10; one customer per step of a fifth
        self.assertEqual(self._scoring().recency_borders, [-8, -6, -4, -2])
        self.assertEqual(
            self._receipt(self.buyers[2], "recency_receipt"),
            "4 days since; score 5 takes at most 2 days",
        )

    def test_the_best_score_says_so(self):
        self.assertEqual(
            self._receipt(self.buyers[0], "recency_receipt"),
            "0 days since: the best score",
        )
        self.assertEqual(
            self._receipt(self.buyers[0], "frequency_receipt"),
            "3 purchase days: the best score",
        )

    def test_frequency_skips_scores_that_share_a_border(self):
        self.assertEqual(self._scoring().frequency_borders, [3, 3, 3, 3])
        self.assertEqual(
            self._receipt(self.buyers[1], "frequency_receipt"),
            "1 purchase days; score 5 takes at least 3 days",
        )

    def test_monetary_names_amounts_in_company_currency(self):
        receipt = self._receipt(self.buyers[1], "monetary_receipt")
        self.assertRegex(receipt, r"200\.00.*score 3 takes at least.*300\.00")
        self.assertIn("$", receipt)

    def test_a_score_that_nobody_reaches_is_not_asked_for(self):
        self.assertEqual(
            self._receipt(self.buyers[5], "monetary_receipt").split(":")[1],
            " the best score",
        )

    def test_segment_names_the_code_and_the_segment(self):
        profile = self._profile(self.buyers[0])
        self.assertEqual(profile.rfm_score, "551")
        self.assertEqual(
            profile.segment_receipt, "RFM code 551 belongs to Potential Loyalist"
        )

    def test_prospects_have_no_purchase_yet(self):
        for name in RECEIPTS:
            if name not in ("frequency_receipt", "monetary_receipt"):
                self.assertEqual(
                    self._receipt(self.prospect, name), "No purchase yet", name
                )

    # === VALUE === #

    def test_value_names_the_amount_and_the_borders(self):
        low, high = self._scoring().value_borders
        self.assertEqual((low, high), (300.0, 500.0))
        self.assertRegex(
            self._receipt(self.buyers[5], "value_receipt"),
            r"600\.00.*high value begins at.*500\.00",
        )
        self.assertRegex(
            self._receipt(self.buyers[3], "value_receipt"),
            r"400\.00.*between.*300\.00.*and.*500\.00",
        )
        self.assertRegex(
            self._receipt(self.buyers[0], "value_receipt"),
            r"120\.00.*low value ends below.*300\.00",
        )

    # === STAGES === #

    def test_every_stage_names_its_rule_and_values(self):
        self.assertEqual(self._staged("2025-06-20"), "One purchase day, on 06/20/2025")
        self.assertEqual(
            self._staged("2025-06-10", "2025-06-20"),
            "2 purchase days, the last on 06/20/2025",
        )
        self.assertEqual(
            self._staged("2025-06-10", "2025-06-11", "2025-06-12", "2025-06-13"),
            "At least 4 purchase days within 12 months",
        )
        self.assertEqual(
            self._staged("2025-03-22"),
            "No purchase for 100 days (since 03/22/2025): more than 90",
        )
        self.assertEqual(
            self._staged("2024-12-12"),
            "No purchase for 200 days (since 12/12/2024): more than 180",
        )

    def test_the_four_stages_name_their_rule_too(self):
        self.company.insight_stage_set = "four"
        self.assertEqual(self._staged("2025-06-20"), "One purchase day, on 06/20/2025")
        self.assertEqual(
            self._staged("2025-06-10", "2025-06-20"),
            "2 purchase days, the last on 06/20/2025",
        )

    def test_limits_are_those_of_the_computation(self):
        self.company.insight_at_risk_days = 30
        receipt = self._staged("2025-05-21")
        self.assertTrue(receipt.endswith("more than 30"), receipt)

    # === READERS === #

    def test_every_receipt_is_written_in_the_reader_s_language(self):
        for customer in (self.prospect, *self.buyers):
            profile = self._profile(customer).with_context(lang="zh_CN")
            for name in RECEIPTS:
                if profile.purchase_days or name not in (
                    "frequency_receipt",
                    "monetary_receipt",
                ):
                    self.assertTrue(profile[name], name)

    def test_an_insight_user_reads_receipts_of_own_customers(self):
        user = self._add_user("own", "customer_insight.group_user")
        self.buyers[0].user_id = user
        own = self._profile(self.buyers[0])
        expected = [own[name] for name in RECEIPTS]
        self.env.invalidate_all()
        [values] = own.with_user(user).read(RECEIPTS)
        self.assertEqual([values[name] for name in RECEIPTS], expected)

    def test_figures_without_a_scoring_have_receipts(self):
        self._scoring().unlink()
        profile = self._profile(self.buyers[0])
        self.assertFalse(profile.scoring_id)
        for name in RECEIPTS:
            self.assertTrue(profile[name], name)
        self.assertEqual(profile.as_of, AS_OF)
