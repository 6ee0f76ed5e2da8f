import json
from datetime import date, datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase

NOON = "2025-06-10 12:00:00"


class InteractionCase(CustomerInsightCase):
    """Builders for touches, and pages of a timeline as some user sees it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._add_customer("Acme", is_company=True)
        cls.contact = cls._add_customer("Joan", parent_id=cls.customer.id)
        cls.staff = cls._add_user("staffer", INSIGHT_USER)

    @classmethod
    def _add_log(cls, partner=None, moment=NOON, **values):
        return cls.env["customer.interaction.log"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "company_id": cls.company.id,
                "date": moment,
                **values,
            }
        )

    @classmethod
    def _add_message(cls, record, author, moment=NOON, **values):
        values = {
            "message_type": "comment",
            "subtype_id": cls.env.ref("mail.mt_comment").id,
            "model": record._name,
            "res_id": record.id,
            "author_id": author.id,
            "date": moment,
            "body": "<p>Hello</p>",
            **values,
        }
        return cls.env["mail.message"].create(values)

    @classmethod
    def _rows(cls, partner=None, **domain):
        conditions = [(name, "=", value) for name, value in domain.items()]
        partner = partner or cls.customer
        cls.env.invalidate_all()
        return cls.env["customer.interaction"].search(
            [("partner_id", "=", partner.id), *conditions]
        )

    def _page(self, partner=None, user=None, **options):
        interactions = self.env["customer.interaction"]
        if user:
            interactions = interactions.with_user(user)
        return interactions.timeline_page((partner or self.customer).id, **options)

    def _kinds(self, **options):
        return [row["kind"] for row in self._page(**options)["rows"]]


class TestInteraction(InteractionCase):
    """What is a touch, when it was, whose it is."""

    def test_a_confirmed_order_is_listed_at_once_with_its_amount(self):
        order = self._add_order(self.contact, "2025-06-01 08:30:00", 120)
        row = self._rows()
        self.assertEqual(row.kind, "order")
        self.assertEqual(row.date, datetime(2025, 6, 1, 8, 30))
        self.assertEqual(row.partner_id, self.customer)
        self.assertEqual(row.contact_id, self.contact)
        self.assertEqual((row.amount, row.direction), (120, "in"))
        self.assertEqual((row.source_model, row.source_id), ("sale.order", order.id))
        self.assertEqual(row.summary, order.name)

    def test_the_day_is_that_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self._add_order(self.customer, "2025-06-01 20:00:00")
        self.assertEqual(self._rows().day, date(2025, 6, 2))

    def test_a_logged_call_is_listed_in_the_same_transaction(self):
        log = self._add_log(
            self.contact, direction="in", outcome="resolved", duration=0.25, note="Ok"
        )
        row = self._rows()
        self.assertEqual((row.kind, row.channel), ("call", "phone"))
        self.assertEqual((row.direction, row.outcome), ("in", "resolved"))
        self.assertEqual(row.duration, 0.25)
        self.assertEqual(row.contact_id, self.contact)
        log.unlink()
        self.assertFalse(self._rows())

    def test_ids_are_unique_and_do_not_depend_on_the_other_sources(self):
        self._add_order(self.customer, "2025-06-01")
        self._add_log()
        self._add_invoice(self.customer, "2025-06-03", 50)
        ids = self._rows().ids
        self.assertEqual(len(set(ids)), 3)
        interactions = self.env["customer.interaction"]
        slots = interactions._source_slots(["a", "b", "c"])
        self.assertEqual(interactions._source_slots(["c"])["c"], slots["c"])
        names = [f"source {n}" for n in range(400)]
        self.assertEqual(len(set(interactions._source_slots(names).values())), 400)
        keys = list(interactions._interaction_sources())
        self.assertEqual(len(set(interactions._source_slots(keys).values())), len(keys))

    def test_a_contact_that_moves_takes_its_touches_along(self):
        self._add_log(self.contact)
        other = self._add_customer("Other", is_company=True)
        self.contact.parent_id = other
        self.assertFalse(self._rows())
        self.assertEqual(len(self._rows(other)), 1)

    def test_all_rows_group_and_aggregate(self):
        self._add_log()
        self._add_order(self.customer, "2025-06-01")
        groups = self.env["customer.interaction"]._read_group(
            [("partner_id", "=", self.customer.id)],
            ["day:month", "channel"],
            ["__count", "amount:sum"],
        )
        self.assertEqual(
            {(channel, count) for __, channel, count, __ in groups},
            {("phone", 1), ("document", 1)},
        )


class TestTimelinePage(InteractionCase):
    """One customer's touches, a page at a time, as the reader may see them."""

    def test_pages_continue_without_gap_or_repetition(self):
        for minute in range(7):
            # all of one moment: the order among them must hold, too
            self._add_log(note=str(minute))
            self._add_order(self.customer, NOON)
        seen, before = [], None
        while True:
            page = self._page(limit=3, before=before)
            seen += [row["id"] for row in page["rows"]]
            before = page["next"]
            if not before:
                break
        self.assertEqual(len(seen), 14)
        self.assertEqual(len(set(seen)), 14)
        self.assertEqual(seen, self._rows().ids)

    def test_a_page_is_strict_json(self):
        self._add_log(note="\u202eevil <b>\n\U0001f600", name="Z" * 1000)
        self._add_order(self.customer, "2025-06-01")

        def refuse(constant):
            raise AssertionError(constant)

        text = json.dumps(self._page(), allow_nan=False)
        self.assertEqual(
            json.loads(text, parse_constant=refuse)["rows"][0]["title"], "Z" * 1000
        )

    def test_the_summary_counts_kinds_and_contacts(self):
        self._add_log(kind="visit")
        self._add_log(kind="call", moment="2025-06-11 10:00:00")
        self._add_invoice(self.customer, "2025-06-20", 50)
        summary = self._page()["summary"]
        counts = {item["code"]: item["count"] for item in summary["kinds"]}
        self.assertEqual(counts, {"visit": 1, "call": 1, "invoice": 1})
        self.assertEqual((summary["total"], summary["contacts"]), (3, 2))
        self.assertEqual(summary["last"], "2025-06-11 10:00:00")
        self.assertNotIn("summary", self._page(before=[NOON, 10**9]))

    def test_nothing_is_an_empty_page(self):
        page = self._page()
        self.assertEqual((page["rows"], page["next"]), ([], False))
        self.assertEqual(page["summary"]["total"], 0)
        self.assertFalse(page["summary"]["last"])

    def test_chips_and_search_narrow_the_page(self):
        self._add_log(kind="visit", name="Showroom 100%")
        self._add_log(kind="call", note="the showroom was closed")
        self.assertEqual(self._kinds(kinds=["visit"]), ["visit"])
        self.assertEqual(self._kinds(channels=["phone"]), ["call"])
        self.assertEqual(len(self._kinds(search="SHOWROOM")), 2)
        self.assertEqual(self._kinds(search="100%"), ["visit"])
        self.assertEqual(self._kinds(search="0%0"), [])
        self.assertEqual(self._kinds(kinds=["'; DROP TABLE x"]), [])

    def test_a_day_shows_its_touches_first(self):
        self._add_log(moment="2025-06-20 10:00:00")
        self._add_log(moment="2025-06-10 23:59:59", kind="visit")
        self.assertEqual(self._kinds(day="2025-06-10"), ["visit"])
        self.assertEqual(self._kinds(day="2025-06-09"), [])

    def test_nonsense_is_refused_with_a_sentence(self):
        for options in ({"day": "yesterday"}, {"before": ["x"]}, {"before": ["x", 1]}):
            with self.subTest(options=options), self.assertRaises(UserError):
                self._page(**options)

    def test_any_contact_leads_to_the_customers_timeline(self):
        self._add_log(self.customer)
        self._add_log(self.contact)
        self.assertEqual(len(self._page(self.contact)["rows"]), 2)

    def test_a_salesperson_sees_own_customers_only(self):
        self._add_log()
        self.assertFalse(self._page(user=self.staff)["rows"])
        self.assertEqual(self._page(user=self.staff)["summary"]["total"], 0)
        self.customer.user_id = self.staff
        self.assertEqual(len(self._page(user=self.staff)["rows"]), 1)
        self.assertEqual(self._page(user=self.staff)["summary"]["total"], 1)

    def test_others_get_no_page(self):
        for login, group in (
            ("some", "base.group_user"),
            ("port", "base.group_portal"),
        ):
            user = self._add_user(f"{login}_page", group)
            with self.subTest(group=group), self.assertRaises(AccessError):
                self._page(user=user)

    def test_contents_that_the_reader_cannot_open_stay_hidden(self):
        self.customer.user_id = self.staff
        self.staff.group_ids += self.env.ref("sales_team.group_sale_salesman")
        colleague = self._add_user("colleague", INSIGHT_MANAGER)
        order = self._add_order(self.customer, "2025-06-01", user_id=colleague.id)
        self._add_message(
            order, self.contact, subject="Secret price", body="<p>Ninety</p>"
        )
        page = self._page(user=self.staff)
        self.assertEqual(len(page["rows"]), 2)
        self.assertNotIn("Secret", json.dumps(page))
        self.assertNotIn("Ninety", json.dumps(page))
        self.assertFalse(any(row["can_open"] for row in page["rows"]))
        self.assertFalse(self._page(user=self.staff, search="secret")["rows"])
        self.assertEqual(len(self._page(search="secret")["rows"]), 1)
        action = self._rows(kind="order").with_user(self.staff).action_open_document()
        self.assertEqual(action["tag"], "display_notification")

    def test_rows_of_other_companies_are_left_out(self):
        other = self._add_company("Other")
        self._add_log()
        self._add_log(company_id=other.id)
        self.assertEqual(self._page()["summary"]["total"], 1)
        manager = self._add_user("page_manager", INSIGHT_MANAGER)
        self.assertEqual(
            len(self._rows().with_user(manager)._filtered_access("read")), 1
        )
        self.assertEqual(len(self._page(user=manager)["rows"]), 1)

    def test_a_message_opens_its_document(self):
        order = self._add_order(self.customer, "2025-06-01")
        self._add_message(order, self.contact)
        action = self._rows(kind="portal").action_open_document()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("sale.order", order.id)
        )
        self.assertEqual(
            self.env["customer.interaction"]._open_action(None)["tag"],
            "display_notification",
        )


