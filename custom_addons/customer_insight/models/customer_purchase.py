from odoo import api, fields, models
from odoo.tools import SQL


class CustomerPurchase(models.Model):
    """One row per document that counts as a purchase: the one definition of it.

    Profile, pivot, reports and drill-down all read this query. The customer is the
    commercial partner; amounts are untaxed, in company currency at the document's own
    rate; credit notes are negative; zero, draft and cancelled documents do not count.
    """

    _name = "customer.purchase"
    _description = "Customer Purchase"
    _auto = False
    _order = "moment desc, id desc"
    _rec_name = "reference"

    moment = fields.Datetime(readonly=True)
    date = fields.Date(
        readonly=True, help="Business day in the time zone of the company."
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    profile_id = fields.Many2one("customer.profile", readonly=True)
    user_id = fields.Many2one("res.users", string="Document Salesperson", readonly=True)
    kind = fields.Selection(
        [("order", "Order"), ("invoice", "Invoice"), ("refund", "Credit Note")],
        readonly=True,
    )
    reference = fields.Char(string="Document", readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Untaxed amount in company currency, credit notes negative."
    )
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(
        string="Source Document", model_field="source_model", readonly=True
    )
    products = fields.Char(
        compute="_compute_products",
        compute_sudo=True,  # a row the user may see names its products, too
    )

    _depends = {
        "account.move": [
            "amount_untaxed_signed",
            "company_id",
            "invoice_date",
            "invoice_user_id",
            "move_type",
            "name",
            "partner_id",
            "state",
        ],
        "account.move.line": ["balance", "move_id", "sale_line_ids"],
        "customer.profile": ["company_id", "partner_id"],
        "res.company": ["currency_id", "insight_purchase_basis", "partner_id"],
        "res.partner": ["commercial_partner_id", "tz"],
        "sale.order": [
            "amount_untaxed",
            "company_id",
            "currency_rate",
            "date_order",
            "name",
            "partner_id",
            "state",
            "user_id",
        ],
        "sale.order.line": ["order_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT purchase.*, company.currency_id, profile.id AS profile_id
            FROM (%s) purchase
            JOIN res_company company ON company.id = purchase.company_id
            LEFT JOIN customer_profile profile
                ON profile.partner_id = purchase.partner_id
               AND profile.company_id = purchase.company_id
            """,
            self._documents_query(),
        )

    @api.model
    def _documents_query(self, company=None):
        """All counted documents, or those of one company, as a SELECT.

        Two keys of the context turn the clock back: ``insight_basis`` is the purchase
        basis to go by, and ``insight_known_until`` the moment (UTC) from which
        documents had not been entered yet.

        :param company: res.company record; its settings then are constants, which the
            planner can count on
        """
        sources = self._purchase_sources(company)
        step = len(sources)  # row ids stay unique whatever sources are installed
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT source.*, source.source_id::bigint * %s + %s AS id,
                          %s AS source_model
                   FROM (%s) source WHERE TRUE %s""",
                step,
                position,
                model,
                query,
                self._known_sql(model),
            )
            for position, (model, query) in enumerate(sources.items())
        )

    @api.model
    def _narrowed_sources(self, company, columns, condition):
        """Documents of a company, few of their columns.

        Narrowed in each source, so that few and small columns leave parallel workers.

        :param columns: SQL over the columns of a source and its ``source_model``
        :param condition: SQL over the same, such as ``date <= …``
        :return: ``{model name: SELECT}``, in no order
        :rtype: dict[str, SQL]
        """
        return {
            model: SQL(
                """SELECT %s FROM (SELECT *, %s AS source_model FROM (%s) source) source
                   WHERE company_id = %s AND %s %s""",
                columns,
                model,
                source,
                company.id,
                condition,
                self._known_sql(model),
            )
            for model, source in self._purchase_sources(company).items()
        }

    @api.model
    def _basis(self, company):
        """:return: what counts as a purchase, ``order`` or ``invoice`` (str)"""
        asked = self.env.context.get("insight_basis")
        return asked or company.sudo().insight_purchase_basis

    @api.model
    def _main_source(self, company):
        """:return: the model of most documents that count (str); others are returns
        and what an add-on brings"""
        return {"order": "sale.order", "invoice": "account.move"}[self._basis(company)]

    @api.model
    def _known_sql(self, model):
        """Whether a document had been entered by the context's moment, if it has one.

        :return: SQL over the alias source that begins with AND, or nothing
        """
        moment = fields.Datetime.to_datetime(
            self.env.context.get("insight_known_until")
        )
        if not moment:
            return SQL("")
        return SQL(
            """AND EXISTS (SELECT FROM %s document
                           WHERE document.id = source.source_id
                             AND document.create_date < %s)""",
            SQL.identifier(self.env[model]._table),
            moment,
        )

    @api.model
    def _purchase_sources(self, company=None):
        """The documents that count as purchases.

        An add-on that brings its own documents extends the returned dict.

        :param company: res.company record whose documents are wanted, None for all
        :return: ``{model name: SELECT}``, each with the columns ``source_id``,
            ``moment`` (UTC), ``date`` (company's day), ``partner_id`` (commercial
            partner), ``company_id``, ``user_id``, ``kind``, ``reference`` and
            ``amount`` (untaxed, company currency, refunds negative, never zero)
        :rtype: dict[str, SQL]
        """
        return {
            "sale.order": self._orders_query(company),
            "account.move": self._invoices_query(company),
        }

    @api.model
    def _companies_query(self, company=None):
        """Each company's purchase basis and time zone, as a sub-select ``setting``."""
        if company is not None:
            return SQL(
                "(SELECT %s AS id, %s AS basis, %s AS tz)",
                company.id,
                self._basis(company),
                company.sudo()._insight_timezone(),
            )
        return SQL(
            """(SELECT company.id, company.insight_purchase_basis AS basis,
                       COALESCE(NULLIF(partner.tz, ''), 'UTC') AS tz
                FROM res_company company
                JOIN res_partner partner ON partner.id = company.partner_id
                OFFSET 0  -- few rows, put together before millions meet them
               )"""
        )

    @api.model
    def _orders_query(self, company=None):
        return SQL(
            """
            SELECT sale.id AS source_id,
                   sale.date_order AS moment,
                   (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE setting.tz)::date
                       AS date,
                   partner.commercial_partner_id AS partner_id,
                   sale.company_id,
                   sale.user_id,
                   'order' AS kind,
                   sale.name AS reference,
                   CASE WHEN COALESCE(sale.currency_rate, 0) IN (0, 1)
                        THEN sale.amount_untaxed
                        ELSE sale.amount_untaxed / sale.currency_rate END AS amount
            FROM sale_order sale
            JOIN %s setting ON setting.id = sale.company_id
            JOIN res_partner partner ON partner.id = sale.partner_id
            WHERE sale.state = 'sale'
              AND sale.amount_untaxed <> 0
              AND setting.basis = 'order'
            """,
            self._companies_query(company),
        )

    @api.model
    def _invoices_query(self, company=None):
        """Posted invoices where they are the basis, and credit notes in any case.

        Where orders are the basis, the part of a credit note that belongs to orders
        which do not count themselves (cancelled after invoicing) is left out.
        """
        return SQL(
            """
            SELECT move.id AS source_id,
                   move.invoice_date::timestamp AS moment,
                   move.invoice_date AS date,
                   partner.commercial_partner_id AS partner_id,
                   move.company_id,
                   move.invoice_user_id AS user_id,
                   CASE move.move_type WHEN 'out_refund' THEN 'refund'
                                       ELSE 'invoice' END AS kind,
                   move.name AS reference,
                   counted.amount
            FROM account_move move
            JOIN %(companies)s setting ON setting.id = move.company_id
            JOIN res_partner partner ON partner.id = move.partner_id
            CROSS JOIN LATERAL (%(counted)s) counted
            WHERE move.state = 'posted'
              AND (move.move_type = 'out_refund'
                   OR (setting.basis = 'invoice'
                       AND move.move_type IN ('out_invoice', 'out_receipt')))
              AND counted.amount <> 0
              AND (setting.basis <> 'order' OR (%(own)s))
            """,
            companies=self._companies_query(company),
            counted=self._counted_amount_query(company),
            own=self._counted_credit_note_sql(),
        )

    @api.model
    def _counted_credit_note_sql(self):
        """Whether a credit note (alias move) counts where orders are the basis.

        An add-on whose documents count themselves leaves out those made from them.
        """
        return SQL("TRUE")

    @api.model
    def _counted_amount_query(self, company=None):
        """What of an invoice or credit note (alias move) counts, as a SELECT.

        Where a company's invoices are the basis it is all of it: nothing is looked up,
        and parallel workers may read them.
        """
        if company is not None and self._basis(company) == "invoice":
            return SQL("SELECT move.amount_untaxed_signed AS amount")
        return SQL(
            """SELECT move.amount_untaxed_signed
                      + CASE WHEN setting.basis = 'order'
                             THEN (%s) ELSE 0 END AS amount
               OFFSET 0""",  # looked up once, although filter and column both need it
            self._uncounted_refund_query(),
        )

    @api.model
    def _uncounted_refund_query(self):
        """The amount of a credit note's lines whose orders are all unconfirmed.

        ``balance`` of a credit note's line is a debit: adding it takes it off again.
        """
        return SQL(
            """SELECT COALESCE(SUM(line.balance), 0)
               FROM account_move_line line
               WHERE line.move_id = move.id
                 AND line.display_type = 'product'
                 AND (SELECT bool_and(sale.state <> 'sale')
                      FROM sale_order_line_invoice_rel link
                      JOIN sale_order_line sale_line
                          ON sale_line.id = link.order_line_id
                      JOIN sale_order sale ON sale.id = sale_line.order_id
                      WHERE link.invoice_line_id = line.id)"""
        )

    @api.depends("source_model", "source_id")
    def _compute_products(self):
        """Name the products of each document, such as ``2 × Blue mug, Red mug``."""
        lines_of = {"sale.order": "order_line", "account.move": "invoice_line_ids"}
        for model, purchases in self.grouped("source_model").items():
            documents = self.env[model].browse(purchases.mapped("source_id"))
            lines_field = lines_of.get(model)
            for purchase, document in zip(purchases, documents, strict=True):
                lines = document[lines_field] if lines_field else ()
                purchase.products = ", ".join(
                    self._product_label(line) for line in lines if line.product_id
                )

    @api.model
    def _product_label(self, line):
        quantity = line.product_uom_qty if "order_id" in line else line.quantity
        name = line.product_id.display_name
        return name if quantity == 1 else f"{quantity:g} × {name}"

    def action_open_document(self):
        """Open the order, invoice or credit note behind this row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.source_model,
            "res_id": self.source_id,
            "views": [(False, "form")],
        }
