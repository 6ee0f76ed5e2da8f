from odoo import api, fields, models
from odoo.tools import SQL


class CustomerInteraction(models.Model):
    """Visits of known customers to the website, one row each however many pages."""

    _inherit = "customer.interaction"

    kind = fields.Selection(selection_add=[("web_visit", "Website Visit")])
    channel = fields.Selection(selection_add=[("website", "Website")])

    _depends = {
        "website.track": ["url", "visit_datetime", "visitor_id"],
        "website.visitor": ["partner_id", "website_id"],
        "website": ["company_id"],
    }

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "website.track": self._web_visit_touches(company),
        }

    @api.model
    def _contact_kinds(self):
        return [*super()._contact_kinds(), "web_visit"]

    @api.model
    def _kind_icons(self):
        return {**super()._kind_icons(), "web_visit": ("fa-globe", "info")}

    @api.model
    def _web_visit_touches(self, company=None):
        """Page views of a visitor less than eight hours apart are one visit.

        That is Odoo's own rule for counting visits. The contact is among the columns
        that the windows are made by, so that one customer's views are found by index.
        """
        return self._source_query(
            SQL(
                """(SELECT MIN(view.id) AS id, view.partner_id, view.company_id,
                           MIN(view.visit_datetime) AS started,
                           MAX(view.visit_datetime) AS ended,
                           COUNT(*) AS pages, COUNT(view.product) AS products,
                           STRING_AGG(view.url, ' ') AS urls
                    FROM (%s) view
                    GROUP BY view.partner_id, view.visitor_id, view.company_id,
                             view.visit) visit""",
                self._web_views_query(),
            ),
            SQL("TRUE"),
            company,
            source_id=SQL("visit.id"),
            date=SQL("visit.started"),
            anchor_id=SQL("visit.partner_id"),
            company_id=SQL("visit.company_id"),
            kind=SQL("'web_visit'"),
            channel=SQL("'website'"),
            direction=SQL("'in'"),
            summary=self._web_summary_sql(),
            duration=SQL(
                "(EXTRACT(EPOCH FROM visit.ended - visit.started) / 3600)::float8"
            ),
            content=SQL("visit.urls"),
        )

    @api.model
    def _web_views_query(self):
        """Page views of known contacts with the number of the visit (SQL)."""
        return SQL(
            """
            SELECT opened.*, COUNT(*) FILTER (WHERE opened.is_new) OVER (
                       PARTITION BY opened.partner_id, opened.visitor_id
                       ORDER BY opened.visit_datetime, opened.id) AS visit
            FROM (SELECT track.id, track.visitor_id, track.visit_datetime, track.url,
                         %(product)s AS product, visitor.partner_id, site.company_id,
                         COALESCE(
                             track.visit_datetime - LAG(track.visit_datetime) OVER (
                                 PARTITION BY visitor.partner_id, track.visitor_id
                                 ORDER BY track.visit_datetime, track.id
                             ) > interval '8 hours', TRUE) AS is_new
                  FROM website_track track
                  JOIN website_visitor visitor ON visitor.id = track.visitor_id
                  LEFT JOIN website site ON site.id = visitor.website_id
                  WHERE visitor.partner_id IS NOT NULL) opened
            """,
            product=self._web_product_sql(),
        )

    @api.model
    def _web_product_sql(self):
        """The product of a page view, which the eCommerce app adds."""
        if "product_id" in self.env["website.track"]._fields:
            return SQL("track.product_id")
        return SQL("NULL::int")

    @api.model
    def _web_summary_sql(self):
        pages = self.env._("Pages: {n}")
        products = self.env._("Pages: {n}, of products: {p}")
        return SQL(
            """REPLACE(CASE WHEN visit.products > 0
                            THEN REPLACE(%s, '{p}', visit.products::text)
                            ELSE %s END, '{n}', visit.pages::text)""",
            products,
            pages,
        )

    @api.model
    def _shown_document(self, source):
        if source._name == "website.track":
            return source.visitor_id
        return super()._shown_document(source)

    @api.model
    def _source_text(self, source):
        if source._name == "website.track":
            return "", source.url or ""  # the summary says how many pages there were
        return super()._source_text(source)
