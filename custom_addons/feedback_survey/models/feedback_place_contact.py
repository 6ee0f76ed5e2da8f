"""Places that ask who answers: the form makes the contact, or finds it."""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from .contact_text import is_phone, read_email

#: What the form asks, with the longest text of each.
CONTACT_FIELDS = {"name": 200, "email": 254, "phone": 40}


class FeedbackPlace(models.Model):
    _inherit = "feedback.place"

    asks_contact = fields.Boolean(
        string="Ask Who Answers",
        help="The form has fields for name, e-mail and phone, which nobody needs to"
        " fill. The contact with exactly this address or number is found, or a new one"
        " is made. Nobody proves an address: nothing of a known contact is shown or"
        " changed.",
    )
    consent_text = fields.Text(
        string="Consent",
        translate=True,
        default=lambda self: self.env._(
            "I agree that you keep these details and answer me."
        ),
        help="What people agree to when they leave their details. The words of that day"
        " are kept with the answer.",
    )

    @api.constrains("asks_contact", "consent_text", "survey_id")
    def _check_asks_contact(self):
        for place in self.filtered("asks_contact"):
            survey = place.survey_id
            if survey.is_feedback_anonymous or not survey._is_light():
                raise ValidationError(
                    self.env._(
                        "“%(survey)s” cannot ask who answers: it is anonymous, or does"
                        " not stand on one page.",
                        survey=survey.title,
                    )
                )
            if not (place.consent_text or "").strip():
                raise ValidationError(
                    self.env._("What do people agree to who leave their details?")
                )

    def _is_asking_contact(self):
        """Whether the form asks now: the survey may have changed since (bool)."""
        return self.asks_contact and not self.survey_id.is_feedback_anonymous

    def _read_contact(self, sent):
        """Who a form says that answers.

        :param sent: ``{field of the form: text}``
        :return: ``({field: text}, {field: what is wrong})``; both empty if this place
            does not ask or nothing was filled in
        """
        if not self._is_asking_contact():
            return {}, {}
        contact = {}
        for name, longest in CONTACT_FIELDS.items():
            text = sent.get(f"contact_{name}")
            text = text if isinstance(text, str) else ""
            contact[name] = " ".join(text.replace("\x00", "").split())[: longest + 1]
        if not any(contact.values()):
            return {}, {}
        contact["consent"] = "1" if sent.get("contact_consent") == "1" else ""
        return contact, self._contact_faults(contact)

    def _contact_faults(self, contact):
        faults = {}
        for name, longest in CONTACT_FIELDS.items():
            if len(contact[name]) > longest:
                faults[name] = self.env._(
                    "Please write at most %(count)s characters.", count=longest
                )
        if contact["email"] and not read_email(contact["email"]):
            faults["email"] = self.env._("This is no e-mail address.")
        if contact["phone"] and not is_phone(contact["phone"]):
            faults["phone"] = self.env._("This is no telephone number.")
        if not contact["email"] and not contact["phone"]:
            faults["email"] = self.env._(
                "Please give an e-mail address or a telephone number, or leave your"
                " name out."
            )
        if not contact["consent"]:
            faults["consent"] = self.env._(
                "Please agree, or leave your details out: your answer counts without"
                " them."
            )
        return faults


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    feedback_consent = fields.Text(
        string="Consent",
        readonly=True,
        copy=False,
        help="What the person agreed to when they left their details, in the words of"
        " that day.",
    )

    def _name_person(self, place, contact):
        """Say who answers, as the form of a place was filled in and checked.

        :param contact: ``{name, email, phone, consent}``, empty for nobody
        """
        self.ensure_one()
        if not contact:
            return
        told = {name: contact[name] for name in CONTACT_FIELDS}
        partner, is_new = self.env["res.partner"]._feedback_contact(
            self.company_id, **told
        )
        if is_new and not partner.lang:
            partner.lang = self.env.lang
        consent = place.with_context(lang=self.env.lang).consent_text
        self.write(
            {
                "partner_id": partner.id,
                "feedback_consent": consent,
                "is_person_unproven": not is_new,
            }
        )
        self._note_form(partner, is_new, place, told, consent)

    def _note_form(self, partner, is_new, place, told, consent):
        """Note on the contact where it comes from, or what a form told otherwise."""
        told["email"] = email_normalize(told["email"]) or ""
        labels = partner._fields
        differing = [
            f"{labels[name]._description_string(self.env)}: {text}"
            for name, text in told.items()
            if text and not self._is_known(partner, name, text)
        ]
        title = self.env._("Left their details at the place “%s”.", place.name)
        if not is_new:
            title = self.env._(
                "Somebody left these details at the place “%s”; nobody proved that it"
                " was this contact.",
                place.name,
            )
        items = Markup().join(Markup("<li>%s</li>") % line for line in differing)
        items = Markup("<ul>%s</ul>") % items if items else items
        agreed = self.env._("Agreed to: %s", consent)
        partner._message_log(
            body=Markup("<p>%s</p>%s<p>%s</p>") % (title, items, agreed),
            author_id=self.env.ref("base.partner_root").id,
        )

    @api.model
    def _is_known(self, partner, name, text):
        if name == "email":
            return partner.email_normalized == text
        if name == "phone":
            number = partner._feedback_number(self.company_id, text)
            return bool(number) and partner.phone_sanitized == number
        return (partner[name] or "").casefold() == text.casefold()
