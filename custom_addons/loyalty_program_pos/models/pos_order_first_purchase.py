from odoo import models


class PosOrder(models.Model):
    """The bonus for a first purchase at the counter, as long as the purchase stands."""

    _inherit = "pos.order"

    def action_pos_order_paid(self):
        result = super().action_pos_order_paid()
        orders = (self | self.lines.refunded_orderline_id.order_id).sudo()
        for order in orders:
            order._settle_first_purchase()
        return result

    def _settle_first_purchase(self):
        rules = self.env["loyalty.earning.rule"]._of_event(
            "first_purchase", self.company_id
        )
        if rules and self.partner_id and self.amount_total > 0:
            rules._settle_first_purchase(
                self, lambda _program: self._returned_share() < 1
            )

    def _is_first_purchase(self, rule=None):
        """Whether the customer has bought nothing else in this company.

        :param rule: orders from before this rule are not looked at
        """
        self.ensure_one()
        if rule and self.date_order < rule.create_date.replace(microsecond=0):
            return False
        return not self.partner_id._has_bought(self.company_id, without=self)

    def _open_account(self, program, owner):
        """The account a first purchase gives points to."""
        return (
            self.env["loyalty.card"]
            .sudo()
            .with_context(loyalty_no_mail=True, tracking_disable=True)
            .create(
                {
                    "program_id": program.id,
                    "partner_id": owner.id,
                    "source_pos_order_id": self.id,
                }
            )
        )
