from odoo import api, fields, models


class CustomerProfile(models.Model):
    """What is to be expected of a customer: the latest forecast of the company.

    Written by ``customer.prediction.run`` each night; empty for prospects and where
    nothing was learned yet.
    """

    _inherit = "customer.profile"

    churn_risk = fields.Float(
        digits=(5, 4),
        aggregator="avg",
        help="Chance of no purchase within the horizon of the forecast.",
    )
    alive_probability = fields.Float(
        string="Still a Customer",
        digits=(5, 4),
        aggregator="avg",
        help="Chance that the customer has not left for good. To be read, not to be"
        " ranked by: for that there is the churn risk.",
    )
    expected_purchases = fields.Float(
        digits=(16, 2), help="Mean number of purchase days within the horizon."
    )
    expected_value = fields.Monetary(
        help="Expected purchases times expected spend, within the horizon."
    )
    next_purchase_date = fields.Date(
        string="Next Purchase",
        help="The day until which a purchase comes with even odds; empty if the"
        " customer has more likely left for good.",
    )
    churn_reason = fields.Char(
        string="Why This Risk", compute="_compute_churn_reason", compute_sudo=True
    )

    @api.depends(
        "churn_risk",
        "expected_purchases",
        "recency_days",
        "purchase_days",
        "company_id",
    )
    def _compute_churn_reason(self):
        """In words: the silence against the own rhythm, and what became of others."""
        for company, profiles in self.grouped("company_id").items():
            run = self.env["customer.prediction.run"]._latest(company)
            for profile in profiles:
                profile.churn_reason = profile._churn_sentences(run)

    def _churn_sentences(self, run):
        # no chance and no purchase at once: there is no forecast yet
        if not run or not (self.churn_risk or self.expected_purchases):
            return False
        parts = [self._rhythm_sentence()]
        like = run._like_chance(1 - self.churn_risk)
        if like:
            parts.append(
                self.env._(
                    "Of the %(n)s customers in the same tenth on an earlier day,"
                    " %(share)s %% bought within %(days)s days (foretold:"
                    " %(said)s %%).",
                    n=like[2],
                    share=round(100 * like[1]),
                    said=round(100 * like[0]),
                    days=run.metrics["horizon_days"],
                )
            )
        if not run.is_better_than_baseline:
            parts.append(
                self.env._("So far this forecast is no better than simple rules.")
            )
        return " ".join(parts)

    def _rhythm_sentence(self):
        if self.purchase_days < 2:
            return self.env._(
                "Silence: %(days)s days since the only purchase.",
                days=self.recency_days,
            )
        return self.env._(
            "Silence: %(days)s days. Usual interval: %(interval)s days (n = %(n)s"
            " purchase days).",
            days=self.recency_days,
            interval=round(self.average_interval_days),
            n=self.purchase_days,
        )

    @api.model
    def _night_steps(self):
        steps = super()._night_steps()
        at = [name for name, __ in steps].index("customer profiles") + 1
        return [*steps[:at], ("forecasts", self._night_forecasts), *steps[at:]]

    @api.model
    def _night_forecasts(self, company):
        self.env["customer.prediction.run"]._refresh(company)
        return False
