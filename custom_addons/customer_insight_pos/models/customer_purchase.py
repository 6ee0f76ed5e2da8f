from odoo import api, models
from odoo.tools import SQL


class CustomerPurchase(models.Model):
    """Paid orders of the point of sale as purchases, each counted once.

    Where orders are the basis, they count and credit notes made from them do not.
    Where invoices are the basis, the invoice counts, and an order without one does.
    Lines that settle a sales order count with that order.
    """

    _inherit = "customer.purchase"

    _depends = {
        "pos.order": [
            "account_move",
            "amount_tax",
            "amount_total",
            "company_id",
            "currency_rate",
            "date_order",
            "name",
            "partner_id",
            "pos_reference",
            "state",
            "user_id",
        ],
        "pos.order.line": [
            "order_id",
            "price_subtotal",
            "product_id",
            "qty",
            "refunded_orderline_id",
        ],
    }

    @api.model
    def _purchase_sources(self, company=None):
        return {
            **super()._purchase_sources(company),
            "pos.order": self._counter_query(company),
        }

    @api.model
    def _line_sources(self, company):
        return [
            *super()._line_sources(company),
            ("pos.order", self._counter_lines_query(company, returns=False)),
            ("pos.order", self._counter_lines_query(company, returns=True)),
        ]

    @api.model
    def _counted_credit_note_sql(self):
        return SQL(
            """%s AND NOT EXISTS (SELECT FROM pos_order counter
                                  WHERE counter.account_move = move.id)""",
            super()._counted_credit_note_sql(),
        )

    @api.model
    def _counter_query(self, company=None):
        return SQL(
            """
            SELECT counter.id AS source_id,
                   counter.date_order AS moment,
                   (counter.date_order AT TIME ZONE 'UTC' AT TIME ZONE setting.tz)::date
                       AS date,
                   partner.commercial_partner_id AS partner_id,
                   counter.company_id,
                   counter.user_id,
                   CASE WHEN counted.amount < 0 THEN 'refund' ELSE 'order' END AS kind,
                   COALESCE(NULLIF(counter.pos_reference, ''), counter.name)
                       AS reference,
                   counted.amount
            FROM pos_order counter
            JOIN %(companies)s setting ON setting.id = counter.company_id
            JOIN res_partner partner ON partner.id = counter.partner_id
            CROSS JOIN LATERAL (
                SELECT (counter.amount_total - counter.amount_tax
                        - CASE WHEN setting.basis = 'order' THEN (%(settled)s)
                               ELSE 0 END)
                       / COALESCE(NULLIF(counter.currency_rate, 0), 1) AS amount
                OFFSET 0
            ) counted
            WHERE %(counts)s AND counted.amount <> 0
            """,
            companies=self._companies_query(company),
            settled=self._settled_query(),
            counts=self._counter_counts_sql(),
        )

    @api.model
    def _counter_counts_sql(self):
        """Whether an order (alias counter) counts by itself, and not by its invoice."""
        return SQL(
            """counter.state IN ('paid', 'done')
               AND (setting.basis = 'order'
                    OR NOT EXISTS (SELECT FROM account_move invoice
                                   WHERE invoice.id = counter.account_move
                                     AND invoice.state = 'posted'))"""
        )

    @api.model
    def _settled_query(self):
        """What of an order (alias counter) settles sales orders, which count already.

        Sales orders are brought to the counter by an app of their own. What is returned
        of one counts here: its credit note does not.
        """
        if "sale_order_origin_id" not in self.env["pos.order.line"]._fields:
            return SQL("SELECT 0")
        return SQL(
            """SELECT COALESCE(SUM(line.price_subtotal), 0)
               FROM pos_order_line line
               JOIN sale_order sale ON sale.id = line.sale_order_origin_id
                                   AND sale.state = 'sale'
               WHERE line.order_id = counter.id
                 AND line.refunded_orderline_id IS NULL"""
        )

    @api.model
    def _counter_lines_query(self, company, returns):
        """The lines of orders that count; returns with the order they return."""
        unsettled = SQL("TRUE")
        if "sale_order_origin_id" in self.env["pos.order.line"]._fields:
            unsettled = SQL(
                """(setting.basis <> 'order'
                    OR line.refunded_orderline_id IS NOT NULL OR NOT EXISTS (
                       SELECT FROM sale_order sale
                       WHERE sale.id = line.sale_order_origin_id
                         AND sale.state = 'sale'))"""
            )
        return SQL(
            """
            SELECT CASE WHEN %(returns)s THEN refunded.order_id ELSE counter.id END
                       AS source_id,
                   %(returns)s AS is_return, counter.date_order AS moment,
                   (counter.date_order AT TIME ZONE 'UTC' AT TIME ZONE setting.tz)::date
                       AS date,
                   partner.commercial_partner_id AS partner_id,
                   line.product_id, line.qty AS quantity,
                   line.price_subtotal / COALESCE(NULLIF(counter.currency_rate, 0), 1)
                       AS amount, NULL::int AS uom_id
            FROM pos_order counter
            JOIN %(companies)s setting ON setting.id = counter.company_id
            JOIN pos_order_line line ON line.order_id = counter.id
            JOIN res_partner partner ON partner.id = counter.partner_id
            LEFT JOIN pos_order_line refunded
                ON refunded.id = line.refunded_orderline_id
            WHERE counter.company_id = %(company)s AND %(counts)s AND %(unsettled)s
              AND (line.qty < 0) = %(returns)s
            """,
            returns=returns,
            companies=self._companies_query(company),
            company=company.id,
            counts=self._counter_counts_sql(),
            unsettled=unsettled,
        )

    @api.depends("source_model", "source_id")
    def _compute_products(self):
        counter = self.filtered(lambda purchase: purchase.source_model == "pos.order")
        result = super(CustomerPurchase, self - counter)._compute_products()
        for purchase in counter:
            order = self.env["pos.order"].browse(purchase.source_id)
            purchase.products = ", ".join(
                self._counter_label(line) for line in order.lines
            )
        return result

    @api.model
    def _counter_label(self, line):
        name = line.product_id.display_name
        return name if line.qty == 1 else f"{line.qty:g} × {name}"
