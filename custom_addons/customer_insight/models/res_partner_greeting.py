from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    insight_no_greetings = fields.Boolean(
        string="No Greetings",
        groups="customer_insight.group_user",
        help="This person is not greeted on birthdays, anniversaries and festivals.",
        prefetch="customer_insight",
    )


class ResCompany(models.Model):
    _inherit = "res.company"

    insight_leap_birthday = fields.Selection(
        [("feb28", "28 February"), ("mar1", "1 March")],
        string="Birthdays of 29 February",
        default="feb28",
        required=True,
        help="The day they are kept on in years without 29 February.",
        prefetch="customer_insight",
    )
    insight_greeting_hour = fields.Integer(
        string="Greet from (Hour)",
        default=9,
        help="Mails go out from this hour of the day on, where the person is.",
        prefetch="customer_insight",
    )

    _insight_greeting_hour = models.Constraint(
        "CHECK (insight_greeting_hour BETWEEN 0 AND 23)",
        "The hour of greetings goes from 0 to 23.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    insight_leap_birthday = fields.Selection(
        related="company_id.insight_leap_birthday", readonly=False
    )
    insight_greeting_hour = fields.Integer(
        related="company_id.insight_greeting_hour", readonly=False
    )
