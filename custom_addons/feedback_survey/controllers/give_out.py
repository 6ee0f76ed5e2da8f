from odoo import http
from odoo.http import content_disposition, request


class GiveOutController(http.Controller):
    """Hands a manager of feedback the file for a person who asked for their data."""

    @http.route(
        "/feedback_survey/give_out/<int:partner_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=False,
    )
    def give_out(self, partner_id, companies="", **_other):
        """What is stored of a person, as a ZIP file; nothing of it stays behind.

        :param companies: ids, with commas; those that are not the user's are left out
        """
        partner = request.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise request.not_found()
        wanted = {int(one) for one in companies.split(",") if one.isdecimal()}
        allowed = request.env.user.company_ids.filtered(lambda one: one.id in wanted)
        name, content = request.env["feedback.give.out"]._give_out(partner, allowed)
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
            ],
        )
