from odoo import http
from odoo.http import request
from odoo.tools import consteq


class LoyaltyMessageController(http.Controller):
    """The link in each mail by which members stop them."""

    @http.route(
        "/loyalty/stop/<int:message_id>/<string:token>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def loyalty_stop(self, message_id, token, **kw):
        """Ask first: programs that look at links in mails must stop nothing."""
        message = request.env["loyalty.message"].sudo().browse(message_id).exists()
        if not message or not consteq(message._stop_token(), token):
            raise request.not_found()
        is_done = request.httprequest.method == "POST"
        if is_done:
            message.card_id.is_mail_refused = True
        return request.render(
            "loyalty_program.loyalty_stop", {"is_done": is_done, "message": message}
        )

    @http.route(
        "/my/loyalty/<int:card_id>/mails",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_loyalty_mails(self, card_id, wanted=None, **kw):
        """Switch mails of the user's own account on or off."""
        accounts = request.env["loyalty.card"]._portal_accounts(
            request.env.user.partner_id
        )
        card = accounts.filtered(lambda item: item.id == card_id)
        card.is_mail_refused = not wanted
        return request.redirect("/my/loyalty")
