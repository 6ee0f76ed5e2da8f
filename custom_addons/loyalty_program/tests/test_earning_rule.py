from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time
from odoo.tools import mute_logger

from .common import MANAGER, OFFICER, LoyaltyCase


class TestEarningRule(LoyaltyCase):
    """Points for events without purchase: once each, within limits, for members."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2024-01-15 12:00"):
            cls._join(cls.member)

    @classmethod
    def _join(cls, member, day="2024-01-15"):
        account = cls._add_account(partner=member)
        cls._set_create_date(account, f"{day} 12:00:00")
        return account

    @classmethod
    def _add_rule(cls, event, points=50, **values):
        return cls.env["loyalty.earning.rule"].create(
            {
                "name": event.title(),
                "program_id": cls.program.id,
                "event": event,
                "points": points,
                **values,
            }
        )

    def _run(self, day):
        with freeze_time(f"{day} 12:00"), self.enter_registry_test_mode():
            self.env.ref("loyalty_program.ir_cron_events").method_direct_trigger()
        self.env.invalidate_all()

    def _lines(self, account=None):
        account = account or self._account()
        return [(str(m.date), m.points) for m in account.points_move_ids.sorted("id")]

    # === EVENTS THAT ARE REPORTED === #

    def test_a_survey_counts_once(self):
        self._add_rule("survey_answered", 5)
        first, second = self.env["res.country"].search([], limit=2)
        for answer in (first, first, second):
            self.member._customer_event("survey_answered", answer)
        self.assertKinds(("bonus", 5), ("bonus", 5))
        self.assertEqual(self._account().points_move_ids[0].reason, "Survey_Answered")

    def test_only_members_get_points(self):
        self._add_rule("survey_answered")
        stranger = self._add_customer("Stranger")
        stranger._customer_event("survey_answered", self.company)
        self.assertFalse(self._account(stranger))

    def test_the_contact_of_the_record_gets_the_points(self):
        self._add_rule("survey_answered")
        person = self._add_customer("Person", parent_id=self.member.id)
        self._add_account(partner=person)
        order = self._sell(1, person, confirm=False, product=self.plain)
        self.member._customer_event("survey_answered", order)
        self.assertBalance(50, self._account(person))
        self.assertBalance(0)

    def test_a_limit_in_a_month(self):
        self._add_rule("survey_answered", 40, cap_points=100, cap_period="month")
        records = self.env["res.country"].search([], limit=5)
        with freeze_time("2025-05-30 12:00"):
            for record in records[:4]:
                self.member._customer_event("survey_answered", record)
        self.assertBalance(100)
        with freeze_time("2025-06-01 12:00"):
            self.member._customer_event("survey_answered", records[4])
        self.assertBalance(140)

    def test_only_within_its_days(self):
        self._add_rule("survey_answered", date_from="2025-05-01", date_to="2025-05-31")
        days = ("2025-04-30", "2025-05-01", "2025-05-31", "2025-06-01")
        for day, record in zip(
            days, self.env["res.country"].search([], limit=4), strict=True
        ):
            with freeze_time(f"{day} 12:00"):
                self.member._customer_event("survey_answered", record)
        self.assertEqual(self._lines(), [("2025-05-01", 50), ("2025-05-31", 50)])

    def test_only_for_a_segment(self):
        segment = self.env["customer.segment"].create({"name": "VIP", "kind": "manual"})
        self._add_rule("survey_answered", segment_ids=segment.ids)
        self._refresh()
        first, second = self.env["res.country"].search([], limit=2)
        self.member._customer_event("survey_answered", first)
        self.assertBalance(0)
        segment._add_members(self.member)
        self.member._customer_event("survey_answered", second)
        self.assertBalance(50)

    def test_a_program_of_another_company_gives_nothing(self):
        other = self._add_company("Other")
        program = self._add_program(company=other)
        self._add_account(partner=self.member, program=program)
        self._add_rule("survey_answered", program_id=program.id)
        self.member._customer_event("survey_answered")
        self.assertBalance(0, self._account(program=program))

    def test_an_archived_member_gets_nothing(self):
        """LP-26"""
        self._add_rule("survey_answered")
        self._add_rule("birthday")
        self.member.write({"active": False, "birthdate": "1990-05-10"})
        self.member._customer_event("survey_answered", self.company)
        self._run("2025-05-10")
        self.assertBalance(0)

    def test_a_rule_that_fails_undoes_nothing(self):
        self._add_rule("survey_answered")
        failing = patch.object(
            type(self.env["loyalty.card"]), "_post", side_effect=UserError("No")
        )
        with (
            failing,
            mute_logger("odoo.addons.loyalty_program.models.res_partner_event"),
        ):
            self.member._customer_event("survey_answered", self.company)
        self.assertBalance(0)

    def test_archived_rules_and_programs_give_nothing(self):
        rule = self._add_rule("survey_answered")
        rule.active = False
        self.member._customer_event("survey_answered", self.company)
        rule.active = True
        self.program.active = False
        self.member._customer_event("survey_answered", self.company)
        self.assertBalance(0)
        self.program.active = True
        self.member._customer_event("survey_answered", self.company)
        self.assertBalance(50)

    # === THE FIRST PURCHASE === #

    def test_the_first_purchase_opens_the_account(self):
        self._add_rule("first_purchase")
        new = self._add_customer("New")
        self._sell(10, new, product=self.plain)
        self._sell(10, new)
        self.assertKinds(("bonus", 50), ("earn", 10), account=self._account(new))

    def test_an_old_customer_has_no_first_purchase(self):
        old = self._add_customer("Old")
        first = self._sell(10, old)
        first.date_order = "2025-01-01 12:00:00"
        self._add_rule("first_purchase")
        first._settle_points()
        self._sell(10, old)
        self.assertBalance(20, self._account(old))

    def test_a_cancelled_first_purchase_takes_the_bonus_back(self):
        """LP-11, LP-25: and gives it again, once, when it is confirmed after all"""
        self._add_rule("first_purchase")
        order = self._sell(10)
        self.assertBalance(60)
        order._action_cancel()
        self.assertBalance(0)
        order.action_draft()
        order.action_confirm()
        order._settle_points()
        self.assertBalance(60)

    def test_a_returned_first_purchase_takes_the_bonus_back(self):
        """LP-12: points are not earned by ordering and returning"""
        self._add_rule("first_purchase")
        order = self._sell(10)
        invoice = self._invoice(order)
        refund = self._credit(invoice, 1.0)
        self.assertBalance(0)
        refund.button_draft()
        self.assertBalance(60)

    def test_a_bonus_that_was_spent_is_forgiven_once(self):
        """LP-07: and not given a second time"""
        self.program.debt_policy = "none"
        self._add_rule("first_purchase")
        order = self._sell(10, product=self.plain)
        self._spend(50)
        order._action_cancel()
        self.assertBalance(0)
        order.action_draft()
        order.action_confirm()
        self.assertBalance(0)

    def test_two_orders_have_one_first(self):
        self._add_rule("first_purchase")
        first = self._sell(10, product=self.plain)
        self._sell(10, product=self.plain)
        first._settle_points()
        self.assertBalance(50)

    # === EVENTS THE JOB FINDS === #

    def test_one_birthday_a_year(self):
        """LP-25: twice on the day and once the day after"""
        self._add_rule("birthday")
        self.member.birthdate = "1990-05-10"
        for day in ("2025-05-09", "2025-05-10", "2025-05-10", "2025-05-11"):
            self._run(day)
        self.assertEqual(self._lines(), [("2025-05-10", 50)])
        self._run("2026-05-10")
        self.assertBalance(100)

    def test_the_29th_of_february(self):
        self._add_rule("birthday")
        self.member.birthdate = "1992-02-29"
        self._run("2025-02-28")
        self.assertEqual(self._lines(), [("2025-02-28", 50)])
        self._run("2028-02-28")
        self.assertBalance(50)
        self._run("2028-02-29")
        self.assertBalance(100)

    def test_nights_without_the_job(self):
        self._add_rule("birthday")
        self.member.birthdate = "1990-12-30"
        self._run("2026-01-04")
        self.assertBalance(50)
        self._run("2026-12-30")
        self.assertBalance(100)

    def test_a_birthday_before_joining(self):
        self._add_rule("birthday")
        new = self._add_customer("New", birthdate="1990-05-08")
        self._join(new, "2025-05-09")
        self._run("2025-05-10")
        self.assertBalance(0, self._account(new))

    def test_years_of_membership(self):
        self._add_rule("anniversary", 20)
        for day in ("2024-01-15", "2025-01-15", "2025-01-16", "2026-01-17"):
            self._run(day)
        self.assertEqual(self._lines(), [("2025-01-15", 20), ("2026-01-17", 20)])

    def test_complete_contact_data(self):
        self._add_rule("profile_completed", 30)
        self._sell(1, product=self.plain)
        self._refresh()
        self._run("2025-06-30")
        self.assertBalance(0)
        self._profile(self.member).data_completeness = 100
        self._run("2025-07-01")
        self._run("2025-07-02")
        self.assertEqual(self._lines(), [("2025-07-01", 30)])

    def test_the_job_looks_at_nobody_in_vain(self):
        """Others' segments and used limits are part of the question."""
        segment = self.env["customer.segment"].create({"name": "VIP", "kind": "manual"})
        rule = self._add_rule("birthday", segment_ids=segment.ids)
        self.member.birthdate = "1980-06-15"
        with freeze_time("2025-06-15 12:00"):
            self.assertEqual(rule._due_accounts(), [])
            self.env["customer.segment.membership"].create(
                {
                    "segment_id": segment.id,
                    "partner_id": self.member.id,
                    "company_id": self.company.id,
                    "date_from": "2025-06-01",
                }
            )
            self.assertEqual(len(rule._due_accounts()), 1)
            rule.write({"cap_points": 50, "cap_period": "ever"})
            self.assertEqual(len(rule._due_accounts()), 1)
        with freeze_time("2024-06-15 12:00"):
            self._account()._post(50, "bonus", key=f"rule,{rule.id}:birthday:2024")
        with freeze_time("2025-06-15 12:00"):
            self.assertEqual(rule._due_accounts(), [])
            rule.cap_period = "year"
            self.assertEqual(len(rule._due_accounts()), 1)

    def test_the_last_day_of_a_rule_is_caught_up(self):
        self._add_rule("birthday", date_to="2025-06-15")
        self.member.birthdate = "1980-06-15"
        self._run("2025-06-16")
        self.assertBalance(50)

    def test_one_bad_account_stops_no_other(self):
        self._add_rule("birthday")
        partners = self.member | self._add_customer("Next")
        self._join(partners[1])
        partners.birthdate = "1990-05-10"
        rules, bad = type(self.env["loyalty.earning.rule"]), self._account().id
        grant = rules._grant_account

        def failing(rule, account, record=None, day=None):
            if account.id == bad:
                raise ValueError(account)
            return grant(rule, account, record, day)

        job = "odoo.addons.loyalty_program.models.loyalty_earning_rule_job"
        with patch.object(rules, "_grant_account", failing), mute_logger(job):
            self._run("2025-05-10")
        self.assertBalance(0)
        self.assertBalance(50, self._account(partners[1]))
        self._run("2025-05-11")
        self.assertBalance(50)

    # === RIGHTS === #

    def test_who_may_change_rules(self):
        rule = self._add_rule("birthday")
        officer = self._add_user("officer", OFFICER)
        self.assertEqual(rule.with_user(officer).points, 50)
        with self.assertRaises(AccessError):
            rule.with_user(officer).points = 60
        manager = self._add_user("manager", MANAGER)
        rule.with_user(manager).points = 60
        self.assertEqual(rule.points, 60)
        with self.assertRaises(AccessError):
            rule.with_user(self._add_user("user", "base.group_user")).read(["name"])

    def test_a_coupon_program_has_no_rules(self):
        promotion = self.env["loyalty.program"].create(
            {"name": "Promotion", "program_type": "promotion"}
        )
        with self.assertRaises(UserError):
            promotion.earning_rule_ids = [
                Command.create({"name": "X", "event": "birthday", "points": 1})
            ]
