from odoo import api, fields, models


class ResPartner(models.Model):
    """Why a contact has its price list."""

    _inherit = "res.partner"

    pricelist_segment_id = fields.Many2one(
        "customer.segment",
        string="Price List by Segment",
        compute="_compute_pricelist_segment_id",
        groups="customer_insight.group_user",
        help="The segment that brings the price list: of those the customer is in, the"
        " one with the highest priority. A price list chosen on the contact comes"
        " before it.",
    )

    @api.depends("specific_property_product_pricelist")
    @api.depends_context("company")
    def _compute_pricelist_segment_id(self):
        """The segment, where the reader may see that the customer is in it."""
        choices = self.env["product.pricelist"]._segment_pricelists(self._ids)
        stays = self.env["customer.segment.membership"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
                ("date_to", "=", False),
            ]
        )
        seen = {(stay.partner_id, stay.segment_id) for stay in stays}
        for partner in self:
            segment = choices.get(partner.id, (False, None))[0]
            is_seen = (partner.commercial_partner_id, segment) in seen
            partner.pricelist_segment_id = is_seen and segment

    def _inverse_product_pricelist(self):
        """A list chosen on the contact stays, unless it is that of the segment.

        Odoo takes the list of the contact's country for no choice at all. With a
        segment that has another one it is a choice, and the segment's is none.
        """
        chosen = {partner: partner.property_product_pricelist for partner in self}
        result = super()._inverse_product_pricelist()
        choices = self.env["product.pricelist"]._segment_pricelists(
            self._ids, ignore_own=True
        )
        for partner, pricelist in chosen.items():
            if partner.id in choices:
                __, by_segment = choices[partner.id]
                partner.specific_property_product_pricelist = (
                    pricelist if pricelist != by_segment else False
                )
        return result
