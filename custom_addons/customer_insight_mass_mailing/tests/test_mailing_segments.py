from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import AS_OF, CustomerInsightCase
from odoo.addons.mail.tests.common import MockEmail
from odoo.exceptions import ValidationError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestMailingSegments(CustomerInsightCase, MockEmail):
    """Mailings go to those who are members when they are sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2025-06-30 12:00:00"))
        cls.customers = cls._add_customers(6)
        for number, customer in enumerate(cls.customers):
            customer.email = f"member{number}@example.com"
        cls._add_history([(customer, AS_OF, 100.0) for customer in cls.customers])
        cls.first, cls.second = (
            cls.env["customer.segment"].create(
                {"name": name, "kind": "manual", "sequence": place}
            )
            for place, name in enumerate(("Gardeners", "Cooks"))
        )
        cls._refresh()

    @classmethod
    def _join(cls, segment, customers, company=None):
        cls.env["customer.segment.membership"].create(
            [
                {
                    "segment_id": segment.id,
                    "partner_id": customer.id,
                    "company_id": (company or cls.company).id,
                    "date_from": AS_OF,
                }
                for customer in customers
            ]
        )

    @classmethod
    def _add_mailing(cls, **values):
        return cls.env["mailing.mailing"].create(
            {
                "subject": "Sale",
                "body_html": "<p>Sale</p>",
                "mailing_model_id": cls.env["ir.model"]._get("res.partner").id,
                "mailing_domain": [("id", "in", cls.customers.ids)],
                "segment_company_id": cls.company.id,
                "keep_archives": True,
                **values,
            }
        )

    def _send(self, mailing):
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        return {
            self.env["res.partner"].browse(trace.res_id): trace
            for trace in mailing.mailing_trace_ids
        }

    def test_members_as_of_sending_get_it_once(self):
        mailing = self._add_mailing(segment_ids=(self.first | self.second).ids)
        self._join(self.first, self.customers[:2])
        self._join(self.second, self.customers[1:3])
        sent = self._send(mailing)
        self.assertEqual(set(sent), set(self.customers[:3]))
        # who is in two is counted for the first
        self.assertEqual(
            [sent[customer].segment_id for customer in self.customers[:3]],
            [self.first, self.first, self.second],
        )

    def test_consent_and_objection_are_kept(self):
        blocked, objector, free = self.customers[:3]
        self._join(self.first, self.customers[:3])
        self.env["mail.blacklist"]._add(blocked.email)
        objector.insight_objection = True
        sent = self._send(self._add_mailing(segment_ids=self.first.ids))
        self.assertEqual(
            {customer: trace.trace_status for customer, trace in sent.items()},
            {blocked: "cancel", free: "sent"},
        )

    def test_a_segment_nobody_is_in_reaches_nobody(self):
        mailing = self._add_mailing(segment_ids=self.first.ids)
        self.assertEqual(mailing._get_remaining_recipients(), [])
        self.assertEqual(mailing.total, 0)

    def test_members_of_another_company_are_not_meant(self):
        other = self._add_company("Other")
        self._add_history([(self.customers[0], AS_OF, 10.0)], other)
        self._refresh(company=other)
        self._join(self.first, self.customers[0], other)
        mailing = self._add_mailing(segment_ids=self.first.ids)
        self.assertEqual(mailing._get_recipients(), [])
        mailing.segment_company_id = other
        self.assertEqual(mailing._get_recipients(), self.customers[0].ids)

    def test_without_segments_the_mail_knows_that_of_the_rfm_code(self):
        sent = self._send(self._add_mailing())
        self.assertEqual(len(sent), 6)
        for customer, trace in sent.items():
            profile = self._profile(customer)
            self.assertTrue(profile.rfm_segment_id)
            self.assertEqual(trace.segment_id, profile.rfm_segment_id)

    def test_segments_are_of_contacts(self):
        with self.assertRaisesRegex(ValidationError, "choose Contact"):
            self._add_mailing(
                segment_ids=self.first.ids,
                mailing_model_id=self.env["ir.model"]._get("mailing.list").id,
            )

    def test_both_variants_stay_within_the_segment(self):
        self._join(self.first, self.customers[:4])
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        half = {
            "campaign_id": campaign.id,
            "ab_testing_enabled": True,
            "ab_testing_pc": 50,
            "segment_ids": self.first.ids,
        }
        one = self._send(self._add_mailing(**half))
        other = self._send(self._add_mailing(subject="Sale!", **half))
        self.assertEqual((len(one), len(other)), (2, 2))
        self.assertEqual(set(one) | set(other), set(self.customers[:4]))