class TestLog(InteractionCase):
    """Touches entered by hand: who may, what follows."""

    def test_the_channel_follows_the_kind_unless_it_is_given(self):
        self.assertEqual(self._add_log(kind="visit").channel, "in_person")
        self.assertEqual(self._add_log(kind="other", channel="chat").channel, "chat")

    @freeze_time("2025-06-30 12:00:00")
    def test_what_is_still_to_come_is_refused(self):
        with self.assertRaisesRegex(UserError, "when it has happened"):
            self._add_log(moment="2025-07-01 12:00:00")

    def test_a_follow_up_plans_an_activity(self):
        self._add_log(name="Offer", follow_up_date="2025-07-05", user_id=self.staff.id)
        activity = self.customer.activity_ids
        self.assertEqual(activity.summary, "Offer")
        self.assertEqual(activity.user_id, self.staff)
        self.assertEqual(activity.date_deadline, date(2025, 7, 5))

    def test_the_profile_follows_each_new_touch(self):
        self._add_order(self.customer, "2025-06-01")
        self._refresh()
        self.env["customer.profile.queue"].search([]).unlink()
        queue = self.env["customer.profile.queue"]
        for touch in (
            lambda: self._add_log(self.contact),
            lambda: self._add_message(self.customer, self.contact),
            lambda: self.customer.activity_schedule(
                "mail.mail_activity_data_call", user_id=self.staff.id
            ).action_feedback(),
        ):
            self.cr.flush()
            queue._take(self.company)
            touch()
            self.cr.flush()
            taken = self.env["res.partner"].browse(queue._take(self.company))
            self.assertEqual(taken.commercial_partner_id, self.customer)

    def test_only_the_author_and_a_manager_change_an_entry(self):
        self.customer.user_id = self.staff
        mine = self.env["customer.interaction.log"].with_user(self.staff)
        mine = mine.create({"partner_id": self.customer.id, "date": NOON})
        theirs = self._add_log().with_user(self.staff)
        mine.note = "changed"
        self.assertTrue(theirs.read(["note"]))
        with self.assertRaises(AccessError):
            theirs.note = "changed"
        with self.assertRaises(AccessError):
            theirs.unlink()
        manager = self._add_user("log_manager", INSIGHT_MANAGER)
        theirs.with_user(manager).note = "corrected"
        page = self._page(user=self.staff)
        self.assertEqual(
            {row["source_id"]: row["can_edit"] for row in page["rows"]},
            {mine.id: True, theirs.id: False},
        )

    def test_whoever_answers_may_log_and_sees_the_own_entry(self):
        logs = self.env["customer.interaction.log"].with_user(self.staff)
        log = logs.create({"partner_id": self.customer.id, "date": NOON})
        self.assertEqual(log.read(["kind"])[0]["kind"], "call")
        theirs = self._add_log()
        self.assertEqual(logs.search([("partner_id", "=", self.customer.id)]), log)
        with self.assertRaises(AccessError):
            theirs.with_user(self.staff).read(["note"])

    def test_an_event_is_called_for_a_log_an_order_and_a_paid_invoice(self):
        calls = []
        self.patch(
            type(self.env["res.partner"]),
            "_customer_event",
            lambda partner, kind, record=None: calls.append((partner, kind, record)),
        )
        log = self._add_log(self.contact)
        order = self._add_order(self.contact, AS_OF)
        invoice = self._add_invoice(self.contact, AS_OF, 10)
        invoice._invoice_paid_hook()
        self.assertEqual(
            calls,
            [
                (self.customer, "interaction_logged", log),
                (self.contact, "order_confirmed", order),  # stands for the customer
                (self.customer, "invoice_paid", invoice),
            ],
        )


