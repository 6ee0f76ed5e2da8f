from odoo import fields, models


class CustomerReportWizard(models.TransientModel):
    _name = "customer.report.wizard"
    _description = "Customer Report"

    report_type = fields.Selection([("overview", "Customer overview")], required=True, default="overview")
