from collections import Counter

from babel.dates import get_day_names
from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, get_lang

from ..engine import habits
from ..tools.planner import id_array, joining_all, looking_up
from . import customer_profile_refresh  # noqa: F401  what is extended comes first

_TOP_PRODUCTS = 5
#: Up to so many customers are looked up one by one, more by reading all lines.
_FEW = 5000


class CustomerProfile(models.Model):
    """What a customer usually buys, how much, how often, when and where."""

    _inherit = "customer.profile"

    usual_category_id = fields.Many2one(
        "product.category",
        ondelete="set null",
        help="The product category in most of the customer's purchases, returns taken"
        " off.",
    )
    usual_category_count = fields.Integer(
        string="Purchases with It",
        help="Number of purchases in which something of the usual category was kept.",
    )
    usual_category_share = fields.Float(
        string="Share of Purchases (%)",
        digits=(5, 1),
        aggregator="avg",
        help="In how many of the purchases the usual category was.",
    )
    usual_category_basis = fields.Char(
        help="Purchases and amount the usual category was found with: as long as they"
        " are the same it is not looked for again.",
    )
    habits_html = fields.Html(compute="_compute_habits_html", sanitize=False)

    # === STORED FOR ALL === #

    @api.model
    def _refresh_usual_categories(self, company, as_of=None):
        """Find the usual category of those whose purchases changed.

        :param as_of: date, that of the last computation of all when not given
        :return: number of profiles that were changed
        """
        scoring = self.env["customer.scoring"]._latest(
            company, as_of or company._insight_today()
        )
        if not scoring:
            return 0
        self.env.flush_all()
        changed = self._write_usual_categories(company.sudo(), as_of or scoring.as_of)
        self.invalidate_model()
        return changed

    def _usual_basis_sql(self, alias):
        """What the usual category was found with (SQL over a profile)."""
        return SQL(
            "%s || ' / ' || %s",
            SQL.identifier(alias, "purchase_count"),
            SQL.identifier(alias, "amount_total"),
        )

    def _usual_share_sql(self, purchases):
        return SQL(
            "ROUND(100.0 * usual.count / GREATEST(%s, usual.count), 1)", purchases
        )

    def _write_usual_categories(self, company, as_of, customer_ids=None):
        """Store the usual category of customers whose purchases changed.

        It is a statement of its own, so that computing a past day for comparison does
        not read all lines. Lines are many: of customers who bought nothing since, in
        the night nearly all, they are not read again.

        :param customer_ids: customers to look at in any case
        :return: number of rows written
        """
        basis = self._usual_basis_sql("profile")
        if customer_ids is None:
            changed = self.env.execute_query(
                SQL(
                    """SELECT partner_id FROM customer_profile profile
                       WHERE company_id = %s
                         AND usual_category_basis IS DISTINCT FROM %s""",
                    company.id,
                    basis,
                )
            )
            if not changed:
                return 0
            if len(changed) <= _FEW:
                customer_ids = [partner_id for (partner_id,) in changed]
        self._collect_usual_categories(company, as_of, customer_ids)
        few = customer_ids is not None
        with (looking_up if few else joining_all)(self.env.cr):
            return self._update_usual_categories(company, basis, customer_ids)

    def _collect_usual_categories(self, company, as_of, customer_ids):
        # in a table with statistics of its own: a planner that takes thousands of rows
        # for one reads the lines once for each customer
        self.env.cr.execute("DROP TABLE IF EXISTS insight_usual")
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE insight_usual ON COMMIT DROP AS %s",
                self._usual_categories_query(company, as_of, customer_ids),
            )
        )
        self.env.cr.execute("ANALYZE insight_usual")

    def _update_usual_categories(self, company, basis, customer_ids):
        customers = (
            SQL("AND old.partner_id = ANY(%s)", id_array(customer_ids))
            if customer_ids is not None
            else SQL("")
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_profile profile
                SET usual_category_id = usual.category_id,
                    usual_category_count = usual.count,
                    usual_category_share = usual.share,
                    usual_category_basis = %(basis)s
                FROM (
                    SELECT old.id, usual.category_id, usual.count,
                           %(share)s AS share
                    FROM customer_profile old
                    LEFT JOIN insight_usual usual ON usual.partner_id = old.partner_id
                    WHERE old.company_id = %(company)s %(customers)s) usual
                WHERE usual.id = profile.id AND profile.company_id = %(company)s
                  AND (profile.usual_category_id, profile.usual_category_count,
                       profile.usual_category_share, profile.usual_category_basis)
                      IS DISTINCT FROM (usual.category_id, usual.count, usual.share,
                                        %(basis)s)
                """,
                share=self._usual_share_sql(SQL("old.purchase_count")),
                company=company.id,
                customers=customers,
                basis=basis,
            )
        )
        return self.env.cr.rowcount

    def _usual_categories_query(self, company, as_of, customer_ids=None):
        """Category of most purchases, of equal ones the one with the larger amount.

        A purchase counts for a category of which something was kept (SQL).
        """
        customers = (
            SQL("AND partner_id = ANY(%s)", id_array(customer_ids))
            if customer_ids is not None
            else SQL("")
        )
        # numbers instead of model names: narrower to group by
        sources = self.env["customer.purchase"]._line_sources(company)
        names = sorted({model for model, __ in sources})
        lines = SQL(" UNION ALL ").join(
            SQL(
                """SELECT %s AS source, source_id, partner_id, product_id,
                          amount::float8 AS amount
                   FROM (%s) line
                   WHERE date <= %s AND product_id IS NOT NULL %s""",
                names.index(model),
                query,
                as_of,
                customers,
            )
            for model, query in sources
        )
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, category_id, count
            FROM (SELECT partner_id, category_id, COUNT(*)::int AS count,
                         SUM(amount) AS amount
                  FROM (SELECT partner_id, template.categ_id AS category_id,
                               SUM(amount) AS amount
                        FROM (%s) line
                        JOIN product_product product ON product.id = line.product_id
                        JOIN product_template template
                            ON template.id = product.product_tmpl_id
                        WHERE template.categ_id IS NOT NULL
                        GROUP BY partner_id, template.categ_id, source, source_id
                        HAVING SUM(amount) > 0) kept
                  GROUP BY partner_id, category_id) category
            ORDER BY partner_id, count DESC, amount DESC, category_id
            """,
            lines,
        )

    # === ONE CUSTOMER === #

    def _habits(self):
        """What this customer usually does, from the documents up to ``as_of``.

        :return: list of ``{code, label, value (words), detail (the numbers behind it),
            n, is_reliable}``; habits nothing is known of are left out
        :rtype: list[dict]
        """
        self.ensure_one()
        purchases = self._habit_purchases()
        if not purchases:
            return []
        found = [
            self._habit_category(),
            self._habit_basket(purchases),
            self._habit_products(),
            self._habit_interval(purchases),
            self._habit_weekday(purchases),
            *self._habit_origins(purchases),
        ]
        return [habit for habit in found if habit]

    def _habit_purchases(self):
        """The documents of this customer, credit notes left out, oldest first."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT source_model, source_id, moment, date, amount::float8
                   FROM (%s) document
                   WHERE partner_id = %s AND company_id = %s AND date <= %s
                     AND amount > 0
                   ORDER BY moment, source_id""",
                self.env["customer.purchase"]._documents_query(self.company_id),
                self.partner_id.id,
                self.company_id.id,
                self.as_of,
            )
        )

    def _habit_lines(self):
        """What was kept of each product in each purchase: (document, product)."""
        return self.env.execute_query(
            SQL(
                """SELECT source_model, source_id, product_id
                   FROM (%s) line
                   WHERE partner_id = %s AND date <= %s AND product_id IS NOT NULL
                   GROUP BY source_model, source_id, product_id
                   HAVING SUM(amount) > 0""",
                self.env["customer.purchase"]._lines_query(self.company_id),
                self.partner_id.id,
                self.as_of,
            )
        )

    def _habit(self, code, label, value, detail, n, is_reliable):
        return {
            "code": code,
            "label": label,
            "value": value,
            "detail": detail,
            "n": n,
            "is_reliable": is_reliable,
        }

    def _habit_usual(self, code, label, usual, value=None):
        """A habit that is a most frequent value."""
        if usual is None:
            return None
        detail = self.env._("%(n)s of %(of)s purchases", n=usual.n, of=usual.of)
        return self._habit(
            code, label, value or usual.value, detail, usual.of, usual.is_reliable
        )

    def _habit_category(self):
        if not self.usual_category_id:
            return None
        usual = habits.Usual(
            self.usual_category_id.sudo().complete_name,
            self.usual_category_count,
            self.purchase_count,
        )
        return self._habit_usual("category", self.env._("Usual category"), usual)

    def _habit_basket(self, purchases):
        lines = self._habit_lines()
        n = len(purchases)
        mean = sum(purchase["amount"] for purchase in purchases) / n
        detail = self.env._("average of %(n)s purchases", n=n)
        if lines:
            baskets = {line[:2] for line in lines}
            detail = self.env._(
                "average of %(n)s purchases, %(products)s products in each",
                n=n,
                products=f"{len(lines) / len(baskets):.1f}",
            )
        return self._habit(
            "basket",
            self.env._("Usual basket"),
            self._money(mean),
            detail,
            n,
            n >= habits.FEWEST,
        )

    def _habit_products(self):
        lines = self._habit_lines()
        if not lines:
            return None
        of = len({line[:2] for line in lines})
        top = Counter(line[2] for line in lines).most_common(_TOP_PRODUCTS)
        products = self.env["product.product"].sudo().browse(p for p, __ in top)
        names = {product.id: product.display_name for product in products.exists()}
        return self._habit(
            "products",
            self.env._("Usual products"),
            ", ".join(
                f"{names[product]} ({n})" for product, n in top if product in names
            ),
            self.env._("in how many of %(of)s purchases", of=of),
            of,
            of >= habits.FEWEST,
        )

    def _habit_interval(self, purchases):
        found = habits.spread(habits.intervals(p["date"] for p in purchases))
        if found is None:
            return None
        return self._habit(
            "interval",
            self.env._("Usual interval"),
            self.env._("%(days)s days", days=f"{found.median:g}"),
            self.env._(
                "half of %(n)s intervals are %(low)s to %(high)s days",
                n=found.n,
                low=f"{found.low:g}",
                high=f"{found.high:g}",
            ),
            found.n,
            found.is_reliable,
        )

    def _habit_weekday(self, purchases):
        usual = habits.usual(purchase["date"].weekday() for purchase in purchases)
        locale = babel_locale_parse(get_lang(self.env).code)
        names = get_day_names("wide", context="stand-alone", locale=locale)
        return self._habit_usual(
            "weekday", self.env._("Usual weekday"), usual, names[usual.value]
        )

    def _habit_origins(self, purchases):
        """Where the purchases came from: sales team or website, and campaign source."""
        ids = [p["source_id"] for p in purchases if p["source_model"] == "sale.order"]
        orders = self.env["sale.order"].sudo()
        known = {"team_id", "source_id", "website_id"} & orders._fields.keys()
        orders = {
            order.id: order
            for order in orders.search_fetch([("id", "in", ids)], known, order="id")
        }
        channels, sources = [], []
        for purchase in purchases:
            if purchase["source_model"] == "sale.order":
                order = orders.get(purchase["source_id"])
                channels.append(order and self._order_channel(order))
                sources.append(order and order.source_id.name)
            else:
                model = self.env["ir.model"]._get(purchase["source_model"])
                channels.append(model.sudo().name)
        return [
            self._habit_usual(
                "channel", self.env._("Usual channel"), habits.usual(channels)
            ),
            self._habit_usual(
                "source", self.env._("Usual source"), habits.usual(sources)
            ),
        ]

    @api.model
    def _order_channel(self, order):
        if "website_id" in order._fields and order.website_id:
            return order.website_id.name
        return order.team_id.name

    @api.depends("as_of", "usual_category_id")
    @api.depends_context("lang")
    def _compute_habits_html(self):
        for profile in self:
            profile.habits_html = self.env["ir.qweb"]._render(
                "customer_insight.customer_habits",
                {"habits": profile._habits() if profile.as_of else []},
            )
