from odoo import http
from odoo.http import request
from odoo.tools import consteq


class CustomerGreetingController(http.Controller):
    """The link in each greeting by which people stop further ones."""

    @http.route(
        "/customer/greetings/stop/<int:greeting_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
    )
    def customer_greetings_stop(self, greeting_id, token, **kw):
        """Ask first: programs that look at links in mails must stop nothing."""
        greeting = request.env["customer.greeting"].sudo().browse(greeting_id).exists()
        if not greeting or not consteq(greeting._stop_token(), token):
            raise request.not_found()
        is_done = request.httprequest.method == "POST"
        if is_done:
            greeting._stop()
        lang = greeting.partner_id.lang or request.env.lang
        return (
            request.env["ir.ui.view"]
            .with_context(lang=lang)
            ._render_template(
                "customer_insight.customer_greetings_stop",
                {"is_done": is_done, "greeting": greeting, "request": request},
            )
        )
