"""Answers that are fields of the customer: what may be asked, and how it is read."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .contact_text import is_phone, read_email

#: Fields of a contact that an answer may fill, and the kind of question for each.
CUSTOMER_FIELDS = {
    "phone": "char_box",
    "email": "char_box",
    "birthdate": "date",
    "gender": "simple_choice",
    "occupation": "char_box",
    "function": "char_box",
    "street": "char_box",
    "city": "char_box",
    "zip": "char_box",
}
#: What a company does not have.
PERSONAL = ("birthdate", "gender", "occupation", "function")
_LONGEST = 200
_OLDEST_YEAR = 1900


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    customer_field = fields.Selection(
        selection="_selection_customer_field",
        string="Field of the Customer",
        help="What is answered here is written to the contact of the person who"
        " answers: by staff who ask for it; a page fills it only if it is empty.",
    )

    @api.model
    def _selection_customer_field(self):
        known = self.env["res.partner"]._fields
        return [
            (name, known[name]._description_string(self.env))
            for name in CUSTOMER_FIELDS
        ]

    @api.constrains("customer_field", "question_type", "survey_id")
    def _check_customer_field(self):
        labels = dict(self._selection_customer_field())
        kinds = dict(self._fields["question_type"]._description_selection(self.env))
        for question in self.filtered("customer_field"):
            name = question.customer_field
            kind = CUSTOMER_FIELDS.get(name)
            if not kind:
                raise ValidationError(
                    self.env._("No answer is written to “%(field)s”.", field=name)
                )
            if question.question_type != kind:
                raise ValidationError(
                    self.env._(
                        "“%(question)s” asks for the field “%(field)s”: ask it as"
                        " “%(kind)s”.",
                        question=question.title,
                        field=labels[name],
                        kind=kinds[kind],
                    )
                )
            others = question.survey_id.question_ids - question
            if name in others.mapped("customer_field"):
                raise ValidationError(
                    self.env._(
                        "Two questions of the survey ask for the field “%(field)s”.",
                        field=labels[name],
                    )
                )
        self.survey_id._check_no_customer_field()
        self.suggested_answer_ids._check_customer_choice()


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    @api.constrains("is_feedback_anonymous", "question_and_page_ids")
    def _check_no_customer_field(self):
        for survey in self.filtered("is_feedback_anonymous"):
            if any(survey.question_ids.mapped("customer_field")):
                raise ValidationError(
                    self.env._(
                        "“%(survey)s” is anonymous: it cannot ask for fields of the"
                        " customer.",
                        survey=survey.title,
                    )
                )


class SurveyQuestionAnswer(models.Model):
    _inherit = "survey.question.answer"

    @api.constrains("value", "question_id")
    def _check_customer_choice(self):
        """Each answer is one of the values that the field has, in any language."""
        for answer in self:
            name = answer.question_id.customer_field
            if name and not answer._customer_choice(name):
                field = self.env["res.partner"]._fields[name]
                known = dict(field._description_selection(self.env)).values()
                raise ValidationError(
                    self.env._(
                        "“%(answer)s” is none of: %(known)s.",
                        answer=answer.value,
                        known=", ".join(known),
                    )
                )

    def _customer_choice(self, name):
        """:return: the value of a field that this answer names, or None"""
        self.ensure_one()
        field = self.env["res.partner"]._fields[name]
        if field.type != "selection":
            return None
        for lang, _label in self.env["res.lang"].get_installed():
            there = self.with_context(lang=lang)
            said = (there.value or "").strip().casefold()
            for code, label in field._description_selection(there.env):
                if said in (code.casefold(), label.casefold()):
                    return code
        return None


class SurveyUserInputLine(models.Model):
    _inherit = "survey.user_input.line"

    def _customer_value(self, partner):
        """What this answer says of a field of a contact.

        :return: ``(value, None)``, or ``(None, why it is not valid)``
        """
        self.ensure_one()
        name = self.question_id.customer_field
        if partner.is_company and name in PERSONAL:
            return None, self.env._("a company has no such field")
        if name == "birthdate":
            return self._read_birthdate()
        if name == "gender":
            return self._read_choice(name)
        text = " ".join((self.value_char_box or "").split())[:_LONGEST]
        if name == "phone":
            return self._read_phone(partner, text)
        if name == "email":
            return self._read_email(partner, text)
        return text, None

    def _read_birthdate(self):
        day = self.value_date
        if day.year < _OLDEST_YEAR or day > fields.Date.context_today(self):
            return None, self.env._("nobody is born on that day")
        return day, None

    def _read_choice(self, name):
        code = self.suggested_answer_id._customer_choice(name)
        return code, None if code else self.env._("the field has no such value")

    def _read_phone(self, partner, text):
        if not is_phone(text):
            return None, self.env._("no telephone number")
        country = partner.country_id or self.user_input_id.company_id.country_id
        number = partner._phone_format(
            number=text, country=country, force_format="INTERNATIONAL"
        )
        return number or None, None if number else self.env._("no telephone number")

    def _read_email(self, partner, text):
        """An address says who somebody is: it is nobody else's, and no way to log in
        as them."""
        email = read_email(text)
        if not email:
            return None, self.env._("no e-mail address")
        if email == partner.email_normalized:
            return partner.email, None
        known = partner.sudo().with_context(active_test=False)
        if known.user_ids:
            return None, self.env._("the contact logs in with its address")
        other = known.search(
            [
                ("email_normalized", "=", email),
                ("id", "!=", partner.id),
                ("company_id", "in", (False, self.user_input_id.company_id.id)),
            ],
            limit=1,
        )
        if other:
            return None, self.env._("another contact has this address")
        return email, None
