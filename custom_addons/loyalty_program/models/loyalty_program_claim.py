from odoo import fields, models


class LoyaltyProgram(models.Model):
    """What members may do by themselves."""

    _inherit = "loyalty.program"

    claim_valid_days = fields.Integer(
        string="Coupons Valid for Days",
        default=90,
        help="Coupons members claim with points end after so many days."
        " 0 means they do not end.",
        prefetch="loyalty_program",
    )
    is_open = fields.Boolean(
        string="Members Join by Themselves",
        default=True,
        help="Customers without an account can open one on their portal page.",
        prefetch="loyalty_program",
    )

    _claim_valid_days_check = models.Constraint(
        "CHECK (claim_valid_days BETWEEN 0 AND 3650)",
        "Coupons are valid between 0 and 3650 days.",
    )

    def _is_running(self):
        """Whether the program is within its days."""
        self.ensure_one()
        today = (self.company_id or self.env.company)._insight_today()
        return not (
            (self.date_from and self.date_from > today)
            or (self.date_to and self.date_to < today)
        )