class TestContactFigures(InteractionCase):
    """Last contact and number of contacts on the profile."""

    def test_only_contacts_are_counted_and_only_up_to_the_day(self):
        self._add_order(self.contact, "2025-06-01", 10)
        self._add_invoice(self.customer, "2025-06-05", 10)
        self._add_log(self.contact, "2025-06-10 12:00:00")
        self._add_log(self.contact, "2025-07-01 12:00:00")
        self._refresh()
        self.assertProfile(
            self.customer, interaction_count=2, last_interaction_date="2025-06-10"
        )
        self._refresh(as_of=date(2025, 6, 9))
        self.assertProfile(
            self.customer, interaction_count=1, last_interaction_date="2025-06-01"
        )

    def test_the_day_ends_in_the_time_zone_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self._add_order(self.customer, "2025-06-01", 10)
        self._add_log(moment="2025-06-30 15:59:59")
        self._add_log(moment="2025-06-30 16:00:00")
        self._refresh()
        self.assertProfile(
            self.customer, interaction_count=2, last_interaction_date="2025-06-30"
        )

    def test_one_customer_alone_gets_the_same_figures(self):
        self._add_order(self.contact, "2025-06-01", 10)
        self._add_log(self.contact)
        self._refresh()
        before = self._stored_rows(without=["computed_at"])
        self._refresh(partners=self.customer)
        self.assertEqual(self._stored_rows(without=["computed_at"]), before)

    def test_nobody_in_touch_counts_zero(self):
        silent = self._add_customer("Silent")
        self._add_order(self.customer, "2025-06-01")
        self._refresh()
        self.assertProfile(silent, interaction_count=0, last_interaction_date=False)

    def test_the_live_value_knows_what_the_stored_one_does_not(self):
        self._add_order(self.customer, "2025-06-01")
        self._refresh()
        self._add_log(moment="2025-06-29 10:00:00")
        profile = self._profile(self.customer)
        self.assertEqual(profile.last_interaction_date, date(2025, 6, 1))
        self.assertEqual(profile.latest_interaction_date, datetime(2025, 6, 29, 10))
