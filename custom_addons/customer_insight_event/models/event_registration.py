from odoo import api, models
from odoo.tools import SQL


class EventRegistration(models.Model):
    _inherit = "event.registration"

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create(vals_list)
        registrations.filtered(lambda one: one.state == "done")._tell_attended()
        return registrations

    def write(self, vals):
        coming = self.browse()
        if vals.get("state") == "done":
            coming = self.filtered(lambda one: one.state != "done")
        result = super().write(vals)
        coming._tell_attended()
        return result

    def _tell_attended(self):
        """Tell playbooks who came."""
        for registration in self.sudo().filtered("partner_id"):
            company = registration.company_id or self.env.company
            customer = registration.partner_id.commercial_partner_id
            customer.with_company(company)._customer_event(
                "event_attended", registration.with_company(company)
            )

    @api.model
    def _guests_query(self, event_ids):
        """Which customers answered, themselves or by one of their contacts.

        A registration without a contact is that of the contact with its address.

        :return: SELECT event_id, partner_id, is_registered, is_attended (SQL); a row
            per customer and event, also for who cancelled
        """
        self.flush_model(["active", "email", "event_id", "partner_id", "state"])
        return SQL(
            """SELECT registration.event_id,
                      contact.commercial_partner_id AS partner_id,
                      BOOL_OR(registration.state IN ('open', 'done')) AS is_registered,
                      BOOL_OR(registration.state = 'done') AS is_attended
               FROM event_registration registration
               JOIN res_partner contact
                   ON contact.id = registration.partner_id
                   OR registration.partner_id IS NULL
                      AND contact.email_normalized = LOWER(registration.email)
               WHERE registration.active AND registration.event_id = ANY(%s)
               GROUP BY 1, 2""",
            list(event_ids),
        )
