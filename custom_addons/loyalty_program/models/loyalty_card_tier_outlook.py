from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ..engine.points import to_points


class LoyaltyCard(models.Model):
    """Which tier a member will hold when the period ends, if nothing more comes."""

    _inherit = "loyalty.card"

    projected_tier_id = fields.Many2one(
        "loyalty.tier",
        compute="_compute_projected_tier",
        help="The tier after the present one ends, with what counts already.",
    )
    projected_on = fields.Date(
        string="Projected From", compute="_compute_projected_tier"
    )
    missing_to_keep = fields.Float(
        string="Missing to Keep the Tier",
        digits=(16, 2),
        compute="_compute_projected_tier",
    )
    tier_outlook = fields.Char(string="Outlook", compute="_compute_projected_tier")

    @api.depends("tier_id", "tier_until", "qualifying_points")
    @api.depends_context("lang")
    def _compute_projected_tier(self):
        for card in self:
            account = card.sudo()
            tier, day, missing = account._project_tier()
            card.projected_tier_id = tier
            card.projected_on = day
            card.missing_to_keep = missing
            card.tier_outlook = day and account._outlook_sentence(tier, day, missing)

    def _project_tier(self):
        """Look at the first day after the period and its grace, as the job will then.

        :return: ``(loyalty.tier, day or False, Decimal that is missing to keep it)``
        """
        current, program = self.tier_id, self.program_id
        if not (current and self.tier_until) or program.tier_downgrade == "none":
            return current, False, to_points(0)
        grace = timedelta(days=program.tier_grace_days)
        day = max(self.tier_until + grace, self._today()) + timedelta(days=1)
        self.env.flush_all()
        if program.tier_window in ("calendar_year", "anniversary"):
            counted = self._counted_between(
                self._tier_window(self.tier_until)[0], self.tier_until + grace
            )
        else:
            counted = self._counted_between(self._tier_window(day)[0], day)
        missing = max(to_points(current.threshold) - counted, to_points(0))
        if not missing:
            return current, day, missing
        return self._lower_tier(self._tier_for(counted)), day, missing

    def _outlook_sentence(self, tier, day, missing):
        """What the member may be told of it."""
        values = {
            "tier": self.tier_id.name,
            "next": tier.name or self.env._("no tier"),
            "day": format_date(self.env, day),
            "missing": f"{missing:,.2f}",
        }
        if not missing:
            return self.env._("%(tier)s is kept beyond %(day)s.", **values)
        basis = self.program_id.tier_basis
        if basis == "orders":
            values["missing"] = f"{missing:.0f}"
            text = self.env._("%(missing)s more orders keep %(tier)s", **values)
        elif basis == "spend":
            text = self.env._("Buying for %(missing)s more keeps %(tier)s", **values)
        else:
            text = self.env._("%(missing)s more points keep %(tier)s", **values)
        return self.env._(
            "%(what)s; otherwise %(next)s from %(day)s on.", what=text, **values
        )
