from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from ..models.loyalty_transfer import UnknownCard
from .portal import LoyaltyPortal, to_int


class LoyaltyTransferPortal(LoyaltyPortal):
    """Members give points to each other."""

    def _account_values(self, card, before):
        transfers = request.env["loyalty.transfer"].sudo()
        return {
            **super()._account_values(card, before),
            "transfers": transfers.search(
                [("card_id", "=", card.id), ("state", "=", "open")], limit=3
            ),
        }

    @http.route(
        "/my/loyalty/<int:card_id>/transfer",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_loyalty_transfer(
        self, card_id, to_code=None, points=None, seen=None, note=None, **kw
    ):
        """Prepare a transfer from the user's own account."""
        card = self._own_account(card_id)
        if not card:
            return request.redirect("/my/loyalty")
        transfers = request.env["loyalty.transfer"]
        try:
            with request.env.cr.savepoint():
                transfers._request(card, to_code, points, to_int(seen), note)
        except UnknownCard as error:
            request.env["loyalty.code.try"].sudo()._note(to_code)
            return self._answer(card, "danger", str(error))
        except (UserError, ValidationError) as error:
            return self._answer(card, "danger", str(error))
        if card.program_id.transfer_mode == "code":
            text = request.env._("We have sent you a code. Enter it to confirm.")
        else:
            text = request.env._("Our staff will look at your transfer.")
        return self._answer(card, "info", text)

    @http.route(
        "/my/loyalty/transfer/<int:transfer_id>/confirm",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_loyalty_transfer_confirm(self, transfer_id, code=None, **kw):
        """Confirm an own transfer with the code of the mail."""
        transfer = request.env["loyalty.transfer"].sudo().browse(transfer_id).exists()
        card = self._own_account(transfer.card_id.id) if transfer else None
        if not card:
            return request.redirect("/my/loyalty")
        try:
            with request.env.cr.savepoint():
                problem = transfer._confirm_by_code(code)
        except (UserError, ValidationError) as error:
            problem = str(error)
        if problem:
            return self._answer(card, "danger", problem)
        return self._answer(card, "success", request.env._("The points were given."))
