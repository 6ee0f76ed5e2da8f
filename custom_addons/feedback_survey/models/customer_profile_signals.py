from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

#: Days within which complaints add up.
_DAYS = 90
#: Points of an open case, and of more than one case within the days.
_OPEN, _REPEATED = 25, 25


class CustomerProfile(models.Model):
    """Complaints as a sign that a customer may be leaving.

    A case that was closed to an end is none; an open one is, and so are several within
    a quarter.
    """

    _inherit = "customer.profile"

    def _churn_signals(self, company, as_of):
        return {
            **super()._churn_signals(company, as_of),
            "complaints": {
                "name": self.env._("Complaints"),
                "query": self._complaint_signal_query(company, as_of),
                "sentence": "_complaint_signal_sentence",
            },
        }

    def _complaint_signal_query(self, company, as_of):
        following = company._feedback_moment(as_of + relativedelta(days=1))
        return SQL(
            """
            SELECT partner_id,
                   CASE WHEN open > 0 THEN %(open)s ELSE 0 END
                       + CASE WHEN recent > 1 THEN %(repeated)s ELSE 0 END AS points,
                   jsonb_build_object('open', open, 'recent', recent,
                                      'days', %(days)s::int) AS values
            FROM (SELECT partner.commercial_partner_id AS partner_id,
                         COUNT(*) FILTER (
                             WHERE COALESCE(closed_on >= %(following)s, TRUE)) AS open,
                         COUNT(*) FILTER (
                             WHERE complaint.create_date >= %(since)s) AS recent
                  FROM feedback_case complaint
                  JOIN res_partner partner ON partner.id = complaint.partner_id
                  WHERE complaint.company_id = %(company)s
                    AND complaint.create_date < %(following)s
                    AND (COALESCE(closed_on >= %(following)s, TRUE)
                         OR complaint.create_date >= %(since)s)
                  GROUP BY 1) customer
            WHERE open > 0 OR recent > 1
            """,
            open=_OPEN,
            repeated=_REPEATED,
            days=_DAYS,
            following=following,
            since=company._feedback_moment(as_of - relativedelta(days=_DAYS - 1)),
            company=company.id,
        )

    def _complaint_signal_sentence(self, values):
        return self.env._(
            "%(open)s open cases; %(recent)s complaints within %(days)s days",
            open=values["open"],
            recent=values["recent"],
            days=values["days"],
        )
