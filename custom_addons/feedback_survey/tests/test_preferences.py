from odoo import Command
from odoo.addons.customer_insight.tests.common import AS_OF
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time

from .common import FeedbackCase


@freeze_time(f"{AS_OF} 12:00:00")
class TestSurveyPreferences(FeedbackCase):
    """What people answer about themselves becomes a preference of the customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._add_customer("Ann")
        cls.hobbies = cls.env["survey.question"].create(
            {
                "survey_id": cls.survey.id,
                "title": "What do you like?",
                "question_type": "multiple_choice",
                "preference_kind": "interest",
                "comments_allowed": True,
                "suggested_answer_ids": [
                    Command.create({"value": value}) for value in ("Music", "Sports")
                ],
            }
        )

    def tell(self, *values, partner=None, comment=None, question=None, trial=False):
        question = question or self.hobbies
        participation = self.survey._create_answer(
            partner=self.customer if partner is None else partner,
            company_id=self.company.id,
            test_entry=trial,
        )
        if question.question_type == "char_box":
            participation._save_lines(question, values[0])
        else:
            chosen = question.suggested_answer_ids.filtered(
                lambda answer: answer.value in values
            )
            participation._save_lines(question, [str(i) for i in chosen.ids], comment)
        participation._mark_done()
        return participation

    def told(self, partner=None):
        preferences = self.env["customer.preference"].search(
            [("partner_id", "=", (partner or self.customer).id)]
        )
        return sorted(preferences.mapped("value"))

    def test_answers_become_preferences_with_their_source(self):
        participation = self.tell("Music", "Sports", comment="Chess")
        self.assertEqual(self.told(), ["Chess", "Music", "Sports"])
        preference = self.env["customer.preference"].search(
            [("user_input_id", "=", participation.id)], limit=1
        )
        self.assertEqual((preference.kind, preference.source), ("interest", "survey"))
        self.assertEqual(preference.date, AS_OF)

    def test_a_later_answer_takes_the_place_of_the_one_before(self):
        by_call = self.env["customer.preference"].create(
            {"partner_id": self.customer.id, "kind": "interest", "value": "Cooking"}
        )
        self.tell("Music")
        self.tell("Sports")
        self.assertEqual(self.told(), ["Cooking", "Sports"])
        self.assertTrue(by_call.active)
        past = self.env["customer.preference"].with_context(active_test=False)
        self.assertEqual(
            past.search([("partner_id", "=", self.customer.id)]).mapped("active"),
            [True, False, True],
        )

    def test_the_same_participation_twice_is_noted_once(self):
        participation = self.tell("Music")
        participation._mark_done()
        again = self.env["customer.preference"]._record_survey(participation)
        self.assertFalse(again)
        self.assertEqual(self.told(), ["Music"])

    def test_a_contact_speaks_for_the_customer_trials_and_strangers_for_nobody(self):
        person = self._add_customer("Person", parent_id=self.customer.id)
        before = self.env["customer.preference"].search_count([])
        self.tell("Sports", trial=True)
        self.tell("Sports", partner=self.env["res.partner"])
        self.assertEqual(self.env["customer.preference"].search_count([]), before)
        self.tell("Music", partner=person)
        self.assertEqual(self.told(), ["Music"])

    def test_one_line_of_text_is_a_preference_a_scale_is_none(self):
        line = self.env["survey.question"].create(
            {
                "survey_id": self.survey.id,
                "title": "What counts for you?",
                "question_type": "char_box",
                "preference_kind": "value",
            }
        )
        self.tell("  Fair prices ", question=line)
        self.assertEqual(self.told(), ["Fair prices"])
        with self.assertRaisesRegex(ValidationError, "asks for a preference"):
            self._question("nps").preference_kind = "value"

    def test_the_words_are_those_of_the_company_s_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.hobbies.suggested_answer_ids[0].with_context(lang="zh_CN").value = "音乐"
        self.survey.lang_ids = self.env["res.lang"].search([])
        participation = self.tell("Music")
        self.assertEqual(self.told(), ["Music"])
        self.company.partner_id.lang = "zh_CN"
        told = self.env["customer.preference"]
        line = participation.user_input_line_ids.filtered("suggested_answer_id")
        self.assertEqual(told._answer_text(line), "音乐")

    def test_segments_go_by_what_was_told(self):
        other = self._add_customer("Bob")
        self.tell("Music")
        self.tell("Sports", partner=other)
        self._refresh()
        segment = self.env["customer.segment"].create(
            {
                "name": "Musical",
                "kind": "rule",
                "user_id": self.env.ref("base.user_admin").id,
                "domain": "[('partner_id.preference_ids.value', '=', 'Music')]",
            }
        )
        self.env.ref("base.user_admin").company_ids += self.company
        self.env["customer.segment"]._refresh(AS_OF, self.company)
        stays = self.env["customer.segment.membership"].search(
            [("segment_id", "=", segment.id)]
        )
        self.assertEqual(stays.partner_id, self.customer)
