from odoo import api, models


class ProductPricelist(models.Model):
    """The price list of a customer can come from their segment.

    The one chosen on the contact goes before it; those of the country and of the
    company come after.
    """

    _inherit = "product.pricelist"

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        result = super()._get_partner_pricelist_multi(partner_ids)
        choices = self._segment_pricelists(partner_ids)
        result.update(
            (partner_id, pricelist) for partner_id, (__, pricelist) in choices.items()
        )
        return result

    @api.model
    def _segment_pricelists(self, partner_ids, ignore_own=False):
        """The segment that decides on the price list of contacts, and its list.

        :param ignore_own: True as if no contact had a list of its own
        :return: ``{contact id: (segment, price list)}``, without contacts whose list
            does not come from a segment
        """
        ids = {
            partner_id: partner_id or getattr(partner_id, "origin", None)
            for partner_id in partner_ids
        }
        if not any(ids.values()) or not self._is_by_segment():
            return {}
        found = self.env["customer.segment"]._pricelists_of(filter(None, ids.values()))
        if not found:
            return {}
        partners = self.env["res.partner"].with_context(active_test=False)
        choices = {}
        for partner_id, real_id in ids.items():
            own = partners.browse([partner_id]).specific_property_product_pricelist
            if not ignore_own and own._get_partner_pricelist_multi_filter_hook():
                continue
            for segment, pricelist in found.get(real_id, ()):
                if pricelist._get_partner_pricelist_multi_filter_hook():
                    choices[partner_id] = (segment, pricelist)
                    break
        return choices

    @api.model
    def _is_by_segment(self):
        return self.env.company.sudo().insight_segment_pricelist and self.env[
            "res.groups"
        ]._is_feature_enabled("product.group_product_pricelist")
