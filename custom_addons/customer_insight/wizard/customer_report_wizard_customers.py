from odoo import models
from odoo.tools import SQL

from ..report.section import Choice, Column, Section

_BATCH = 2000

_STAGE_COLORS = {
    "prospect": "#CBD5E1",
    "first": "#A5C9F5",
    "new": "#A5C9F5",
    "repeat": "#8ED8CF",
    "active": "#8ED8CF",
    "loyal": "#97D89B",
    "at_risk": "#FACB7F",
    "churned": "#F2A3A3",
}
_VALUE_COLORS = {"high": "#97D89B", "normal": "#DCE6EF", "low": "#F5DFB8"}
#: Paler versions of the colours a user can give a segment, by their index.
_SEGMENT_COLORS = (
    "#E2E8F0",
    "#F6B4B4",
    "#F7C59F",
    "#F5E19A",
    "#B4D7F5",
    "#CDB8D9",
    "#F0C9C3",
    "#A9D8D6",
    "#B3BFE3",
    "#EFB5D0",
    "#B7E0AE",
    "#D5C3EE",
)


class CustomerReportWizard(models.TransientModel):
    """The section with one row per customer, streamed from the database."""

    _inherit = "customer.report.wizard"

    def _customers_section(self, totals):
        specification = self._customer_columns()
        labels = self._labels(*(name for name, *__ in specification))
        return Section(
            name="customers",
            title=self.env._("Customers"),
            columns=[
                Column(label, kind, width, self._choices(name))
                for label, (name, __, kind, width) in zip(
                    labels, specification, strict=True
                )
            ],
            rows=self._stream([path for __, path, *__ in specification]),
            size=totals.customers,
            empty=self._empty_sentence(),
        )

    def _customer_columns(self):
        """What is shown of each customer.

        :return: list of ``(field of customer.profile that gives the label, path of
            fields that gives the value, kind of column, width)``
        """
        return [
            ("partner_id", "partner_id.complete_name", "text", 32),
            ("email", "email", "text", 28),
            ("phone", "phone", "text", 18),
            ("city", "city", "text", 16),
            ("country_id", "partner_id.country_id.name", "text", 16),
            ("user_id", "partner_id.user_id.partner_id.name", "text", 18),
            ("lifecycle_stage", "lifecycle_stage", "choice", 15),
            ("stage_since", "stage_since", "date", 12),
            ("value_class", "value_class", "choice", 11),
            ("rfm_segment_id", "rfm_segment_id", "choice", 19),
            ("rfm_score", "rfm_score", "text", 7),
            ("rfm_recency", "rfm_recency", "plain", 10),
            ("rfm_frequency", "rfm_frequency", "plain", 11),
            ("rfm_monetary", "rfm_monetary", "plain", 11),
            ("amount_total", "amount_total", "money", 18),
            ("purchase_count", "purchase_count", "plain", 11),
            ("purchase_days", "purchase_days", "plain", 10),
            ("first_purchase_date", "first_purchase_date", "date", 12),
            ("last_purchase_date", "last_purchase_date", "date", 12),
            ("recency_days", "recency_days", "plain", 10),
            ("average_interval_days", "average_interval_days", "decimal", 11),
        ]

    def _choices(self, name):
        """How the values of a field of customer.profile are shown.

        :return: ``{value: Choice}``, ``None`` for a field without a fixed set
        """
        if name == "rfm_segment_id":
            segments = self.env["customer.segment"].with_context(active_test=False)
            return {
                segment.id: Choice(
                    segment.name, _SEGMENT_COLORS[segment.color % len(_SEGMENT_COLORS)]
                )
                for segment in segments.search([])
            }
        colors = {"lifecycle_stage": _STAGE_COLORS, "value_class": _VALUE_COLORS}
        if name not in colors:
            return None
        field = self.env["customer.profile"]._fields[name]
        return {
            value: Choice(label, colors[name].get(value))
            for value, label in field._description_selection(self.env)
        }

    def _stream(self, paths):
        """Read the customers of this report, best first, without holding them all.

        The database keeps the result and hands it out in batches.

        :param paths: what to read of each, as for ``_profile_query``
        :return: iterator of tuples
        """
        query, column = self._profile_query(order="amount_total desc, id")
        select = query.select(*map(column, paths))
        cursor = SQL.identifier(f"customer_report_{self.id}")
        self.env.cr.execute("SET LOCAL cursor_tuple_fraction = 1")  # all are wanted
        self.env.cr.execute(SQL("DECLARE %s NO SCROLL CURSOR FOR %s", cursor, select))
        while True:
            self.env.cr.execute(SQL("FETCH %s FROM %s", _BATCH, cursor))
            if not self.env.cr.rowcount:
                break
            yield from self.env.cr.fetchall()
        self.env.cr.execute(SQL("CLOSE %s", cursor))

    def _empty_sentence(self):
        return self.env._(
            "No customers here. Profiles are computed every night from confirmed"
            " documents, and a customer insight manager can compute them at once; if"
            " there are profiles, choose fewer filters or ask whose customers you may"
            " see."
        )
