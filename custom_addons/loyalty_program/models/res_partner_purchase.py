from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    """Whether a customer has bought, for what is for the first purchase alone."""

    _inherit = "res.partner"

    def _purchase_queries(self, company, without=None):
        """SELECTs of ``customer``: who has bought in a company. Bridges add theirs.

        :param without: document that does not count
        """
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state"])
        is_sale = without is not None and without._name == "sale.order"
        return [
            SQL(
                """SELECT buyer.commercial_partner_id AS customer
                   FROM sale_order sale JOIN res_partner buyer
                     ON buyer.id = sale.partner_id
                   WHERE sale.state = 'sale' AND sale.company_id = %s
                     AND sale.id IS DISTINCT FROM %s""",
                company.id,
                (without._origin.id or None) if is_sale else None,
            )
        ]

    def _has_bought(self, company, without=None):
        """Whether this customer has a confirmed purchase in a company.

        :param without: document that does not count
        """
        self.ensure_one()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        queries = SQL(" UNION ALL ").join(self._purchase_queries(company, without))
        [[found]] = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM (%s) bought WHERE customer = %s)",
                queries,
                self.commercial_partner_id.id,
            )
        )
        return found
