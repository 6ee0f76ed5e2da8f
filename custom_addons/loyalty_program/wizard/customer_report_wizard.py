from odoo import models
from odoo.addons.customer_insight.report.section import Chart, Column, Section
from odoo.fields import Domain

from ..models.loyalty_point_move_month import GROUPS


class CustomerReportWizard(models.TransientModel):
    """Points month by month in the customer report, of the customers it is about."""

    _inherit = "customer.report.wizard"

    def _report_sections(self):
        sections = super()._report_sections()
        moves = self.env["loyalty.point.move"]
        if not moves.has_access("read") or not self._has_points():
            return sections
        return [*sections[:-1], self._loyalty_section(), *sections[-1:]]

    def _has_points(self):
        domain = Domain("company_id", "in", [self.company_id.id, False])
        return bool(self.env["loyalty.point.move"].search_count(domain, limit=1))

    def _loyalty_domain(self):
        domain = Domain("company_id", "in", [self.company_id.id, False])
        if self._filter_domain().is_true():
            return domain
        query, column = self._profile_query()
        customers = query.subselect(column("partner_id"))
        return domain & Domain("partner_id.commercial_partner_id", "in", customers)

    def _loyalty_section(self):
        months = self.env["loyalty.point.move"]._months(
            self._loyalty_domain(), self.date_from, self.date_to
        )
        return Section(
            name="loyalty",
            title=self.env._("Points"),
            columns=[
                Column(self.env._("Month"), "month", 14),
                Column(self.env._("Points at the Start"), "decimal", 20),
                Column(self.env._("Issued"), "decimal", 14),
                Column(self.env._("Redeemed"), "decimal", 14),
                Column(self.env._("Expired"), "decimal", 14),
                Column(self.env._("Taken and Given Back"), "decimal", 22),
                Column(self.env._("Other"), "decimal", 14),
                Column(self.env._("Points at the End"), "decimal", 20),
            ],
            rows=[
                (
                    one["month"],
                    one["opening"],
                    *(one[name] for name in GROUPS),
                    one["closing"],
                )
                for one in months
            ],
            chart=Chart("line", self.env._("Points Out"), 0, (7,)),
            empty=self.env._("No points in this period."),
        )
