from datetime import timedelta

from odoo import api, fields, models

from . import res_partner  # noqa: F401  first

_KEPT_DAYS = 30


class CustomerPlaybookEvent(models.Model):
    """Something that happened to a customer and that a playbook waits for."""

    _name = "customer.playbook.event"
    _description = "Event Playbooks Wait For"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    kind = fields.Char(required=True)
    date = fields.Date(required=True)

    _kind_idx = models.Index("(company_id, kind)")

    @api.autovacuum
    def _gc_events(self):
        day = fields.Date.today() - timedelta(days=_KEPT_DAYS)
        self.search([("date", "<", day)], limit=10000).unlink()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _customer_event(self, kind, record=None):
        """Note what a running playbook waits for; the job does the rest."""
        result = super()._customer_event(kind, record)
        awaited = self.env["customer.playbook"]._awaited()
        if not awaited:
            return result
        company = self.env.company
        if record is not None and "company_id" in record:
            company = record.company_id or company
        if (company.id, kind) in awaited:
            self.env["customer.playbook.event"].sudo().create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "kind": kind,
                        "date": company._insight_today(),
                    }
                    for partner in self.commercial_partner_id
                ]
            )
        return result
