from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from . import customer_churn_month  # noqa: F401  what is extended comes first


class CustomerChurnMonth(models.Model):
    """Churn by the customers' usual product category, and the customers of a split.

    The category is a split of the analysis only: it multiplies the cells of the
    calendar, so the pivot does without.
    """

    _inherit = "customer.churn.month"

    def _category_sql(self):
        """The usual category of the customer of a move; nothing unless asked for."""
        if not self.env.context.get("insight_churn_by_category"):
            return SQL("NULL::int")
        return SQL(
            """(SELECT usual_category_id FROM customer_profile profile
                WHERE profile.partner_id = move.partner_id
                  AND profile.company_id = move.company_id)"""
        )

    def _read_categories(self, domain, counts):
        """:return: rows of month, product.category, counts and whether it is finished,
        as of ``_read_group``
        """
        model = self.with_context(insight_churn_by_category=True)
        query = model._search(domain)
        month = model._field_to_sql(query.table, "month", query)
        category = SQL.identifier(query.table, "category_id")
        query.groupby = SQL("%s, %s", month, category)
        query.order = SQL("%s, %s", month, category)
        rows = self.env.execute_query(
            query.select(
                month,
                category,
                *(
                    SQL("SUM(%s)", model._field_to_sql(query.table, name, query))
                    for name in counts
                ),
                SQL(
                    "BOOL_AND(%s)",
                    model._field_to_sql(query.table, "is_finished", query),
                ),
            )
        )
        categories = self.env["product.category"].sudo()  # names only
        return [(month, categories.browse(key), *rest) for month, key, *rest in rows]

    def _split_domain(self, company, dimension, key):
        """The stage moves of one row of a split, by customer.

        :param company: the company that is active where the domain is read
        :param key: record id, False for none
        :return: Domain on customer.stage.move
        :raise KeyError: for a dimension that is not one of customers
        """
        key = int(key or 0) or False
        if dimension == "category_id":
            own = Domain("company_id", "=", company.id)
            own &= Domain("usual_category_id", "=", key)
            return Domain(
                "partner_id", "any", Domain("customer_profile_id", "any", own)
            )
        path = {
            "user_id": "partner_id.user_id",
            "country_id": "partner_id.country_id",
            "team_id": "partner_id.user_id.sale_team_id",
        }[dimension]
        domain = Domain(path, "=", key)
        if dimension == "team_id" and not key:
            domain |= Domain("partner_id.user_id", "=", False)
        return domain
