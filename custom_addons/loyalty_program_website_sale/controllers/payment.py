from odoo.addons.website_sale.controllers.payment import PaymentPortal
from odoo.exceptions import UserError, ValidationError


class LoyaltyPaymentPortal(PaymentPortal):
    def _validate_transaction_for_order(self, transaction, sale_order):
        """Take the last piece of a reward before money moves, not after."""
        result = super()._validate_transaction_for_order(transaction, sale_order)
        try:
            sale_order.sudo()._take_reward_pieces()
        except UserError as error:
            raise ValidationError(str(error)) from error
        return result
