from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from .blocks import heatmap
from .parameters import Record

_OPENED = 5000  # documents in a list


class CustomerAnalysisSeasonality(models.AbstractModel):
    """Which categories sell when. Figures are those of ``customer.seasonality``."""

    _name = "customer.analysis.seasonality"
    _inherit = "customer.analysis"
    _description = "Seasonality"

    def _title(self):
        return self.env._("Seasonality")

    def _help(self, asked):
        return self.env._(
            "How a calendar month compares with the average month of a category: 1.0 is"
            " average, trend taken out. n is the number of order lines; each cell says"
            " on how many years it rests. With less than two full years, or few lines,"
            " cells are grey and nothing is to be promoted."
        )

    def _parameters(self):
        until, firm = super()._parameters()[:2]
        label = self.env._("Within Category")
        return [Record("category", label, model="product.category"), until, firm]

    def _is_filtered(self, asked):
        return False

    def _data(self, asked):
        return self.env["customer.seasonality"].get_data(
            {"date_to": asked.until.isoformat(), "category_id": asked.category}
        )

    def _blocks(self, asked):
        data = self._data(asked)
        if not data["categories"]:
            return []
        block = heatmap(
            self.env._("Month Index by Category"),
            self.env._("Category"),
            data["month_labels"],
            [self._row(row) for row in data["categories"]],
            kind="decimal",
            middle=1.0,
            legend=[
                ("flag", self.env._("to promote")),
                ("weak", self.env._("too little history")),
            ],
        )
        block["note"] = data["message"] or self.env._(
            "Full months from %(since)s to %(until)s.",
            since=data["date_from"],
            until=data["date_to"],
        )
        return [*self._advice(asked, data=data), block]

    def _row(self, row):
        return {
            "label": row["name"],
            "n": row["lines"],
            "cells": [
                {
                    "value": month["index"],
                    "tip": self.env._(
                        "%(years)s years, %(lines)s lines",
                        years=month["n"],
                        lines=month["lines"],
                    ),
                    "weak": not row["is_reliable"],
                    "flag": month["promote"],
                    "key": [row["id"] or 0, month["month"]] if month["lines"] else None,
                }
                for month in row["months"]
            ],
        }

    def _records(self, asked, key):
        category, month = int(key[0]), int(key[1])
        data = self._data(asked)
        [row] = [one for one in data["categories"] if (one["id"] or 0) == category]
        path = self.env["product.category"].browse(category).sudo().parent_path
        documents = self.env.execute_query(
            SQL(
                """SELECT source_model, array_agg(DISTINCT source_id)
                   FROM (SELECT * FROM (%(lines)s) line
                         JOIN product_product product ON product.id = line.product_id
                         JOIN product_template template
                             ON template.id = product.product_tmpl_id
                         LEFT JOIN product_category category
                             ON category.id = template.categ_id
                         WHERE date BETWEEN %(since)s AND %(until)s
                           AND EXTRACT(month FROM date) = %(month)s
                           AND source_id IS NOT NULL
                           AND COALESCE(category.parent_path, '') LIKE %(path)s
                         ORDER BY date DESC LIMIT %(limit)s) found
                   GROUP BY source_model""",
                lines=self.env["customer.purchase"]._lines_query(self.env.company),
                since=data["date_from"],
                until=data["date_to"],
                month=month,
                path=f"{path}%" if path else "",
                limit=_OPENED,
            )
        )
        domain = Domain.OR(
            Domain("source_model", "=", model) & Domain("source_id", "in", ids)
            for model, ids in documents
        )
        company = Domain("company_id", "=", self.env.company.id)
        name = f"{row['name']}, {data['month_labels'][month - 1]}"
        return "customer.purchase", company & domain, name
