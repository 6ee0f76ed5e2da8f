from odoo import api, fields, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    """Tiers multiply what is earned, and follow what orders give."""

    _inherit = "sale.order"

    loyalty_tier_id = fields.Many2one(
        "loyalty.tier",
        compute="_compute_loyalty_tier_id",
        compute_sudo=True,
        help="The highest tier the customer holds today.",
    )
    is_served_first = fields.Boolean(
        string="Served First",
        compute="_compute_loyalty_tier_id",
        search="_search_is_served_first",
        compute_sudo=True,
    )

    @api.depends("partner_id", "company_id")
    def _compute_loyalty_tier_id(self):
        for company, orders in self.grouped("company_id").items():
            held = orders.partner_id._held_tiers(company)
            for order in orders:
                tier = held.get(order.partner_id._origin.id)
                order.loyalty_tier_id = tier
                order.is_served_first = tier and tier._is_served_first()

    def _search_is_served_first(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", self.env["res.partner"]._first_served(company))
            for company in self.env.companies
        )

    def _points_factor(self, program):
        """The multiplier of the member's tier, fixed when the order is confirmed."""
        factor = super()._points_factor(program)
        if not program._has_tiers():
            return factor
        entry = self.coupon_point_ids.filtered(
            lambda item: item.coupon_id.program_id == program
        )[:1]
        if self.state == "sale" and entry.tier_factor:
            return factor * entry.tier_factor
        account = self.env["loyalty.card"]._find_account(
            program, self._loyalty_owner().id
        )
        tier = account.sudo().tier_id
        return factor * tier.multiplier if tier else factor

    def action_confirm(self):
        for order in self:  # before what this order earns lifts the tier
            for entry in order.coupon_point_ids.sudo():
                order._keep_tier_factor(entry)
        return super().action_confirm()

    def _keep_tier_factor(self, entry):
        account = entry.coupon_id
        if account.is_account and account.program_id._has_tiers():
            entry.tier_factor = account.tier_id.multiplier if account.tier_id else 1.0

    def _settle_account(self, account, posted):
        result = super()._settle_account(account, posted)
        for entry in self.coupon_point_ids:
            if self.state == "sale" and not entry.tier_factor:
                self._keep_tier_factor(entry)
        if account.program_id._has_tiers():
            account._refresh_tiers()
        return result
