from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

_DAYS = 365
#: What each open or recent case takes off.
_OPEN, _RECENT = 50, 20


class CustomerProfile(models.Model):
    """What customers say, as components of their health.

    ============ ==================================================================
    code         score
    ============ ==================================================================
    satisfaction mean of the last 365 days' answers, each as a share of its scale,
                 times 100
    complaints   100 less 50 for each case open on the day and 20 for each other one
                 of the last 365 days; of customers with an answer or a case only
    ============ ==================================================================
    """

    _inherit = "customer.profile"

    def _health_components(self, company, as_of):
        return {
            **super()._health_components(company, as_of),
            "satisfaction": {
                "name": self.env._("Satisfaction"),
                "weight": 15,
                "query": self._health_satisfaction_query(company, as_of),
                "values": ("answers", "mean"),
                "sentence": "_health_satisfaction_sentence",
                "action": "_open_health_answers",
            },
            "complaints": {
                "name": self.env._("Complaints"),
                "weight": 15,
                "query": self._health_complaints_query(company, as_of),
                "values": ("open", "recent"),
                "sentence": "_health_complaints_sentence",
                "action": "_open_health_cases",
            },
        }

    def _feedback_period(self, company, as_of):
        """:return: first and following moment of the days that count (UTC)"""
        return (
            company._feedback_moment(as_of - relativedelta(days=_DAYS - 1)),
            company._feedback_moment(as_of + relativedelta(days=1)),
        )

    def _health_satisfaction_query(self, company, as_of):
        first, following = self._feedback_period(company, as_of)
        return SQL(
            """
            SELECT partner_id, COUNT(*)::int AS answers,
                   ROUND(100 * AVG(part))::int AS mean, 100 * AVG(part) AS score
            FROM (SELECT partner_id,
                         CASE metric WHEN 'nps' THEN score / 10.0
                              ELSE (score - 1.0) / (scale_max - 1) END AS part
                  FROM feedback_answer
                  WHERE company_id = %s AND date >= %s AND date < %s
                    AND partner_id IS NOT NULL) answer
            GROUP BY partner_id
            """,
            company.id,
            first,
            following,
        )

    def _health_complaints_query(self, company, as_of):
        first, following = self._feedback_period(company, as_of)
        return SQL(
            """
            SELECT partner_id, open, recent,
                   100 - %(per_open)s * open - %(per_recent)s * recent AS score
            FROM (SELECT partner_id,
                         COUNT(*) FILTER (WHERE is_open)::int AS open,
                         COUNT(*) FILTER (WHERE NOT is_open)::int AS recent
                  FROM (SELECT partner.commercial_partner_id AS partner_id,
                               COALESCE(closed_on >= %(following)s, TRUE) AS is_open
                        FROM feedback_case complaint
                        JOIN res_partner partner ON partner.id = complaint.partner_id
                        WHERE complaint.company_id = %(company)s
                          AND complaint.create_date < %(following)s
                          AND COALESCE(closed_on >= %(first)s, TRUE)
                        UNION ALL  -- who answers and has no case has no complaint
                        SELECT DISTINCT partner_id, NULL::boolean FROM feedback_answer
                        WHERE company_id = %(company)s AND partner_id IS NOT NULL
                          AND date >= %(first)s AND date < %(following)s) told
                  GROUP BY partner_id) counted
            """,
            per_open=_OPEN,
            per_recent=_RECENT,
            company=company.id,
            first=first,
            following=following,
        )

    def _health_satisfaction_sentence(self, values):
        return self.env._(
            "%(mean)s of 100 on average in %(answers)s answers of a year",
            mean=values["mean"],
            answers=values["answers"],
        )

    def _health_complaints_sentence(self, values):
        if not values["open"] and not values["recent"]:
            return self.env._("No complaint within a year")
        return self.env._(
            "%(open)s open cases, %(recent)s others within a year",
            open=values["open"],
            recent=values["recent"],
        )

    def _open_health_answers(self):
        return self.partner_id.action_open_feedback()

    def _open_health_cases(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_case_action"
        )
        domain = [
            ("partner_id", "child_of", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        return {
            **action,
            "display_name": self.partner_id.display_name,
            "domain": domain,
            "context": {},
        }
