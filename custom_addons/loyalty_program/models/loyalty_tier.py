from odoo import fields, models


class LoyaltyTier(models.Model):
    """A level of a program, reached from its threshold on."""

    _name = "loyalty.tier"
    _description = "Loyalty Tier"
    _order = "program_id, threshold, id"

    name = fields.Char(required=True, translate=True)
    program_id = fields.Many2one(
        "loyalty.program", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    threshold = fields.Float(
        digits=(16, 2),
        help="Reached by exactly this much, in what the program counts.",
    )
    multiplier = fields.Float(
        default=1.0,
        digits=(6, 2),
        help="Members of this tier earn so many times the points of the rules.",
    )
    benefits = fields.Text(translate=True, help="What members of this tier get.")
    basis = fields.Selection(related="program_id.tier_basis")
    window = fields.Selection(related="program_id.tier_window")
    grace_days = fields.Integer(related="program_id.tier_grace_days")
    downgrade = fields.Selection(related="program_id.tier_downgrade")
    card_count = fields.Integer(string="Members", compute="_compute_card_count")

    _threshold_uniq = models.Constraint(
        "UNIQUE (program_id, threshold)", "Two tiers need two thresholds."
    )
    _figures_check = models.Constraint(
        "CHECK (threshold >= 0 AND multiplier BETWEEN 0.01 AND 100)",
        "A threshold is not below zero, a multiplier lies between 0.01 and 100.",
    )

    def _compute_card_count(self):
        counts = dict(
            self.env["loyalty.card"]._read_group(
                [("tier_id", "in", self.ids)], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.card_count = counts.get(tier, 0)

    def action_open_members(self):
        """Show the members of this tier."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_program.loyalty_card_action_account"
        )
        action["domain"] = [("tier_id", "=", self.id)]
        return action


class LoyaltyTierMove(models.Model):
    """A change of a member's tier, with what it was based on."""

    _name = "loyalty.tier.move"
    _description = "Change of Tier"
    _order = "date desc, id desc"

    card_id = fields.Many2one(
        "loyalty.card", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="card_id.partner_id", string="Member", store=True, index=True
    )
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    date = fields.Date(required=True, readonly=True)
    from_tier_id = fields.Many2one("loyalty.tier", readonly=True, ondelete="set null")
    to_tier_id = fields.Many2one("loyalty.tier", readonly=True, ondelete="set null")
    direction = fields.Selection([("up", "Up"), ("down", "Down")], readonly=True)
    qualifying = fields.Float(string="Counted", digits=(16, 2), readonly=True)
    window_start = fields.Date(string="Counted From", readonly=True)
    reason = fields.Char(readonly=True)


class LoyaltyProgram(models.Model):
    """How members of a program reach, keep and lose its tiers."""

    _inherit = "loyalty.program"

    tier_ids = fields.One2many("loyalty.tier", "program_id", string="Tiers", copy=True)
    tier_basis = fields.Selection(
        [
            ("points", "Points earned with orders"),
            ("spend", "Amount bought, untaxed"),
            ("orders", "Number of orders"),
        ],
        string="Tiers Count",
        default="points",
        required=True,
        help="Returned goods do not count. Amounts are in the company's currency.",
        prefetch="loyalty_program",
    )
    tier_window = fields.Selection(
        [
            ("lifetime", "Ever"),
            ("calendar_year", "In the calendar year"),
            ("rolling", "In the last months"),
            ("anniversary", "In the year of membership"),
        ],
        string="Counted",
        default="rolling",
        required=True,
        prefetch="loyalty_program",
    )
    tier_window_months = fields.Integer(
        string="Months", default=12, prefetch="loyalty_program"
    )
    tier_downgrade = fields.Selection(
        [
            ("none", "Never"),
            ("step", "One tier down"),
            ("balance", "To the tier that was reached"),
        ],
        string="At the End of the Period",
        default="step",
        required=True,
        help="What happens to members who did not reach their tier again. Tiers are"
        " gained at once and kept until the period ends.",
        prefetch="loyalty_program",
    )
    tier_grace_days = fields.Integer(
        string="Days of Grace",
        help="After the end of the period, to reach the tier after all.",
        prefetch="loyalty_program",
    )

    _tier_figures_check = models.Constraint(
        "CHECK (tier_window_months BETWEEN 1 AND 120"
        " AND tier_grace_days BETWEEN 0 AND 366)",
        "Count 1 to 120 months, and give 0 to 366 days of grace.",
    )
