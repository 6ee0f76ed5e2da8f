from collections import defaultdict

from babel.dates import get_month_names
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, get_lang

from ..engine import seasonality

#: From this index on a month is one to promote.
_PROMOTE_FROM = 1.1
#: Lines a category needs in each month, on average, to be told from chance.
_FEWEST_LINES = 10


class CustomerSeasonality(models.AbstractModel):
    """In which months the products of a category sell better than on average."""

    _name = "customer.seasonality"
    _description = "Seasonality of Product Categories"

    @api.model
    @api.readonly
    def get_data(self, filters=None):
        """Month indices of the active company's product categories, best seller first.

        :param filters: dict, all optional: ``date_to`` (ISO day, today),
            ``category_id`` (what lies one level below it; without it the top level),
            ``limit`` (categories, 12)
        :return: dict of

            - ``currency_id``, ``date_from``, ``date_to``: the full months looked at
            - ``months``: number of full months; ``fewest_months``: 24
            - ``is_reliable`` and ``message``: why there are no indices, else False
            - ``month_labels``: twelve short names, January first
            - ``categories``: ``{id (False: none), name, amount, lines, is_reliable,
              message, months}``, where ``months`` has twelve of ``{month (1 to 12),
              index (1.0 = average, None: unknown), n (years it rests on), amount (of
              all years), lines, promote (bool)}``

            Where ``is_reliable`` is False the indices compare the months there are,
            trend and all: draw them grey; none is to promote then.
        :raise AccessError: for users without customer insight
        """
        filters = filters or {}
        self.env["customer.profile"].check_access("read")
        company = self.env.company
        until = fields.Date.to_date(filters.get("date_to")) or company._insight_today()
        parent = self._parent(filters.get("category_id"))
        limit = min(100, max(1, int(filters.get("limit") or 12)))
        since, end, rows = self._monthly(company, until, parent)
        months = self._months_between(since, end) if since else 0
        categories = [
            self._category_data(category, found, since, months)
            for category, found in sorted(
                rows.items(), key=lambda item: -sum(v[0] for v in item[1].values())
            )[:limit]
        ]
        self._name_categories(categories)
        return {
            "currency_id": company.currency_id.id,
            "date_from": since and fields.Date.to_string(since),
            "date_to": since and fields.Date.to_string(end - relativedelta(days=1)),
            "months": months,
            "fewest_months": seasonality.FEWEST_MONTHS,
            "is_reliable": months >= seasonality.FEWEST_MONTHS,
            "message": self._too_short(months),
            "month_labels": self._month_labels(),
            "categories": categories,
        }

    @api.model
    def _parent(self, category_id):
        """:raise UserError: for a category that does not exist"""
        parent = self.env["product.category"].browse(int(category_id or 0)).exists()
        if category_id and not parent:
            raise UserError(self.env._("This product category does not exist."))
        return parent

    @api.model
    def _monthly(self, company, until, parent):
        """Net amounts and lines of each full month, of the reader's customers.

        :return: first day of the first full month, first day after the last, and
            ``{category id or False: {month's first day: (amount, lines)}}``
        """
        end = until.replace(day=1)
        if (until + relativedelta(days=1)).day == 1:
            end = until + relativedelta(days=1)  # the last day of a month completes it
        customers = self.env["customer.profile"]._search(
            [("company_id", "=", company.id)], active_test=False
        )
        depth = len([part for part in (parent.parent_path or "").split("/") if part])
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                SELECT split_part(category.parent_path, '/', %(level)s) AS category,
                       month, SUM(amount), SUM(lines)::int, MIN(first)
                FROM (SELECT product_id, date_trunc('month', date)::date AS month,
                             SUM(amount)::float8 AS amount, COUNT(*) AS lines,
                             MIN(date) AS first
                      FROM (%(lines)s) line
                      WHERE date < %(end)s AND partner_id IN %(customers)s
                      GROUP BY 1, 2) bought
                JOIN product_product product ON product.id = bought.product_id
                JOIN product_template template ON template.id = product.product_tmpl_id
                LEFT JOIN product_category category ON category.id = template.categ_id
                WHERE %(path)s = '' OR category.parent_path LIKE %(path)s || '%%'
                GROUP BY 1, 2
                """,
                level=depth + 1,
                lines=self.env["customer.purchase"]._lines_query(company),
                end=end,
                customers=customers.subselect("partner_id"),
                path=parent.parent_path or "",
            )
        )
        rows = defaultdict(dict)
        for category, month, amount, lines, __ in found:
            rows[int(category) if category else False][month] = (amount, lines)
        first = min((row[-1] for row in found), default=None)
        if first is None:
            return None, end, {}
        since = (
            first if first.day == 1 else first.replace(day=1) + relativedelta(months=1)
        )
        return since, end, rows

    @api.model
    def _category_data(self, category, found, since, months):
        series = [
            found.get(since + relativedelta(months=at), (0.0, 0))
            for at in range(months)
        ]
        amounts = [amount for amount, __ in series]
        lines = sum(count for __, count in series)
        message = self._too_short(months) or self._too_few(lines, months)
        method = seasonality.plain_index if message else seasonality.month_index
        index = method(amounts, since.month)
        return {
            "id": category,
            "amount": sum(amounts),
            "lines": lines,
            "is_reliable": not message,
            "message": message,
            "months": [
                {
                    "month": month,
                    "index": value,
                    "n": n,
                    "amount": sum(a for a, __ in series[self._of(month, since)]),
                    "lines": sum(c for __, c in series[self._of(month, since)]),
                    "promote": bool(
                        not message and value is not None and value >= _PROMOTE_FROM
                    ),
                }
                for month, (value, n) in enumerate(index, start=1)
            ],
        }

    @staticmethod
    def _of(month, since):
        """The places of a calendar month in a series that begins with ``since``."""
        return slice((month - since.month) % 12, None, 12)

    @api.model
    def _too_short(self, months):
        if months >= seasonality.FEWEST_MONTHS:
            return False
        return self.env._(
            "Only %(months)s full months: an index needs two full years. The months"
            " there are compare with their mean, trend included.",
            months=months,
        )

    @api.model
    def _too_few(self, lines, months):
        if lines >= _FEWEST_LINES * months:
            return False
        return self.env._(
            "Only %(lines)s lines in %(months)s months: too few to tell season from"
            " chance.",
            lines=lines,
            months=months,
        )

    @api.model
    def _name_categories(self, categories):
        """Names are no secret of a customer: whoever sees the figure sees the name."""
        names = {
            category.id: category.name
            for category in self.env["product.category"]
            .sudo()
            .browse(row["id"] for row in categories if row["id"])
            .exists()
        }
        for row in categories:
            row["name"] = names.get(row["id"], self.env._("No category"))

    @api.model
    def _month_labels(self):
        locale = babel_locale_parse(get_lang(self.env).code)
        names = get_month_names("abbreviated", context="stand-alone", locale=locale)
        return [names[month] for month in range(1, 13)]

    @staticmethod
    def _months_between(since, end):
        return max(0, (end.year - since.year) * 12 + end.month - since.month)
