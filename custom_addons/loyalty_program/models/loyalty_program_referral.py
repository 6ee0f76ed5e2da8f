from odoo import fields, models


class LoyaltyProgram(models.Model):
    """What members get for friends they bring."""

    _inherit = "loyalty.program"

    referral_points = fields.Float(
        string="For the Member",
        digits=(16, 2),
        help="Points a member gets when a friend has paid the first order."
        " 0 switches referrals off.",
        prefetch="loyalty_program",
    )
    referral_friend_points = fields.Float(
        string="For the Friend",
        digits=(16, 2),
        help="Points the friend gets for the first paid order.",
        prefetch="loyalty_program",
    )
    referral_min_amount = fields.Float(
        string="Order of at Least",
        digits=(16, 2),
        help="Untaxed amount the friend's order must reach.",
        prefetch="loyalty_program",
    )
    referral_cap = fields.Integer(
        string="Friends per Year",
        default=20,
        help="From the next friend of a calendar year on an officer looks at each"
        " referral. 0 means no limit.",
        prefetch="loyalty_program",
    )

    _referral_check = models.Constraint(
        "CHECK (referral_points >= 0 AND referral_friend_points >= 0"
        " AND referral_min_amount >= 0 AND referral_cap >= 0)",
        "Points, amount and number of friends are not below zero.",
    )
