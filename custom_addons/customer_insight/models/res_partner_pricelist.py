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
        choices = self.env["product.pricelist"]._segment_pricelists(self._ids)
        for partner in self:
            partner.pricelist_segment_id = choices.get(partner.id, (False, None))[0]

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
