import secrets

from odoo import fields, models
from odoo.tools import SQL

#: Letters and digits that nobody mixes up; ten of them are 50 random bits.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10


class LoyaltyCard(models.Model):
    """The code by which a member brings friends."""

    _inherit = "loyalty.card"

    referral_code = fields.Char(readonly=True, copy=False, prefetch="loyalty_program")
    referral_ids = fields.One2many("loyalty.referral", "card_id", readonly=True)

    _referral_code_uniq = models.UniqueIndex(
        "(referral_code) WHERE referral_code IS NOT NULL"
    )

    def _ensure_referral_code(self):
        """The code of this account, made when it is first needed."""
        self.ensure_one()
        if not self.referral_code:
            self.sudo().referral_code = "".join(
                secrets.choice(ALPHABET) for _number in range(CODE_LENGTH)
            )
        return self.referral_code

    def _referral_link(self):
        base = (self.company_id or self.env.company).get_base_url()
        return f"{base}/refer/{self._ensure_referral_code()}"

    def _referral_figures(self):
        """``(friends, of whom bought, points)`` of this member."""
        self.ensure_one()
        self.env["loyalty.referral"].flush_model()
        [figures] = self.env.execute_query(
            SQL(
                """SELECT count(*) FILTER (WHERE state != 'refused'),
                          count(*) FILTER (WHERE state = 'granted'),
                          COALESCE(sum(points) FILTER (WHERE state = 'granted'), 0)
                   FROM loyalty_referral WHERE card_id = %s""",
                self.id,
            )
        )
        return figures
