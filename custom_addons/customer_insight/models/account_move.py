from odoo import models

_WATCHED = {"state", "invoice_date", "partner_id"}


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        watched = bool(_WATCHED & vals.keys())
        if watched:
            self._queue_customer_profiles()  # the customer they leave, if any
        result = super().write(vals)
        if watched:
            self._queue_customer_profiles()
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        for move in self.filtered(lambda move: move.move_type == "out_invoice"):
            customer = move.partner_id.commercial_partner_id
            customer._customer_event("invoice_paid", move)
        return result

    def _queue_customer_profiles(self):
        """Have the profiles of the customers of posted invoices follow."""
        posted = self.filtered(
            lambda move: move.state == "posted" and move.is_sale_document(True)
        )
        if posted:
            self.env["customer.profile.queue"]._add(
                (move.partner_id.id, move.company_id.id)
                for move in posted
                if move.partner_id
            )
