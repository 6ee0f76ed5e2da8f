from odoo import fields, models


class FeedbackDepartment(models.Model):
    """Whom cases are handed over to: marketing, the warehouse, the workshop."""

    _name = "feedback.department"
    _description = "Department for Cases"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        string="Who Answers",
        required=True,
        domain=[("share", "=", False)],
        help="Who is asked, and finds the question among their activities.",
    )
    company_id = fields.Many2one("res.company", index=True)
