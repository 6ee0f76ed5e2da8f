from odoo import models


class UtmCampaign(models.Model):
    _inherit = "utm.campaign"

    def action_open_results(self):
        """Open the results of this campaign by segment and variant."""
        self.ensure_one()
        return self.env["customer.analysis.campaign"]._open(campaign=self.id)
