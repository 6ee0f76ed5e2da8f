from odoo import api, models
from odoo.tools import SQL


class CustomerPurchase(models.Model):
    """What was bought, and what of it was returned: the lines of the documents."""

    _inherit = "customer.purchase"

    @api.model
    def _unit_factor_sql(self):
        """How many of the product's own unit one of a line's unit is (SQL).

        Over ``uom_uom`` as uom (the line's, left joined) and as own (the product's).
        """
        return SQL("COALESCE(uom.factor / NULLIF(own.factor, 0), 1)")

    @api.model
    def _lines_query(self, company):
        """The product lines of a company's counted documents, returns negative.

        :return: SELECT source_model, source_id (the order or invoice, for returns the
            one they return, if known), is_return, moment, date, partner_id,
            product_id, quantity, amount (untaxed, company currency), uom_id (of the
            quantity; NULL is the unit of the product)
        :rtype: SQL
        """
        return SQL(" UNION ALL ").join(
            SQL("SELECT %s AS source_model, line.* FROM (%s) line", model, query)
            for model, query in self._line_sources(company)
        )

    @api.model
    def _line_sources(self, company):
        """The lines of each source of purchases.

        An add-on that brings its own documents extends the list; a source may have
        several SELECTs, such as one for its returns.

        :param company: res.company record
        :return: list of ``(model name, SELECT)`` with the columns of ``_lines_query``
            but ``source_model``
        """
        company = company.sudo()
        if company.insight_purchase_basis == "order":
            return [
                ("sale.order", self._order_lines_query(company)),
                ("sale.order", self._order_returns_query(company)),
            ]
        return [
            ("account.move", self._invoice_lines_query(company, returns=False)),
            ("account.move", self._invoice_lines_query(company, returns=True)),
        ]

    @api.model
    def _order_lines_query(self, company):
        return SQL(
            """
            SELECT sale.id AS source_id, FALSE AS is_return,
                   sale.date_order AS moment,
                   (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date AS date,
                   partner.commercial_partner_id AS partner_id,
                   line.product_id, line.product_uom_qty AS quantity,
                   CASE WHEN COALESCE(sale.currency_rate, 0) IN (0, 1)
                        THEN line.price_subtotal
                        ELSE line.price_subtotal / sale.currency_rate END AS amount,
                   line.product_uom_id AS uom_id
            FROM sale_order sale
            JOIN sale_order_line line ON line.order_id = sale.id
            JOIN res_partner partner ON partner.id = sale.partner_id
            WHERE sale.company_id = %s AND sale.state = 'sale'
              AND line.display_type IS NULL
            """,
            company._insight_timezone(),
            company.id,
        )

    @api.model
    def _order_returns_query(self, company):
        """Lines of credit notes, with the confirmed order they return.

        A line that belongs to unconfirmed orders only is left out, as its order is.
        """
        return SQL(
            """
            SELECT returned.order_id AS source_id, TRUE AS is_return,
                   move.invoice_date::timestamp AS moment, move.invoice_date AS date,
                   partner.commercial_partner_id AS partner_id,
                   line.product_id, -line.quantity AS quantity,
                   -line.balance AS amount, line.product_uom_id AS uom_id
            FROM account_move move
            JOIN account_move_line line ON line.move_id = move.id
                AND line.display_type = 'product'
            JOIN res_partner partner ON partner.id = move.partner_id
            LEFT JOIN LATERAL (
                SELECT MIN(sale.id) FILTER (WHERE sale.state = 'sale') AS order_id,
                       COUNT(*) AS orders
                FROM sale_order_line_invoice_rel link
                JOIN sale_order_line sale_line ON sale_line.id = link.order_line_id
                JOIN sale_order sale ON sale.id = sale_line.order_id
                WHERE link.invoice_line_id = line.id) returned ON TRUE
            WHERE move.company_id = %s AND move.state = 'posted'
              AND move.move_type = 'out_refund'
              AND (returned.order_id IS NOT NULL OR returned.orders = 0) AND (%s)
            """,
            company.id,
            self._counted_credit_note_sql(),
        )

    @api.model
    def _invoice_lines_query(self, company, returns):
        return SQL(
            """
            SELECT %(source)s AS source_id, %(returns)s AS is_return,
                   move.invoice_date::timestamp AS moment, move.invoice_date AS date,
                   partner.commercial_partner_id AS partner_id,
                   line.product_id, %(sign)s * line.quantity AS quantity,
                   -line.balance AS amount, line.product_uom_id AS uom_id
            FROM account_move move
            JOIN account_move_line line ON line.move_id = move.id
                AND line.display_type = 'product'
            JOIN res_partner partner ON partner.id = move.partner_id
            WHERE move.company_id = %(company)s AND move.state = 'posted'
              AND move.move_type = ANY(%(types)s)
            """,
            source=SQL("move.reversed_entry_id") if returns else SQL("move.id"),
            returns=returns,
            sign=-1 if returns else 1,
            company=company.id,
            types=["out_refund"] if returns else ["out_invoice", "out_receipt"],
        )
