from datetime import timedelta

from freezegun import freeze_time
from odoo.addons.customer_insight.engine import uplift
from odoo.addons.customer_insight.tests.analysis_common import AnalysisCase
from odoo.addons.customer_insight.tests.common import AS_OF
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

SENT = AS_OF - timedelta(days=40)


@tagged("post_install", "-at_install")
class TestCampaignResults(AnalysisCase):
    """120 mails of each of two variants, two segments, 40 days ago."""

    model = "customer.analysis.campaign"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(f"{AS_OF} 12:00:00"))
        cls.customers = cls._add_customers(240)
        cls._add_history(
            (customer, AS_OF - timedelta(days=200), 10.0) for customer in cls.customers
        )
        cls.env["customer.profile"]._refresh(companies=cls.company, as_of=AS_OF)
        cls.gardeners, cls.cooks = cls.env["customer.segment"].create(
            [
                {"name": name, "kind": "manual", "sequence": place}
                for place, name in enumerate(("Gardeners", "Cooks"))
            ]
        )
        cls.campaign = cls.env["utm.campaign"].create({"name": "Spring"})
        cls.one = cls._add_variant("Flowers", cls.customers[:120])
        cls.other = cls._add_variant("Herbs", cls.customers[120:])

    @classmethod
    def _add_variant(cls, subject, customers, **values):
        """A mailing: two thirds to gardeners, one third to cooks."""
        mailing = cls.env["mailing.mailing"].create(
            {
                "subject": subject,
                "mailing_model_id": cls.env["ir.model"]._get("res.partner").id,
                "segment_company_id": cls.company.id,
                "campaign_id": cls.campaign.id,
                "ab_testing_enabled": True,
                "result_days": 30,
                **values,
            }
        )
        traces = cls.env["mailing.trace"].create(
            [
                {
                    "mass_mailing_id": mailing.id,
                    "model": "res.partner",
                    "res_id": customer.id,
                    "trace_status": "sent",
                    "sent_datetime": f"{SENT} 08:00:00",
                }
                for customer in customers
            ]
        )
        share = 2 * len(traces) // 3
        traces[:share].segment_id = cls.gardeners
        traces[share:].segment_id = cls.cooks
        return mailing

    def _open(self, mailing, count):
        mailing.mailing_trace_ids.sorted("id")[:count].trace_status = "open"

    def _order(self, mailing, count, days=1, amount=50):
        traces = mailing.mailing_trace_ids.sorted("id")[:count]
        customers = self.env["res.partner"].browse(traces.mapped("res_id"))
        self._add_history(
            (customer, SENT + timedelta(days=days), amount) for customer in customers
        )

    def _rows(self, user=None, **params):
        self.env.flush_all()
        [block] = [
            one
            for one in self._blocks("table", user, **params)
            if "Segment" in one["title"]
        ]
        return {tuple(row["cells"][1:3]): row for row in block["rows"]}

    def _differences(self):
        self.env.flush_all()
        [block] = [
            one for one in self._blocks("table") if one["title"].startswith("Variants")
        ]
        return {row["cells"][1]: row for row in block["rows"]}

    def test_each_segment_and_variant_has_its_results(self):
        self._open(self.one, 20)
        self.one.mailing_trace_ids.sorted("id")[0].links_click_datetime = AS_OF
        self.one.mailing_trace_ids.sorted("id")[-1].trace_status = "bounce"
        self._order(self.one, 4)
        rows = self._rows()
        self.assertEqual(len(rows), 6)
        cells = rows["Flowers", "Gardeners"]["cells"]
        self.assertEqual(cells[3:], [80, 80, 20, 1, 4, 0.05, 200.0])
        self.assertEqual(rows["Flowers", "Cooks"]["cells"][3:5], [40, 39])
        self.assertEqual(rows["Herbs", "Gardeners"]["cells"][7:], [0, 0.0, 0.0])
        total = rows["Flowers", "All"]
        self.assertEqual(total["cells"][3:], [120, 119, 20, 1, 4, 4 / 120, 200.0])
        opened = self._opened(total["keys"][3])
        self.assertEqual(opened.partner_id, self.customers[:120])

    def test_numbers_open_their_customers(self):
        self._open(self.one, 20)
        self._order(self.one, 4)
        row = self._rows()["Flowers", "Gardeners"]
        for place, expected in ((3, 80), (5, 20), (7, 4)):
            opened = self._opened(row["keys"][place])
            self.assertEqual(opened.partner_id, self.customers[:expected])

    def test_orders_count_from_the_next_day_to_the_last_of_the_days(self):
        self._order(self.one, 1, days=0)
        self._order(self.one, 2, days=31)
        self.assertEqual(self._rows()["Flowers", "Gardeners"]["cells"][7], 0)
        self._order(self.one, 3, days=30)
        self.assertEqual(self._rows()["Flowers", "Gardeners"]["cells"][7], 3)

    def test_a_clear_difference_is_told_with_its_interval(self):
        self._open(self.one, 10)
        self._open(self.other, 60)
        everybody = self._differences()["All"]
        self.assertEqual(everybody["cells"][0], "Herbs, against: Flowers")
        self.assertEqual(everybody["cells"][2], "120 / 120")
        text = everybody["cells"][3]
        self.assertRegex(text, r"^Better: 41\.7 points \(2\d\.\d to 5\d\.\d\)$")
        # nobody bought of either: nothing can be said
        self.assertIn("Not enough yet", everybody["cells"][4])

    def test_segments_are_looked_at_beside_each_other_with_wider_ranges(self):
        self._open(self.one, 10)
        self._open(self.other, 26)
        rows = self._differences()
        self.assertEqual(set(rows), {"All", "Gardeners", "Cooks"})
        # 10 against 26 of 80: alone it would be beyond chance, beside another not
        alone = uplift.rate_difference(uplift.Group(80, 26), uplift.Group(80, 10))
        self.assertGreater(alone[1], 0)
        self.assertIn("Not enough yet", rows["Gardeners"]["cells"][3])
        for mailing in (self.one, self.other):
            mailing.mailing_trace_ids.sorted("id")[100:].unlink()
        rows = self._differences()  # 20 mails to cooks are too few to tell of
        self.assertEqual(set(rows), {"All", "Gardeners"})
        self.assertIn("Better", rows["Gardeners"]["cells"][3])

    def test_a_small_difference_and_few_mails_claim_nothing(self):
        self._open(self.one, 40)
        self._open(self.other, 44)
        rows = self._differences()
        self.assertRegex(rows["All"]["cells"][3], r"Not enough yet: about [\d,]+ more")
        for mailing in (self.one, self.other):
            mailing.mailing_trace_ids.sorted("id")[20:].unlink()
        self._open(self.other, 20)
        self.one.mailing_trace_ids.trace_status = "sent"
        row = self._differences()["All"]
        self.assertTrue(row["weak"])
        self.assertIn("Not enough yet", row["cells"][3])

    def test_orders_are_compared_once_the_days_are_over(self):
        self._order(self.other, 100)
        self.assertIn("Better", self._differences()["All"]["cells"][4])
        (self.one | self.other).result_days = 60
        self.assertEqual(self._differences()["All"]["cells"][4], "Not enough yet")

    def test_mailings_without_a_test_are_not_compared(self):
        (self.one | self.other).ab_testing_enabled = False
        titles = [one["title"] for one in self._blocks("table")]
        self.assertEqual(titles, ["Results by Mailing and Segment"])

    def test_filters_and_other_companies(self):
        other = self.env["utm.campaign"].create({"name": "Autumn"})
        self.other.campaign_id = other
        mailings = {mailing for mailing, __ in self._rows(campaign=other.id)}
        self.assertEqual(mailings, {"Herbs"})
        self.other.segment_company_id = self._add_company("Other")
        self.assertEqual({mailing for mailing, __ in self._rows()}, {"Flowers"})
        late = (SENT + timedelta(days=1)).isoformat()
        self.assertFalse(self._analyse(since=late)["blocks"])

    def test_a_salesperson_sees_results_of_the_own_customers(self):
        self.customers[:3].user_id = self.salesperson
        self._order(self.one, 4)
        row = self._rows(self.salesperson)["Flowers", "Gardeners"]
        self.assertEqual(row["cells"][3:], [3, 3, 0, 0, 3, 1.0, 150.0])
        self.assertTrue(row["weak"])
        opened = self._opened(row["keys"][3], self.salesperson)
        self.assertEqual(opened.partner_id, self.customers[:3])

    def test_others_see_nothing_and_wrong_keys_are_refused(self):
        stranger = self._add_user("stranger", "mass_mailing.group_mass_mailing_user")
        with self.assertRaises(AccessError):
            self._analyse(stranger)
        for key in (["mail", 0, 0, "sent"], ["mail", self.one.id, 0, "x"], ["x"]):
            with self.assertRaises(UserError):
                self._opened(key)

    def test_campaign_and_mailing_open_their_results(self):
        for record in (self.campaign, self.one):
            action = record.with_user(self.manager).sudo().action_open_results()
            values = action["context"]["analysis_values"]
            self.assertEqual(values["campaign"], self.campaign.id)
            self.assertEqual(action["params"]["model"], self.model)
