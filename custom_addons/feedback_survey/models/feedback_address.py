from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

#: How many mails may come back before an address is left alone.
MOST_BOUNCES = 3


class FeedbackAddress(models.Model):
    """An e-mail address: when it was last asked, and whether it wants to be.

    Contacts that share an address are one person. Two jobs that ask the same person at
    the same moment meet in this row: the second cannot be serialized.
    """

    _name = "feedback.address"
    _description = "Address Asked for Feedback"
    _order = "last_asked_on desc, id desc"
    _rec_name = "email"

    email = fields.Char(required=True, readonly=True)
    last_asked_on = fields.Datetime(readonly=True)
    opted_out_on = fields.Datetime(string="Wants No Surveys Since", readonly=True)

    _email_uniq = models.UniqueIndex("(email)")

    @api.model
    def _claim(self, email, rest_days):
        """Note that a person is being asked now, if they may be.

        :param email: normalised address
        :param rest_days: days in which nobody is asked again
        :return: None, or why not: ``opted_out`` or ``rest``
        """
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO feedback_address AS address (email, last_asked_on)
                   VALUES (%(email)s, %(now)s)
                   ON CONFLICT (email) DO UPDATE SET last_asked_on = %(now)s
                   WHERE address.opted_out_on IS NULL
                     AND (address.last_asked_on IS NULL
                          OR address.last_asked_on <= %(rested)s)
                   RETURNING id""",
                email=email,
                now=now,
                rested=now - timedelta(days=rest_days),
            )
        )
        self.invalidate_model(["last_asked_on"])
        if rows:
            return None
        return "opted_out" if self._is_opted_out(email) else "rest"

    @api.model
    def _is_opted_out(self, email):
        """Whether an address wants no surveys (bool)."""
        domain = [("email", "=", email), ("opted_out_on", "!=", False)]
        return bool(self.sudo().search_count(domain, limit=1))

    @api.model
    def _opt_out(self, email):
        """Ask this address no more; what is queued or on its way is stopped.

        Other mail, such as invoices and newsletters, is none of this.

        :param email: an address, in any spelling
        """
        email = email_normalize(email)
        if not email:
            return
        now = fields.Datetime.now()
        self.env.execute_query(
            SQL(
                """INSERT INTO feedback_address (email, opted_out_on)
                   VALUES (%(email)s, %(now)s)
                   ON CONFLICT (email) DO UPDATE SET opted_out_on = %(now)s
                   RETURNING id""",
                email=email,
                now=now,
            )
        )
        self.invalidate_model(["opted_out_on"])
        self.env["feedback.request"].sudo()._stop(email)

    def action_opt_in(self):
        """Ask again, because the person said so."""
        self.check_access("write")
        self.write({"opted_out_on": False})
