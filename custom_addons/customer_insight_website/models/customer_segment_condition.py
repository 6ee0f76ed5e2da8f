from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Characters that stand for others in a pattern.
_WILDCARDS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


class CustomerSegmentCondition(models.Model):
    """Segments by what known visitors looked at on the website."""

    _inherit = "customer.segment.condition"

    page_url = fields.Char(
        string="Of Pages With",
        help="Count pages whose address contains this, such as /shop/desk; empty: all"
        " tracked pages.",
    )

    @api.model
    def _condition_measures(self):
        measures = {
            **super()._condition_measures(),
            "web_views": (self.env._("pages viewed"), self._web_views_sql),
        }
        if self._web_knows_products():
            measures["web_product_views"] = (
                self.env._("product pages viewed"),
                self._web_product_views_sql,
            )
            measures["web_views_not_bought"] = (
                self.env._("views of products not bought"),
                self._web_views_not_bought_sql,
            )
        return measures

    @api.model
    def _product_measures(self):
        return (
            *super()._product_measures(),
            "web_product_views",
            "web_views_not_bought",
        )

    @api.model
    def _web_knows_products(self):
        # the eCommerce app notes the product of a page
        return "product_id" in self.env["website.track"]._fields

    def _what(self):
        what = super()._what()
        if self.measure == "web_views" and self.page_url:
            return f"{what} ({self.page_url})"
        return what

    def _web_views_sql(self, condition, company, after, until):
        pages = (
            SQL("track.url ILIKE %s", f"%{condition.page_url.translate(_WILDCARDS)}%")
            if condition.page_url
            else SQL("TRUE")
        )
        return SQL(
            "SELECT partner_id, COUNT(*) AS value FROM (%s) seen GROUP BY partner_id",
            condition._web_seen_sql(company, after, until, pages),
        )

    def _web_product_views_sql(self, condition, company, after, until):
        return SQL(
            """SELECT partner_id, COUNT(*) AS value FROM (%s) seen
               WHERE product_id IS NOT NULL AND %s GROUP BY partner_id""",
            condition._web_seen_sql(company, after, until),
            condition._products_sql(),
        )

    def _web_views_not_bought_sql(self, condition, company, after, until):
        """Views of products of which nothing was bought and kept in the period.

        Variants of a product are one product: who looks at the blue one and buys the
        red one has bought it.
        """
        purchases = self.env["customer.purchase"]
        return SQL(
            """
            SELECT seen.partner_id, COUNT(*) AS value
            FROM (%(seen)s) seen
            JOIN product_product viewed ON viewed.id = seen.product_id
            LEFT JOIN (
                SELECT line.partner_id, variant.product_tmpl_id
                FROM (%(lines)s) line
                JOIN product_product variant ON variant.id = line.product_id
                WHERE %(period)s
                GROUP BY line.partner_id, variant.product_tmpl_id
                HAVING SUM(line.quantity) > 0) bought
                ON bought.partner_id = seen.partner_id
               AND bought.product_tmpl_id = viewed.product_tmpl_id
            WHERE bought.partner_id IS NULL AND %(products)s
            GROUP BY seen.partner_id
            """,
            seen=condition._web_seen_sql(company, after, until),
            lines=purchases._lines_query(company),
            period=condition._period_sql(after, until),
            products=condition._products_sql(),
        )

    def _web_seen_sql(self, company, after, until, pages=None):
        """Page views of known visitors by the company's day (SQL).

        :return: SELECT partner_id, product_id
        """
        interactions = self.env["customer.interaction"]
        day = SQL(
            "(track.visit_datetime AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
            company._insight_timezone(),
        )
        since = (
            SQL(
                "%s > %s AND track.visit_datetime >= %s",
                day,
                after,
                after - timedelta(days=1),
            )
            if after
            else SQL("TRUE")
        )
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   %(product)s AS product_id
            FROM website_track track
            JOIN website_visitor visitor ON visitor.id = track.visitor_id
            JOIN res_partner partner ON partner.id = visitor.partner_id
            LEFT JOIN website site ON site.id = visitor.website_id
            WHERE (site.company_id = %(company)s OR site.company_id IS NULL)
              AND %(day)s <= %(until)s AND %(since)s AND %(pages)s
            """,
            product=interactions._web_product_sql(),
            company=company.id,
            day=day,
            until=until,
            since=since,
            pages=pages or SQL("TRUE"),
        )
