from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import FEEDBACK_AGENT, FeedbackCase

SELLER = "sales_team.group_sale_salesman_all_leads"


class CustomerFieldCase(FeedbackCase):
    """A survey that asks for fields of the contact beside its score."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.be")
        cls.agent = cls._add_user("field_agent", f"{FEEDBACK_AGENT},{SELLER}")
        cls.customer = cls._add_customer("Ann", country_id=cls.env.ref("base.be").id)
        cls.asked = {
            name: cls._ask_for(name)
            for name in ("phone", "email", "occupation", "gender", "birthdate")
        }

    @classmethod
    def _ask_for(cls, name, survey=None, **values):
        kinds = {"gender": "simple_choice", "birthdate": "date"}
        question = {
            "survey_id": (survey or cls.survey).id,
            "title": f"Your {name}?",
            "question_type": kinds.get(name, "char_box"),
            "customer_field": name,
        }
        if name == "gender":
            question["suggested_answer_ids"] = [
                Command.create({"value": value}) for value in ("Female", "Male")
            ]
        return cls.env["survey.question"].create({**question, **values})

    def _notes(self, partner=None):
        messages = (partner or self.customer).message_ids
        return "\n".join(
            str(message.body)
            for message in messages
            if "Told in the survey" in str(message.body)
        )


@tagged("post_install", "-at_install")
class TestInterview(CustomerFieldCase):
    """S021: a call or visit writes the fields of the contact and is the evidence."""

    def _interview(self, user=None, **answers):
        """Ask all fields and one score. :return: the participation"""
        entry = (
            self.env["feedback.entry"]
            .with_user(user or self.agent)
            .with_company(self.company)
            .create({"survey_id": self.survey.id, "partner_id": self.customer.id})
        )
        for line in entry.line_ids:
            question = line.question_id.sudo()
            if question.metric == "nps":
                line.answer = "9"
            elif question.customer_field:
                line.answer = answers.get(question.customer_field)
        self.said = entry.action_save()["params"]["message"]
        return self.env["survey.user_input"].search([], order="id desc", limit=1)

    def test_answers_are_written_and_the_interview_is_linked(self):
        self.customer.occupation = "Baker"
        female = self.asked["gender"].suggested_answer_ids[0]
        interview = self._interview(
            phone="+32 470 12 34 56",
            email="Ann@Example.com",
            occupation="  Head   baker ",
            gender=str(female.id),
            birthdate="1990-02-28",
        )
        self.assertRecordValues(
            self.customer,
            [
                {
                    "phone": "+32 470 12 34 56",
                    "email": "ann@example.com",
                    "occupation": "Head baker",
                    "gender": "female",
                }
            ],
        )
        self.assertEqual(str(self.customer.birthdate), "1990-02-28")
        note = self._notes()
        self.assertIn("Occupation: Baker → Head baker", note)
        self.assertIn("Phone: – → +32 470 12 34 56", note)
        self.assertIn(f'data-oe-id="{interview.id}"', note)
        self.assertEqual(self.customer.message_ids[0].author_id, self.agent.partner_id)
        self.assertEqual(interview.feedback_user_id, self.agent)
        self.assertIn("Occupation: Baker → Head baker", interview.feedback_written)
        interview._erase_person()
        self.assertFalse(interview.feedback_written)

    def test_what_is_not_valid_is_said_and_not_written(self):
        self._add_customer("Bob", email="bob@example.com")
        self.customer.write({"phone": "+32 470 12 34 56", "email": "ann@example.com"})
        self._interview(
            phone="12", email="BOB@example.com", birthdate="2999-01-01", occupation="X"
        )
        self.assertEqual(self.customer.phone, "+32 470 12 34 56")
        self.assertEqual(self.customer.email, "ann@example.com")
        self.assertFalse(self.customer.birthdate)
        self.assertEqual(self.customer.occupation, "X")
        self.assertIn("“12” was not written", self.said)
        note = self._notes()
        self.assertIn("“12” was not written: no telephone number", note)
        self.assertIn("another contact has this address", note)
        self.assertIn("nobody is born on that day", note)

    def test_a_contact_that_logs_in_keeps_its_address(self):
        """Whoever changes the address of a user can ask for a new password."""
        user = self._add_user("victim", "base.group_portal")
        self.customer = user.partner_id
        before = self.customer.email
        self._interview(email="thief@example.com")
        self.assertEqual(self.customer.email, before)
        self.assertIn("logs in with its address", self._notes())

    def test_who_may_not_change_contacts_notes_only(self):
        reader = self._add_user("field_reader", FEEDBACK_AGENT)
        self._interview(user=reader, occupation="Baker")
        self.assertFalse(self.customer.occupation)
        self.assertIn("“Baker” was not written", self._notes())

    def test_a_company_has_no_birthday(self):
        self.customer.is_company = True
        self._interview(birthdate="1990-02-28", phone="+32 470 12 34 56")
        self.assertFalse(self.customer.birthdate)
        self.assertTrue(self.customer.phone)
        self.assertIn("a company has no such field", self._notes())

    def test_the_same_value_again_is_no_news(self):
        for _time in range(2):
            self._interview(phone="+32 470 12 34 56")
        self.assertEqual(self._notes().count("Phone"), 1)

    def test_markup_stays_text(self):
        self._interview(occupation="<b>Baker</b>")
        self.assertIn("&lt;b&gt;Baker", self._notes())

    def test_the_form_offers_the_answers_and_the_survey_of_the_segment(self):
        other = self._add_survey("nps", title="Of the segment")
        segment = self.env["customer.segment"].create(
            {"name": "Mine", "kind": "manual", "feedback_survey_id": other.id}
        )
        low = self.env["customer.segment"].create(
            {"name": "Low", "kind": "manual", "feedback_survey_id": self.survey.id}
        )
        segment.priority = "2"
        self._refresh()
        for one in (segment, low):
            one.with_company(self.company)._add_members(self.customer)
        entry = self.env["feedback.entry"].with_user(self.agent)
        with Form(entry.with_company(self.company)) as form:
            form.survey_id = self.survey.with_user(self.agent)
            form.partner_id = self.customer
            self.assertEqual(form.survey_id.id, other.id)
            form.survey_id = self.survey.with_user(self.agent)
            line = next(
                line
                for line in form.line_ids._records
                if line["title"] == "Your gender?"
            )
            self.assertEqual(
                [label for _id, label in line["choices"]], ["Female", "Male"]
            )


@tagged("post_install", "-at_install")
class TestCustomerQuestion(CustomerFieldCase):
    """What may be asked for, and what a page may do."""

    def _tell(self, **answers):
        """The person answers by themselves."""
        participation = self.survey._create_answer(
            partner=self.customer, company_id=self.company.id
        )
        for name, text in answers.items():
            participation._save_lines(self.asked[name], text)
        participation._mark_done()
        return participation

    def test_a_page_fills_what_is_empty_and_changes_nothing(self):
        self.customer.occupation = "Baker"
        self._tell(occupation="Pilot", phone="+32 470 12 34 56")
        self.assertEqual(self.customer.occupation, "Baker")
        self.assertEqual(self.customer.phone, "+32 470 12 34 56")
        note = self._notes()
        self.assertIn("“Pilot” was not written", note)
        self.assertIn("Phone: – →", note)

    def test_finishing_twice_notes_once(self):
        participation = self._tell(occupation="Pilot")
        participation._mark_done()
        self.assertEqual(self._notes().count("Pilot"), 1)

    def test_trials_write_nothing(self):
        participation = self.survey._create_answer(
            partner=self.customer, company_id=self.company.id, test_entry=True
        )
        participation._save_lines(self.asked["occupation"], "Pilot")
        participation._mark_done()
        self.assertFalse(self.customer.occupation)

    def test_only_fields_of_the_list_as_the_right_kind_of_question(self):
        with self.assertRaisesRegex(ValidationError, "Two questions"):
            self._ask_for("phone")
        with self.assertRaisesRegex(ValidationError, "No answer is written"):
            self.asked["phone"].customer_field = "credit_limit"
        with self.assertRaisesRegex(ValidationError, "ask it as"):
            self.asked["phone"].customer_field = "birthdate"
        with self.assertRaisesRegex(ValidationError, "none of: Female, Male, Other"):
            self.asked["gender"].suggested_answer_ids[0].value = "Blue"
        self.env["res.lang"]._activate_lang("zh_CN")
        choice = self.asked["gender"].suggested_answer_ids[1]
        labels = dict(
            self.env["res.partner"]
            ._fields["gender"]
            ._description_selection(self.env(context={"lang": "zh_CN"}))
        )
        choice.with_context(lang="en_US").value = labels["male"]
        self.assertEqual(choice._customer_choice("gender"), "male")

    def test_anonymous_surveys_ask_for_no_field(self):
        survey = self._add_survey("nps")
        question = self._ask_for("city", survey)
        with self.assertRaisesRegex(ValidationError, "cannot ask for fields"):
            survey.is_feedback_anonymous = True
        question.customer_field = False
        survey.is_feedback_anonymous = True
        with self.assertRaisesRegex(ValidationError, "cannot ask for fields"):
            question.customer_field = "city"
