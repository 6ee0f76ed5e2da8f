from odoo import models


class LoyaltyGenerateWizard(models.TransientModel):
    _inherit = "loyalty.generate.wizard"

    def generate_coupons(self):
        """Give the points to the accounts members have, and open the missing ones."""
        wizards = self.with_context(loyalty_reuse_account=True)
        return super(LoyaltyGenerateWizard, wizards).generate_coupons()
