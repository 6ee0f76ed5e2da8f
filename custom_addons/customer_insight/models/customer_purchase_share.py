from odoo import api, fields, models

from .customer_profile_score_documents import SCORES


class CustomerPurchase(models.Model):
    """The share of a document in a score, where a list is opened for one."""

    _inherit = "customer.purchase"

    score_share = fields.Float(
        string="Share",
        compute="_compute_score_share",
        digits=(16, 4),
        help="This document's part of the figure that is scored.",
    )

    @api.depends_context("uid", "insight_score", "insight_score_profile")
    def _compute_score_share(self):
        """Of the score and the customer that the list was opened for."""
        score = self.env.context.get("insight_score")
        profile_id = self.env.context.get("insight_score_profile")
        shares = {}
        if score in SCORES and isinstance(profile_id, int):
            profile = self.env["customer.profile"].with_context(active_test=False)
            profile = profile.search([("id", "=", profile_id)])
            shares = profile._score_shares(score) if profile else {}
        for purchase in self:
            purchase.score_share = shares.get(purchase.id, 0.0)
