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
        self._merge_memberships(src_partners, dst_partner)
        self._merge_greetings(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge_memberships(self, src_partners, dst_partner):
        """Hand over the stays added by hand; the heir's own history tells the rest."""
        stays = self.env["customer.segment.membership"].sudo()  # see above
        heirs = stays.search(
            [("partner_id", "=", dst_partner.id), ("date_to", "=", False)]
        )
        taken = {(stay.segment_id, stay.company_id) for stay in heirs}
        for stay in stays.search([("partner_id", "in", src_partners.ids)]):
            place = (stay.segment_id, stay.company_id)
            if stay.is_manual and not stay.date_to and place not in taken:
                taken.add(place)
                stay.partner_id = dst_partner
            else:
                stay.unlink()

    def _merge_greetings(self, partners):
        """Of several greetings on one occasion that of the most done stays."""
        rank = ("sent", "reminded", "failed", "planned", "suppressed")
        greetings = (
            self.env["customer.greeting"]
            .sudo()  # see above
            .search([("partner_id", "in", partners.ids)])
            .sorted(lambda one: rank.index(one.state))
        )
        kept = {}
        for greeting in greetings:
            place = (greeting.occasion_id, greeting.year)
            if kept.setdefault(place, greeting) != greeting:
                greeting.unlink()
