from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    feedback_case_nps = fields.Integer(
        related="company_id.feedback_case_nps", readonly=False
    )
    feedback_case_rating = fields.Integer(
        related="company_id.feedback_case_rating", readonly=False
    )
    feedback_case_user_id = fields.Many2one(
        related="company_id.feedback_case_user_id", readonly=False
    )
    feedback_min_group = fields.Integer(
        related="company_id.feedback_min_group", readonly=False
    )
    feedback_keep_months = fields.Integer(
        related="company_id.feedback_keep_months", readonly=False
    )
    feedback_ask_from = fields.Float(
        related="company_id.feedback_ask_from", readonly=False
    )
    feedback_ask_to = fields.Float(related="company_id.feedback_ask_to", readonly=False)
    feedback_ask_weekend = fields.Boolean(
        related="company_id.feedback_ask_weekend", readonly=False
    )
