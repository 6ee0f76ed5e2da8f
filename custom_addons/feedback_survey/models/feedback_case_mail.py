from odoo import api, models
from odoo.tools import html2plaintext, parse_contact_from_email

LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000


class FeedbackCase(models.Model):
    """Mails to a mailbox for complaints open cases."""

    _inherit = "feedback.case"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Open a case for a mail; its sender is the customer.

        A contact with exactly this address is used; only for an unknown address a
        contact is made, see ``res.partner._feedback_contact``.
        """
        company = (custom_values or {}).get("company_id") or self.env.company.id
        partner = self._customer_of_mail(msg_dict, company)
        subject = " ".join((msg_dict.get("subject") or "").split())
        text = html2plaintext(msg_dict.get("body") or "").strip()
        values = {
            "channel": "email",
            **(custom_values or {}),
            "name": subject[:LONGEST_SUBJECT] or self.env._("Mail without a subject"),
            "partner_id": partner.id,
            "description": text[:LONGEST_TEXT],
        }
        if not values.get("user_id"):
            values.pop("user_id", None)
        return super().message_new(msg_dict, custom_values=values)

    @api.model
    def _customer_of_mail(self, msg_dict, company):
        partners = self.env["res.partner"]
        author = partners.browse(msg_dict.get("author_id") or False)
        if author and author.company_id.id in (False, company):
            return author
        sender = msg_dict.get("email_from") or ""
        name, email = parse_contact_from_email(sender)
        partner, _is_new = partners._feedback_contact(
            self.env["res.company"].browse(company), name=name, email=email
        )
        return partner
