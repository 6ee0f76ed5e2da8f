from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.addons.customer_insight.analysis.parameters import Choice
from odoo.fields import Domain
from odoo.tools import SQL

PERIODS = (30, 90, 180, 365)


class FeedbackAnalysis(models.AbstractModel):
    """What screens about comments and answers share: their period and their readers.

    Whoever may read an answer's row may read its mentions and the other way round, so
    figures of one model may be joined with rows of the other.
    """

    _name = "feedback.analysis"
    _inherit = "customer.analysis"
    _description = "Feedback Analysis"

    def _parameters(self):
        until, *others = super()._parameters()
        periods = tuple(
            (days, self.env._("%(count)s days", count=days)) for days in PERIODS
        )
        return [
            until,
            Choice("days", self.env._("Period"), self._default_days(), periods),
            *others,
        ]

    def _default_days(self):
        return 90

    def _minimum(self):
        """:return: the fewest answers or comments that make a figure"""
        return self._least()

    def _period(self, asked, back=0):
        """The days looked at.

        :param back: 1 for the period of the same length before, and so on
        :return: domain on ``date`` and ``company_id``
        """
        last = asked.until - relativedelta(days=asked.days * back)
        return self._between(last - relativedelta(days=asked.days - 1), last)

    def _between(self, first, last):
        """:return: domain of the company's days from first to last"""
        company = self.env.company
        return (
            Domain("company_id", "=", company.id)
            & Domain("date", ">=", company._feedback_moment(first))
            & Domain(
                "date", "<", company._feedback_moment(last + relativedelta(days=1))
            )
        )

    def _customers(self, asked):
        """:return: domain that leaves the customers of the filters"""
        if not self._is_filtered(asked):
            return Domain.TRUE
        return Domain(
            "partner_id.feedback_profile_ids", "any", self._profile_domain(asked)
        )

    def _revenue_by_partner(self, asked):
        """The 12 months until the day, less credit notes, of each customer (SQL)."""
        since = asked.until - relativedelta(years=1) + relativedelta(days=1)
        query, column = self._readable(
            "customer.purchase", self._purchase_domain(asked, since, asked.until)
        )
        query.groupby = column("partner_id")
        return query.select(
            SQL("%s AS partner_id", column("partner_id")),
            SQL("SUM(%s)::double precision AS revenue", column("amount")),
        )

    def _theme_name(self, theme):
        return self.env["feedback.theme"].browse(theme).display_name
