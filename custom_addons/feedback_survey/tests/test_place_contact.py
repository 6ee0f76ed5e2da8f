from datetime import timedelta

from odoo import fields
from odoo.api import Environment
from odoo.exceptions import ValidationError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import LockNotAvailable

from .common import FeedbackCase
from .test_pages import PageCase

DETAILS = {
    "contact_name": "Ann  Miller",
    "contact_email": "Ann@Example.com",
    "contact_phone": "+32 470 12 34 56",
    "contact_consent": "1",
}


@tagged("post_install", "-at_install")
class TestPlaceContact(PageCase):
    """S022: a form makes or finds the customer, never a second one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = False
        cls.place.asks_contact = True

    def _leave(self, score=9, answers=None, **changes):
        """Send the form with details. :return: the participation, or the page"""
        before = self.participations.search([("survey_id", "=", self.survey.id)])
        answers = {self.nps: score, **(answers or {})}
        page = self._send(self.place_path, answers, **{**DETAILS, **changes})
        return (
            self.participations.search([("survey_id", "=", self.survey.id)]) - before
        ) or page

    def _contacts(self, **values):
        partners = self.env["res.partner"].with_context(active_test=False)
        values = values or {"email_normalized": "ann@example.com"}
        return partners.search([(name, "=", value) for name, value in values.items()])

    def test_an_unknown_person_becomes_a_contact_once(self):
        first = self._leave()
        self.assertRecordValues(
            first.partner_id,
            [
                {
                    "name": "Ann Miller",
                    "email": "ann@example.com",
                    "phone": "+32 470 12 34 56",
                }
            ],
        )
        self.assertEqual(first.feedback_consent, self.place.consent_text)
        self.assertFalse(first.is_person_unproven)
        self.assertIn("Agreed to: I agree", str(first.partner_id.message_ids[0].body))
        self.assertEqual(first.feedback_answer_ids.partner_id, first.partner_id)
        second = self._leave(contact_email=" ANN@example.COM ", contact_phone="")
        third = self._leave(contact_email="", contact_name="")
        self.assertEqual(second.partner_id, first.partner_id)
        self.assertEqual(third.partner_id, first.partner_id)  # by the number
        self.assertEqual(self._contacts(), first.partner_id)

    def test_a_bad_answer_of_somebody_who_left_details_opens_a_case(self):
        participation = self._leave(score=2)
        case = self.env["feedback.case"].search(
            [("participation_id", "=", participation.id)]
        )
        self.assertEqual(case.partner_id, participation.partner_id)

    def test_a_stranger_changes_and_sees_nothing_of_a_known_contact(self):
        known = self._add_customer(
            "Secret Name", email="ann@example.com", city="Secret City"
        )
        participation = self._leave()
        self.assertEqual(participation.partner_id, known)
        self.assertTrue(participation.is_person_unproven)
        self.assertRecordValues(
            known, [{"name": "Secret Name", "email": "ann@example.com", "phone": False}]
        )
        note = str(known.message_ids[0].body)
        self.assertIn("nobody proved", note)
        self.assertIn("Name: Ann Miller", note)
        self.assertIn("Phone: +32 470 12 34 56", note)
        self.assertNotIn("mail: ann@example.com", note)  # that is no news
        for page in (self._get(self.place_path), self._leave(contact_consent="")):
            self.assertNotIn("Secret", page)

    def test_fields_and_preferences_of_a_known_contact_stay(self):
        known = self._add_customer("Ann", email="ann@example.com", occupation="Baker")
        job, mobile, hobby = self.env["survey.question"].create(
            [
                {
                    "survey_id": self.survey.id,
                    "title": title,
                    "question_type": "char_box",
                    **values,
                }
                for title, values in (
                    ("Job?", {"customer_field": "occupation"}),
                    ("Mobile?", {"customer_field": "phone"}),
                    ("Hobby?", {"preference_kind": "interest"}),
                )
            ]
        )
        told = {job: "Thief", mobile: "+32 470 99 99 99", hobby: "Locks"}
        told_before = self.env["customer.preference"].create(
            {
                "partner_id": known.id,
                "company_id": self.company.id,
                "kind": "interest",
                "value": "Music",
                "source": "survey",
                "question_id": hobby.id,
            }
        )
        self._leave(answers=told)
        self.assertEqual((known.occupation, known.phone), ("Baker", False))
        self.assertTrue(told_before.active)
        new = self._leave(
            answers=told, contact_email="new@example.com", contact_phone=""
        ).partner_id
        self.assertEqual((new.occupation, new.phone), ("Thief", "+32 470 99 99 99"))
        self.assertEqual(new.preference_ids.mapped("value"), ["Locks"])

    def test_an_archived_contact_is_no_reason_for_a_second(self):
        old = self._add_customer("Old", email="ann@example.com", active=False)
        self.assertEqual(self._leave().partner_id, old)
        used = self._add_customer("Used", email="ann@example.com")
        self.assertEqual(self._leave().partner_id, used)

    def test_a_contact_of_another_company_is_not_found(self):
        theirs = self._add_customer(
            "Theirs", email="ann@example.com", company_id=self._add_company("Other").id
        )
        self.assertNotEqual(self._leave().partner_id, theirs)

    def test_details_are_checked_and_kept_on_the_page(self):
        before = len(self._contacts(name="Ann Miller"))
        for changes, fault in (
            ({"contact_consent": ""}, "Please agree"),
            ({"contact_consent": "yes"}, "Please agree"),
            ({"contact_email": "ann@@x"}, "no e-mail address"),
            ({"contact_phone": "call me"}, "no telephone number"),
            ({"contact_email": "", "contact_phone": ""}, "an e-mail address or a"),
            ({"contact_name": "x" * 201}, "at most 200"),
        ):
            with self.subTest(changes):
                page = self._leave(**changes)
                self.assertIn(fault, page)
                self.assertIn('role="alert"', page)
        self.assertIn('value="Ann Miller"', self._leave(contact_consent=""))
        self.assertEqual(len(self._contacts(name="Ann Miller")), before)
        self.assertEqual(self._count(), 0)

    def test_nobody_needs_to_say_who_they_are(self):
        participation = self._leave(**dict.fromkeys(DETAILS, ""))
        self.assertFalse(participation.partner_id)
        self.assertFalse(participation.feedback_consent)

    def test_line_breaks_and_markup_stay_text(self):
        """FS-01, FS-28"""
        name = "<b>Ann</b>\r\nBcc: x@y.example"
        partner = self._leave(contact_name=name).partner_id
        self.assertEqual(partner.name, "<b>Ann</b> Bcc: x@y.example")
        self._leave(contact_name=f"{name}<i>")
        self.assertIn("&lt;b&gt;", str(partner.message_ids[0].body))

    def test_only_where_the_place_asks(self):
        self.place.asks_contact = False
        self.assertNotIn("contact_email", self._get(self.place_path))
        self.assertFalse(self._leave().partner_id)
        self.place.asks_contact = True
        self.assertIn("contact_email", self._get(self.place_path))
        path = self.survey._feedback_path()
        self.assertNotIn("contact_email", self._get(path))
        self._send(path, {self.nps: 9}, **DETAILS)
        self.assertFalse(self._contacts())

    def test_never_of_an_anonymous_survey(self):
        anonymous = self._add_survey("nps")
        anonymous.is_feedback_anonymous = True
        with self.assertRaisesRegex(ValidationError, "cannot ask who answers"):
            self.place.copy({"survey_id": anonymous.id})
        self.survey.is_feedback_anonymous = True
        self.assertNotIn("contact_email", self._get(self.place_path))
        participation = self._leave()
        self.assertFalse(participation.partner_id)
        self.assertFalse(self._contacts())

    def test_a_place_that_asks_says_what_for(self):
        with self.assertRaisesRegex(ValidationError, "What do people agree to"):
            self.place.consent_text = " "

    def test_a_page_in_chinese_asks_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.place.with_context(lang="zh_CN").consent_text = "我同意"
        self.opener.headers["Accept-Language"] = "zh-CN"
        page = self._get(self.place_path)
        self.assertIn("我同意", page)
        self.assertEqual(self._leave().feedback_consent, "我同意")


@tagged("post_install", "-at_install")
class TestClaims(FeedbackCase):
    """Two transactions of their own: only so they can be in each other's way."""

    def _cursor(self):
        cursor = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cursor.close)
        cursor.execute("SET LOCAL lock_timeout = '200ms'")
        return Environment(cursor, self.env.uid, {})

    @mute_logger("odoo.sql_db")
    def test_the_second_form_with_an_address_waits_for_the_first(self):
        first, second, third = (self._cursor() for _number in range(3))
        first["feedback.claim"]._claim(["ann@example.com", "+32470123456"])
        third["feedback.claim"]._claim(["bob@example.com"])  # is in nobody's way
        with self.assertRaises(LockNotAvailable):
            second["feedback.claim"]._claim(["+32470123456"])

    def test_a_known_address_claims_nothing(self):
        ann = self._add_customer("Ann", email="ann@example.com")
        partners = self.env["res.partner"]
        self.assertEqual(
            partners._feedback_contact(self.company, email="ANN@example.com"),
            (ann, False),
        )
        self.assertFalse(self.env["feedback.claim"].search_count([]))

    def test_claims_are_digests_and_go(self):
        self.env["res.partner"]._feedback_contact(self.company, email="a@b.example")
        [claim] = self.env["feedback.claim"].search([])
        self.assertNotIn("a@b", claim.digest)
        claim.moment = fields.Datetime.now() - timedelta(days=2)
        self.env.flush_all()
        self.env["feedback.claim"]._gc()
        self.assertFalse(claim.exists())
