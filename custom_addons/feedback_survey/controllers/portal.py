from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.http import request

_MOST = 80


class FeedbackPortal(CustomerPortal):
    """What a customer was asked and what came of their complaints: their own only."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "feedback_count" in counters:
            requests, cases = self._own_feedback()
            values["feedback_count"] = len(requests) + len(cases)
        return values

    def _own_feedback(self):
        """:return: the user's open requests and their cases, as superuser"""
        partner, env = request.env.user.partner_id, request.env(su=True)
        own = [("partner_id", "=", partner.id)]
        requests = env["feedback.request"].search(
            [*own, ("state", "=", "sent"), ("channel", "!=", "phone")], limit=_MOST
        )
        return requests, env["feedback.case"].search(own, limit=_MOST)

    @http.route("/my/feedback", type="http", auth="user", website=True, methods=["GET"])
    def portal_my_feedback(self, **_kw):
        """Open questions and own cases."""
        return self._feedback_page({})

    @http.route(
        "/my/feedback/complain",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=200_000,
    )
    def portal_complain(self, subject="", text="", order_id="", **_kw):
        """Open a case of the person who is logged in."""
        partner = request.env.user.partner_id
        cases = request.env["feedback.case"].sudo()
        typed = {
            "subject": " ".join(self._clean(subject).split()),
            "text": self._clean(text),
        }
        order = cases._complaint_orders(partner).filtered(
            lambda order: str(order.id) == order_id
        )
        _case, fault = cases._complain(partner, typed["subject"], typed["text"], order)
        if fault:
            return self._feedback_page({**typed, "fault": fault, "order": order})
        return request.redirect("/my/feedback")

    def _clean(self, text):
        return text.replace("\x00", "").strip() if isinstance(text, str) else ""

    def _feedback_page(self, typed):
        """:param typed: what was sent and is not valid"""
        requests, cases = self._own_feedback()
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="feedback",
            requests=requests,
            cases=cases,
            typed=typed,
            orders=cases._complaint_orders(request.env.user.partner_id),
        )
        return request.render("feedback_survey.portal_my_feedback", values)
