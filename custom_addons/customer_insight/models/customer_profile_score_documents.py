from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain

SCORES = ("recency", "frequency", "monetary")


class CustomerProfile(models.Model):
    """The documents behind the scores, each with its share of the figure scored.

    ========= =====================================================================
    score     share of a document
    ========= =====================================================================
    recency   all of it is the day of the last purchase: its purchases, in equal parts
    frequency one purchase day of n is 1/n, in equal parts among its purchases; days
              whose net amount is not above zero count nothing
    monetary  its amount, credit notes negative, of the net amount; none where that is
              not above zero
    ========= =====================================================================

    Shares of a score add up to 1. Frequency and amount are those of the RFM window of
    the day the figures are as of.
    """

    _inherit = "customer.profile"

    def action_open_recency(self):
        """Open the last purchase, all that recency looks at."""
        return self._open_score("recency", self.env._("Recency"))

    def action_open_frequency(self):
        """Open the purchases of the days that frequency counts, with their shares."""
        return self._open_score("frequency", self.env._("Frequency"))

    def action_open_monetary(self):
        """Open the documents of the amount that is scored, with their shares."""
        return self._open_score("monetary", self.env._("Monetary"))

    def _open_score(self, score, label):
        """The action that opens the documents behind a score, with their shares.

        :param score: one of ``SCORES``
        """
        self.ensure_one()
        self.check_access("read")
        ids = list(self._score_shares(score))
        view = self.env.ref("customer_insight.customer_purchase_view_list_score")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(score)s of %(customer)s",
                score=label,
                customer=self.partner_id.display_name,
            ),
            "res_model": "customer.purchase",
            "domain": list(self._own_purchases() & Domain("id", "in", ids)),
            "views": [(view.id, "list")],
            "context": {"insight_score": score, "insight_score_profile": self.id},
        }

    def _own_purchases(self):
        # by customer and company: found by index, a profile is not
        return Domain("partner_id", "=", self.partner_id.id) & Domain(
            "company_id", "=", self.company_id.id
        )

    def _score_purchases(self, score):
        """The documents of the days a score looks at."""
        domain = self._own_purchases()
        if score == "recency":
            last = self.last_purchase_date
            return self.env["customer.purchase"].search(
                domain & Domain("date", "=", last) if last else Domain.FALSE
            )
        day = self._page_day()
        domain &= Domain("date", "<=", day)
        policy = self.scoring_id.sudo().policy or {}
        months = policy.get(
            "rfm_window_months", self.company_id.sudo().insight_rfm_window_months
        )
        if months:
            domain &= Domain("date", ">", day - relativedelta(months=months))
        return self.env["customer.purchase"].search(domain)

    def _score_shares(self, score):
        """:return: ``{id of a document: its share of the score}``, adding up to 1"""
        purchases = self._score_purchases(score)
        if score == "monetary":
            total = sum(purchases.mapped("amount"))
            known = total > 0
            return {one.id: one.amount / total if known else 0.0 for one in purchases}
        smallest = self.currency_id.rounding / 2
        days = [
            documents.filtered(lambda one: one.amount > 0)
            for documents in purchases.grouped("date").values()
            if sum(documents.mapped("amount")) >= smallest
        ]
        return {
            one.id: 1 / len(days) / len(documents)
            for documents in days
            for one in documents
        }
