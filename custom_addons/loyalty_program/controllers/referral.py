from odoo import http
from odoo.http import request

from ..models.res_partner_referral import REFERRAL_COOKIE, checked_code

_DAYS = 30


class LoyaltyReferralController(http.Controller):
    """The link members give to friends. It answers the same for each code."""

    @http.route(
        "/refer/<string:code>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def referral_landing(self, code, **kw):
        """Remember the code and go where visitors sign up, or to the front page.

        Whether the code exists is not looked up here: guessing learns nothing.
        """
        scope = request.env["res.users"].sudo()._get_signup_invitation_scope()
        target = "/web/signup" if scope == "b2c" else "/"
        response = request.redirect(target)
        code = checked_code(code)
        if code:
            request.session[REFERRAL_COOKIE] = code
            response.set_cookie(
                REFERRAL_COOKIE,
                code,
                max_age=_DAYS * 24 * 3600,
                httponly=True,
                samesite="Lax",
                cookie_type="optional",
            )
        return response
