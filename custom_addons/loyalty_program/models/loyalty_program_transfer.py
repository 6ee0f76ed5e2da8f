from odoo import fields, models


class LoyaltyProgram(models.Model):
    """Whether members may give points to each other."""

    _inherit = "loyalty.program"

    transfer_mode = fields.Selection(
        [
            ("none", "Not possible"),
            ("code", "Confirmed by a code sent by e-mail"),
            ("officer", "Confirmed by an officer"),
        ],
        string="Transfers",
        default="none",
        required=True,
        help="Whether members may give points to other members.",
        prefetch="loyalty_program",
    )
    transfer_max = fields.Float(
        string="At Most per Transfer",
        digits=(16, 2),
        help="Points of one transfer. 0 means no limit.",
        prefetch="loyalty_program",
    )
    transfer_max_month = fields.Float(
        string="Transferred at Most per Month",
        digits=(16, 2),
        help="Points a member can give away in a calendar month. 0 means no limit.",
        prefetch="loyalty_program",
    )

    _transfer_check = models.Constraint(
        "CHECK (transfer_max >= 0 AND transfer_max_month >= 0)",
        "Limits of transfers are not below zero.",
    )
