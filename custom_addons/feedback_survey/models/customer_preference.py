from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Kinds of preferences that are words, so that an answer can be one.
PREFERENCE_KINDS = ("value", "interest", "lifestyle", "time")
_QUESTION_TYPES = ("simple_choice", "multiple_choice", "char_box")
_LONGEST = 200


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    preference_kind = fields.Selection(
        selection="_selection_preference_kind",
        string="Preference",
        help="What is answered here becomes a preference of the customer, by which"
        " segments can be made. A later answer takes the place of the one before.",
    )

    @api.model
    def _selection_preference_kind(self):
        kinds = self.env["customer.preference"]._fields["kind"]
        labels = dict(kinds._description_selection(self.env))
        return [(kind, labels[kind]) for kind in PREFERENCE_KINDS]

    @api.constrains("preference_kind", "question_type")
    def _check_preference_kind(self):
        for question in self.filtered("preference_kind"):
            if question.question_type not in _QUESTION_TYPES:
                raise ValidationError(
                    self.env._(
                        "“%(question)s” asks for a preference: let people choose from"
                        " answers, or write one line.",
                        question=question.title,
                    )
                )


class CustomerPreference(models.Model):
    """Preferences that customers told in a survey."""

    _inherit = "customer.preference"

    question_id = fields.Many2one(
        "survey.question", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_input_id = fields.Many2one(
        "survey.user_input",
        string="Participation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model
    def _record_survey(self, participations):
        """Note the preferences in completed participations of known customers.

        What a customer answered to the same question before is no longer valid and
        stays as it was. Noting the same participation again changes nothing.

        :param participations: survey.user_input
        :return: the new preferences
        """
        new = self.browse()
        for participation in participations.filtered(
            lambda p: p.state == "done" and p.partner_id and not p.test_entry
        ):
            lines = participation.user_input_line_ids.filtered(
                lambda line: line.question_id.preference_kind and not line.skipped
            )
            for question, answers in lines.grouped("question_id").items():
                new += self._record_answers(participation, question, answers)
        return new

    @api.model
    def _record_answers(self, participation, question, answers):
        told = self.with_context(active_test=False)
        customer = participation.partner_id.commercial_partner_id
        company = participation.company_id
        before = told.search(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "=", company.id),
                ("question_id", "=", question.id),
            ]
        )
        if participation in before.user_input_id:
            return self.browse()
        if before and participation.is_person_unproven:
            return self.browse()  # a stranger changes nothing of a known contact
        before.active = False
        texts = dict.fromkeys(filter(None, map(self._answer_text, answers)))
        return self.create(
            [
                {
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "kind": question.preference_kind,
                    "value": text,
                    "source": "survey",
                    "date": company._insight_today(),
                    "question_id": question.id,
                    "user_input_id": participation.id,
                }
                for text in texts
            ]
        )

    @api.model
    def _answer_text(self, line):
        """:return: what was answered, in the language of the company for all alike"""
        lang = line.user_input_id.company_id.partner_id.lang
        chosen = line.suggested_answer_id.with_context(lang=lang).value
        return (chosen or line.value_char_box or "").strip()[:_LONGEST]


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    def _mark_done(self):
        result = super()._mark_done()
        # respondents are the public: what they told is noted on their behalf
        self.env["customer.preference"].sudo()._record_survey(self)
        return result
