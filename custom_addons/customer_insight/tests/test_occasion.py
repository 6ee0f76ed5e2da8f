import contextlib
from datetime import date, timedelta
from unittest.mock import patch

from odoo.addons.base.tests.common import HttpCase
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from .common import INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

SEND = "odoo.addons.customer_insight.models.customer_greeting_send"


class OccasionCase(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["customer.occasion"].search([]).active = False
        cls.company.country_id = cls.env.ref("base.us")
        cls.greetings = cls.env["customer.greeting"]
        cls.template = cls.env.ref("customer_insight.mail_template_greeting_birthday")
        cls.anna = cls._add_customer(
            "Anna", email="anna@example.com", birthdate="1990-03-15"
        )

    @classmethod
    def _add_occasion(cls, since="2020-01-01", **values):
        occasion = cls.env["customer.occasion"].create(
            {"name": "Birthday", "template_id": cls.template.id, **values}
        )
        occasion.since = since
        return occasion

    def _profiles_as_of(self, day):
        self._refresh(as_of=day)

    def _due(self, day):
        query = self.env["customer.occasion"]._due(self.company, day)
        return sorted(self.env.execute_query(query))

    def _run(self):
        """The job, for this company alone."""
        with (
            patch.object(
                type(self.env["customer.profile"]),
                "_all_companies",
                lambda records: self.company,
            ),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("customer_insight.ir_cron_greet").method_direct_trigger()
        self.greetings.invalidate_model()

    def _mails(self):
        return self.env["mail.mail"].search([("model", "=", "customer.greeting")])

    def _log(self):
        rows = self.greetings.search([("company_id", "=", self.company.id)])
        return sorted((row.partner_id.name, row.state, row.reason) for row in rows)


@tagged("post_install", "-at_install")
class TestOccasion(OccasionCase):
    def test_birthdays_of_29_february_are_kept_on_the_28th_or_the_1st(self):
        self.anna.birthdate = "2000-02-29"
        self._profiles_as_of(date(2025, 2, 1))
        occasion = self._add_occasion(catch_up_days=0)
        row = [(self.anna.id, occasion.id, 2025)]
        self.assertEqual(self._due(date(2025, 2, 28)), row)
        self.assertEqual(self._due(date(2025, 3, 1)), [])
        self.company.insight_leap_birthday = "mar1"
        self.assertEqual(self._due(date(2025, 2, 28)), [])
        self.assertEqual(self._due(date(2025, 3, 1)), row)
        self.assertEqual(self._due(date(2024, 2, 28)), [])
        self.assertEqual(
            self._due(date(2024, 2, 29)), [(self.anna.id, occasion.id, 2024)]
        )

    def test_missed_days_stay_due_across_the_turn_of_the_year(self):
        self.anna.birthdate = "1990-12-31"
        self._profiles_as_of(date(2025, 12, 1))
        occasion = self._add_occasion(catch_up_days=2)
        row = [(self.anna.id, occasion.id, 2025)]
        self.assertEqual(self._due(date(2026, 1, 2)), row)
        self.assertEqual(self._due(date(2026, 1, 3)), [])
        self.assertEqual(self._due(date(2025, 12, 30)), [])
        occasion.since = "2026-01-01"
        self.assertEqual(self._due(date(2026, 1, 2)), [], "before it was switched on")

    def test_birthdays_are_of_people_within_a_firm_too(self):
        firm = self._add_customer("Firm", is_company=True)
        self.env["res.partner"].create(
            {"name": "Ben", "parent_id": firm.id, "birthdate": "1980-03-15"}
        )
        self._profiles_as_of(date(2025, 3, 1))
        self._add_occasion()
        names = [
            self.env["res.partner"].browse(row[0]).name
            for row in self._due(date(2025, 3, 15))
        ]
        self.assertEqual(sorted(names), ["Anna", "Ben"])

    def test_anniversaries_begin_after_a_year(self):
        self._add_order(self.anna, "2023-05-20")
        self._profiles_as_of(date(2025, 5, 1))
        occasion = self._add_occasion(kind="first_purchase")
        row = [(self.anna.id, occasion.id, 2024)]
        self.assertEqual(self._due(date(2024, 5, 20)), row)
        self.assertEqual(self._due(date(2023, 5, 20)), [])
        since = self._add_occasion(kind="customer_since")
        self.assertIn((self.anna.id, since.id, 2025), self._due(date(2025, 1, 1)))

    def test_festivals_go_to_customers_of_their_countries(self):
        china = self.env.ref("base.cn")
        mei = self._add_customer("Mei", country_id=china.id)
        self._profiles_as_of(date(2026, 2, 1))
        festival = self._add_occasion(
            kind="festival", rule="lunar", country_ids=china.ids
        )
        self.assertEqual(self._due(date(2026, 2, 17)), [(mei.id, festival.id, 2026)])
        # without a country one counts to that of the company
        self.company.country_id = china
        self.assertEqual(len(self._due(date(2026, 2, 17))), 2)
        festival.country_ids = False
        self.assertEqual(len(self._due(date(2026, 2, 17))), 2)

    def test_a_public_holiday_is_that_of_the_customers_country(self):
        us, china = self.env.ref("base.us"), self.env.ref("base.cn")
        mei = self._add_customer("Mei", country_id=china.id)
        self._profiles_as_of(date(2026, 2, 1))
        with self.assertRaises(ValidationError):
            self._add_occasion(
                kind="festival",
                rule="holiday",
                holiday_name="Nobody's Day",
                country_ids=us.ids,
            )
        festival = self._add_occasion(
            kind="festival",
            rule="holiday",
            holiday_name="New Year's Day",
            country_ids=(us + china).ids,
            catch_up_days=0,
        )
        self.assertEqual(len(self._due(date(2026, 1, 1))), 2)
        festival.write({"country_ids": china.ids, "holiday_name": "National Day"})
        self.assertEqual(self._due(date(2026, 10, 1)), [(mei.id, festival.id, 2026)])

    def test_days_that_no_month_has_are_refused(self):
        values = {"kind": "festival", "month": "2"}
        for rule, day in (("fixed", 30), ("lunar", 31), ("fixed", 0)):
            with self.subTest(rule=rule, day=day), self.assertRaises(ValidationError):
                self._add_occasion(rule=rule, month_day=day, **values)

    def test_only_the_segment_and_the_stage_are_meant(self):
        segment = self.env["customer.segment"].create(
            {"name": "Some", "kind": "manual"}
        )
        other = self._add_customer("Other", birthdate="1980-03-15")
        self._profiles_as_of(date(2025, 3, 1))
        occasion = self._add_occasion(segment_ids=segment.ids)
        self.assertEqual(self._due(date(2025, 3, 15)), [])
        self._profile(other).write({"rfm_segment_id": False})
        segment._add_members(other)
        self.assertEqual([row[0] for row in self._due(date(2025, 3, 15))], other.ids)
        occasion.write({"segment_ids": False, "lifecycle_stage": "loyal"})
        self.assertEqual(self._due(date(2025, 3, 15)), [])

    def test_who_objects_to_profiling_is_nobodys_occasion(self):
        self._profiles_as_of(date(2025, 3, 1))
        self._add_occasion()
        self.assertEqual(len(self._due(date(2025, 3, 15))), 1)
        self.anna.insight_objection = True
        self.assertEqual(self._due(date(2025, 3, 15)), [])

    def test_shipped_occasions_wait_to_be_switched_on(self):
        shipped = self.env["customer.occasion"].with_context(active_test=False)
        occasion = self.env.ref("customer_insight.occasion_spring_festival")
        self.assertIn(occasion, shipped.search([("active", "=", False)]))
        with freeze_time("2026-02-01"):
            self.assertEqual(occasion.next_date, date(2026, 2, 17))


@tagged("post_install", "-at_install")
@freeze_time("2025-03-15 12:00:00")
class TestGreeting(OccasionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._refresh(as_of=date(2025, 3, 14))

    def test_one_mail_however_often_the_job_runs(self):
        self._add_occasion()
        self._run()
        self.assertEqual(self._log(), [("Anna", "sent", False)])
        [mail] = self._mails()
        self.assertEqual(mail.subject, "Happy birthday, Anna!")
        self.assertEqual(mail.recipient_ids, self.anna)
        self.assertIn("/customer/greetings/stop/", mail.body_html)
        self._run()
        with freeze_time("2025-03-16 12:00:00"):
            self._run()
        self.assertEqual(len(self._mails()), 1)
        with freeze_time("2026-03-15 12:00:00"):
            self._run()
        self.assertEqual(len(self._mails()), 2, "the next year it is greeted again")

    def test_the_mail_is_in_the_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.template.with_context(lang="fr_FR").subject = "Joyeux anniversaire"
        self.anna.lang = "fr_FR"
        self._add_occasion()
        self._run()
        self.assertEqual(self._mails().subject, "Joyeux anniversaire")

    def test_two_contacts_with_one_address_are_one_person(self):
        self._add_customer(
            "Anna again", email="ANNA@example.com", birthdate="1990-03-15"
        )
        self._refresh(as_of=date(2025, 3, 14))
        self._add_occasion()
        self._run()
        self.assertEqual(
            self._log(),
            [("Anna", "sent", False), ("Anna again", "suppressed", "duplicate")],
        )
        self.assertEqual(len(self._mails()), 1)

    def test_two_occasions_for_the_same_event_greet_once(self):
        self._add_occasion(name="For all", sequence=2)
        first = self._add_occasion(name="For some", sequence=1)
        self._run()
        sent = self.greetings.search([("state", "=", "sent")])
        self.assertEqual(sent.occasion_id, first)
        self.assertEqual(len(self._mails()), 1)

    def test_the_database_lets_nobody_be_greeted_twice(self):
        self._add_occasion()
        self._run()
        [row] = self.greetings.search([("company_id", "=", self.company.id)])
        other = self._add_customer("Other")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.cr.savepoint():
                self.cr.execute(
                    SQL(
                        """INSERT INTO customer_greeting (occasion_id, kind, partner_id,
                               customer_id, company_id, date, year, event_key,
                               person_key, state)
                           SELECT occasion_id, kind, %s, %s, company_id, date, year,
                                  event_key, person_key, 'planned'
                           FROM customer_greeting WHERE id = %s""",
                        other.id,
                        other.id,
                        row.id,
                    )
                )

    def test_why_somebody_is_not_greeted_is_written_down(self):
        people = {
            "blacklisted": {"email": "black@example.com"},
            "refused": {"email": "no@example.com", "insight_no_greetings": True},
            "no_address": {"email": False},
            "bounced": {"email": "gone@example.com", "message_bounce": 3},
        }
        for reason, values in people.items():
            self._add_customer(reason, birthdate="1990-03-15", **values)
        self.env["mail.blacklist"]._add("black@example.com")
        self._refresh(as_of=date(2025, 3, 14))
        self._add_occasion()
        self._run()
        expected = [(reason, "suppressed", reason) for reason in people]
        self.assertEqual(self._log(), sorted([("Anna", "sent", False), *expected]))
        self.assertEqual(len(self._mails()), 1)

    def test_what_was_said_after_planning_counts_at_sending(self):
        late = self._add_customer(
            "Late", email="late@example.com", birthdate="1990-03-16"
        )
        self._refresh(as_of=date(2025, 3, 14))
        self._add_occasion()
        self.greetings._plan(self.company)
        self.anna.insight_objection = True
        late.active = False
        with freeze_time("2025-03-16 12:00:00"):
            self._run()
        self.assertEqual(
            self._log(),
            [("Anna", "suppressed", "objection"), ("Late", "suppressed", "archived")],
        )
        self.assertFalse(self._mails())

    def test_what_was_missed_for_too_long_is_not_made_up_for(self):
        self._add_occasion(catch_up_days=1)
        self.greetings._plan(self.company)
        with freeze_time("2025-03-18 12:00:00"):
            self._run()
        self.assertEqual(self._log(), [("Anna", "suppressed", "late")])

    def test_the_day_is_that_of_where_the_person_is(self):
        self.anna.tz = "Asia/Tokyo"  # nine hours ahead
        self._add_occasion()
        with freeze_time("2025-03-14 23:30:00"):  # half past eight in Tokyo
            self._run()
            self.assertEqual(self._log(), [("Anna", "planned", False)])
        with freeze_time("2025-03-15 00:30:00"):
            self._run()
            self.assertEqual(self._log(), [("Anna", "sent", False)])

    def test_the_day_is_the_companys_without_a_time_zone(self):
        self.company.partner_id.tz = "America/Los_Angeles"
        self._add_occasion()
        with freeze_time("2025-03-15 15:30:00"):  # half past eight
            self._run()
            self.assertEqual(self._log(), [("Anna", "planned", False)])
        with freeze_time("2025-03-15 16:30:00"):
            self._run()
            self.assertEqual(self._log(), [("Anna", "sent", False)])

    def test_one_mail_that_fails_stops_no_other(self):
        self._add_customer("Ben", email="ben@example.com", birthdate="1990-03-15")
        self._refresh(as_of=date(2025, 3, 14))
        self._add_occasion()
        mail, kind = type(self.greetings)._mail, type(self.greetings)

        def fails_for_anna(greetings, template):
            if self.anna in greetings.partner_id:
                raise ValueError("no such mail")
            return mail(greetings, template)

        with patch.object(kind, "_mail", fails_for_anna), mute_logger(SEND):
            self._run()
        self.assertEqual(
            self._log(), [("Anna", "failed", False), ("Ben", "sent", False)]
        )

    def test_a_job_that_was_killed_goes_on_where_it_ended(self):
        for number in range(4):
            self._add_customer(
                f"P{number}", email=f"p{number}@example.com", birthdate="1990-03-15"
            )
        self._refresh(as_of=date(2025, 3, 14))
        self._add_occasion()
        kind, mail = type(self.greetings), type(self.greetings)._mail
        seen = []

        class Killed(BaseException):
            """As a worker ends that is killed."""

        def dies_in_the_second_batch(greetings, template):
            mail(greetings, template)
            seen.append(greetings)
            if len(seen) == 2:
                raise Killed

        self.greetings._plan(self.company)
        todo = self.greetings._to_send(self.company)
        with (
            patch(f"{SEND}.BATCH", 2),
            patch.object(kind, "_mail", dies_in_the_second_batch),
            contextlib.suppress(Killed),
        ):
            while batch := self.greetings._take(todo):
                with self.cr.savepoint():  # as if each batch were committed
                    self.greetings._send_batch(self.company, batch)
        self.assertEqual(len(seen), 2)
        self.greetings.invalidate_model()
        self.assertEqual(len(self._mails()), 2)
        self._run()
        self.assertEqual({state for __, state, __ in self._log()}, {"sent"})
        self.assertEqual(len(self._mails()), 5)

    def test_staff_are_told_ahead_and_what_they_do_is_noted(self):
        call = self.env.ref("mail.mail_activity_data_call")
        seller = self._add_user("seller", INSIGHT_USER)
        self.anna.user_id = seller
        self._add_occasion(template_id=False, activity_type_id=call.id, lead_days=5)
        with freeze_time("2025-03-09 12:00:00"):
            self._run()
            self.assertFalse(self.anna.activity_ids)
        with freeze_time("2025-03-10 12:00:00"):
            self._run()
            self._run()
        [activity] = self.anna.activity_ids
        self.assertEqual(activity.user_id, seller)
        self.assertEqual(activity.date_deadline, date(2025, 3, 15))
        self.assertEqual(self._log(), [("Anna", "reminded", False)])
        activity.with_user(seller).action_done()
        self.assertEqual(self._log(), [("Anna", "sent", False)])

    def test_the_budget_ends_the_greetings_of_the_year(self):
        self._add_customer("Ben", email="ben@example.com", birthdate="1990-03-15")
        self._add_customer("Cia", email="cia@example.com", birthdate="1990-03-16")
        self._refresh(as_of=date(2025, 3, 14))
        occasion = self._add_occasion(unit_cost=10.0, budget=29.99)
        self._run()
        with freeze_time("2025-03-16 12:00:00"):
            self._run()
            self.assertEqual(occasion.spent, 20.0)
        self.assertEqual(
            self._log(),
            [
                ("Anna", "sent", False),
                ("Ben", "sent", False),
                ("Cia", "suppressed", "budget"),
            ],
        )

    def test_the_next_weeks_are_listed_and_follow_the_data(self):
        self.anna.birthdate = "1990-04-10"
        occasion = self._add_occasion()
        self.assertEqual(self.greetings._plan(self.company), 1)
        self.assertEqual(self.greetings._plan(self.company), 0)
        self.anna.birthdate = "1990-04-11"
        self.greetings._plan(self.company)
        [row] = self.greetings.search([("company_id", "=", self.company.id)])
        self.assertEqual(row.date, date(2025, 4, 11))
        self.assertEqual(self._profile(self.anna).greeting_ids, row)
        occasion.active = False
        self.assertEqual(self._log(), [])

    def test_salespeople_see_and_note_their_own_customers_alone(self):
        seller = self._add_user("seller", INSIGHT_USER)
        self._add_occasion()
        self.greetings._plan(self.company)
        [row] = self.greetings.search([("company_id", "=", self.company.id)])
        as_seller = row.with_user(seller)
        with self.assertRaises(AccessError):
            as_seller.action_greeted()
        with self.assertRaises(AccessError):
            as_seller.action_skip()
        self.anna.user_id = seller
        as_seller.action_greeted()
        self.assertEqual(row.state, "sent")
        with self.assertRaises(AccessError):
            row.occasion_id.with_user(seller).action_switch()
        manager = self._add_user("boss", INSIGHT_MANAGER)
        row.occasion_id.with_user(manager).action_switch()
        self.assertFalse(row.occasion_id.active)

    def test_merged_contacts_keep_what_was_sent(self):
        twin = self._add_customer("Twin", birthdate="1990-03-20")
        self._refresh(as_of=date(2025, 3, 14))
        self._add_occasion()
        self._run()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.anna | twin).ids, twin
        )
        rows = self.greetings.search([("partner_id", "=", twin.id)])
        self.assertEqual(rows.mapped("state"), ["sent"])


@tagged("post_install", "-at_install")
@freeze_time("2025-03-15 12:00:00")
class TestGreetingStop(OccasionCase, HttpCase):
    def test_the_link_asks_first_and_stops_all_contacts_of_the_address(self):
        twin = self._add_customer("Twin", email="anna@example.com")
        self._refresh(as_of=date(2025, 3, 14))
        self._add_occasion()
        self.greetings._plan(self.company)
        [row] = self.greetings.search([("company_id", "=", self.company.id)])
        path = f"/customer/greetings/stop/{row.id}/{row._stop_token()}"
        page = self.url_open(path)
        self.assertIn("Do you want no more greetings", page.text)
        self.assertFalse(self.anna.insight_no_greetings, "a look stops nothing")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        done = self.url_open(path, data={"csrf_token": token})
        self.assertIn("no more greetings from us", done.text)
        self.assertTrue((self.anna | twin).mapped("insight_no_greetings") == [True] * 2)
        for wrong in (f"{row.id}/wrong", f"{row.id + 1}/{row._stop_token()}"):
            page = self.url_open(f"/customer/greetings/stop/{wrong}")
            self.assertEqual(page.status_code, 404)


@tagged("post_install", "-at_install")
class TestOccasionDays(OccasionCase):
    def test_a_day_of_the_moon_that_comes_twice_is_greeted_twice(self):
        festival = self._add_occasion(
            kind="festival", rule="lunar", month="12", month_day=8, catch_up_days=0
        )
        self._refresh(as_of=date(2022, 1, 1))
        first, last = self._due(date(2022, 1, 10)), self._due(date(2022, 12, 30))
        self.assertEqual(first, [(self.anna.id, festival.id, 2021)])
        self.assertEqual(last, [(self.anna.id, festival.id, 2022)])
        self.assertEqual(self._due(date(2022, 1, 10) + timedelta(days=1)), [])
