from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        documents = {(activity.res_model, activity.res_id) for activity in self}
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        interactions = self.env["customer.interaction"]
        for model, res_id in documents:
            interactions._queue_document(model, res_id)
        return result
