from odoo import api, fields, models
from odoo.tools import SQL

_SHOWN_LINES = 5


class CustomerInteraction(models.Model):
    """Purchases and returns at the counter."""

    _inherit = "customer.interaction"

    kind = fields.Selection(selection_add=[("counter", "Counter Purchase")])

    _depends = {
        "pos.order": [
            "amount_tax",
            "amount_total",
            "company_id",
            "currency_rate",
            "date_order",
            "name",
            "partner_id",
            "pos_reference",
            "state",
            "user_id",
        ],
    }

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "pos.order": self._counter_touches(company),
        }

    @api.model
    def _purchase_kinds(self):
        return [*super()._purchase_kinds(), "counter"]

    @api.model
    def _contact_kinds(self):
        return [*super()._contact_kinds(), "counter"]

    @api.model
    def _kind_icons(self):
        return {**super()._kind_icons(), "counter": ("fa-shopping-basket", "success")}

    @api.model
    def _counter_touches(self, company=None):
        return self._source_query(
            SQL("pos_order counter"),
            SQL(
                """counter.state IN ('paid', 'done')
                   AND counter.partner_id IS NOT NULL"""
            ),
            company,
            source_id=SQL("counter.id"),
            date=SQL("counter.date_order"),
            anchor_id=SQL("counter.partner_id"),
            company_id=SQL("counter.company_id"),
            kind=SQL(
                "CASE WHEN counter.amount_total < 0 THEN 'refund' ELSE 'counter' END"
            ),
            channel=SQL("'in_person'"),
            direction=SQL("'in'"),
            summary=SQL("COALESCE(NULLIF(counter.pos_reference, ''), counter.name)"),
            user_id=SQL("counter.user_id"),
            amount=SQL(
                """(counter.amount_total - counter.amount_tax)
                   / COALESCE(NULLIF(counter.currency_rate, 0), 1)"""
            ),
        )

    @api.model
    def _source_text(self, source):
        if source._name == "pos.order":
            label = self.env["customer.purchase"]._counter_label
            lines = source.lines[:_SHOWN_LINES]
            return source.pos_reference or source.name, ", ".join(map(label, lines))
        return super()._source_text(source)
