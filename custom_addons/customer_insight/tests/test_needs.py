from odoo.exceptions import AccessError, ValidationError

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


class TestNeeds(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls._add_user("need_seller", INSIGHT_USER)
        cls.manager = cls._add_user("need_manager", INSIGHT_MANAGER)
        cls.mine = cls._add_customer("Mine", user_id=cls.seller.id, is_company=True)
        cls.other = cls._add_customer("Other's")
        cls._add_history([(cls.mine, AS_OF, 30), (cls.other, AS_OF, 70)])
        cls._refresh()
        cls.need = cls.env["customer.need"].create(
            {"name": "Evening delivery", "category": "service"}
        )

    def _add_evidence(self, *partners, **values):
        return self.env["customer.need.evidence"].create(
            [
                {
                    "need_id": self.need.id,
                    "partner_id": partner.id,
                    "text": "Asked for it",
                    "date": AS_OF,
                    **values,
                }
                for partner in partners
            ]
        )

    def test_customers_and_their_revenue_are_counted_once(self):
        self._add_evidence(self.mine, self.mine, self.other)
        need = self.need.with_user(self.manager)
        self.assertEqual(
            (need.evidence_count, need.customer_count, need.revenue), (3, 2, 100)
        )
        self.assertEqual(need.evidence_ids.mapped("amount"), [70, 30, 30])

    def test_without_evidence(self):
        self.assertEqual((self.need.customer_count, self.need.revenue), (0, 0))

    def test_salespeople_count_their_customers_only(self):
        self._add_evidence(self.mine, self.other)
        need = self.need.with_user(self.seller)
        self.assertEqual((need.customer_count, need.revenue), (1, 30))
        evidence = self._add_evidence(self.other).with_user(self.seller)
        with self.assertRaises(AccessError):
            evidence.read(["text"])
        with self.assertRaises(AccessError):
            self.env["customer.need.evidence"].with_user(self.seller).create(
                {"need_id": self.need.id, "partner_id": self.other.id, "text": "X"}
            )

    def test_a_contact_stands_for_its_company(self):
        contact = self._add_customer("Joan", parent_id=self.mine.id)
        evidence = self._add_evidence(contact)
        self.assertEqual(evidence.partner_id, self.mine)
        evidence.partner_id = self.other
        evidence.partner_id = contact
        self.assertEqual(evidence.partner_id, self.mine)

    def test_a_need_opens_its_evidence_and_customers(self):
        evidence = self._add_evidence(self.mine)
        action = self.need.action_open_evidence()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]), evidence
        )
        action = self.need.action_open_customers()
        self.assertEqual(
            self.env[action["res_model"]].search(action["domain"]),
            self._profile(self.mine),
        )

    def test_the_profile_carries_need_categories_with_source_and_date(self):
        self._add_evidence(self.mine, source="call")
        [sign] = self._profile(self.mine).need_evidence_ids
        self.assertEqual(
            (sign.category, sign.source, sign.date), ("service", "call", AS_OF)
        )
        found = self.env["res.partner"].search(
            [("need_evidence_ids.category", "=", "service")]
        )
        self.assertEqual(found, self.mine)

    def test_segments_count_signs_of_needs_of_a_category(self):
        self._add_evidence(self.mine, self.mine, self.other)
        self._add_evidence(self.mine, date="2024-01-01")
        segment = self.env["customer.segment"].create({"name": "N", "code": "n"})
        condition = self.env["customer.segment.condition"].create(
            {"segment_id": segment.id, "measure": "need_service", "days": 30}
        )
        rows = self.env.execute_query(condition._values_query(self.company, AS_OF))
        self.assertEqual(dict(rows), {self.mine.id: 2, self.other.id: 1})
        condition.measure = "need_product"
        self.assertFalse(
            self.env.execute_query(condition._values_query(self.company, AS_OF))
        )

    def test_all_states_are_columns(self):
        columns = self.env["customer.need"].with_context(read_group_expand=True)
        columns = columns.web_read_group([("id", "=", self.need.id)], ["state"])
        self.assertEqual(len(columns["groups"]), 5)


class TestPreferences(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._add_customer()
        cls.tea = cls.env["product.category"].create({"name": "Tea"})
        cls.green = cls.env["product.category"].create(
            {"name": "Green", "parent_id": cls.tea.id}
        )
        cls.product.categ_id = cls.green

    def _prefer(self, kind="channel", **values):
        return self.env["customer.preference"].create(
            {"partner_id": self.customer.id, "kind": kind, **values}
        )

    def _call(self, times, kind="call", channel="phone"):
        self.env["customer.interaction.log"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "date": self._moment(AS_OF),
                    "kind": kind,
                    "channel": channel,
                }
            ]
            * times
        )

    def test_declared_email_always_calls_is_a_contradiction(self):
        preference = self._prefer(channel="email")
        self._call(4)
        self.assertFalse(preference.observed)  # too few to say so
        self._call(1)
        preference.invalidate_recordset()
        self.assertEqual(preference.observed, "Phone: 5 of 5")
        self.assertTrue(preference.is_contradicted)
        agreed = self._prefer(channel="phone")
        self.assertTrue(agreed.observed)
        self.assertFalse(agreed.is_contradicted)

    def test_a_category_is_compared_with_the_usual_one(self):
        for __ in range(5):
            self._add_order(self.customer, AS_OF)
        self._refresh()
        other = self.env["product.category"].create({"name": "Coffee"})
        for category, contradicted in (
            (self.green, False),
            (self.tea, False),  # the one above holds it
            (other, True),
        ):
            preference = self._prefer("category", category_id=category.id)
            self.assertIn("5 of 5", preference.observed)
            self.assertEqual(preference.is_contradicted, contradicted)

    def test_nothing_observed_is_no_contradiction(self):
        preferences = self._prefer(channel="email") | self._prefer(
            "category", category_id=self.tea.id
        )
        preferences |= self._prefer("interest", value="Sailing")
        self.assertFalse(any(preferences.mapped("is_contradicted")))
        self.assertEqual(
            sorted(preferences.mapped("name")), ["E-mail", "Sailing", "Tea"]
        )

    def test_an_empty_preference_is_refused(self):
        for kind in ("channel", "category", "time", "lifestyle"):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self._prefer(kind)

    def test_valid_preferences_show_on_the_profile_and_find_customers(self):
        valid = self._prefer("interest", value="Sailing")
        past = self._prefer("interest", value="Chess")
        past.active = False
        self._refresh()
        profile = self._profile(self.customer).with_context(active_test=True)
        self.assertEqual(profile.preference_ids, valid)
        partners = self.env["res.partner"]
        self.assertEqual(
            partners.search([("preference_ids.value", "=", "Sailing")]), self.customer
        )
        self.assertFalse(partners.search([("preference_ids.value", "=", "Chess")]))

    def test_colleagues_customers_stay_unknown(self):
        seller = self._add_user("pref_seller", INSIGHT_USER)
        preference = self._prefer(channel="email").with_user(seller)
        with self.assertRaises(AccessError):
            preference.read(["name"])
        self.assertFalse(self.env["customer.preference"].with_user(seller).search([]))
