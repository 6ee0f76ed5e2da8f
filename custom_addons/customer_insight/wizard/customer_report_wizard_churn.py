from odoo import models
from odoo.fields import Domain

from ..models.customer_churn_reason import SOURCES
from ..report.section import Chart, Choice, Column, Section


class CustomerReportWizard(models.TransientModel):
    """The section with the customers lost in the period, by reason."""

    _inherit = "customer.report.wizard"

    def _report_sections(self):
        sections = super()._report_sections()
        place = [section.name for section in sections].index("customers")
        sections.insert(place, self._churn_section())
        return sections

    def _churn_section(self):
        rows = self._churn_rows()
        return Section(
            name="churn",
            title=self.env._("Churn Reasons"),
            columns=[
                Column(self.env._("Reason"), "text", 34),
                Column(self.env._("Known From"), "choice", 24, self._churn_sources()),
                Column(self.env._("Customers Lost"), "integer", 14),
                Column(self.env._("Share of Lost"), "percent", 12),
                Column(self.env._("Lost Revenue"), "money", 22),
                Column(self.env._("Share of Lost Revenue"), "percent", 14),
                Column(self.env._("Back Since"), "integer", 12),
            ],
            rows=rows,
            chart=Chart("bar", self.env._("Lost Revenue by Reason"), 0, (4,)),
            empty=self.env._("No customer was lost in this period."),
        )

    def _churn_sources(self):
        field = self.env["customer.churn.loss"]._fields["source"]
        labels = dict(field._description_selection(self.env))
        return {code: Choice(labels[code]) for code, __ in SOURCES}

    def _churn_rows(self):
        losses = self.env["customer.churn.loss"]
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("date", ">=", self.date_from)
            & Domain("date", "<=", self.date_to)
        )
        if self._filter_domain() != Domain.TRUE:
            query, column = self._profile_query()
            domain &= Domain("partner_id", "in", query.subselect(column("partner_id")))
        groups = losses._read_group(
            domain,
            ["reason_id", "source"],
            ["__count", "amount:sum", "date_back:count"],
        )
        customers = sum(count for __, __, count, *__ in groups)
        revenue = sum(amount for *__, amount, __ in groups)
        return [
            (
                reason.name or self.env._("Unknown"),
                source,
                count,
                count / customers,
                amount,
                amount / revenue if revenue else None,
                back,
            )
            for reason, source, count, amount, back in sorted(
                groups, key=lambda row: -row[3]
            )
        ]
