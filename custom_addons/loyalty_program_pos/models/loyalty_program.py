from odoo import api, models
from odoo.tools import SQL


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    @api.model
    def _document_prices(self):
        """Orders at the counter defer revenue like others."""
        return {
            **super()._document_prices(),
            "pos.order": SQL(
                """SELECT id, (amount_total - amount_tax)
                          / COALESCE(NULLIF(currency_rate, 0), 1) AS price
                   FROM pos_order"""
            ),
        }
