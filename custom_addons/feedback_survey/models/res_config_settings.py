from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    feedback_min_answers = fields.Integer(
        related="company_id.feedback_min_answers", readonly=False
    )
