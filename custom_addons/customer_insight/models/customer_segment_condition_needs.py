from functools import partial

from odoo import api, models
from odoo.tools import SQL


class CustomerSegmentCondition(models.Model):
    _inherit = "customer.segment.condition"

    @api.model
    def _condition_measures(self):
        measures = super()._condition_measures()
        for category, label in self._need_categories():
            measures[f"need_{category}"] = (
                self.env._("signs of a need: %s", label),
                partial(self._needs_sql, category=category),
            )
        return measures

    @api.model
    def _need_categories(self):
        field = self.env["customer.need"]._fields["category"]
        return field._description_selection(self.env)

    def _needs_sql(self, condition, company, after, until, category):
        """Evidence of needs of a category within the period (SQL)."""
        return SQL(
            """SELECT partner_id, COUNT(*) AS value
               FROM customer_need_evidence
               WHERE company_id = %s AND category = %s AND date <= %s AND %s
               GROUP BY partner_id""",
            company.id,
            category,
            until,
            SQL("date > %s", after) if after else SQL("TRUE"),
        )
