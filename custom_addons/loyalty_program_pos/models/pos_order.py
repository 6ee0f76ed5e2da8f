from odoo import fields, models
from odoo.addons.loyalty_program.engine.points import to_points
from odoo.tools import float_compare


class PosOrder(models.Model):
    """What an order at the counter does to points."""

    _inherit = "pos.order"

    def validate_coupon_programs(self, point_changes, new_codes):
        """Accounts may spend what is available, not all that is on them."""
        result = super().validate_coupon_programs(point_changes, new_codes)
        if not result["successful"]:
            return result
        changes = {int(card_id): change for card_id, change in point_changes.items()}
        accounts = self.env["loyalty.card"].sudo().browse(changes).exists()
        accounts.invalidate_recordset(["available_points"], flush=False)
        for card in accounts.filtered("is_account"):
            spent = -changes[card.id]
            if spent > 0 and float_compare(card.available_points, spent, 2) < 0:
                return {
                    "successful": False,
                    "payload": {
                        "message": self.env._(
                            "%(account)s has %(points)s points to spend.",
                            account=card.display_name,
                            points=card.available_points,
                        ),
                        "updated_points": {
                            account.id: account.available_points for account in accounts
                        },
                    },
                }
        return result

    def confirm_coupon_programs(self, coupon_data):
        self.ensure_one()
        order = self.with_context(loyalty_pos_order=self.id)
        return super(PosOrder, order).confirm_coupon_programs(coupon_data)

    def _check_existing_loyalty_cards(self, coupon_data):
        """Points of a contact that buys for its company go to the company's account."""
        contacts = self.env["res.partner"].sudo()
        for values in coupon_data.values():
            program = self.env["loyalty.program"].browse(values["program_id"])
            partner = contacts.browse(values.get("partner_id") or ()).exists()
            if partner and program.is_nominative:
                values["partner_id"] = partner._loyalty_owner(self.company_id).id
        return super()._check_existing_loyalty_cards(coupon_data)

    def _post_points(self, account, change):
        """Post what was earned and what was spent, each once per order.

        :param change: Decimal, as the till counted: earned less spent
        """
        self.ensure_one()
        lines = self.sudo().lines.filtered(lambda line: line.coupon_id == account)
        spent = to_points(sum(lines.mapped("points_cost")))
        if change < 0:
            spent = max(spent, -change)
        earned = self._earned_points(account, change + spent)
        today, wait = account._today(), account.program_id.pending_days
        if spent:
            account._post(
                -spent, "redeem", self, self._points_key("redeem"), reason=self.name
            )
        if earned > 0:
            account._post(
                earned,
                "earn",
                self,
                self._points_key("earn"),
                reason=self.name,
                available_on=fields.Date.add(today, days=wait) if wait else None,
            )
        account._refresh_tiers()

    def _points_key(self, what):
        return f"pos.order,{self.id}:{what}"

    def _earned_points(self, account, points):
        """Points by the rules of the till, times the tier, within the limits."""
        program = account.program_id.sudo()
        partner, company = account.partner_id, self.company_id
        if points <= 0 or not partner.active:
            return to_points(0)
        if program.first_purchase_only and not self._is_first_purchase():
            return to_points(0)
        if not partner._is_in_segments(program.audience_segment_ids, company):
            return to_points(0)
        if not partner._holds_tier(program.audience_tier_ids, company):
            return to_points(0)
        factor = account.tier_id.multiplier if account.tier_id else 1.0
        points = to_points(float(points) * factor, down=True)
        return account._capped(points, self, account._today())
