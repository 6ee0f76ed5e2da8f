from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

#: Days within which complaints add up.
_DAYS = 90
#: Points of an open case, and of more than one case within the days.
_OPEN, _REPEATED = 25, 25
#: Recommendations up to here come from detractors, and their points.
_DETRACTOR, _NOT_RECOMMENDED = 6, 25


class CustomerProfile(models.Model):
    """Complaints and bad recommendations as signs that a customer may be leaving.

    A case that was closed to an end is none; an open one is, and so are several within
    a quarter, and a last recommendation of a detractor within it.
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
            "detractor": {
                "name": self.env._("Would Not Recommend Us"),
                "query": self._detractor_query(company, as_of),
                "sentence": "_detractor_sentence",
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
                    AND complaint.enrolment_id IS NULL
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

    def _detractor_query(self, company, as_of):
        """The last recommendation of the period is one of a detractor."""
        return SQL(
            """
            SELECT partner_id, %(points)s AS points, values
            FROM (SELECT DISTINCT ON (partner.commercial_partner_id)
                         partner.commercial_partner_id AS partner_id, answer.score,
                         jsonb_build_object('score', answer.score::int,
                             'days', %(as_of)s - answer.date::date) AS values
                  FROM feedback_answer answer
                  JOIN res_partner partner ON partner.id = answer.partner_id
                  WHERE answer.company_id = %(company)s AND answer.metric = 'nps'
                    AND answer.date >= %(since)s AND answer.date < %(following)s
                  ORDER BY partner.commercial_partner_id, answer.date DESC,
                           answer.id DESC) last_answer
            WHERE score <= %(detractor)s
            """,
            points=_NOT_RECOMMENDED,
            as_of=as_of,
            company=company.id,
            since=company._feedback_moment(as_of - relativedelta(days=_DAYS - 1)),
            following=company._feedback_moment(as_of + relativedelta(days=1)),
            detractor=_DETRACTOR,
        )

    def _complaint_signal_sentence(self, values):
        return self.env._(
            "Open cases: %(open)s; complaints within %(days)s days: %(recent)s",
            open=values["open"],
            recent=values["recent"],
            days=values["days"],
        )

    def _detractor_sentence(self, values):
        return self.env._(
            "Recommended us with %(score)s of 10, %(days)s days ago", **values
        )
