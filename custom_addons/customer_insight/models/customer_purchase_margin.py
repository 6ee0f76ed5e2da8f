from odoo import api, models
from odoo.tools import SQL


class CustomerPurchase(models.Model):
    """What was earned with what was bought, as far as its cost is known."""

    _inherit = "customer.purchase"

    @api.model
    def _margins_query(self, company, since=None, until=None):
        """Revenue and margin of the customers of a company.

        A line has a known cost if its product has one today; quantities are converted
        to the unit of the product. Whatever else a customer costs is not taken off.

        :param company: res.company record
        :param since: first day, ``None`` for all
        :param until: last day, ``None`` for all
        :return: SELECT company_id, partner_id, revenue, known_revenue (of lines with a
            known cost) and amount (their margin; NULL without any)
        :rtype: SQL
        """
        return SQL(
            """SELECT %(company)s AS company_id, line.partner_id,
                      SUM(line.amount) AS revenue,
                      SUM(line.amount) FILTER (WHERE cost.unit IS NOT NULL)
                          AS known_revenue,
                      SUM(line.amount - cost.unit * line.quantity
                          * %(factor)s)
                          AS amount
               FROM (%(lines)s) line
               LEFT JOIN product_product product ON product.id = line.product_id
               LEFT JOIN product_template template
                   ON template.id = product.product_tmpl_id
               LEFT JOIN uom_uom own ON own.id = template.uom_id
               LEFT JOIN uom_uom uom ON uom.id = line.uom_id
               LEFT JOIN LATERAL (SELECT (%(cost)s) AS unit) cost ON TRUE
               WHERE TRUE %(since)s %(until)s
               GROUP BY line.partner_id""",
            company=company.id,
            lines=self._lines_query(company),
            cost=self._unit_cost_sql(company),
            factor=self._unit_factor_sql(),
            since=SQL("AND line.date >= %s", since) if since else SQL(""),
            until=SQL("AND line.date <= %s", until) if until else SQL(""),
        )

    @api.model
    def _unit_cost_sql(self, company):
        """Cost of one unit of ``product``, in its own unit and company currency (SQL).

        NULL where it is not known: a product without a cost was not got for nothing.
        An add-on that knows better what a line cost overrides it.
        """
        return SQL(
            "NULLIF((product.standard_price ->> %s)::numeric, 0)", str(company.id)
        )
