from odoo import api, models
from odoo.exceptions import AccessError, UserError


class CustomerSegment(models.Model):
    """Members added and removed by hand."""

    _inherit = "customer.segment"

    def _add_members(self, partners):
        """Add customers by hand, in the active company; members already stay as is.

        :param partners: res.partner records; their customers are added
        :return: the customers that are new in the segment
        :raise UserError: for RFM segments, which go by the code alone
        :raise AccessError: for customers the user may not see, and for users who are
            no managers where the segment is not one by hand
        """
        self.ensure_one()
        self._check_manual()
        customers = partners.commercial_partner_id
        self._check_visible(customers)
        stays = self.env["customer.segment.membership"].sudo()  # rights checked above
        company = self.env.company
        today = company._insight_today()
        here = [("segment_id", "=", self.id), ("company_id", "=", company.id)]
        known = stays.search([*here, ("date_to", "=", False)])
        new = customers - known.partner_id
        stays.create(
            [
                {
                    "segment_id": self.id,
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "date_from": today,
                    "is_manual": True,
                    "user_id": self.env.uid,
                    "added_at": self.env.cr.now(),
                    "reason": self.env._("Added by %(user)s", user=self.env.user.name),
                }
                for customer in new
            ]
        )
        if self.excluded_partner_ids & new:
            self.sudo().excluded_partner_ids -= new
        self._forget_member_figures()
        return new

    def _remove_members(self, partners):
        """Take customers out by hand; those a rule put in are kept out from now on.

        :return: the customers that were members
        """
        self.ensure_one()
        self._check_manual()
        customers = partners.commercial_partner_id
        self._check_visible(customers)
        today = self.env.company._insight_today()
        stays = self.env["customer.segment.membership"].sudo()  # rights checked above
        stays = stays.search(
            [
                ("segment_id", "=", self.id),
                ("company_id", "=", self.env.company.id),
                ("partner_id", "in", customers.ids),
                ("date_to", "=", False),
            ]
        )
        removed = stays.partner_id
        stays.filtered(lambda stay: stay.date_from >= today).unlink()
        stays.exists().write(
            {
                "date_to": today,
                "exit_reason": self.env._(
                    "Removed by %(user)s", user=self.env.user.name
                ),
            }
        )
        if self.kind != "manual":
            self.sudo().excluded_partner_ids |= removed
        self._forget_member_figures()
        return removed

    def _check_manual(self):
        if self.kind == "rfm":
            raise UserError(
                self.env._(
                    "%(segment)s goes by the RFM code alone: nobody can be added or"
                    " removed by hand.",
                    segment=self.name,
                )
            )
        if self.kind != "manual" and not self.has_access("write"):
            raise AccessError(
                self.env._("Only a manager may overrule the rule of a segment.")
            )

    def _check_visible(self, customers):
        """:raise AccessError: unless the user sees the profiles of all customers"""
        visible = (
            self.env["customer.profile"]
            .with_context(active_test=False)
            .search([("partner_id", "in", customers.ids)])
        )
        hidden = customers - visible.partner_id
        if hidden:
            raise AccessError(
                self.env._(
                    "You cannot add or remove %(customers)s: they have no profile, or"
                    " none that you may see.",
                    customers=", ".join(hidden[:5].mapped("display_name")),
                )
            )

    @api.model
    def _forget_member_figures(self):
        self.env.flush_all()
        self.env["customer.profile"].invalidate_model(["segment_ids"])
        self.invalidate_model(["profile_count", "profile_amount"])
