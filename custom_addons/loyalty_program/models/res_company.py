from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    loyalty_account_level = fields.Selection(
        [
            ("person", "Each contact has an own account"),
            ("company", "Contacts of a company share its account"),
        ],
        string="Points Accounts",
        default="person",
        required=True,
    )
    loyalty_adjust_limit = fields.Float(
        string="Adjustment Limit of Officers",
        default=500.0,
        digits=(16, 2),
        help="Points a loyalty officer may add or take by hand at a time."
        " 0 means no limit. Managers have none.",
        prefetch="loyalty_program",
    )

    _loyalty_adjust_limit_check = models.Constraint(
        "CHECK (loyalty_adjust_limit >= 0)", "The limit is not below zero."
    )
