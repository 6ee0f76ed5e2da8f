from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    insight_cadence_id = fields.Many2one(
        "customer.cadence",
        string="Contact Cadence",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _insight_cadence_once = models.UniqueIndex(
        "(res_id, insight_cadence_id) WHERE insight_cadence_id IS NOT NULL AND active",
        "The customer is planned for already.",
    )

    def _action_done(self, feedback=False, attachment_ids=None):
        documents = {(activity.res_model, activity.res_id) for activity in self}
        greetings = (
            self.env["customer.greeting"]
            .sudo()  # whoever does the activity has greeted
            .search([("activity_id", "in", self.ids)])
        )
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        greetings.filtered(
            lambda one: one.state in ("planned", "reminded")
        )._note_sent()
        interactions = self.env["customer.interaction"]
        for model, res_id in documents:
            interactions._queue_document(model, res_id)
        return result
