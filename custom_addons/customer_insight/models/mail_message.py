from odoo import api, models

#: Messages that may be touches; most are tracked changes.
_TYPES = {"comment", "email", "email_outgoing", "sms"}


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._queue_customer_profiles()
        return messages

    def _queue_customer_profiles(self):
        """Have the profiles of customers follow who wrote or were written to."""
        interactions = self.env["customer.interaction"]
        for message in self:
            if message.message_type in _TYPES:
                interactions._queue_document(message.model, message.res_id)
