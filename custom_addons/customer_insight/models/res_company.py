import pytz
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import rfm
from ..engine.policy import Policy

_POLICY_FIELDS = {name: f"insight_{name}" for name in Policy.names()}


class ResCompany(models.Model):
    """Settings of a company.

    They are a prefetch group of their own: each order and each page reads its company,
    and forty settings along with it take as long as a statement.
    """

    _inherit = "res.company"

    insight_purchase_basis = fields.Selection(
        [
            ("order", "Confirmed orders less credit notes"),
            ("invoice", "Posted invoices less credit notes"),
        ],
        string="Purchase Basis",
        default="order",
        required=True,
        help="Which documents count as purchases of a customer.",
        prefetch="customer_insight",
    )
    insight_prospect_scope = fields.Selection(
        [
            ("all", "Every contact without a purchase"),
            ("quoted", "Contacts with a quotation"),
            ("none", "None: buyers only"),
        ],
        string="Prospects",
        default="all",
        required=True,
        help="Which contacts who never bought are listed as prospects.",
        prefetch="customer_insight",
    )
    insight_rfm_window_months = fields.Integer(
        string="RFM Window (Months)",
        help="Frequency and monetary value count the purchases of this many months;"
        " 0 counts the whole history. Recency always looks at the whole history.",
        prefetch="customer_insight",
    )
    insight_rfm_rule = fields.Selection(
        [("fifths", "Fifths of the buyers"), ("fixed", "Borders set by hand")],
        string="RFM Borders",
        default="fifths",
        required=True,
        help="Fifths are drawn anew each night, so that each score has about as many"
        " customers. Borders set by hand stay.",
        prefetch="customer_insight",
    )
    insight_recency_borders = fields.Char(
        string="Recency Borders",
        help="Most days since the last purchase for scores 2, 3, 4 and 5, such as"
        " 240, 120, 60, 30.",
        prefetch="customer_insight",
    )
    insight_frequency_borders = fields.Char(
        string="Frequency Borders",
        help="Fewest purchase days for scores 2, 3, 4 and 5, such as 2, 3, 5, 10.",
        prefetch="customer_insight",
    )
    insight_monetary_borders = fields.Char(
        string="Monetary Borders",
        help="Least amount bought for scores 2, 3, 4 and 5, such as 50, 100, 250, 500.",
        prefetch="customer_insight",
    )
    insight_min_population = fields.Integer(
        string="Fewest Buyers for Scores",
        default=50,
        help="With fewer buyers than this the scores say little and are greyed out.",
        prefetch="customer_insight",
    )
    insight_min_observations = fields.Integer(
        string="Fewest Observations",
        default=30,
        help="On all screens, figures that rest on fewer customers or answers than this"
        " are grey, without colour or arrow, and no change is called real.",
        prefetch="customer_insight",
    )
    insight_only_real = fields.Boolean(
        string="Only Real Changes",
        help="Analysis screens begin with changes hidden that may be chance.",
        prefetch="customer_insight",
    )
    insight_value_rule = fields.Selection(
        [("percent", "Share of customers"), ("amount", "Amount bought")],
        string="Value Rule",
        default="percent",
        required=True,
        prefetch="customer_insight",
    )
    insight_value_high = fields.Float(
        string="High Value",
        default=20.0,
        help="Share of customers (%) in the high class, or the amount it starts at.",
        prefetch="customer_insight",
    )
    insight_value_low = fields.Float(
        string="Low Value",
        default=40.0,
        help="Share of customers (%) in the low class, or the amount it ends below.",
        prefetch="customer_insight",
    )
    insight_stage_set = fields.Selection(
        [
            ("six", "Prospect, first, repeat, loyal, at risk, churned"),
            ("four", "Prospect, new, active, churned"),
        ],
        string="Lifecycle Stages",
        default="six",
        required=True,
        prefetch="customer_insight",
    )
    insight_at_risk_days = fields.Integer(
        string="At Risk After (Days)",
        default=90,
        help="A customer who has not bought for more than this many days is at risk.",
        prefetch="customer_insight",
    )
    insight_churned_days = fields.Integer(
        string="Churned After (Days)",
        default=180,
        help="A customer who has not bought for more than this many days has churned.",
        prefetch="customer_insight",
    )
    insight_loyal_purchases = fields.Integer(
        string="Purchases of a Loyal Customer",
        default=4,
        help="Purchase days within the loyalty window that make a customer loyal.",
        prefetch="customer_insight",
    )
    insight_loyal_months = fields.Integer(
        string="Loyalty Window (Months)", default=12, prefetch="customer_insight"
    )

    insight_health_period_days = fields.Integer(
        string="Health Trend Period (Days)",
        default=90,
        help="The health score compares the purchases of the last so many days with"
        " those of as many days before.",
        prefetch="customer_insight",
    )

    _insight_health_period = models.Constraint(
        "CHECK (insight_health_period_days BETWEEN 7 AND 1830)",
        "The period of the health trends goes from one week to five years.",
    )
    insight_warning_points = fields.Integer(
        string="Points of a Warning",
        default=50,
        required=True,
        help="A customer is warned of when the points of all signs reach this number.",
        prefetch="customer_insight",
    )

    _insight_warning_points = models.Constraint(
        "CHECK (insight_warning_points BETWEEN 1 AND 1000)",
        "Warnings begin between 1 and 1000 points.",
    )
    insight_horizon_days = fields.Integer(
        string="Forecast Horizon (Days)",
        default=180,
        required=True,
        help="How far forecasts look ahead: the churn risk is the chance of no purchase"
        " within so many days.",
        prefetch="customer_insight",
    )

    insight_discount_percent = fields.Float(
        string="Discount per Year (%)",
        help="How much less an amount counts that comes a year later, in the expected"
        " value of a customer.",
        prefetch="customer_insight",
    )

    _insight_discount = models.Constraint(
        "CHECK (insight_discount_percent BETWEEN 0 AND 100)",
        "A discount per year goes from 0 to 100 %.",
    )
    _insight_horizon = models.Constraint(
        "CHECK (insight_horizon_days BETWEEN 7 AND 1830)",
        "A forecast looks ahead by one week to five years.",
    )
    insight_rule_months = fields.Integer(
        string="Months of Baskets",
        default=12,
        required=True,
        help="Product rules are learned from the baskets of so many months.",
        prefetch="customer_insight",
    )
    insight_rule_least = fields.Integer(
        string="Fewest Joint Baskets",
        default=5,
        required=True,
        help="Two products make a rule when they were together at least so often.",
        prefetch="customer_insight",
    )

    _insight_rules = models.Constraint(
        "CHECK (insight_rule_months BETWEEN 1 AND 120"
        " AND insight_rule_least BETWEEN 2 AND 100000)",
        "Product rules look at 1 to 120 months, and at two joint baskets or more.",
    )
    insight_segment_pricelist = fields.Boolean(
        string="Price Lists of Segments",
        help="A customer without a price list of their own gets that of their segment.",
        prefetch="customer_insight",
    )
    insight_history_months = fields.Integer(
        string="Months of History",
        default=24,
        help="How many finished months are filled with snapshots of all customers when"
        " there are none yet.",
        prefetch="customer_insight",
    )
    insight_moves_settings = fields.Json(
        help="The rules by which all stage moves were computed last.",
        prefetch="customer_insight",
    )

    _insight_history_not_negative = models.Constraint(
        "CHECK (insight_history_months BETWEEN 0 AND 1200)",
        "The months of history go from 0 to 1200.",
    )
    _insight_observations_positive = models.Constraint(
        "CHECK (insight_min_observations BETWEEN 1 AND 100000)",
        "The fewest observations go from 1 to 100,000.",
    )
    _insight_at_risk_positive = models.Constraint(
        "CHECK (insight_at_risk_days > 0)",
        "A customer can be at risk after one day of silence at the earliest.",
    )
    _insight_churned_after_at_risk = models.Constraint(
        "CHECK (insight_churned_days > insight_at_risk_days"
        " AND insight_churned_days <= 36500)",
        "Customers must be at risk before they churn, and churn within 100 years: set"
        " more days for churned than for at risk.",
    )
    _insight_loyal_is_repeat = models.Constraint(
        "CHECK (insight_loyal_purchases BETWEEN 2 AND 1000"
        " AND insight_loyal_months BETWEEN 1 AND 1200)",
        "A loyal customer needs at least two purchases within one month to 100 years.",
    )
    _insight_window_not_negative = models.Constraint(
        "CHECK (insight_rfm_window_months BETWEEN 0 AND 1200"
        " AND insight_min_population >= 0)",
        "The RFM window goes from 0 to 1200 months, and the fewest buyers cannot be"
        " negative.",
    )
    _insight_value_borders = models.Constraint(
        """CHECK (CASE insight_value_rule
            WHEN 'percent' THEN insight_value_high >= 0 AND insight_value_low >= 0
                AND insight_value_high + insight_value_low <= 100
            ELSE insight_value_high >= insight_value_low END)""",
        "High and low value must not overlap: the two shares add up to at most 100 %,"
        " and the high amount is not below the low one.",
    )

    @api.constrains(
        "insight_rfm_rule", *(f"insight_{name}" for name in rfm.FIXED_BORDERS)
    )
    def _check_insight_borders(self):
        for company in self.filtered(lambda c: c.insight_rfm_rule == "fixed"):
            for name, falling in rfm.FIXED_BORDERS.items():
                text = company[f"insight_{name}"]
                try:
                    rfm.parse_borders(text, falling)
                except ValueError as error:
                    raise ValidationError(
                        company._borders_message(f"insight_{name}", falling)
                    ) from error

    def _borders_message(self, name, falling):
        label = self._fields[name]._description_string(self.env)
        if falling:
            return self.env._(
                "%(label)s: write four numbers for scores 2, 3, 4 and 5, none larger"
                " than the one before, such as 240, 120, 60, 30.",
                label=label,
            )
        return self.env._(
            "%(label)s: write four numbers for scores 2, 3, 4 and 5, none smaller than"
            " the one before, such as 2, 3, 5, 10.",
            label=label,
        )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & set(_POLICY_FIELDS.values()):
            self.env["customer.profile"]._trigger_full_refresh()
        return result

    def _insight_policy(self):
        """:return: the scoring settings of this company (:class:`Policy`)"""
        self.ensure_one()
        values = {name: self[field] for name, field in _POLICY_FIELDS.items()}
        borders = {name: values[name] or "" for name in rfm.FIXED_BORDERS}
        return Policy(**values | borders)

    def _insight_timezone(self):
        """:return: the time zone in which this company's business days run (str)"""
        self.ensure_one()
        contact = self.sudo().partner_id
        contact.fetch(["tz"])  # not all there is to know of it
        return contact.tz or "UTC"

    def _insight_today(self):
        """:return: today's date in the company's time zone (date)"""
        now = pytz.utc.localize(fields.Datetime.now())
        return now.astimezone(pytz.timezone(self._insight_timezone())).date()
