from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import AS_OF, CustomerInsightCase


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30 12:00:00")
class TestCadence(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["customer.segment"].create(
            {"name": "Key", "kind": "manual"}
        )
        cls.big, cls.small, cls.outside = cls._add_customers(3)
        cls._add_history(
            (customer, AS_OF - timedelta(days=100), amount)
            for customer, amount in ((cls.big, 900), (cls.small, 50), (cls.outside, 70))
        )
        cls._refresh()
        cls.segment._add_members(cls.big | cls.small)
        cls.cadence = cls.env["customer.cadence"].create(
            {"segment_id": cls.segment.id, "company_id": cls.company.id}
        )

    def _run(self):
        return self.env["customer.cadence"]._refresh(companies=self.company)

    def _planned(self):
        activities = self.env["mail.activity"].search(
            [("insight_cadence_id", "=", self.cadence.id)]
        )
        return sorted(activities.mapped("res_id"))

    def _log(self, customer, days_ago, kind="call"):
        self.env["customer.interaction.log"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "kind": kind,
                "date": self._moment(AS_OF - timedelta(days=days_ago)),
            }
        )

    def test_members_without_a_touch_are_planned_for_once(self):
        self.assertEqual(self._run(), 2)
        self.assertEqual(self._run(), 0)
        self.assertEqual(self._planned(), sorted((self.big | self.small).ids))
        [activity] = self.big.activity_ids
        self.assertEqual(activity.date_deadline, AS_OF)
        self.assertEqual(activity.user_id, self.cadence.user_id)
        self.assertIn("30", activity.summary)

    def test_the_day_the_clock_runs_out(self):
        self._log(self.big, 29)
        self._log(self.small, 30)
        self._run()
        self.assertEqual(self._planned(), self.small.ids)

    def test_a_touch_of_the_right_kind_sets_the_clock_back(self):
        self.cadence.touch = "spoken"
        self._run()
        self._log(self.big, 1, kind="email")
        self._run()
        self.assertIn(self.big.id, self._planned(), "a mail is no call")
        self._log(self.big, 1)
        self._run()
        self.assertEqual(self._planned(), self.small.ids)

    def test_purchases_count_where_they_are_to(self):
        self._add_order(self.big, AS_OF - timedelta(days=2))
        self._run()
        self.assertIn(self.big.id, self._planned())
        self.cadence.touch = "any"
        self._run()
        self.assertEqual(self._planned(), self.small.ids)

    def test_an_activity_done_is_a_touch_until_the_days_are_over(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.cadence.activity_type_id = todo
        self._run()
        self.big.activity_ids.action_done()
        self.assertEqual(self._run(), 0)
        with freeze_time("2025-07-31 12:00:00"):
            self.assertEqual(self._run(), 1)

    def test_the_largest_come_first_and_nobody_is_flooded(self):
        seller = self._add_user("seller", "sales_team.group_sale_salesman")
        (self.big | self.small).user_id = seller
        self.cadence.most_open = 1
        self.assertEqual(self._run(), 1)
        self.assertEqual(self._planned(), self.big.ids)
        self.assertEqual(self.big.activity_ids.user_id, seller)
        self.assertEqual(self._run(), 0)
        self.assertEqual(self.cadence.due_count, 1)
        self._log(self.big, 0)
        self._run()
        self.assertEqual(self._planned(), self.small.ids)

    def test_who_leaves_the_segment_is_left_alone(self):
        self._run()
        self.segment._remove_members(self.small)
        self._run()
        self.assertEqual(self._planned(), self.big.ids)
        self.cadence.active = False
        self._run()
        self.assertEqual(self._planned(), [])
