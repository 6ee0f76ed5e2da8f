from odoo import fields, models


class AccountMove(models.Model):
    """Invoices and credit notes that change what orders have earned or spent."""

    _inherit = "account.move"

    #: copied, so that what an accountant reverses or enters anew counts as posted
    loyalty_program_id = fields.Many2one(
        "loyalty.program", readonly=True, index="btree_not_null"
    )

    def _loyalty_orders(self):
        sales = self.filtered(lambda m: m.move_type in ("out_invoice", "out_refund"))
        return sales.sudo().invoice_line_ids.sale_line_ids.order_id

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._loyalty_orders()._settle_points()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._loyalty_orders()._settle_points()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._loyalty_orders()._settle_points()
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._loyalty_orders()._settle_points()
        return result
