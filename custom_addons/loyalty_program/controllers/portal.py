from odoo import http
from odoo.addons.loyalty.controllers.portal import CustomerPortalLoyalty
from odoo.exceptions import UserError, ValidationError
from odoo.http import request


def to_int(value, default=0):
    """A number from an address or a form; what is none counts as ``default``."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return default
    return number if 0 <= number < 2**31 else default


class LoyaltyPortal(CustomerPortalLoyalty):
    """The member's own page. Each request looks the account up among the own ones."""

    # === ENTRIES === #

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if counters:
            return values
        cards = request.env["loyalty.card"]
        partner = request.env.user.partner_id
        values["loyalty_accounts"] = cards._portal_accounts(partner)
        values["loyalty_joinable"] = cards._portal_joinable(partner)
        values["cards_per_programs"] = {
            program: found
            for program, found in values.get("cards_per_programs", {}).items()
            if not any(found.mapped("is_account")) or program.program_type == "ewallet"
        }
        return values

    @http.route()
    def portal_my_loyalty_card_history(self, card_id, page=1, sortby="date", **kw):
        if sortby not in self._get_loyalty_searchbar_sortings():
            sortby = "date"
        return super().portal_my_loyalty_card_history(card_id, page, sortby, **kw)

    # === THE PAGE === #

    def _own_account(self, card_id):
        """The account with this id if it is the user's, or none (superuser)."""
        accounts = request.env["loyalty.card"]._portal_accounts(
            request.env.user.partner_id
        )
        return accounts.filtered(lambda card: card.id == card_id)

    @http.route(
        ["/my/loyalty", "/my/loyalty/<int:card_id>"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_my_loyalty(self, card_id=None, before=None, **kw):
        """Card, figures, rewards and history of one account."""
        cards = request.env["loyalty.card"]
        partner = request.env.user.partner_id
        accounts = cards._portal_accounts(partner)
        card = accounts[:1]
        if card_id is not None:
            card = accounts.filtered(lambda item: item.id == card_id)
            if not card:
                return request.redirect("/my/loyalty" if accounts else "/my")
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="loyalty",
            accounts=accounts,
            card=card,
            joinable=cards._portal_joinable(partner),
            message=request.session.pop("loyalty_message", None),
        )
        if card:
            values.update(self._account_values(card, to_int(before) or None))
        return request.render("loyalty_program.portal_my_loyalty", values)

    def _account_values(self, card, before):
        moves, following = card._portal_history(before)
        partner = request.env.user.partner_id
        claims = request.env["loyalty.claim"].sudo()
        return {
            "moves": moves,
            "urls": {move.id: move._portal_url(partner) for move in moves},
            "following": following,
            "before": before,
            "kinds": dict(moves._fields["kind"]._description_selection(request.env)),
            "rewards": card._portal_rewards(),
            "claims": claims.search(
                [("card_id", "=", card.id), ("state", "!=", "cancelled")], limit=6
            ),
            "charts": card._portal_charts(partner),
        }

    # === WHAT MEMBERS DO === #

    def _answer(self, card, kind, text):
        """Back to the page with a sentence on it."""
        request.session["loyalty_message"] = {"kind": kind, "text": text}
        return request.redirect(f"/my/loyalty/{card.id}" if card else "/my/loyalty")

    @http.route(
        "/my/loyalty/join", type="http", auth="user", website=True, methods=["POST"]
    )
    def portal_loyalty_join(self, program_id=None, **kw):
        """Open an account in a program that is open to the user."""
        cards = request.env["loyalty.card"]
        partner = request.env.user.partner_id
        program = cards._portal_joinable(partner).filtered(
            lambda item: item.id == to_int(program_id)
        )
        if not program:
            return request.redirect("/my/loyalty")
        card = cards._portal_join(program, partner)
        return self._answer(
            card, "success", request.env._("Welcome! Here is your card.")
        )

    @http.route(
        "/my/loyalty/<int:card_id>/claim",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_loyalty_claim(
        self, card_id, reward_id=None, seen=None, points=None, **kw
    ):
        """Claim a reward; the same claim sent twice is one claim."""
        card = self._own_account(card_id)
        reward = card.program_id.reward_ids.filtered(
            lambda item: item.id == to_int(reward_id)
        )
        if not reward:
            return request.redirect("/my/loyalty")
        try:
            with request.env.cr.savepoint():
                claim = card._claim_reward(reward, to_int(seen), points)
        except (UserError, ValidationError) as error:
            return self._answer(card, "danger", str(error))
        if claim.mode == "coupon":
            text = request.env._(
                "Your code is %(code)s: %(reward)s.",
                code=claim.coupon_code,
                reward=claim.reward_name,
            )
        else:
            text = request.env._(
                "%s is reserved for you. Please ask our staff for it.",
                claim.reward_name,
            )
        return self._answer(card, "success", text)
