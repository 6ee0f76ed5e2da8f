from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Drop the profiles of the merged contacts: that of their heir is computed."""
        profiles = (
            self.env["customer.profile"]
            .sudo()  # derived rows, which nobody may delete by hand
            .with_context(active_test=False)
            .search([("partner_id", "in", (src_partners | dst_partner).ids)])
        )
        self.env["customer.profile.queue"]._add(
            (dst_partner.id, company.id) for company in profiles.company_id
        )
        profiles.filtered(lambda profile: profile.partner_id in src_partners).unlink()
        return super()._update_foreign_keys(src_partners, dst_partner)
