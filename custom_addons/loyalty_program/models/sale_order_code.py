from odoo import models


class SaleOrder(models.Model):
    """Codes on an order: only for whom they were given, and not to be guessed."""

    _inherit = "sale.order"

    def _try_apply_code(self, code):
        """Give one answer for all that is no good, and slow down who tries many.

        Staff are told why a code is refused; others only if it is their own.
        """
        tries = self.env["loyalty.code.try"].sudo()
        if tries._is_slowed():
            return {"error": tries._wait_text()}
        card = self.env["loyalty.card"].sudo().search([("code", "=", code)], limit=1)
        if card.is_bound and not self._is_owner(card, self.partner_id):
            status = {"error": self.env._("This code was given to another customer.")}
        else:
            status = super()._try_apply_code(code)
        if "error" not in status or not tries._limits():
            return status
        if self._is_owner(card, self.env.user.partner_id):
            return status
        if "not_found" in status or self._is_dead_code(code, card):
            tries._note(code)
            text = self.env._("This code is not valid, or no longer (%s).", code)
            return {"error": text, "not_found": True}
        return status

    def _is_owner(self, card, partner):
        """Whether a card was given to this customer."""
        owner = card.partner_id.commercial_partner_id
        return bool(owner) and owner == partner.commercial_partner_id

    def _is_dead_code(self, code, card):
        """Whether a code that exists can no longer be used, or not by this customer."""
        if not card:
            rule = self.env["loyalty.rule"].sudo().search([("code", "=", code)])
            program = rule.program_id
            return (
                program.limit_usage and program.total_order_count >= program.max_usage
            )
        program = card.program_id
        least = min(program.reward_ids.mapped("required_points"), default=0)
        day = self._get_confirmed_tx_create_date()
        return (
            (card.is_bound and not self._is_owner(card, self.partner_id))
            or (card.expiration_date and card.expiration_date < day)
            or card.points < least
            or program.program_type in ("loyalty", "ewallet")
        )
