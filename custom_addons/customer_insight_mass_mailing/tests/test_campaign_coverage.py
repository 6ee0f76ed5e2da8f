from datetime import timedelta

from odoo.addons.customer_insight.tests.analysis_common import AnalysisCase
from odoo.addons.customer_insight.tests.common import AS_OF
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestCampaignCoverage(AnalysisCase):
    """40 members who bought for 10 each, and for 100 each in the last 90 days."""

    model = "customer.analysis.coverage"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._add_customers(40)
        for number, customer in enumerate(cls.customers):
            customer.email = f"member{number}@example.com"
        cls.segment = cls.env["customer.segment"].create(
            {"name": "Rising", "kind": "manual"}
        )
        cls.env["customer.segment.membership"].create(
            [
                {
                    "segment_id": cls.segment.id,
                    "partner_id": customer.id,
                    "company_id": cls.company.id,
                    "date_from": "2024-01-01",
                }
                for customer in cls.customers
            ]
        )
        cls._add_history(
            (customer, AS_OF - timedelta(days=days), amount)
            for customer in cls.customers
            for days, amount in ((90, 10.0), (89, 100.0))
        )
        cls.env["customer.profile"]._refresh(companies=cls.company, as_of=AS_OF)
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "Sale",
                "mailing_model_id": cls.env["ir.model"]._get("res.partner").id,
                "mailing_domain": [("id", "in", cls.customers[:5].ids)],
            }
        )

    def _row(self, user=None):
        self.env.flush_all()
        [block] = self._blocks("table", user)
        [row] = [one for one in block["rows"] if one["cells"][0] == "Rising"]
        return row

    def _trace(self, customers, **values):
        for customer in customers:
            self.env["mailing.trace"].create(
                {
                    "mass_mailing_id": self.mailing.id,
                    "model": "res.partner",
                    "res_id": customer.id,
                    "trace_status": "sent",
                    "sent_datetime": "2025-06-20 08:00:00",
                    **values,
                }
            )

    def test_demand_that_rises_without_a_campaign_is_named(self):
        row = self._row()
        self.assertEqual(row["cells"][1:7], [40, 400.0, 4000.0, 9.0, 0, 0.0])
        self.assertEqual(row["cells"][7], "Demand without a campaign")
        self.assertEqual(self._opened(row["keys"][1]).partner_id, self.customers)

    def test_a_campaign_that_reaches_more_than_a_tenth_targets_it(self):
        self._trace(self.customers[:4])
        self.assertEqual(
            self._row()["cells"][5:], [4, 0.1, "Demand without a campaign"]
        )
        self._trace(self.customers[4])
        self.assertEqual(self._row()["cells"][5:], [5, 0.125, ""])

    def test_a_campaign_of_long_ago_or_a_test_is_none(self):
        self._trace(self.customers[:9], sent_datetime="2025-05-30 08:00:00")
        self._trace(self.customers[:9], is_test_trace=True)
        self._trace(self.customers[:9], trace_status="bounce")
        self.assertEqual(self._row()["cells"][5], 0)

    def test_a_scheduled_mailing_is_a_campaign(self):
        self.mailing.state = "in_queue"
        self.assertEqual(self._row()["cells"][5], 5)

    def test_an_address_on_a_list_is_the_customers(self):
        contact = self.env["mailing.contact"].create({"email": "MEMBER3@example.com"})
        self._trace(contact, model=contact._name, email=contact.email)
        self.assertEqual(self._row()["cells"][5], 1)

    def test_who_joined_later_is_not_counted(self):
        stays = self.env["customer.segment.membership"].search(
            [("segment_id", "=", self.segment.id)]
        )
        stays[:10].date_from = AS_OF - timedelta(days=179)
        self.assertEqual(self._row()["cells"][1], 30)

    def test_salespeople_see_their_own_customers_alone(self):
        self.customers[:2].user_id = self.salesperson
        row = self._row(self.salesperson)
        self.assertEqual(row["cells"][1:4], [2, 20.0, 200.0])
        self.assertTrue(row["weak"])
        self.assertEqual(row["cells"][7], "")

    def test_a_mailing_is_suggested_where_demand_rises_beyond_chance(self):
        self.env.flush_all()
        [block] = self._blocks("advice")
        [item] = block["items"]
        self.assertEqual(
            item["found"],
            "“Rising” buys 900 % more than in the 90 days before (n = 40), and no"
            " campaign reaches it: more than chance.",
        )
        self.assertEqual(self._opened(item["key"]).partner_id, self.customers)
        self.assertIsNone(item["action"])  # the manager may not send mailings
        self._trace(self.customers[:5])
        self.env.flush_all()
        self.assertEqual(self._blocks("advice"), [])

    def test_the_mailing_is_filled_in_for_who_may_send(self):
        self.manager.group_ids += self.env.ref("mass_mailing.group_mass_mailing_user")
        self.env.flush_all()
        [block] = self._blocks("advice")
        values = block["items"][0]["action"]["context"]
        domain = values["default_mailing_domain"]
        self.assertEqual(
            domain,
            repr([("customer_profile_id.segment_ids", "in", self.segment.ids)]),
        )
        mailings = self.env["mailing.mailing"].with_user(self.manager)
        subject = values["default_subject"]
        mailing = mailings.with_context(**values).create({"subject": subject})
        self.assertEqual(mailing.mailing_model_real, "res.partner")
        self.assertEqual(mailing.subject, "Rising")
        recipients = self.env["res.partner"].browse(mailing._get_recipients())
        self.assertEqual(recipients, self.customers)

    def test_a_rise_that_one_of_many_segments_would_show_is_not_advised(self):
        screen = self._analysis()
        row = {"segment": self.segment, "n": 40, "change": 0.5, "open_": True}
        asked = screen._read_params({})
        self.assertFalse(screen._advice(asked, rows=[{**row, "sure": False}]))
        self.assertTrue(screen._advice(asked, rows=[{**row, "sure": True}]))
