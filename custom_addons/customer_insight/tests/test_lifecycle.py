import random
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo.tests import freeze_time

from ..engine.policy import Policy
from .common import AS_OF, CustomerInsightCase

DAY = timedelta(days=1)


def stage_on(day, visits, policy):
    """The stage at the end of a day, by the definition.

    :param visits: days with a purchase
    :param policy: Policy of the company
    """
    visits = sorted(visit for visit in visits if visit <= day)
    if not visits:
        return "prospect"
    silence = (day - visits[-1]).days
    if silence > policy.churned_days:
        return "churned"
    if policy.stage_set == "four":
        return "active" if len(visits) > 1 else "new"
    if silence > policy.at_risk_days:
        return "at_risk"
    months = relativedelta(months=policy.loyal_months)
    if sum(visit + months > day for visit in visits) >= policy.loyal_purchases:
        return "loyal"
    return "repeat" if len(visits) > 1 else "first"


def stage_since(day, visits, policy):
    """The first day of the unbroken stay in the stage of ``day``, day by day."""
    stage = stage_on(day, visits, policy)
    while stage_on(day - DAY, visits, policy) == stage:
        day -= DAY
    return day


class TestLifecycle(CustomerInsightCase):
    """Each customer is in one stage, decided by purchase days alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._add_customer()

    def _buys(self, *days, customer=None):
        self._add_history((customer or self.customer, day, 10) for day in days)

    def _ago(self, days):
        return AS_OF - timedelta(days=days)

    def assertStage(self, stage, since, as_of=AS_OF, customer=None):
        self._refresh(as_of=as_of)
        self.assertProfile(
            customer or self.customer, lifecycle_stage=stage, stage_since=str(since)
        )

    def _set_policy(self, **settings):
        """Change these settings of the company and set all others to their default."""
        policy = Policy(prospect_scope="none", **settings)
        self.company.write(
            {f"insight_{name}": value for name, value in policy.to_dict().items()}
        )
        return policy

    # === THE SIX STAGES === #

    def test_a_contact_without_purchase_is_a_prospect(self):
        self.assertStage("prospect", "2015-01-01")

    def test_one_purchase_day_is_a_first_customer(self):
        self._buys("2025-06-01 08:00:00", "2025-06-01 18:00:00")
        self.assertStage("first", "2025-06-01")

    def test_two_purchase_days_are_a_repeat_customer(self):
        self._buys("2025-05-01", "2025-06-01")
        self.assertStage("repeat", "2025-06-01")

    def test_four_purchase_days_within_a_year_are_a_loyal_customer(self):
        self._buys("2024-07-01", "2025-05-01", "2025-06-01")
        self.assertStage("repeat", "2025-05-01")
        self._buys("2025-06-15")
        self.assertStage("loyal", "2025-06-15")

    def test_a_purchase_of_a_year_ago_no_longer_makes_loyal(self):
        self._buys("2024-06-30", "2025-05-01", "2025-06-01", "2025-06-15")
        self.assertStage("loyal", "2025-06-15", as_of="2025-06-29")
        self.assertStage("repeat", "2025-06-30")

    def test_loyalty_may_be_lost_in_the_middle_of_a_month(self):
        self._buys("2024-06-10", "2025-05-01", "2025-05-02", "2025-05-03")
        self.assertStage("repeat", "2025-06-10")

    def test_silence_of_the_limit_is_not_yet_a_risk(self):
        self._buys(self._ago(90))
        self.assertStage("first", self._ago(90))

    def test_silence_above_the_limit_is_a_risk(self):
        self._buys(self._ago(91))
        self.assertStage("at_risk", AS_OF)

    def test_silence_of_the_churn_limit_is_not_yet_churned(self):
        self._buys(self._ago(180))
        self.assertStage("at_risk", self._ago(180 - 91))

    def test_silence_above_the_churn_limit_is_churned(self):
        self._buys(self._ago(181))
        self.assertStage("churned", AS_OF)
        self.assertStage("churned", AS_OF, as_of=AS_OF + 50 * DAY)

    def test_a_credit_note_ends_no_silence(self):
        self._buys(self._ago(100))
        self._add_refund(self.customer, self._ago(1), 2)
        self.assertStage("at_risk", self._ago(9))

    def test_limits_are_settings(self):
        self.company.write(
            {
                "insight_at_risk_days": 10,
                "insight_churned_days": 20,
                "insight_loyal_purchases": 2,
                "insight_loyal_months": 1,
            }
        )
        self._buys(self._ago(11))
        self.assertStage("at_risk", AS_OF)
        self._buys(self._ago(10))
        self.assertStage("loyal", self._ago(10))
        self.assertStage("churned", self._ago(-11), as_of=self._ago(-11))

    # === THE FOUR STAGES === #

    def test_four_stages_know_new_active_and_churned(self):
        self.company.insight_stage_set = "four"
        self.assertStage("prospect", "2015-01-01")
        self._buys(self._ago(180))
        self.assertStage("new", self._ago(180))
        self.assertStage("churned", AS_OF + DAY, as_of=AS_OF + DAY)
        self._buys(self._ago(2), self._ago(1))
        self.assertStage("active", self._ago(2))

    def test_four_stages_have_no_risk_and_no_loyalty(self):
        self.company.insight_stage_set = "four"
        self._buys(*[self._ago(100 + n) for n in range(5)])
        self.assertStage("active", self._ago(103))

    # === WON BACK === #

    def test_a_purchase_after_churn_wins_back(self):
        self._buys("2024-01-01", "2025-06-20")
        self.assertStage("repeat", "2025-06-20")
        self.assertProfile(self.customer, won_back_date="2025-06-20")

    def test_a_purchase_on_the_day_churn_would_begin_wins_nobody_back(self):
        self._buys(self._ago(200), self._ago(200 - 181))
        self._refresh()
        self.assertProfile(self.customer, won_back_date=False)
        self.assertProfile(self.customer, lifecycle_stage="repeat")

    def test_the_last_of_several_returns_is_shown(self):
        self._buys("2022-01-01", "2023-01-01", "2024-01-01", "2024-02-01")
        self._refresh()
        self.assertProfile(self.customer, won_back_date="2024-01-01")

    # === EVERY DAY === #

    def test_stage_and_its_first_day_equal_a_replay_day_by_day(self):
        draw = random.Random(7)
        history = {}
        for customer in self._add_customers(60):
            span = draw.choice([30, 120, 400, 900])
            history[customer] = {
                self._ago(draw.randrange(span))
                for __ in range(draw.choice([1, 2, 3, 5, 8, 13, 30]))
            }
        self._add_history((c, day, 10) for c, days in history.items() for day in days)
        for settings in (
            {},
            {"stage_set": "four"},
            {"at_risk_days": 20, "churned_days": 400, "loyal_purchases": 2},
            {"at_risk_days": 300, "churned_days": 301, "loyal_purchases": 3}
            | {"loyal_months": 1},
            {"at_risk_days": 45, "churned_days": 60, "loyal_purchases": 10},
            {"at_risk_days": 1, "churned_days": 2, "loyal_purchases": 5}
            | {"loyal_months": 36},
        ):
            policy = self._set_policy(**settings)
            for as_of in (AS_OF, date(2025, 2, 28)):
                self._refresh(as_of=as_of)
                with self.subTest(as_of=as_of, **settings):
                    self.assertReplayed(history, as_of, policy)

    def assertReplayed(self, history, as_of, policy):
        actual, expected = {}, {}
        for customer, days in history.items():
            if not any(day <= as_of for day in days):
                self.assertNoProfile(customer)
                continue
            profile = self._profile(customer)
            actual[customer.name] = (profile.lifecycle_stage, profile.stage_since)
            expected[customer.name] = (
                stage_on(as_of, days, policy),
                stage_since(as_of, days, policy),
            )
        self.assertGreater(len(expected), 19)
        self.assertEqual(actual, expected)

    def test_without_new_orders_stages_move_on_and_never_back(self):
        loyal, repeat = self._add_customers(2)
        last = date(2025, 1, 31)
        self._buys(*(last - n * 10 * DAY for n in range(12)), customer=loyal)
        self._buys("2024-02-29", last, customer=repeat)
        self._set_policy(loyal_purchases=12)
        self._refresh(as_of=last)
        seen = {loyal: [], repeat: []}
        for days in (*range(0, 4), *range(28, 33), *range(88, 94), *range(178, 184)):
            day = last + days * DAY
            self._refresh(as_of=day, partners=loyal | repeat)
            for customer, stays in seen.items():
                profile = self._profile(customer)
                stay = (profile.lifecycle_stage, profile.stage_since)
                if not stays or stay != stays[-1]:
                    self.assertEqual(stay[1], day)  # a new stay begins today
                    stays.append(stay)
        self.assertEqual(
            [stage for stage, __ in seen[loyal]], ["loyal", "at_risk", "churned"]
        )
        self.assertEqual(
            [stage for stage, __ in seen[repeat]], ["repeat", "at_risk", "churned"]
        )


class TestProspects(CustomerInsightCase):
    """Who is listed although they never bought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls._add_customer("Contact")
        cls.asked = cls._add_customer("Asked for a price")
        cls.buyer = cls._add_customer("Buyer")
        cls._add_order(cls.asked, AS_OF, confirm=False)
        cls._add_order(cls.buyer, AS_OF)

    def test_all_contacts_are_prospects_by_default(self):
        self._refresh()
        for prospect in (self.contact, self.asked):
            self.assertProfile(
                prospect,
                lifecycle_stage="prospect",
                purchase_count=0,
                amount_total=0.0,
                last_purchase_date=False,
                value_class=False,
                rfm_segment_id=self.env.ref("customer_insight.segment_prospect"),
            )
        self.assertProfile(self.buyer, lifecycle_stage="first")

    def test_prospects_may_be_those_with_a_quotation(self):
        self.company.insight_prospect_scope = "quoted"
        self._refresh()
        self.assertNoProfile(self.contact)
        self.assertProfile(self.asked, lifecycle_stage="prospect")
        self.assertProfile(self.buyer, lifecycle_stage="first")

    def test_a_quotation_of_a_contact_is_that_of_its_company(self):
        self.company.insight_prospect_scope = "quoted"
        firm = self._add_customer("Firm", is_company=True)
        contact = self._add_customer("Clerk", parent_id=firm.id)
        self._add_order(contact, AS_OF, confirm=False)
        self._refresh()
        self.assertProfile(firm, lifecycle_stage="prospect")
        self.assertNoProfile(contact)

    def test_a_quotation_of_another_company_makes_no_prospect_here(self):
        other = self._add_company("Other", insight_prospect_scope="quoted")
        self._refresh(company=other)
        self.assertNoProfile(self.asked, other)

    def test_prospects_may_be_left_out(self):
        self.company.insight_prospect_scope = "none"
        self._refresh()
        self.assertNoProfile(self.contact)
        self.assertNoProfile(self.asked)
        self.assertProfile(self.buyer, lifecycle_stage="first")

    def test_contacts_of_a_company_are_no_prospects_themselves(self):
        firm = self._add_customer("Firm", is_company=True)
        clerk = self._add_customer("Clerk", parent_id=firm.id)
        address = self._add_customer("Yard", parent_id=firm.id, type="delivery")
        self._refresh()
        self.assertProfile(firm, lifecycle_stage="prospect")
        self.assertNoProfile(clerk)
        self.assertNoProfile(address)

    def test_own_people_and_own_companies_are_no_prospects(self):
        employee = self._add_user("employee", "base.group_user")
        portal = self._add_user("portal_customer", "base.group_portal")
        self._set_create_date(employee.partner_id | portal.partner_id, "2015-01-01")
        self._refresh()
        self.assertNoProfile(employee.partner_id)
        self.assertNoProfile(self.company.partner_id)
        self.assertProfile(portal.partner_id, lifecycle_stage="prospect")

    def test_mere_vendors_are_no_prospects(self):
        vendor = self._add_customer("Vendor", supplier_rank=1)
        both = self._add_customer("Both", supplier_rank=1, customer_rank=1)
        self._refresh()
        self.assertNoProfile(vendor)
        self.assertProfile(both, lifecycle_stage="prospect")

    def test_archived_contacts_are_no_prospects(self):
        self.contact.active = False
        self._refresh()
        self.assertNoProfile(self.contact)

    def test_contacts_of_another_company_are_no_prospects(self):
        other = self._add_company("Other")
        foreign = self._add_customer("Foreign", company_id=other.id)
        own = self._add_customer("Own", company_id=self.company.id)
        self._refresh()
        self.assertNoProfile(foreign)
        self.assertProfile(own, lifecycle_stage="prospect")

    def test_contacts_entered_later_are_no_prospects_yet(self):
        later = self._add_customer("Later", created="2025-07-01 09:00:00")
        self._refresh()
        self.assertNoProfile(later)
        self._refresh(as_of="2025-07-01")
        self.assertProfile(later, stage_since="2025-07-01")

    def test_contacts_are_prospects_from_their_day_in_the_company(self):
        self.company.partner_id.tz = "America/New_York"
        evening = self._add_customer("Evening", created="2025-07-01 02:00:00")
        self._refresh()
        self.assertProfile(evening, stage_since="2025-06-30")

    def test_a_prospect_with_a_credit_note_only_has_a_day_in_its_stage(self):
        self._add_refund(self.contact, AS_OF, 5)
        self._refresh()
        self.assertProfile(
            self.contact, lifecycle_stage="prospect", stage_since="2015-01-01"
        )

    def test_a_prospect_becomes_a_buyer_and_may_fall_back(self):
        self._refresh()
        order = self._add_order(self.contact, AS_OF)
        self._refresh()
        self.assertProfile(self.contact, lifecycle_stage="first")
        order._action_cancel()
        self._refresh()
        self.assertProfile(
            self.contact, lifecycle_stage="prospect", rfm_score=False, rfm_recency=0
        )

    @freeze_time("2025-06-30 03:30:00")
    def test_today_is_that_of_the_company(self):
        for zone, today in (
            ("America/New_York", date(2025, 6, 29)),
            ("UTC", date(2025, 6, 30)),
            ("Asia/Tokyo", date(2025, 6, 30)),
        ):
            self.company.partner_id.tz = zone
            self.assertEqual(self.company._insight_today(), today)
            self._refresh(as_of=None)
            self.assertProfile(self.contact, as_of=str(today))
