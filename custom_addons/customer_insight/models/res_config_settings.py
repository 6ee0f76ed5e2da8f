from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    insight_timezone = fields.Selection(
        related="company_id.partner_id.tz",
        readonly=False,
        string="Time Zone of Business Days",
    )
    insight_purchase_basis = fields.Selection(
        related="company_id.insight_purchase_basis", readonly=False
    )
    insight_prospect_scope = fields.Selection(
        related="company_id.insight_prospect_scope", readonly=False
    )
    insight_rfm_window_months = fields.Integer(
        related="company_id.insight_rfm_window_months", readonly=False
    )
    insight_rfm_rule = fields.Selection(
        related="company_id.insight_rfm_rule", readonly=False
    )
    insight_recency_borders = fields.Char(
        related="company_id.insight_recency_borders", readonly=False
    )
    insight_frequency_borders = fields.Char(
        related="company_id.insight_frequency_borders", readonly=False
    )
    insight_monetary_borders = fields.Char(
        related="company_id.insight_monetary_borders", readonly=False
    )
    insight_min_population = fields.Integer(
        related="company_id.insight_min_population", readonly=False
    )
    insight_min_observations = fields.Integer(
        related="company_id.insight_min_observations", readonly=False
    )
    insight_only_real = fields.Boolean(
        related="company_id.insight_only_real", readonly=False
    )
    insight_value_rule = fields.Selection(
        related="company_id.insight_value_rule", readonly=False
    )
    insight_value_high = fields.Float(
        related="company_id.insight_value_high", readonly=False
    )
    insight_value_low = fields.Float(
        related="company_id.insight_value_low", readonly=False
    )
    insight_stage_set = fields.Selection(
        related="company_id.insight_stage_set", readonly=False
    )
    insight_at_risk_days = fields.Integer(
        related="company_id.insight_at_risk_days", readonly=False
    )
    insight_churned_days = fields.Integer(
        related="company_id.insight_churned_days", readonly=False
    )
    insight_loyal_purchases = fields.Integer(
        related="company_id.insight_loyal_purchases", readonly=False
    )
    insight_loyal_months = fields.Integer(
        related="company_id.insight_loyal_months", readonly=False
    )
    insight_health_period_days = fields.Integer(
        related="company_id.insight_health_period_days", readonly=False
    )
    insight_warning_points = fields.Integer(
        related="company_id.insight_warning_points", readonly=False
    )
    insight_discount_percent = fields.Float(
        related="company_id.insight_discount_percent", readonly=False
    )
    insight_horizon_days = fields.Integer(
        related="company_id.insight_horizon_days", readonly=False
    )
    insight_rule_months = fields.Integer(
        related="company_id.insight_rule_months", readonly=False
    )
    insight_rule_least = fields.Integer(
        related="company_id.insight_rule_least", readonly=False
    )
    insight_segment_pricelist = fields.Boolean(
        related="company_id.insight_segment_pricelist", readonly=False
    )
    insight_history_months = fields.Integer(
        related="company_id.insight_history_months", readonly=False
    )

    @api.onchange("insight_rfm_rule")
    def _onchange_insight_rfm_rule(self):
        """Borders set by hand begin with the latest fifths."""
        if self.insight_rfm_rule == "fixed" and not self.insight_recency_borders:
            company = self.company_id
            scoring = self.env["customer.scoring"]._latest(
                company, company._insight_today()
            )
            for name, text in scoring._borders_to_set().items() if scoring else ():
                self[f"insight_{name}"] = text
