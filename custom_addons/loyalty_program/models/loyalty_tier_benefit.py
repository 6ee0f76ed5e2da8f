from datetime import timedelta

from odoo import api, fields, models, tools


class LoyaltyTier(models.Model):
    """What holders of a tier get, by Odoo's own means: price list, rewards, service."""

    _inherit = "loyalty.tier"
    _check_company_auto = True

    pricelist_id = fields.Many2one(
        "product.pricelist",
        check_company=True,
        help="Prices of members who hold this tier or a higher one without a list of"
        " its own. A list chosen on the contact comes before it, one of a segment"
        " after.",
    )
    birthday_points = fields.Float(
        digits=(16, 2),
        help="In place of the points of the rule for birthdays. 0 means as the next"
        " lower tier or, below all, as the rule.",
    )
    service_level = fields.Selection(
        [("standard", "Standard"), ("priority", "Served first")],
        string="Service",
        default="standard",
        required=True,
        help="Orders of members of this tier and those above are marked, and their"
        " deliveries come first.",
    )
    reward_program_ids = fields.Many2many(
        "loyalty.program",
        string="Rewards",
        compute="_compute_reward_program_ids",
        help="Programs that are only for this tier and those above.",
    )

    _birthday_check = models.Constraint(
        "CHECK (birthday_points BETWEEN 0 AND 1000000)",
        "Points for a birthday lie between 0 and 1,000,000.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {"active", "pricelist_id", "program_id", "service_level"}:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _compute_reward_program_ids(self):
        programs = self.env["loyalty.program"]
        found = programs.search([("audience_tier_ids", "in", self.ids)])
        for tier in self:
            tier.reward_program_ids = found.filtered(
                lambda program, t=tier: t in program.audience_tier_ids
            )

    def _and_lower(self):
        """This tier and those below it, the highest first: their benefits hold, too."""
        tiers = self.program_id.tier_ids
        return tiers.filtered(lambda tier: tier.threshold <= self.threshold).sorted(
            "threshold", reverse=True
        )

    def _is_served_first(self):
        return "priority" in self._and_lower().mapped("service_level")

    def _birthday_points(self):
        """Points for a birthday by this tier or the next lower one that says so."""
        return next(filter(None, self._and_lower().mapped("birthday_points")), 0.0)

    def action_open_benefits(self):
        """Open the tier to say what its members get."""
        self.ensure_one()
        return self._get_records_action(name=self.name)

    def action_open_rewards(self):
        """Open the programs for this tier, and prepare another one."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "loyalty.loyalty_program_discount_loyalty_action"
            ),
            "name": self.env._("Rewards for %s", self.name),
            "domain": [("audience_tier_ids", "in", self.ids)],
            "context": {
                "menu_type": "loyalty",
                "default_program_type": "promotion",
                "default_audience_tier_ids": self.ids,
                "default_company_id": self.company_id.id,
            },
        }


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    @tools.ormcache("self.id")
    def _has_tiers(self):
        """Whether there is any tier: orders need not look for them each time."""
        return bool(self.sudo().tier_ids)


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    tier_grace_until = fields.Date(
        string="In Grace Until",
        compute="_compute_tier_grace_until",
        help="The period of the tier is over; until this day it can be reached again.",
    )

    @api.depends("tier_id", "tier_until", "program_id.tier_grace_days")
    def _compute_tier_grace_until(self):
        for card in self:
            until, grace = card.tier_until, card.program_id.tier_grace_days
            in_grace = card.tier_id and until and grace and until < card._today()
            card.tier_grace_until = in_grace and until + timedelta(days=grace)
