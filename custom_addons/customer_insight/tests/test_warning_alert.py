from datetime import datetime
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import AS_OF, INSIGHT_USER, CustomerInsightCase

ALERT = "odoo.addons.customer_insight.models.customer_warning_alert"


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30 03:00:00")
class TestWarningAlert(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"insight_warning_activity": True})
        cls.company.insight_warning_mail = True
        cls.seller = cls._add_user("seller", INSIGHT_USER, email="seller@example.com")
        cls.customers = cls._add_customers(3, user_id=cls.seller.id)
        cls.warnings = cls.env["customer.warning"]
        for number, customer in enumerate(cls.customers[:2]):
            cls._warn(customer, 100.0 * (number + 1))

    @classmethod
    def _warn(cls, customer, value=10.0):
        values = {"n": 2, "days": 30}
        return cls.warnings.create(
            {
                "partner_id": customer.id,
                "company_id": cls.company.id,
                "date": AS_OF,
                "deadline": "2025-07-07",
                "points": 50,
                "threshold": 50,
                "value_at_risk": value,
                "reasons": [{"code": "overdue", "points": 50, "values": values}],
            }
        )

    def _run(self):
        return self.env["customer.warning.alert"]._refresh(self.company)

    def _mails(self):
        return self.env["mail.mail"].search([("model", "=", "customer.warning.alert")])

    def test_one_mail_lists_the_mornings_warnings(self):
        self.assertEqual(self._run(), 1)
        [mail] = self._mails()
        self.assertEqual(mail.recipient_ids, self.seller.partner_id)
        self.assertEqual(mail.subject, "2 customers to call (Test Company)")
        self.assertIn("Overdue invoices: 2, the oldest for 30 days", mail.body_html)
        # the larger amount first
        first, second = (mail.body_html.index(f"Customer {n}") for n in (1, 0))
        self.assertLess(first, second)
        self.assertEqual(mail.scheduled_date, datetime(2025, 6, 30, 7))

    def test_nobody_is_told_twice_on_a_day(self):
        self._run()
        third = self._warn(self.customers[2])
        self.assertEqual(self._run(), 0)
        self.assertEqual(len(self._mails()), 1)
        self.assertFalse(third.alert_id)
        with freeze_time("2025-07-01 03:00:00"):
            self.assertEqual(self._run(), 1)
            self.assertEqual(self._run(), 0)
        last = self._mails().sorted("id")[-1]
        self.assertIn("Customer 2", last.body_html)
        self.assertNotIn("Customer 1", last.body_html)

    def test_the_mail_and_the_activity_speak_the_language_of_the_owner(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.seller.lang = "fr_FR"
        template = self.env.ref("customer_insight.mail_template_warning_alert")
        template.with_context(lang="fr_FR").subject = "À appeler"
        self._run()
        self.assertEqual(self._mails().subject, "À appeler")

    def test_an_activity_has_owner_day_and_reason_and_doing_it_is_noted(self):
        self._run()
        [activity] = self.customers[0].activity_ids
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(str(activity.date_deadline), "2025-07-07")
        self.assertIn("Overdue invoices: 2", activity.note)
        warning = self.warnings.search([("partner_id", "=", self.customers[0].id)])
        activity.with_user(self.seller).action_done()
        self.assertEqual(warning.state, "contacted")

    def test_a_call_that_was_made_stays_when_the_warning_ends(self):
        self._run()
        activity = self.customers[0].activity_ids
        warning = self.warnings.search([("partner_id", "=", self.customers[0].id)])
        activity.with_user(self.seller).action_done()
        warning._dismiss("known")
        self._run()
        self.assertTrue(activity.exists())

    def test_an_activity_goes_with_its_warning(self):
        self._run()
        warning = self.warnings.search([("partner_id", "=", self.customers[0].id)])
        warning._dismiss("known")
        self._run()
        self.assertFalse(self.customers[0].activity_ids)
        self.assertTrue(self.customers[1].activity_ids)

    def test_nothing_is_sent_unless_switched_on(self):
        self.company.write({"insight_warning_activity": False})
        self.company.insight_warning_mail = False
        self.assertEqual(self._run(), 0)
        self.company.insight_warning_mail = True
        self.assertEqual(self._run(), 1)
        self.assertFalse(self.customers.activity_ids)

    def test_who_may_not_see_warnings_is_told_of_none(self):
        outsider = self._add_user("outsider", "sales_team.group_sale_salesman")
        self.customers.user_id = outsider
        self.assertEqual(self._run(), 0)
        self.customers.user_id = False
        self.assertEqual(self._run(), 0)
        self.assertFalse(self._mails())

    def test_one_mail_that_fails_stops_nobody_elses(self):
        other = self._add_user("other", INSIGHT_USER, email="other@example.com")
        self.customers[1].user_id = other
        alerts = type(self.env["customer.warning.alert"])
        mail = alerts._mail

        def fails_for_the_first(alert):
            if alert.user_id == self.seller:
                raise ValueError("no such mail")
            return mail(alert)

        with patch.object(alerts, "_mail", fails_for_the_first), mute_logger(ALERT):
            self.assertEqual(self._run(), 1)
        self.assertEqual(self._run(), 1, "tried again, as nothing was stored")
        self.assertEqual(len(self._mails()), 2)
