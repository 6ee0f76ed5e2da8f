from collections import Counter
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

#: Monday, 30 June 2025, a working hour.
NOON = datetime.combine(AS_OF, datetime.min.time()).replace(hour=12)
RUN = "odoo.addons.customer_insight.models.customer_playbook_run"


class PlaybookCase(CustomerInsightCase):
    """Playbooks whose job runs without its commits, at a frozen hour."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOON))
        cls.commits = []

        def commit(cron, processed=0, **_kwargs):
            cls.commits.append(processed)
            cls.env.flush_all()
            return 1

        cls.startClassPatcher(
            patch.object(cls.env.registry["ir.cron"], "_commit_progress", commit)
        )
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Hello",
                "model_id": cls.env.ref("base.model_res_partner").id,
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
                "email_from": "shop@example.com",
                "partner_to": "{{ object.id }}",
                "auto_delete": False,
            }
        )
        cls.manager = cls._add_user("boss", f"{INSIGHT_MANAGER},base.group_system")
        cls.tag = cls.env["res.partner.category"].create({"name": "Reached"})

    @classmethod
    def _add_playbook(cls, *steps, start=True, **values):
        """A running playbook for customers in stage ``first``, nobody in control."""
        playbook = cls.env["customer.playbook"].create(
            {
                "name": "Plan",
                "company_id": cls.company.id,
                "user_id": cls.manager.id,
                "stage": "first",
                "control_share": 0,
                "is_backlog": True,
                "step_ids": [
                    Command.create({"sequence": place, **step})
                    for place, step in enumerate(steps or [cls._tag_step()])
                ],
                **values,
            }
        )
        if start:
            playbook.action_start()
        return playbook

    @classmethod
    def _tag_step(cls, **values):
        return {"action": "tag", "tag_id": cls.tag.id, **values}

    @classmethod
    def _mail_step(cls, **values):
        return {"action": "email", "template_id": cls.template.id, **values}

    @classmethod
    def _add_first_buyers(cls, count, day=AS_OF):
        """Customers with an address who bought once."""
        buyers = cls._add_customers(count)
        for number, buyer in enumerate(buyers):
            buyer.email = f"buyer{number}.{buyer.id}@example.com"
        cls._add_history([(buyer, day, 100.0) for buyer in buyers])
        cls._refresh()
        return buyers

    def _mails(self, partners):
        return self.env["mail.mail"].search([("recipient_ids", "in", partners.ids)])

    def _log(self, playbook):
        logs = self.env["customer.playbook.log"].search(
            [("playbook_id", "=", playbook.id)], order="enrolment_id, step_id"
        )
        return [(log.state, log.reason or "") for log in logs]


@tagged("post_install", "-at_install")
class TestPlaybookEntry(PlaybookCase):
    def _who(self, playbook):
        playbook._run(NOON)
        return playbook.enrolment_ids.partner_id

    def test_who_enters_the_stage_begins_once(self):
        buyers = self._add_first_buyers(3)
        playbook = self._add_playbook(reentry="after", reentry_days=1)
        self.assertEqual(self._who(playbook), buyers)
        self.assertEqual(set(playbook.enrolment_ids.mapped("state")), {"done"})
        with freeze_time(NOON + timedelta(days=9)):
            playbook._run()
        self.assertEqual(len(playbook.enrolment_ids), 3)

    def test_who_was_there_before_the_start_only_if_wanted(self):
        self._add_first_buyers(2, AS_OF - timedelta(days=9))
        self.assertFalse(self._who(self._add_playbook(is_backlog=False)))
        self.assertEqual(len(self._who(self._add_playbook())), 2)

    def test_conditions_objection_and_archived_contacts(self):
        one, objector, gone, small = self._add_first_buyers(4)
        objector.insight_objection = True
        gone.active = False
        self._add_history([(one, AS_OF, 900.0)])
        self._refresh()
        playbook = self._add_playbook(domain="[('amount_total', '>', 500)]")
        self.assertEqual(self._who(playbook), one)
        self.assertNotIn(small, playbook.enrolment_ids.partner_id)

    def test_conditions_that_do_not_work_are_refused(self):
        with self.assertRaises(ValidationError):
            self._add_playbook(domain="[('no_such_field', '=', 1)]", start=False)

    def test_a_trigger_must_say_which(self):
        with self.assertRaises(ValidationError):
            self._add_playbook(trigger="segment", start=False)

    def test_without_steps_nothing_is_started(self):
        playbook = self._add_playbook(start=False)
        playbook.step_ids.unlink()
        with self.assertRaises(UserError):
            playbook.action_start()

    def test_members_of_a_segment(self):
        buyers = self._add_first_buyers(2)
        segment = self.env["customer.segment"].create({"name": "S", "kind": "manual"})
        self.env["customer.segment.membership"].create(
            {
                "segment_id": segment.id,
                "partner_id": buyers[0].id,
                "company_id": self.company.id,
                "date_from": AS_OF,
            }
        )
        playbook = self._add_playbook(trigger="segment", segment_id=segment.id)
        self.assertEqual(self._who(playbook), buyers[0])

    def test_a_warning(self):
        buyers = self._add_first_buyers(2)
        warning = self.env["customer.warning"].create(
            {
                "partner_id": buyers[1].id,
                "company_id": self.company.id,
                "date": AS_OF,
                "state": "open",
            }
        )
        playbook = self._add_playbook(self._tag_step(delay_days=5), trigger="warning")
        self.assertEqual(self._who(playbook), buyers[1])
        warning._dismiss("known")
        playbook._run(NOON)
        self.assertEqual(playbook.enrolment_ids.exit_reason, "gone")

    def test_the_first_order_once_it_is_delivered(self):
        buyer = self._add_customer()
        order = self._add_order(buyer, AS_OF)
        self._refresh()
        playbook = self._add_playbook(trigger="delivery")
        self.assertFalse(self._who(playbook))
        order.order_line.qty_delivered = 1
        self.assertEqual(self._who(playbook), buyer)
        self.assertEqual(playbook.enrolment_ids.entry_key, f"order,{order.id}")

    def test_a_second_order_is_no_first_one(self):
        buyer = self._add_customer()
        self._add_order(buyer, AS_OF - timedelta(days=3))
        order = self._add_order(buyer, AS_OF)
        order.order_line.qty_delivered = 1
        self._refresh()
        self.assertFalse(self._who(self._add_playbook(trigger="delivery")))

    def test_an_event_is_noted_only_if_somebody_waits_for_it(self):
        buyer = self._add_customer()
        events = self.env["customer.playbook.event"]
        self._add_order(buyer, AS_OF)
        self.assertFalse(events.search([("partner_id", "=", buyer.id)]))
        playbook = self._add_playbook(trigger="event", event_kind="order_confirmed")
        self._add_order(buyer, AS_OF)
        self.assertEqual(len(events.search([("partner_id", "=", buyer.id)])), 1)
        self._refresh()
        self.assertEqual(self._who(playbook), buyer)
        contact = self._add_customer("Contact", parent_id=buyer.id)
        self._add_order(contact, AS_OF)  # what contacts do is the customer's
        self.assertEqual(len(events.search([("partner_id", "=", buyer.id)])), 2)
        playbook.action_pause()
        self._add_order(buyer, AS_OF)
        self.assertEqual(len(events.search([("partner_id", "=", buyer.id)])), 2)

    def test_an_occasion_of_a_person_once_a_year(self):
        born, other = self._add_first_buyers(2)
        born.birthdate = "1980-06-30"
        other.birthdate = "1980-07-30"
        occasion = self.env["customer.occasion"].create(
            {
                "name": "Birthday",
                "kind": "birthday",
                "company_id": self.company.id,
                "since": AS_OF - timedelta(days=9),
            }
        )
        self._refresh()
        playbook = self._add_playbook(
            trigger="occasion",
            occasion_id=occasion.id,
            reentry="after",
            reentry_days=1,
        )
        self.assertEqual(self._who(playbook), born)
        key = f"occasion,{occasion.id},2025"
        self.assertEqual(playbook.enrolment_ids.entry_key, key)
        with freeze_time(NOON + timedelta(days=2)):
            playbook._run()  # caught up days bring nobody again
        self.assertEqual(len(playbook.enrolment_ids), 1)

    def test_silence(self):
        self._add_first_buyers(1)
        late = self._add_first_buyers(1, AS_OF - timedelta(days=40))
        playbook = self._add_playbook(trigger="silence", silence_days=40)
        self.assertEqual(self._who(playbook), late)

    def test_the_database_takes_one_running_enrolment(self):
        buyer = self._add_first_buyers(1)
        playbook = self._add_playbook(self._tag_step(delay_days=3))
        self._who(playbook)
        enrolments = self.env["customer.playbook.enrolment"]
        with self.assertRaisesRegex(UserError, "already, since 2025-06-30"):
            enrolments._start_by_hand(playbook, buyer)
        self.env.cr.execute(
            """INSERT INTO customer_playbook_enrolment (playbook_id, partner_id, state,
                   company_id, entry_key, date, window_end)
               SELECT playbook_id, partner_id, state, company_id, 'x', date, window_end
               FROM customer_playbook_enrolment WHERE playbook_id = %s
               ON CONFLICT DO NOTHING""",
            [playbook.id],
        )
        self.assertEqual(self.env.cr.rowcount, 0)

    def test_another_company_begins_nothing(self):
        other = self._add_company("Other")
        buyer = self._add_customer()
        self._add_history([(buyer, AS_OF, 10.0)], other)
        self._refresh(company=other)
        self.assertFalse(self._who(self._add_playbook()))


@tagged("post_install", "-at_install")
class TestPlaybookControl(PlaybookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyers = cls._add_first_buyers(100)
        # 40 without a forecast, 20 of each of three bands
        for first, count, risk in (
            (0, 20, 0.1),
            (20, 20, 0.3),
            (40, 20, 0.9),
            (60, 40, None),
        ):
            cls.env.cr.execute(
                """UPDATE customer_profile SET churn_risk = %s
                   WHERE partner_id = ANY(%s)""",
                [risk, cls.buyers[first : first + count].ids],
            )

    def test_shares_hold_within_each_band_of_risk(self):
        playbook = self._add_playbook(control_share=10)
        playbook._run(NOON)
        control = playbook.enrolment_ids.filtered("is_control")
        self.assertEqual(
            Counter(control.mapped("stratum")), Counter({0: 4, 1: 2, 2: 2, 4: 2})
        )
        self.assertEqual(set(control.mapped("state")), {"running"})
        self.assertFalse(control.step_id)
        self.assertEqual(len(self.buyers.filtered("category_id")), 90)
        self.assertFalse(control.partner_id.category_id)

    def test_the_draw_is_repeatable_and_by_playbook(self):
        playbook = self._add_playbook(control_share=20, start=False)
        draws = [
            self.env.execute_query(playbook._newcomers_query(AS_OF)) for _n in range(2)
        ]
        self.assertEqual(*draws)
        other = playbook.copy()
        self.assertNotEqual(
            {row[0] for row in draws[0] if row[4]},
            {
                row[0]
                for row in self.env.execute_query(other._newcomers_query(AS_OF))
                if row[4]
            },
        )

    def test_shares_hold_when_customers_come_one_by_one(self):
        playbook = self._add_playbook(control_share=10, domain="[('id', '=', 0)]")
        profiles = self.env["customer.profile"].search(
            [("partner_id", "in", self.buyers[60:].ids)]
        )
        for number in range(1, 41):
            playbook.domain = f"[('id', 'in', {profiles[:number].ids})]"
            playbook._enrol(NOON)
        self.assertEqual(len(playbook.enrolment_ids.filtered("is_control")), 4)

    def test_outcome_counts_from_the_next_day_to_the_end_of_the_window(self):
        playbook = self._add_playbook(control_share=10, window_days=10)
        playbook._run(NOON)
        control = playbook.enrolment_ids.filtered("is_control")[0]
        on_day, late, early = playbook.enrolment_ids.filtered(
            lambda one: not one.is_control
        )[:3]
        for one, days in ((control, 10), (early, 1), (late, 11), (on_day, 0)):
            self._add_order(one.partner_id, AS_OF + timedelta(days=days), 50)
        with freeze_time(NOON + timedelta(days=10)):
            playbook._run()
            self.assertFalse(control.is_measured)
        with freeze_time(NOON + timedelta(days=11)):
            playbook._run()
            self.assertEqual(playbook._measure(), 0)
        self.assertTrue(all(playbook.enrolment_ids.mapped("is_measured")))
        self.assertEqual((control.amount, control.state), (50, "done"))
        self.assertEqual((early.is_bought, early.amount), (True, 50))
        self.assertEqual((late.is_bought, late.amount), (False, 0))
        self.assertEqual((on_day.is_bought, on_day.amount), (False, 0))
        self._add_refund(early.partner_id, AS_OF + timedelta(days=2), 80)
        with freeze_time(NOON + timedelta(days=12)):
            playbook._run()
        self.assertEqual((early.is_bought, early.amount), (False, -30))

    def _pretend(self, playbook, treated, control):
        """Give so many of each group a purchase."""
        playbook._run(NOON)
        for is_control, count in ((False, treated), (True, control)):
            self.env.cr.execute(
                """UPDATE customer_playbook_enrolment SET is_measured = TRUE,
                       is_bought = place <= %s, amount = 100 * (place <= %s)::int
                   FROM (SELECT id AS number, ROW_NUMBER() OVER (ORDER BY id) AS place
                         FROM customer_playbook_enrolment
                         WHERE playbook_id = %s AND is_control = %s) t
                   WHERE id = number""",
                [count, count, playbook.id, is_control],
            )
        self.env.invalidate_all()
        return playbook.effect

    def test_a_clear_effect_is_told_with_its_interval(self):
        effect = self._pretend(self._add_playbook(control_share=50), 45, 5)
        self.assertEqual(effect["verdict"], "better")
        self.assertIn("80.0 more of a hundred", effect["sentence"])
        difference, low, high = effect["rate"]["interval"]
        self.assertEqual(round(difference, 2), 0.8)
        self.assertTrue(0.5 < low < difference < high <= 1)

    def test_a_small_effect_asks_for_more_customers(self):
        effect = self._pretend(self._add_playbook(control_share=50), 25, 20)
        self.assertEqual((effect["verdict"], effect["rate"]), ("open", None))
        self.assertRegex(effect["sentence"], r"about [\d,]+ more customers")

    def test_few_customers_say_nothing_however_large_the_effect(self):
        effect = self._pretend(self._add_playbook(control_share=10), 90, 0)
        # 30 in control need 300 customers, 100 are there
        self.assertEqual((effect["verdict"], effect["missing"]), ("open", 200))

    def test_without_control_group_no_claim(self):
        effect = self._pretend(self._add_playbook(control_share=0), 100, 0)
        self.assertEqual((effect["verdict"], effect["rate"]), ("no_control", None))

    def test_a_user_sees_the_effect_of_the_own_customers(self):
        playbook = self._add_playbook(control_share=50)
        self._pretend(playbook, 45, 5)
        user = self._add_user("ann", INSIGHT_USER)
        effect = playbook.with_user(user).effect
        self.assertEqual([group["n"] for group in effect["groups"]], ["0", "0"])


@tagged("post_install", "-at_install")
class TestPlaybookSteps(PlaybookCase):
    def test_steps_follow_each_other_with_their_delays(self):
        buyer = self._add_first_buyers(1)
        playbook = self._add_playbook(
            self._mail_step(),
            {"action": "activity", "summary": "Call", "delay_days": 3},
            self._tag_step(delay_days=4),
        )
        playbook._run(NOON)
        enrolment = playbook.enrolment_ids
        self.assertEqual(len(self._mails(buyer)), 1)
        self.assertEqual(enrolment.next_date, NOON + timedelta(days=3))
        playbook._run(NOON + timedelta(days=2))
        self.assertFalse(buyer.activity_ids)
        playbook._run(NOON + timedelta(days=3))
        self.assertEqual(buyer.activity_ids.summary, "Call")
        self.assertEqual(buyer.activity_ids.user_id, playbook.user_id)
        playbook._run(NOON + timedelta(days=7))
        self.assertEqual(buyer.category_id, self.tag)
        self.assertEqual((enrolment.state, enrolment.exit_reason), ("done", False))
        self.assertEqual(self._log(playbook), [("done", "")] * 3)

    def test_a_second_run_does_nothing(self):
        buyers = self._add_first_buyers(3)
        playbook = self._add_playbook(self._mail_step())
        self.assertEqual(playbook._run(NOON), 3)
        self.assertEqual(playbook._run(NOON), 0)
        self.assertEqual(len(self._mails(buyers)), 3)

    def test_activities_go_to_the_salesperson(self):
        buyer = self._add_first_buyers(1)
        buyer.user_id = self._add_user("ann", "sales_team.group_sale_salesman")
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Care",
                "res_model": "res.partner",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref(
                                "mail.mail_activity_data_todo"
                            ).id,
                            "summary": "Planned",
                            "responsible_type": "on_demand",
                        }
                    )
                ],
            }
        )
        playbook = self._add_playbook(
            {"action": "activity", "summary": "Call"},
            {"action": "plan", "plan_id": plan.id},
        )
        playbook._run(NOON)
        self.assertEqual(set(buyer.activity_ids.mapped("summary")), {"Call", "Planned"})
        self.assertEqual(buyer.activity_ids.user_id, buyer.user_id)

    def test_owner_and_server_action(self):
        buyer = self._add_first_buyers(1)
        ann = self._add_user("ann", "sales_team.group_sale_salesman")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Note",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "code",
                "code": "records.write({'comment': 'Seen'})",
            }
        )
        playbook = self._add_playbook(
            {"action": "owner", "user_id": ann.id},
            {"action": "server", "server_action_id": action.id},
        )
        playbook._run(NOON)
        self.assertEqual(buyer.user_id, ann)
        self.assertIn("Seen", str(buyer.comment))
        self.assertEqual(self._log(playbook), [("done", "")] * 2)

    def test_a_step_must_say_what_it_does(self):
        with self.assertRaises(ValidationError):
            self._add_playbook({"action": "email"}, start=False)

    def test_a_step_that_is_deleted_is_passed_over(self):
        self._add_first_buyers(1)
        playbook = self._add_playbook(
            self._tag_step(delay_days=3), {"action": "activity", "summary": "Call"}
        )
        playbook._run(NOON)
        playbook.step_ids[0].unlink()
        self.assertEqual(playbook.enrolment_ids.step_id, playbook.step_ids)
        playbook.step_ids.unlink()
        self.assertEqual(playbook.enrolment_ids.state, "done")

    # === MAY IT BE SENT? === #

    def test_consent_is_looked_at_when_the_mail_is_sent(self):
        blocked, nowhere, fine, objector = self._add_first_buyers(4)
        playbook = self._add_playbook(self._mail_step(delay_days=1))
        playbook._run(NOON)
        self.env["mail.blacklist"]._add(blocked.email)
        nowhere.email = False
        objector.insight_objection = True
        with freeze_time(NOON + timedelta(days=1)):
            playbook._run()
        self.assertEqual(
            self._mails(blocked | nowhere | objector), self.env["mail.mail"]
        )
        self.assertEqual(len(self._mails(fine)), 1)
        reasons = {
            log.partner_id: log.reason
            for log in self.env["customer.playbook.log"].search(
                [("playbook_id", "=", playbook.id)]
            )
        }
        self.assertEqual(
            reasons, {blocked: "no_consent", nowhere: "no_address", fine: False}
        )
        left = playbook.enrolment_ids.filtered(lambda one: one.state == "left")
        self.assertEqual((left.partner_id, left.exit_reason), (objector, "objection"))

    def test_quiet_hours_and_days(self):
        buyer = self._add_first_buyers(1)
        playbook = self._add_playbook(self._mail_step(), self._tag_step())
        evening = NOON.replace(hour=21)
        playbook._run(evening)
        self.assertFalse(self._mails(buyer))
        self.assertEqual(self._log(playbook), [("postponed", "quiet")])
        morning = datetime(2025, 7, 1, 8)
        self.assertEqual(playbook.enrolment_ids.next_date, morning)
        playbook._run(morning)
        self.assertEqual(len(self._mails(buyer)), 1)
        self.assertEqual(self._log(playbook), [("done", "")] * 2)

    def test_the_end_of_quiet_hours_in_the_zone_of_the_company(self):
        quiet = self.company._insight_quiet_until
        sunday = datetime(2025, 6, 29, 12)
        self.assertIsNone(quiet(NOON))
        self.assertEqual(quiet(sunday), datetime(2025, 6, 30, 8))
        self.assertEqual(quiet(NOON.replace(hour=7)), NOON.replace(hour=8))
        # Saturday evening: through Sunday to Monday morning
        self.assertEqual(quiet(datetime(2025, 6, 28, 20)), datetime(2025, 6, 30, 8))
        self.company.partner_id.tz = "Asia/Shanghai"
        self.assertEqual(quiet(NOON.replace(hour=12)), datetime(2025, 7, 1, 0))
        self.company.write({"insight_quiet_from": 9, "insight_quiet_to": 9})
        self.assertIsNone(quiet(NOON))
        self.company.write({"insight_quiet_from": 18, "insight_quiet_to": 21.5})
        self.assertEqual(quiet(NOON), datetime(2025, 6, 30, 13, 30))

    def test_all_playbooks_together_keep_to_the_limit(self):
        buyer = self._add_first_buyers(1)
        self.company.write({"insight_touch_limit": 1, "insight_touch_days": 3})
        first = self._add_playbook(self._mail_step())
        second = self._add_playbook(self._mail_step(), self._tag_step())
        first._run(NOON)
        second._run(NOON)
        self.assertEqual(self._log(second), [("postponed", "cap")])
        for days in (1, 2):
            second._run(NOON + timedelta(days=days))
        self.assertEqual(len(self._mails(buyer)), 1)
        second._run(NOON + timedelta(days=3))
        self.assertEqual(len(self._mails(buyer)), 2)

    def test_who_waits_too_long_for_the_limit_goes_on_without(self):
        buyer = self._add_first_buyers(1)
        self.company.write({"insight_touch_limit": 1, "insight_touch_days": 100})
        first = self._add_playbook(self._mail_step())
        second = self._add_playbook(self._mail_step(), self._tag_step())
        first._run(NOON)
        for days in (*range(6), *range(7, 13), 14):  # not on Sunday, 6 and 13 July
            second._run(NOON + timedelta(days=days))
        self.assertEqual(self._log(second), [("suppressed", "cap"), ("done", "")])
        self.assertEqual(len(self._mails(buyer)), 1)

    # === WHO LEAVES === #

    def test_who_buys_leaves(self):
        buyer = self._add_first_buyers(1)
        playbook = self._add_playbook(
            self._tag_step(delay_days=5), is_left_by_trigger=False
        )
        playbook._run(NOON)
        self._add_order(buyer, AS_OF + timedelta(days=2))
        day = AS_OF + timedelta(days=5)
        self._refresh(day)
        playbook._run(NOON + timedelta(days=5))
        self.assertEqual(playbook.enrolment_ids.exit_reason, "bought")
        self.assertFalse(buyer.category_id)

    def test_who_leaves_the_stage_leaves_unless_begun_by_hand(self):
        buyers = self._add_first_buyers(2)
        playbook = self._add_playbook(
            self._tag_step(delay_days=5),
            is_left_by_purchase=False,
            domain=f"[('partner_id', '=', {buyers[0].id})]",
        )
        playbook._run(NOON)
        by_hand = self.env["customer.playbook.enrolment"]._start_by_hand(
            playbook, buyers[1]
        )
        self._refresh(AS_OF + timedelta(days=200))
        playbook._run(NOON + timedelta(days=1))
        self.assertEqual(by_hand.state, "running")
        self.assertEqual(
            (playbook.enrolment_ids - by_hand).mapped("exit_reason"), ["gone"]
        )

    def test_who_replies_leaves(self):
        one, other = self._add_first_buyers(2)
        playbook = self._add_playbook(
            self._tag_step(delay_days=5), is_left_by_reply=True
        )
        playbook._run(NOON)
        with freeze_time(NOON + timedelta(days=2)):
            for partner, direction in ((one, "in"), (other, "out")):
                self.env["customer.interaction.log"].create(
                    {
                        "partner_id": partner.id,
                        "kind": "call",
                        "direction": direction,
                        "date": NOON + timedelta(days=1),
                        "company_id": self.company.id,
                    }
                )
        with freeze_time(NOON + timedelta(days=5)):
            playbook._run()
        self.assertEqual((one.category_id | other.category_id), self.tag)
        self.assertFalse(one.category_id)

    def test_a_reply_of_everybody_stops_nothing_and_one_elsewhere_does_not_count(self):
        buyers = self._add_first_buyers(2)
        playbook = self._add_playbook(
            self._tag_step(delay_days=5), is_left_by_reply=True
        )
        playbook._run(NOON)
        other = self._add_company("Other")
        with freeze_time(NOON + timedelta(days=2)):
            self._call_in(buyers, other)
            self.assertFalse(playbook._replied(playbook.enrolment_ids))
            self._call_in(buyers, self.company)
        with freeze_time(NOON + timedelta(days=5)):
            playbook._run()
        self.assertEqual(
            playbook.enrolment_ids.mapped("exit_reason"), ["replied", "replied"]
        )

    def _call_in(self, partners, company):
        self.env["customer.interaction.log"].create(
            [
                {
                    "partner_id": partner.id,
                    "kind": "call",
                    "direction": "in",
                    "date": NOON + timedelta(days=1),
                    "company_id": company.id,
                }
                for partner in partners
            ]
        )

    def test_a_paused_playbook_does_nothing_but_measure(self):
        self._add_first_buyers(1)
        playbook = self._add_playbook(self._tag_step(delay_days=1), window_days=5)
        playbook._run(NOON)
        playbook.action_pause()
        self._add_first_buyers(1)
        with freeze_time(NOON + timedelta(days=9)):
            playbook._run()
        self.assertEqual(len(playbook.enrolment_ids), 1)
        self.assertEqual(playbook.enrolment_ids.state, "running")
        self.assertTrue(playbook.enrolment_ids.is_measured)


@tagged("post_install", "-at_install")
class TestPlaybookFailures(PlaybookCase):
    """Failures at each point: nobody is skipped, nothing is sent twice."""

    def _fail(self, name, at):
        """Let a method fail once, in its nth call, after it did its work."""
        calls = Counter()
        original = getattr(self.env.registry["customer.playbook.step"], name)

        def failing(step, enrolments):
            original(step, enrolments)
            calls[name] += 1
            if calls[name] == at:
                raise ValueError("Broken")

        return patch.object(self.env.registry["customer.playbook.step"], name, failing)

    def test_one_failing_customer_stops_no_other(self):
        buyers = self._add_first_buyers(7)
        playbook = self._add_playbook(self._mail_step(), self._tag_step())
        step = self.env.registry["customer.playbook.step"]
        original = step._do_email

        def failing(this, enrolments):
            original(this, enrolments)
            if buyers[3] in enrolments.partner_id:
                raise ValueError("Broken")

        with patch.object(step, "_do_email", failing), mute_logger(RUN):
            playbook._run(NOON)
        self.assertEqual(self._mails(buyers).recipient_ids, buyers - buyers[3])
        self.assertEqual(len(self._mails(buyers)), 6)
        self.assertEqual(buyers.filtered("category_id"), buyers)
        self.assertEqual(
            Counter(self._log(playbook)),
            {("done", ""): 13, ("failed", "error"): 1},
        )

    def test_cut_off_at_any_point_the_end_is_the_same(self):
        """As by a kill: what was not committed is gone, then the job runs again."""
        buyers = self._add_first_buyers(6)
        playbook = self._add_playbook(self._mail_step(), self._tag_step())
        cron = self.env.registry["ir.cron"]
        commit = cron._commit_progress
        with patch(f"{RUN}.BATCH", 2):
            for cut in range(12):
                savepoint = self.env.cr.savepoint()
                counter = Counter()

                def committing(
                    this, *args, savepoint=savepoint, counter=counter, **kwargs
                ):
                    counter["n"] += 1
                    if counter["n"] > 1 + cut % 4:  # noqa: B023
                        raise KeyboardInterrupt
                    return commit(this, *args, **kwargs)

                try:
                    with patch.object(cron, "_commit_progress", committing):
                        playbook._run(NOON)
                    done = True
                except KeyboardInterrupt:
                    done = False
                # every second time what came after the last commit is lost
                savepoint.close(rollback=not done and cut % 2 == 0)
                self.env.invalidate_all()
        playbook._run(NOON)
        self.assertEqual(len(self._mails(buyers)), 6)
        self.assertEqual(self._mails(buyers).recipient_ids, buyers)
        self.assertEqual(Counter(self._log(playbook)), {("done", ""): 12})
        self.assertEqual(set(playbook.enrolment_ids.mapped("state")), {"done"})

    def test_what_cannot_be_taken_back_is_not_begun_twice(self):
        self._add_first_buyers(1)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Outside",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "code",
                "code": "pass",
            }
        )
        playbook = self._add_playbook(
            {"action": "server", "server_action_id": action.id}
        )
        called = []

        def killed(step, enrolments):
            called.append(enrolments)
            raise KeyboardInterrupt

        step = self.env.registry["customer.playbook.step"]
        with patch.object(step, "_do_server", killed):
            for _attempt in range(2):
                try:
                    playbook._run(NOON)
                except KeyboardInterrupt:
                    self.env.invalidate_all()
        self.assertEqual(len(called), 1)
        self.assertEqual(self._log(playbook), [("failed", "interrupted")])
        self.assertEqual(playbook.enrolment_ids.state, "done")

    def test_a_step_done_before_is_not_done_again(self):
        """Steps put into another order while customers are under way."""
        buyer = self._add_first_buyers(1)
        playbook = self._add_playbook(self._mail_step(), self._tag_step(delay_days=2))
        playbook._run(NOON)
        playbook.step_ids[0].sequence = 50
        playbook.invalidate_recordset(["step_ids"])
        playbook._run(NOON + timedelta(days=2))
        self.assertEqual(len(self._mails(buyer)), 1)
        self.assertEqual(playbook.enrolment_ids.state, "done")

    def test_a_playbook_that_fails_stops_no_other(self):
        self._add_first_buyers(1)
        bad, good = self._add_playbook(), self._add_playbook()
        run = self.env.registry["customer.playbook"]._run

        def failing(playbook, now=None):
            if playbook == bad:
                raise ValueError("Broken")
            return run(playbook, now)

        with (
            patch.object(self.env.registry["customer.playbook"], "_run", failing),
            patch.object(self.env.cr, "rollback"),
            mute_logger(RUN),
        ):
            self.env["customer.playbook"]._cron_run()
        self.assertEqual(bad.error, "Broken")
        self.assertEqual(good.enrolment_ids.state, "done")
        bad._run(NOON)
        self.assertFalse(bad.error)


@tagged("post_install", "-at_install")
class TestPlaybookHands(PlaybookCase):
    """What people do: dry run, begin by hand, and what they may not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._add_user("ann", INSIGHT_USER)

    def test_a_dry_run_tells_who_gets_what_and_changes_nothing(self):
        buyers = self._add_first_buyers(20)
        self.env["mail.blacklist"]._add(buyers[0].email)
        playbook = self._add_playbook(
            self._mail_step(),
            self._tag_step(),
            start=False,
            control_share=10,
            domain=f"[('partner_id', '!=', {buyers[1].id})]",
        )
        playbook = playbook.with_user(self.manager).with_company(self.company)
        run = playbook.env["customer.playbook.dry.run"].browse(
            playbook.action_dry_run()["res_id"]
        )
        verdicts = Counter(run.line_ids.mapped("verdict"))
        self.assertEqual(verdicts["conditions"], 1)
        self.assertEqual(verdicts["control"] + verdicts["begins"], 19)
        self.assertIn(verdicts["control"], (1, 2))
        self.assertIn("Begins: 1", run.summary)
        line = run.line_ids.filtered(lambda one: one.partner_id == buyers[0])
        if line.verdict == "begins":
            self.assertEqual(line.gets, "Tag: Reached")
            self.assertIn("On the list of those not to be written to", line.misses)
        else:
            self.assertFalse(line.gets)
        self.assertFalse(playbook.enrolment_ids)
        self.assertFalse(self._mails(buyers))
        # what was shown is what happens
        playbook.action_start()
        playbook.sudo()._run(NOON)
        self.assertEqual(
            playbook.enrolment_ids.filtered("is_control").partner_id,
            run.line_ids.filtered(lambda one: one.verdict == "control").partner_id,
        )
        run.action_refresh()
        self.assertEqual(
            Counter(run.line_ids.mapped("verdict")), {"again": 19, "conditions": 1}
        )

    def test_nobody_begins_a_playbook_for_customers_of_a_colleague(self):
        buyer = self._add_first_buyers(1)
        playbook = self._add_playbook()
        dialog = self.env["customer.playbook.start"].with_user(self.user)
        dialog = dialog.with_context(allowed_company_ids=self.company.ids).create(
            {"playbook_id": playbook.id, "partner_ids": buyer.ids}
        )
        with self.assertRaisesRegex(AccessError, "your own customers only"):
            dialog.action_start()
        self.assertFalse(playbook.enrolment_ids)
        buyer.user_id = self.user
        dialog.action_start()
        self.assertEqual(playbook.enrolment_ids.partner_id, buyer)

    def test_a_plan_for_one_customer_by_its_salesperson(self):
        buyer = self._add_first_buyers(1)
        buyer.user_id = self.user
        playbook = self._add_playbook({"action": "activity", "summary": "Call"})
        profile = self.env["customer.profile"].search([("partner_id", "=", buyer.id)])
        profile.rfm_segment_id.playbook_id = playbook
        profile = profile.with_user(self.user).with_company(self.company)
        action = profile.action_start_playbook()
        dialog = Form(profile.env["customer.playbook.start"].browse(action["res_id"]))
        dialog.goal = "A second order"
        dialog.deadline = AS_OF + timedelta(days=30)
        dialog = dialog.save()
        self.assertEqual(dialog.playbook_id, playbook)
        self.assertEqual(dialog.step_text, "Activity: Call")
        enrolment = profile.env["customer.playbook.enrolment"].browse(
            dialog.action_start()["res_id"]
        )
        self.assertEqual(
            (enrolment.goal, enrolment.is_random, enrolment.user_id),
            ("A second order", False, self.user),
        )
        enrolment.result = "Ordered"
        with self.assertRaises(AccessError):
            enrolment.write({"is_control": True})
        playbook._run(NOON)
        self.assertEqual(self._log(playbook), [("done", "")])
        self.assertEqual(buyer.activity_ids.user_id, self.user)
        self.assertEqual(profile.playbook_enrolment_ids, enrolment)

    def test_users_see_and_begin_only_for_their_own_customers(self):
        own, colleague = self._add_first_buyers(2)
        own.user_id, colleague.user_id = self.user, self.manager
        playbook = self._add_playbook(self._tag_step(delay_days=1))
        playbook._run(NOON)
        enrolments = self.env["customer.playbook.enrolment"].with_user(self.user)
        self.assertEqual(enrolments.search([]).partner_id, own)
        foreign = playbook.enrolment_ids.filtered(
            lambda one: one.partner_id == colleague
        )
        with self.assertRaises(AccessError):
            foreign.with_user(self.user).action_end()
        own_one = (playbook.enrolment_ids - foreign).with_user(self.user)
        own_one.action_end()
        self.assertEqual((own_one.state, own_one.exit_reason), ("left", "hand"))
        with self.assertRaises(AccessError):
            playbook.with_user(self.user).action_start()
        with self.assertRaises(AccessError):
            playbook.with_user(self.user).action_dry_run()

    def test_objectors_and_playbooks_without_steps_are_refused(self):
        buyer = self._add_first_buyers(1)
        start = self.env["customer.playbook.enrolment"]._start_by_hand
        playbook = self._add_playbook()
        buyer.insight_objection = True
        with self.assertRaisesRegex(UserError, "objects to profiling"):
            start(playbook, buyer)
        playbook.step_ids.unlink()
        with self.assertRaisesRegex(UserError, "no steps"):
            start(playbook, buyer)

    def test_shipped_playbooks_are_off_and_can_be_started(self):
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "customer_insight"), ("model", "=", "customer.playbook")]
        )
        playbooks = self.env["customer.playbook"].browse(shipped.mapped("res_id"))
        self.assertEqual(len(playbooks), 10)
        stages = playbooks.mapped("stage")
        self.assertLessEqual(
            {"prospect", "first", "repeat", "loyal", "at_risk", "churned"}, set(stages)
        )
        self.assertTrue(all(playbook.step_ids for playbook in playbooks))
        self.assertEqual(set(playbooks.mapped("state")), {"draft"})
