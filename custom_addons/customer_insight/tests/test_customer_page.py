from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


@tagged("post_install", "-at_install")
class TestCustomerFigures(CustomerInsightCase):
    """Each figure of the customer page, worked by hand. Figures are as of 2025-06-30:

    the last twelve months begin on 2024-07-01, those before on 2023-07-01.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._add_customer("Page Pan")

    def _figures(self, partner=None):
        self._refresh()
        data = self._profile(partner or self.customer).get_figures()
        return {figure["key"]: figure for figure in data["figures"]}, data

    def _buy(self, *purchases):
        self._add_history(
            (self.customer, date.fromisoformat(day), amount)
            for day, amount in purchases
        )

    def test_the_borders_of_the_two_years_are_sharp(self):
        self._buy(
            ("2023-06-30", 1),  # a day too early for either
            ("2023-07-01", 10),
            ("2024-06-30", 20),
            ("2024-07-01", 300),
            ("2025-06-30", 500),
        )
        figures, __ = self._figures()
        self.assertEqual(figures["amount"]["value"], 800)
        self.assertEqual(figures["count"]["value"], 2)
        self.assertEqual(figures["basket"]["value"], 400)
        self.assertAlmostEqual(figures["amount"]["change"], 800 / 30 - 1)
        self.assertEqual(figures["amount"]["n"], 4)
        self.assertEqual(figures["total"]["value"], 831)

    def test_few_purchases_show_no_arrow_however_large_the_change(self):
        self._buy(("2023-01-01", 1), ("2023-08-01", 10), ("2025-06-01", 9000))
        figures, __ = self._figures()
        self.assertEqual(
            [figures[key]["direction"] for key in ("amount", "count", "basket")],
            [None] * 3,
        )
        self.assertIn("too few", figures["amount"]["why"])

    def test_a_clear_rise_shows_its_arrow(self):
        self._buy(("2023-06-01", 50), *_monthly(2024, 2, 50), *_weekly(50, 40))
        figures, __ = self._figures()
        self.assertEqual(figures["amount"]["direction"], "up")
        self.assertEqual(figures["count"]["direction"], "up")
        self.assertIsNone(figures["basket"]["direction"])  # all baskets are alike

    def test_a_clear_fall_shows_its_arrow(self):
        self._buy(("2023-06-01", 50), *_weekly(50, 40, year=2023), ("2025-01-10", 50))
        figures, __ = self._figures()
        self.assertEqual(figures["amount"]["direction"], "down")
        self.assertEqual(figures["count"]["direction"], "down")

    def test_a_new_customer_is_not_compared(self):
        """Whoever came within the two years had no full year before."""
        self._buy(("2024-06-01", 50), *_weekly(50, 40))
        figures, __ = self._figures()
        self.assertIsNone(figures["count"]["direction"])
        self.assertIsNone(figures["count"]["change"])
        self.assertIn("no two full years", figures["count"]["why"])

    def test_without_a_purchase_there_are_no_figures(self):
        self._add_order(self.customer, "2025-06-01", confirm=False)
        figures, data = self._figures()
        self.assertEqual(figures, {})
        self.assertEqual({month["amount"] for month in data["months"]}, {0})

    def test_one_purchase_has_no_interval(self):
        self._buy(("2025-06-20", 70))
        figures, __ = self._figures()
        self.assertIsNone(figures["interval"]["value"])
        self.assertEqual(figures["interval"]["n"], 0)
        self.assertIsNone(figures["interval"]["direction"])
        self.assertEqual(figures["basket"]["value"], 70)
        self.assertEqual(figures["last"]["note"], "10 days ago")

    def test_silence_is_late_only_where_it_is_rare(self):
        """Every 10 days for 20 times; 60 days: (1 + 6 / 20) ** -20 = 0.5 %."""
        self._buy(*((_day(2025, 5, 1, back=10 * n), 20) for n in range(21)))
        figures, __ = self._figures()
        self.assertEqual(figures["interval"]["value"], 10)
        self.assertEqual(figures["interval"]["n"], 20)
        self.assertEqual(figures["interval"]["direction"], "late")

    def test_silence_after_two_intervals_is_not_late(self):
        """60 days after two intervals of 10: 1 / (1 + 60 / 20) ** 2 = 6 %."""
        self._buy(("2025-04-11", 20), ("2025-04-21", 20), ("2025-05-01", 20))
        figures, __ = self._figures()
        self.assertIsNone(figures["interval"]["direction"])

    def test_refunds_above_sales_give_a_negative_amount(self):
        self._buy(("2025-05-01", 100))
        self._add_refund(self.customer, "2025-05-10", 130)
        figures, data = self._figures()
        self.assertEqual(figures["amount"]["value"], -30)
        self.assertEqual(figures["count"]["value"], 1)
        self.assertEqual(figures["basket"]["value"], 100)
        self.assertEqual(data["months"][-2]["amount"], -30)
        self.assertEqual(data["months"][-2]["count"], 1)

    def test_months_end_with_that_of_the_profile(self):
        self._buy(("2023-07-01", 5), ("2025-06-30", 7))
        __, data = self._figures()
        self.assertEqual(len(data["months"]), 24)
        self.assertEqual(data["months"][0]["month"], "2023-07-01")
        self.assertEqual(data["months"][-1]["month"], "2025-06-01")
        self.assertEqual(data["months"][0]["amount"], 5)
        self.assertEqual(data["months"][-1]["amount"], 7)
        self.assertEqual([m["is_current"] for m in data["months"]].count(True), 12)

    def test_foreign_currency_counts_at_the_rate_of_the_document(self):
        euro = self._add_currency("EUR", {"2025-01-01": 0.5})
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "company_id": self.company.id}
        )
        self._add_order(
            self.customer, "2025-06-01", 100, pricelist_id=pricelist.id
        ).currency_rate = 0.5
        figures, __ = self._figures()
        self.assertEqual(figures["amount"]["value"], 200)

    def test_companies_are_apart(self):
        other = self._add_company("Other Company")
        self._buy(("2025-06-01", 100))
        self._add_history([(self.customer, date(2025, 6, 2), 999)], company=other)
        figures, __ = self._figures()
        self.assertEqual(figures["amount"]["value"], 100)

    def test_archived_customers_keep_their_figures(self):
        self._buy(("2025-06-01", 100))
        self.customer.active = False
        figures, __ = self._figures()
        self.assertEqual(figures["amount"]["value"], 100)

    def test_each_figure_opens_the_documents_it_counts(self):
        self._buy(
            ("2023-06-30", 1),
            ("2024-06-30", 20),
            ("2024-07-01", 300),
            ("2025-06-30", 5),
        )
        self._refresh()
        profile = self._profile(self.customer)
        amounts = {}
        for period in ("all", "both", "current", "previous", "last", "2024-07-01"):
            action = profile.action_open_purchases_of(period)
            found = self.env[action["res_model"]].search(action["domain"])
            amounts[period] = sum(found.mapped("amount"))
        self.assertEqual(
            amounts,
            {
                "all": 326,
                "both": 325,
                "current": 305,
                "previous": 20,
                "last": 5,
                "2024-07-01": 300,
            },
        )

    def test_the_newest_purchases_come_first_and_are_cut(self):
        self._buy(*((_day(2025, 6, 30, back=n), n + 1) for n in range(16)))
        self._refresh()
        data = self._profile(self.customer).get_purchases()
        self.assertEqual(
            [row["amount"] for row in data["purchases"]], list(range(1, 16))
        )
        self.assertTrue(data["more"])

    def test_old_figures_say_so(self):
        self._buy(("2025-06-01", 100))
        self._refresh()
        self.assertTrue(self._profile(self.customer).is_stale)
        self._refresh(as_of=self.company._insight_today())
        self.assertFalse(self._profile(self.customer).is_stale)


@tagged("post_install", "-at_install")
class TestCustomerBusiness(CustomerInsightCase):
    """Open business, next steps and quick actions of the customer page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user(
            "page_manager",
            f"{INSIGHT_MANAGER},sales_team.group_sale_manager",
            email="manager@example.com",
        )
        cls.salesperson = cls._add_user(
            "page_user",
            f"{INSIGHT_USER},sales_team.group_sale_salesman,base.group_partner_manager",
            email="user@example.com",
        )
        cls.customer = cls._add_customer("Own", user_id=cls.salesperson.id)
        cls.foreign = cls._add_customer("Foreign", user_id=cls.manager.id)
        for partner in (cls.customer, cls.foreign):
            cls._add_order(partner, "2025-06-01", 100)
        cls._refresh()
        cls.profile = cls._profile(cls.customer)

    def _rows(self, user=None):
        profile = self.profile.with_user(user or self.env.user)
        return {row["code"]: row for row in profile.get_business()["rows"]}

    def test_nothing_open_gives_no_rows(self):
        self.assertEqual(self._rows(), {})

    def test_quotations_are_summed_in_company_currency(self):
        contact = self._add_customer("Worker", parent_id=self.customer.id)
        self._add_order(contact, "2025-06-01", 40, confirm=False)
        foreign = self._add_order(self.customer, "2025-06-02", 10, confirm=False)
        foreign.currency_rate = 0.5
        self._add_order(self.customer, "2025-06-03", 1, confirm=False).action_cancel()
        row = self._rows()["quotation"]
        self.assertEqual((row["count"], row["amount"]), (2, 60))

    def test_unpaid_and_overdue_invoices(self):
        self._add_invoice(
            self.customer, "2025-06-01", 100, invoice_date_due="2025-06-30"
        )
        self._add_invoice(
            self.customer, "2025-06-01", 30, invoice_date_due="2999-01-01"
        )
        self._add_invoice(self.customer, "2025-06-01", 500, post=False)
        self._add_invoice(self.foreign, "2025-06-01", 7)
        rows = self._rows()
        self.assertEqual((rows["unpaid"]["count"], rows["unpaid"]["amount"]), (2, 130))
        self.assertEqual(
            (rows["overdue"]["count"], rows["overdue"]["amount"]), (1, 100)
        )
        self.assertTrue(rows["overdue"]["is_alarm"])

    def test_each_row_opens_the_documents_it_counts(self):
        self._add_order(self.customer, "2025-06-01", 40, confirm=False)
        self._add_invoice(self.customer, "2025-06-01", 100)
        for code, row in self._rows().items():
            action = self.profile.action_open_business(code)
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(len(found), row["count"], code)

    def test_quotations_of_colleagues_do_not_count(self):
        """A salesperson sees the sum of what they may read."""
        for user in (self.manager, self.salesperson):
            self._add_order(
                self.customer, "2025-06-01", 40, confirm=False, user_id=user.id
            )
        self.assertEqual(self._rows(self.salesperson)["quotation"]["count"], 1)
        self.assertEqual(self._rows(self.manager)["quotation"]["count"], 2)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_data_of_foreign_customers_stay_closed(self):
        profile = self._profile(self.foreign).with_user(self.salesperson)
        for method in (
            "get_figures",
            "get_purchases",
            "get_business",
            "get_next_steps",
            "get_contacts",
            "get_stage_path",
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(profile, method)()

    def test_the_strategy_and_planned_activities_are_the_next_steps(self):
        self.profile.rfm_segment_id.strategy = "Say thank you"
        self.customer.with_context(
            mail_activity_automation_skip=False
        ).activity_schedule(
            "mail.mail_activity_data_call", date(2025, 7, 1), "Call", user_id=1
        )
        steps = self.profile.with_user(self.salesperson).get_next_steps()
        self.assertEqual(steps["strategy"], "Say thank you")
        [activity] = steps["activities"]
        self.assertEqual(activity["summary"], "Call")
        self.assertEqual(activity["deadline"], "2025-07-01")

    def test_people_of_the_customer(self):
        self.assertFalse(self.profile.has_contacts)
        worker = self._add_customer(
            "Worker", parent_id=self.customer.id, function="Buyer"
        )
        self.profile.invalidate_recordset()
        self.assertTrue(self.profile.has_contacts)
        [contact] = self.profile.get_contacts()
        self.assertEqual((contact["id"], contact["function"]), (worker.id, "Buyer"))

    def test_before_a_first_night_the_path_is_the_present_stage(self):
        [stay] = self.profile.get_stage_path()
        self.assertEqual((stay["stage"], stay["date_from"]), ("first", "2025-06-01"))
        self.assertEqual(stay["days"], 29)

    def test_the_path_of_stages_is_text_for_the_screen(self):
        self.env["customer.stage.move"]._refresh(self.company, AS_OF)
        path = self.profile.get_stage_path()
        self.assertEqual(path[-1]["stage"], self.profile.lifecycle_stage)
        self.assertEqual(path[-1]["date_from"], "2025-06-01")
        self.assertFalse(path[-1]["date_to"])

    def test_a_quotation_is_for_the_customer(self):
        action = self.profile.action_new_quotation()
        order = self.env["sale.order"].with_context(**action["context"]).create({})
        self.assertEqual(order.partner_id, self.customer)
        self.assertEqual(order.company_id, self.company)

    def test_a_note_stays_inside(self):
        action = self.profile.with_user(self.salesperson).action_log_note()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.salesperson)
            .with_context(**action["context"])
            .create({"body": "Likes tea"})
        )
        composer._action_send_mail()
        [message] = self.customer.message_ids.filtered(lambda m: "tea" in m.body)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(message.partner_ids)

    def test_an_email_goes_to_the_customer(self):
        action = self.profile.action_send_email()
        composer = (
            self.env["mail.compose.message"]
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(composer.partner_ids, self.customer)

    def test_an_activity_is_planned_on_the_contact(self):
        action = self.profile.with_user(self.salesperson).action_schedule_meeting()
        wizard = (
            self.env["mail.activity.schedule"]
            .with_user(self.salesperson)
            .with_context(**action["context"])
            .create({})
        )
        wizard._action_schedule_activities()
        [step] = self.profile.get_next_steps()["activities"]
        self.assertEqual(step["summary"], "Meeting")


def _day(*ymd, back):
    return date.fromordinal(date(*ymd).toordinal() - back).isoformat()


def _weekly(amount, count, year=2024):
    """Purchases each week from 5 July of a year."""
    return [(_day(year, 7, 5, back=-7 * n), amount) for n in range(count)]


def _monthly(year, count, amount):
    return [(date(year, 1 + n, 15).isoformat(), amount) for n in range(count)]
