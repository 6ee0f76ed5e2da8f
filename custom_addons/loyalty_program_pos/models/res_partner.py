from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    """Who has bought at the counter has had a first purchase."""

    _inherit = "res.partner"

    def _purchase_queries(self, company, without=None):
        self.env["pos.order"].flush_model(
            ["partner_id", "company_id", "state", "amount_total"]
        )
        is_pos = without is not None and without._name == "pos.order"
        return [
            *super()._purchase_queries(company, without),
            SQL(
                """SELECT buyer.commercial_partner_id AS customer
                   FROM pos_order sale JOIN res_partner buyer
                     ON buyer.id = sale.partner_id
                   WHERE sale.state NOT IN ('draft', 'cancel')
                     AND sale.amount_total > 0 AND sale.company_id = %s
                     AND sale.id IS DISTINCT FROM %s""",
                company.id,
                (without._origin.id or None) if is_pos else None,
            ),
        ]
