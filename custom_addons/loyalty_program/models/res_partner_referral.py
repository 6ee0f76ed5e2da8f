import logging
import re

from odoo import api, models
from odoo.http import request

from .loyalty_card_referral import ALPHABET, CODE_LENGTH

_logger = logging.getLogger(__name__)
REFERRAL_COOKIE = "loyalty_referral"
_CODE = re.compile(f"[{ALPHABET}]{{{CODE_LENGTH}}}")


def checked_code(text):
    """The code as it is stored, or None for what cannot be one."""
    text = (text or "").strip().upper()
    return text if _CODE.fullmatch(text) else None


class ResPartner(models.Model):
    """Visitors who came by a member's link are remembered with their first contact."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        code = self._referral_code_of_visit()
        if code:
            for partner in partners.filtered(lambda p: not p.parent_id):
                partner._note_referral(code)
        return partners

    @api.model
    def _referral_code_of_visit(self):
        """The code a visitor has followed; people who are logged in have none."""
        if not request or not request.db or not request.env.uid:
            return None
        if not request.env.user._is_public():
            return None
        code = request.session.get(REFERRAL_COOKIE)
        return checked_code(code or request.cookies.get(REFERRAL_COOKIE))

    def _note_referral(self, code):
        """Remember who brought this contact; signing up never fails because of it."""
        try:
            with self.env.cr.savepoint():
                self.env["loyalty.referral"]._note(code, self)
        except Exception:
            _logger.exception("The referral of contact %s was not noted", self.id)
