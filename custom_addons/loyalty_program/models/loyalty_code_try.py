import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from .loyalty_card_referral import ALPHABET

#: Wrong codes are forgotten after so long.
WINDOW = timedelta(minutes=10)
_PARAMETER = "loyalty_program.wrong_codes"
_MOST = 10
#: Behind one address there may be a whole office.
_PEOPLE_OF_A_NETWORK = 3


class LoyaltyCodeTry(models.Model):
    """A wrong code that was entered by somebody who is not staff.

    Who has entered too many of them is asked to wait; meanwhile no code is looked up,
    also no right one. The same wrong code counts once: who repeats it learns nothing.
    """

    _name = "loyalty.code.try"
    _inherit = "customer.hit.mixin"
    _description = "Wrong Code"

    code_digest = fields.Char(required=True, readonly=True)

    @api.model
    def _limits(self):
        """Who asks now, and how many wrong codes each may enter.

        Staff and jobs are not limited.

        :return: ``{digest: number}``
        """
        user = self.env.user
        if not request or user._is_internal():
            return {}
        parameters = self.env["ir.config_parameter"].sudo()
        most = int(parameters.get_param(_PARAMETER, _MOST))
        network = self._network_of(request.httprequest.remote_addr)
        limits = {self._digest_of("network", network): most * _PEOPLE_OF_A_NETWORK}
        if not user._is_public():
            limits[self._digest_of("account", user.id)] = most
        return limits

    @api.model
    def _is_slowed(self):
        """Whether who asks now has to wait before the next code."""
        limits = self._limits()
        if not limits:
            return False
        rows = self.env.execute_query(
            SQL(
                """SELECT digest, count(DISTINCT code_digest) FROM loyalty_code_try
                   WHERE digest = ANY(%s) AND moment > %s GROUP BY digest""",
                list(limits),
                fields.Datetime.now() - WINDOW,
            )
        )
        return any(count >= limits[digest] for digest, count in rows)

    @api.model
    def _note(self, code):
        """Count a wrong code of who asks now."""
        limits = self._limits()
        if not limits:
            return
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """INSERT INTO loyalty_code_try (digest, code_digest, moment)
                   SELECT who, %(code)s, %(now)s FROM unnest(%(who)s) AS who
                   WHERE NOT EXISTS (
                       SELECT FROM loyalty_code_try known
                       WHERE known.digest = who AND known.code_digest = %(code)s
                         AND known.moment > %(since)s)""",
                code=self._digest_of("code", code),
                who=list(limits),
                now=now,
                since=now - WINDOW,
            )
        )

    @api.model
    def _wait_text(self):
        return self.env._(
            "These were many wrong codes. Please try again in a few minutes."
        )


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    @api.model
    def _generate_code(self):
        """A code that tills know by its beginning, with 60 random bits.

        Core's have 32: who may try from many networks at once would find some.
        """
        parts = ("".join(secrets.choice(ALPHABET) for _ in "1234") for _ in "123")
        return "044" + "-".join(parts)
