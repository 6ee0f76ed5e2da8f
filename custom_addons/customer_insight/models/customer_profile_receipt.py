from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..engine import rfm


class CustomerProfile(models.Model):
    """Why each score, class and stage is what it is, in the reader's language."""

    _inherit = "customer.profile"

    recency_receipt = fields.Char(compute="_compute_score_receipts")
    frequency_receipt = fields.Char(compute="_compute_score_receipts")
    monetary_receipt = fields.Char(compute="_compute_score_receipts")
    segment_receipt = fields.Char(compute="_compute_segment_receipt")
    value_receipt = fields.Char(compute="_compute_value_receipt")
    stage_receipt = fields.Char(compute="_compute_stage_receipt")
    is_reliable = fields.Boolean(
        compute="_compute_is_reliable",
        help="Whether there are enough buyers for scores to mean something.",
    )

    @api.depends("company_id", "as_of")
    def _compute_is_reliable(self):
        scorings = self.env["customer.scoring"]
        for (company_id, as_of), profiles in self.grouped(
            lambda profile: (profile.company_id.id, profile.as_of)
        ).items():
            profiles.is_reliable = scorings._is_reliable_on(company_id, as_of)

    @api.depends("scoring_id", "recency_days", "frequency", "monetary")
    @api.depends_context("lang")
    def _compute_score_receipts(self):
        for profile in self:
            if not profile.purchase_days:
                profile.recency_receipt = self.env._("No purchase yet")
                profile.frequency_receipt = profile.monetary_receipt = False
                continue
            scoring = profile.scoring_id.sudo()  # borders hold no customer's data
            profile.recency_receipt = profile._score_receipt(
                self.env._("%(days)s days since", days=profile.recency_days),
                profile.rfm_recency,
                scoring.recency_borders,
                lambda border: self.env._("at most %(days)s days", days=-int(border)),
            )
            profile.frequency_receipt = profile._score_receipt(
                self.env._("%(count)s purchase days", count=profile.frequency),
                profile.rfm_frequency,
                scoring.frequency_borders,
                lambda border: self.env._("at least %(count)s days", count=int(border)),
            )
            profile.monetary_receipt = profile._score_receipt(
                profile._money(profile.monetary),
                profile.rfm_monetary,
                scoring.monetary_borders,
                lambda border, profile=profile: self.env._(
                    "at least %(amount)s", amount=profile._money(border)
                ),
            )

    def _score_receipt(self, value, score, borders, describe):
        """One sentence: the value, its score, and what the next score takes.

        :param describe: function of a border's value, returning the words for it
        """
        following = [
            (higher, border)
            for higher, border in zip(rfm.SCORES[1:], borders or (), strict=False)
            if higher > score and border is not None
        ]
        if not following:
            return self.env._("%(value)s: the best score", value=value)
        # scores that share a border are reached together: name the highest of them
        border = following[0][1]
        higher = max(score for score, other in following if other == border)
        return self.env._(
            "%(value)s; score %(score)s takes %(border)s",
            value=value,
            score=higher,
            border=describe(border),
        )

    @api.depends("rfm_score", "rfm_segment_id")
    @api.depends_context("lang")
    def _compute_segment_receipt(self):
        for profile in self:
            profile.segment_receipt = (
                self.env._(
                    "RFM code %(code)s belongs to %(segment)s",
                    code=profile.rfm_score,
                    segment=profile.rfm_segment_id.name,
                )
                if profile.rfm_score
                else self.env._("No purchase yet")
            )

    @api.depends("value_class", "monetary", "scoring_id")
    @api.depends_context("lang")
    def _compute_value_receipt(self):
        for profile in self:
            low, high = profile.scoring_id.sudo().value_borders or (None, None)
            if not profile.value_class:
                profile.value_receipt = self.env._("No purchase yet")
            elif profile.value_class == "high":
                profile.value_receipt = self.env._(
                    "%(amount)s; high value begins at %(border)s",
                    amount=profile._money(profile.monetary),
                    border=profile._money(high),
                )
            elif profile.value_class == "normal":
                profile.value_receipt = self.env._(
                    "%(amount)s; between %(low)s and %(high)s",
                    amount=profile._money(profile.monetary),
                    low=profile._money(low),
                    high="∞" if high is None else profile._money(high),
                )
            else:
                profile.value_receipt = self.env._(
                    "%(amount)s; low value ends below %(border)s",
                    amount=profile._money(profile.monetary),
                    border="∞" if low is None else profile._money(low),
                )

    @api.depends("lifecycle_stage", "stage_since", "scoring_id", "last_purchase_date")
    @api.depends_context("lang")
    def _compute_stage_receipt(self):
        for profile in self:
            profile.stage_receipt = profile._stage_sentence()

    def _stage_sentence(self):
        """The rule that put this customer in the stage, with its values."""
        policy = self.scoring_id.sudo().policy or {}
        silent = {
            "days": self.recency_days,
            "date": format_date(self.env, self.last_purchase_date),
        }
        match self.lifecycle_stage:
            case "prospect":
                return self.env._("No purchase yet")
            case "churned":
                return self.env._(
                    "No purchase for %(days)s days (since %(date)s): more than"
                    " %(limit)s",
                    limit=policy.get("churned_days"),
                    **silent,
                )
            case "at_risk":
                return self.env._(
                    "No purchase for %(days)s days (since %(date)s): more than"
                    " %(limit)s",
                    limit=policy.get("at_risk_days"),
                    **silent,
                )
            case "loyal":
                return self.env._(
                    "At least %(count)s purchase days within %(months)s months",
                    count=policy.get("loyal_purchases"),
                    months=policy.get("loyal_months"),
                )
            case "repeat" | "active":
                return self.env._(
                    "%(count)s purchase days, the last on %(date)s",
                    count=self.purchase_days,
                    date=silent["date"],
                )
            case _:
                return self.env._("One purchase day, on %(date)s", date=silent["date"])

    def _money(self, amount):
        return format_amount(self.env, amount or 0.0, self.currency_id)
