from odoo import api, models


class ProductPricelist(models.Model):
    """The price list of a member can come from the tier.

    The one chosen on the contact goes before it; those of a segment, of the country
    and of the company come after.
    """

    _inherit = "product.pricelist"

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        result = super()._get_partner_pricelist_multi(partner_ids)
        result.update(self._tier_choices(partner_ids))
        return result

    @api.model
    def _segment_pricelists(self, partner_ids, ignore_own=False):
        """Leave out contacts whose list comes from their tier."""
        choices = super()._segment_pricelists(partner_ids, ignore_own)
        if choices:
            for partner_id in self._tier_choices(list(choices), ignore_own):
                choices.pop(partner_id, None)
        return choices

    @api.model
    def _tier_choices(self, partner_ids, ignore_own=False):
        """``{contact id: price list}`` of contacts whose list comes from a tier."""
        if not self.env["res.groups"]._is_feature_enabled(
            "product.group_product_pricelist"
        ):
            return {}
        ids = {
            partner_id: partner_id or getattr(partner_id, "origin", None)
            for partner_id in partner_ids
        }
        partners = self.env["res.partner"].with_context(active_test=False)
        real = partners.browse(filter(None, ids.values()))
        by_tier = real._tier_pricelists(self.env.company)
        return {
            partner_id: by_tier[real_id]
            for partner_id, real_id in ids.items()
            if real_id in by_tier
            and by_tier[real_id]._get_partner_pricelist_multi_filter_hook()
            and (ignore_own or not self._has_own_list(partner_id))
        }

    @api.model
    def _has_own_list(self, partner_id):
        partner = self.env["res.partner"].with_context(active_test=False)
        own = partner.browse([partner_id]).specific_property_product_pricelist
        return bool(own._get_partner_pricelist_multi_filter_hook())
