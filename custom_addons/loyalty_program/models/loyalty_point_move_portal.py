from odoo import models


class LoyaltyPointMove(models.Model):
    """A line of the ledger as its member reads it."""

    _inherit = "loyalty.point.move"

    _card_date_idx = models.Index("(card_id, date)")

    def _portal_url(self, partner):
        """Address of the document a line comes from, if it is the contact's own."""
        self.ensure_one()
        if self.source_model != "sale.order":
            return None
        order = self.env["sale.order"].sudo().browse(self.source_id).exists()
        own = order.partner_id.commercial_partner_id == partner.commercial_partner_id
        return f"/my/orders/{order.id}" if order and own else None

    def _portal_text(self):
        """What happened, in the words of the member."""
        self.ensure_one()
        if self.source_model == "sale.order":
            order = self.env["sale.order"].sudo().browse(self.source_id).exists()
            return order.name or ""
        return self.reason or ""

    def _portal_until(self):
        """Last day of a credit, by the rule of the program, if one is fixed."""
        self.ensure_one()
        program = self.program_id
        if self.points_open <= 0 or program.expiry_mode not in ("term", "fixed"):
            return None
        days = [day for day in (self.expires_on, program.expiry_not_before) if day]
        return max(days, default=None)
