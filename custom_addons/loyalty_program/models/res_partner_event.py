import logging

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


class ResPartner(models.Model):
    """What happens to a customer may give points."""

    _inherit = "res.partner"

    def _customer_event(self, kind, record=None):
        """Grant the points that rules give for this event.

        A rule that cannot be followed is logged; what happened is not undone by it.
        """
        result = super()._customer_event(kind, record)
        if kind == "order_confirmed":
            return result  # settled with the order, and undone with it
        rules = self.env["loyalty.earning.rule"]
        company = (record and "company_id" in record and record.company_id) or (
            self.env.company
        )
        for rule in rules._of_event(kind, company):
            for partner in self:
                try:
                    with self.env.cr.savepoint():
                        rule._grant(partner._event_contact(record), record)
                except UserError:
                    _logger.exception("Points for %s were not granted", kind)
        return result

    def _event_contact(self, record):
        """The contact an event happened to, of the customer that is told of it."""
        contact = (
            record.sudo().partner_id if record and "partner_id" in record else self
        )
        customer = self.commercial_partner_id
        return contact if contact.commercial_partner_id == customer else self

    def _is_in_segments(self, segments, company):
        """Whether this contact's customer is in one of some segments today.

        :param segments: customer.segment as superuser; none means that all are meant
        """
        if not segments:
            return True
        stays = self.env["customer.segment.membership"].sudo()
        return bool(
            stays.search_count(
                Domain(stays._members_at(segments, company._insight_today(), company))
                & Domain("partner_id", "=", self.commercial_partner_id.id),
                limit=1,
            )
        )
