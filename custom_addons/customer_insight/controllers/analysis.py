import json

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class AnalysisController(http.Controller):
    """Hands out what an analysis screen shows as a file."""

    @http.route("/customer_insight/analysis/xlsx", type="http", auth="user")
    def xlsx(self, model, params="{}", **_other):
        """The tables and charts of an analysis as a spreadsheet file.

        :param model: name of a model that inherits ``customer.analysis``
        :param params: the parameters of the screen, as JSON
        """
        analysis = request.env.get(model)
        if analysis is None or not hasattr(analysis, "_export_xlsx"):
            raise request.not_found()
        try:
            values = json.loads(params)
        except ValueError as error:
            message = request.env._("The parameters of this export cannot be read.")
            raise UserError(message) from error
        name, content = analysis._export_xlsx(values)
        return request.make_response(
            content,
            headers=[
                ("Content-Type", _XLSX),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
