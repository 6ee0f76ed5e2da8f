from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time

from .common import AS_OF, INSIGHT_USER, CustomerInsightCase


class TestCare(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requirements = cls.env["customer.field.requirement"]
        cls.requirements.search([]).unlink()

    def _require(self, name, **values):
        return self.requirements.create({"field_name": name, **values})

    def test_type_follows_the_contact_and_the_orders(self):
        person, company, buyer, firm = self._add_customers(4)
        (company | firm).is_company = True
        order = self._add_order(buyer, AS_OF)
        self._add_order(firm, AS_OF)
        self._add_order(person, AS_OF, confirm=False)  # a quotation is no purchase
        self._refresh()
        for customer, expected in (
            (person, "person_prospect"),
            (company, "company_prospect"),
            (buyer, "person_buyer"),
            (firm, "company_buyer"),
        ):
            self.assertProfile(customer, customer_type=expected)
        order._action_cancel()
        self._refresh()
        self.assertProfile(buyer, customer_type="person_prospect")
        self.assertFalse(
            self.profiles.search_count(
                [("customer_type", "=like", "%buyer"), ("purchase_days", "=", 0)]
            )
        )

    def test_completeness_by_weight_and_type(self):
        self._require("email", weight=3)
        self._require("phone", weight=1)
        self._require("vat", weight=4, applies_to="company")
        self._require("city", weight=1, buyers="buyer")
        person = self._add_customer(email="a@example.com")
        firm = self._add_customer(is_company=True, email="a@example.com", phone="  ")
        buyer = self._add_customer(phone="1")
        self._add_order(buyer, AS_OF)
        self._refresh()
        self.assertProfile(person, data_completeness=75, missing_fields="Phone")
        self.assertProfile(firm, data_completeness=38)  # 3 of 8
        self.assertProfile(buyer, data_completeness=20)  # 1 of 5
        self.assertEqual(self._profile(buyer).missing_fields, "Email, City")

    def test_without_requirements_nothing_is_missing(self):
        customer = self._add_customer()
        self._refresh()
        [row] = self._stored_rows().values()
        self.assertIsNone(row["data_completeness"])
        self.assertFalse(self._profile(customer).missing_fields)

    def test_fields_that_cannot_be_required_are_refused(self):
        for name in ("child_ids", "property_account_receivable_id", "is_company"):
            with (
                self.assertRaises(ValidationError),
                self.cr.savepoint(),
            ):
                self._require(name)

    @freeze_time("2025-06-30 12:00:00")
    def test_reviews_fall_due_by_value_class(self):
        low, high, verified = self._add_customers(3)
        self._add_history([(low, AS_OF, 1), (high, AS_OF, 900)])
        self.company.insight_value_rule = "amount"
        self.company.write({"insight_value_high": 500, "insight_value_low": 100})
        (low | high | verified).insight_verified_on = "2025-01-01"
        verified.insight_verified_on = "2025-06-30"
        self._refresh()
        self.assertProfile(low, value_class="low", review_due="2026-01-01")
        self.assertProfile(high, value_class="high", review_due="2025-06-30")
        self.assertProfile(verified, review_due="2026-06-30")
        overdue = self.profiles.search(
            [("company_id", "=", self.company.id), ("review_due", "<", "2025-07-01")]
        )
        self.assertEqual(overdue.partner_id, high)

    @freeze_time("2025-06-30 12:00:00")
    def test_never_verified_is_due_a_cycle_after_creation(self):
        customer = self._add_customer(created="2024-03-01")
        self._refresh()
        self.assertProfile(customer, verified_on=False, review_due="2025-03-01")

    @freeze_time("2025-06-30 12:00:00")
    def test_verified_today_shows_at_once(self):
        customer = self._add_customer()
        self._refresh()
        self._profile(customer).action_verified_today()
        self.assertProfile(customer, verified_on="2025-06-30", review_due="2026-06-30")

    def test_verifying_takes_the_right_to_change_the_contact(self):
        seller = self._add_user("care_seller", INSIGHT_USER)
        customer = self._add_customer(user_id=seller.id)
        self._refresh()
        profile = self._profile(customer).with_user(seller)
        with self.assertRaises(AccessError):
            profile.action_verified_today()  # no salesperson's rights on contacts
        other = self._add_customer()
        self._refresh()
        with self.assertRaises(AccessError):
            self._profile(other).with_user(seller).action_assign_review()

    def test_a_review_is_planned_once_with_the_salesperson(self):
        seller = self._add_user("care_seller", "sales_team.group_sale_salesman")
        customer, free = self._add_customer(user_id=seller.id), self._add_customer()
        self._refresh()
        profiles = self._profile(customer) | self._profile(free)
        profiles.action_assign_review()
        profiles.action_assign_review()
        self.assertEqual(customer.activity_ids.user_id, seller)
        self.assertEqual(len(customer.activity_ids), 1)
        self.assertEqual(free.activity_ids.user_id, self.env.user)

    def test_filling_a_required_field_makes_the_profile_follow(self):
        self._require("email")
        customer = self._add_customer()
        self._refresh()
        self.cr.flush()
        self.env["customer.profile.queue"]._take(self.company)
        customer.function = "Buyer"  # not required
        self.cr.flush()
        self.assertFalse(self.env["customer.profile.queue"]._take(self.company))
        customer.email = "a@example.com"
        self.cr.flush()
        self.assertEqual(
            set(self.env["customer.profile.queue"]._take(self.company)), {customer.id}
        )
