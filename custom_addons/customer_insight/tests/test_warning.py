from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import customer_warning_refresh
from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


def back(days):
    return AS_OF - timedelta(days=days)


@tagged("post_install", "-at_install")
class TestWarning(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warnings = cls.env["customer.warning"]
        cls.company.write({"insight_at_risk_days": 60, "insight_churned_days": 200})
        cls.late, cls.fresh = cls._add_customers(2)
        # Ten purchases, ten days apart: the first is silent for 80 days since, the
        # second bought today.
        cls._add_history(
            [(cls.late, back(80 + 10 * n), 100.0) for n in range(10)]
            + [(cls.fresh, back(10 * n), 100.0) for n in range(10)]
        )

    def _night(self, day=AS_OF):
        self.env["customer.profile"]._refresh(companies=self.company, as_of=day)
        self.warnings._refresh(day, self.company)
        return self._of(self.late)

    def _of(self, partner):
        return self.warnings.search([("partner_id", "=", partner.id)])

    def test_who_is_late_for_the_own_rhythm_is_warned_of(self):
        warning = self._night()
        # (1 + 80 / 90) ** -9 = 0.3 %: very late
        self.assertEqual((warning.state, warning.points), ("open", 50))
        self.assertEqual(
            warning.reason,
            "Usually buys every 10 days (n = 10 purchase days), silent for 80 days"
            " (50 points)",
        )
        self.assertIn("it would come without: Late", warning.way_out)
        self.assertEqual(warning.value_at_risk, 1000)
        self.assertEqual(warning.deadline, AS_OF + timedelta(days=7))
        self.assertFalse(self._of(self.fresh))

    def test_many_new_warnings_know_the_same_values_as_few(self):
        other = self._add_customer()
        # what was bought within the last year: 15 of these 20 purchases
        self._add_history([(other, back(80 + 20 * n), 30.0) for n in range(20)])
        self.company.insight_warning_points = 10
        for few in (0, 5000):
            with patch.object(customer_warning_refresh, "_FEW", few):
                self._night()
            values = [self._of(p).value_at_risk for p in (self.late, other)]
            self.assertEqual(values, [1000, 450])
            self.warnings.search([]).unlink()

    def test_a_rhythm_needs_three_purchases(self):
        twice = self._add_customer()
        self._add_history([(twice, back(100), 5.0), (twice, back(99), 5.0)])
        self._night()
        self.assertFalse(self._of(twice))

    def test_a_little_late_alone_is_not_enough(self):
        some = self._add_customer()
        # Three intervals of 10 days, 55 days of silence: (1 + 55/30) ** -3 = 4.4 %.
        self._add_history([(some, back(55 + 10 * n), 5.0) for n in range(4)])
        self._night()
        self.assertFalse(self._of(some))
        quotation = self._add_order(some, back(5), 70.0, confirm=False)
        quotation._action_cancel()
        self._night()
        warning = self._of(some)
        self.assertEqual(warning.points, 35 + 25)
        self.assertIn("Quotations lost: 1, the last on", warning.reason)
        self.assertIn("Late or Lost Quotation", warning.way_out)

    def test_years_of_silence_of_a_regular_buyer_stop_nobody_else(self):
        house = self._add_customer()
        days = [back(2260 + n) for n in range(365)]
        self._add_history([(house, day, 1.0) for day in days])
        self.assertEqual(self._night().points, 50)  # (1 + 2260 / 364) ** -364
        self.assertFalse(self._of(house))

    def test_who_bought_today_is_not_warned_of_today(self):
        self._add_order(self.late, AS_OF, 20.0)
        self.company.insight_warning_points = 20
        self._add_invoice(self.late, back(60), 10.0).invoice_date_due = back(30)
        self.assertFalse(self._night())
        self.assertEqual(self._night(AS_OF + timedelta(days=1)).state, "open")

    def test_a_lost_quotation_is_dated_as_the_reader_writes(self):
        quotation = self._add_order(self.late, back(5), 70.0, confirm=False)
        quotation._action_cancel()
        warning = self._night()
        self.assertIn("the last on 06/25/2025", warning.reason)
        self.env["res.lang"]._activate_lang("zh_CN")
        self.assertIn("2025", warning.with_context(lang="zh_CN").reason)
        self.assertNotIn("06/25/2025", warning.with_context(lang="zh_CN").reason)

    def test_a_second_run_changes_nothing(self):
        warning = self._night()
        self.assertEqual(self.warnings._refresh(AS_OF, self.company), 0)
        self.assertEqual(self._of(self.late), warning)

    def test_one_pending_warning_is_all_the_database_takes(self):
        self._night()
        self.env.cr.execute(
            """INSERT INTO customer_warning (partner_id, company_id, date, state)
               SELECT partner_id, company_id, date, 'contacted' FROM customer_warning
               WHERE partner_id = %s ON CONFLICT DO NOTHING""",
            [self.late.id],
        )
        self.assertEqual(self.env.cr.rowcount, 0)

    def test_a_purchase_wins_the_customer_back(self):
        warning = self._night()
        self._add_order(self.late, AS_OF + timedelta(days=3), 20.0)
        self._night(AS_OF + timedelta(days=4))
        self.assertEqual(warning.state, "won_back")
        self.assertEqual(warning.closed_on, AS_OF + timedelta(days=3))
        self.assertEqual(self._of(self.late), warning)

    def test_a_customer_who_churns_is_lost(self):
        warning = self._night()
        day = AS_OF + timedelta(days=121)
        self._night(day)
        self.assertEqual((warning.state, warning.closed_on), ("lost", day))
        self._night(day + timedelta(days=1))
        self.assertEqual(self._of(self.late), warning)

    def test_a_dismissed_customer_is_left_alone_for_a_while(self):
        warning = self._night()
        warning._dismiss("false_alarm", "On holiday")
        self.company.invalidate_recordset()
        warning.closed_on = AS_OF
        self._night(AS_OF + timedelta(days=59))
        self.assertEqual(self._of(self.late), warning)
        self._night(AS_OF + timedelta(days=60))
        self.assertEqual(len(self._of(self.late)), 2)

    def test_a_dismissal_can_be_taken_back_once(self):
        warning = self._night()
        warning._dismiss("known")
        warning.action_reopen()
        self.assertEqual((warning.state, warning.closed_on), ("open", False))
        warning._dismiss("known")
        warning.copy({"state": "open"})
        with self.assertRaises(UserError):
            warning.action_reopen()

    def test_signs_that_weaken_do_not_end_a_warning_signs_that_go_do(self):
        warning = self._night()
        self.company.insight_warning_points = 90
        self._night()
        self.assertEqual((warning.state, warning.threshold), ("open", 90))
        self.company.insight_warning_points = 101
        self._night()
        self.assertEqual(
            (warning.state, warning.dismiss_reason), ("dismissed", "eased")
        )

    def test_what_somebody_has_begun_is_not_taken_away(self):
        warning = self._night()
        warning.action_call()
        self.assertEqual(warning.state, "contacted")
        self.company.insight_warning_points = 500
        self._night()
        self.assertEqual(warning.state, "contacted")

    def test_the_forecast_counts_only_while_it_is_better(self):
        run = self.env["customer.prediction.run"].create(
            {"company_id": self.company.id, "as_of": AS_OF, "horizon_days": 90}
        )
        profile = self.env["customer.profile"]
        profile._refresh(companies=self.company, as_of=AS_OF)
        self.env.cr.execute(
            "UPDATE customer_profile SET churn_risk = 0.9 WHERE partner_id = %s",
            [self.late.id],
        )
        self.warnings._refresh(AS_OF, self.company)
        warning = self._of(self.late)
        self.assertEqual(warning.points, 50)
        run.is_better_than_baseline = True
        self.warnings._refresh(AS_OF, self.company)
        self.assertEqual(warning.points, 50 + 27)
        self.assertIn("No purchase within 90 days is 90 % likely", warning.reason)

    def test_fewer_contacts_are_a_sign(self):
        log = self.env["customer.interaction.log"]
        log.create(
            [
                {
                    "partner_id": self.late.id,
                    "company_id": self.company.id,
                    "kind": "call",
                    "date": f"{back(100 + n)} 12:00:00",
                }
                for n in range(4)
            ]
        )
        warning = self._night()
        self.assertIn("Contacts down from 4 to 0 within 90 days", warning.reason)

    def test_overdue_invoices_are_a_sign(self):
        invoice = self._add_invoice(self.late, back(60), 10.0)
        invoice.invoice_date_due = back(30)
        warning = self._night()
        self.assertEqual(warning.points, 70)
        self.assertIn("Overdue invoices: 1, the oldest for 30 days", warning.reason)

    def test_an_objection_ends_it(self):
        self._night()
        self.late.insight_objection = True
        self.assertFalse(self._of(self.late))
        self._night()
        self.assertFalse(self._of(self.late))

    def test_salespeople_see_and_act_on_their_own(self):
        warning = self._night()
        seller = self._add_user("warned", INSIGHT_USER)
        colleague = self._add_user("unwarned", INSIGHT_USER)
        self.late.user_id = seller
        mine = warning.with_user(seller)
        self.assertIn("silent for 80 days", mine.reason)
        self.assertIn("A purchase ends", mine.way_out)
        self.assertEqual(self.warnings.with_user(seller).search([]), warning)
        with self.assertRaises(AccessError):
            mine.write({"state": "won_back"})
        mine.action_email()
        self.assertEqual(warning.state, "contacted")
        self.assertFalse(self.warnings.with_user(colleague).search([]))
        with self.assertRaises(AccessError):
            warning.with_user(colleague).action_call()
        with self.assertRaises(AccessError):
            warning.with_user(colleague)._dismiss("known")

    def test_the_reason_is_asked_for_and_kept(self):
        warning = self._night()
        manager = self._add_user("dismisser", INSIGHT_MANAGER)
        action = warning.with_user(manager).action_dismiss()
        dialog = (
            self.env[action["res_model"]]
            .with_user(manager)
            .with_context(**action["context"])
            .create({"reason": "season", "note": "Only in spring"})
        )
        dialog.action_apply()
        self.assertEqual(
            (warning.state, warning.dismiss_reason, warning.note),
            ("dismissed", "season", "Only in spring"),
        )

    def test_the_customer_page_shows_it(self):
        warning = self._night()
        profile = self.env["customer.profile"].search(
            [("partner_id", "=", self.late.id)]
        )
        self.assertEqual(profile.warning_id, warning)
        self.assertEqual(profile.warning_reason, warning.reason)

    def test_the_value_opens_its_purchases(self):
        warning = self._night()
        action = warning.action_open_value()
        purchases = self.env["customer.purchase"].search(action["domain"])
        self.assertEqual(sum(purchases.mapped("amount")), warning.value_at_risk)
