from odoo import api, models


class CustomerInteractionLog(models.Model):
    _inherit = "customer.interaction.log"

    @api.model
    def _linked_models(self):
        return [*super()._linked_models(), "crm.lead"]
