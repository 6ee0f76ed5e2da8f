"""Who wrote: the contact with exactly this address or number, or a new one."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

from .contact_text import is_phone


class FeedbackClaim(models.Model):
    """An address or number for which a contact is being made.

    Two requests that make a contact for the same address at the same moment meet in
    this row: the second cannot be serialized, is repeated and finds the contact.
    """

    _name = "feedback.claim"
    _description = "Contact Being Made"
    _log_access = False

    digest = fields.Char(required=True, readonly=True)
    moment = fields.Datetime(required=True, readonly=True)

    _digest_uniq = models.UniqueIndex("(digest)")

    @api.model
    def _claim(self, keys):
        """Hold these addresses and numbers until the transaction ends."""
        mark = self.env["feedback.erasure"]._mark
        # always in the same order, so that nobody waits for each other
        for digest in sorted(mark("contact", key) for key in keys):
            self.env.cr.execute(
                SQL(
                    """INSERT INTO feedback_claim (digest, moment)
                       VALUES (%(digest)s, %(now)s)
                       ON CONFLICT (digest) DO UPDATE SET moment = %(now)s""",
                    digest=digest,
                    now=fields.Datetime.now(),
                )
            )

    @api.autovacuum
    def _gc(self):
        old = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self.env.cr.execute(SQL("DELETE FROM feedback_claim WHERE moment < %s", old))


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _feedback_contact(self, company, name="", email="", phone=""):
        """The contact who has exactly this address, else exactly this number.

        Of several the oldest, those in use first; archived ones are known, too. Only
        for what nobody has a contact is made, once, even by two forms at the same
        moment. Contacts of other companies are not looked at. Nothing of a known
        contact is changed.

        :param company: res.company that was written to
        :return: ``(contact, whether it is new)``
        """
        address = email_normalize(email or "") or ""
        number = self._feedback_number(company, phone)
        known = self._feedback_known(company, address, number)
        if known:
            return known, False
        self.env["feedback.claim"]._claim(filter(None, (address, number)))
        title = " ".join((name or email or phone or self.env._("Unknown")).split())
        values = {"name": title, "email": address or email, "phone": phone}
        return self.create(values), True

    @api.model
    def _feedback_number(self, company, phone):
        """:return: a number in the form in which contacts are compared, or ''"""
        if not is_phone(phone or ""):
            return ""
        return self._phone_format(number=phone, country=company.country_id) or ""

    @api.model
    def _feedback_known(self, company, address, number):
        there = Domain("company_id", "in", (False, company.id))
        for name, key in (("email_normalized", address), ("phone_sanitized", number)):
            domain = there & Domain(name, "=", key)
            partners = self.with_context(active_test=False)
            order = "active desc, id"
            if key and (found := partners.search(domain, order=order, limit=1)):
                return found
        return self.browse()
