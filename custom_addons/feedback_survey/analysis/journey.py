from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerAnalysisJourney(models.AbstractModel):
    """The journey map with what customers said in each stage."""

    _inherit = "customer.analysis.journey"

    def _help(self, asked):
        return " ".join(
            [
                super()._help(asked),
                self.env._(
                    "Satisfaction: the mean of the answers of the period, each as a"
                    " share of its scale, by the stage of the day."
                ),
            ]
        )

    def _answers_query(self, asked):
        company = self.env.company
        following = asked.until + relativedelta(days=1)
        during = (
            Domain("date", ">=", company._feedback_moment(asked.since))
            & Domain("date", "<", company._feedback_moment(following))
            & Domain("partner_id", "!=", False)
        )
        query, column = self._readable(
            "feedback.answer", self._of_customers(asked, during)
        )
        return query.select(
            SQL("%s AS id", column("id")),
            SQL("%s AS partner_id", column("partner_id")),
            SQL(
                "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date AS day",
                column("date"),
                company._insight_timezone(),
            ),
            SQL(
                """CASE %(metric)s WHEN 'nps' THEN %(score)s / 10.0
                        ELSE (%(score)s - 1.0) / NULLIF(%(scale)s - 1, 0) END AS part
                """,
                metric=column("metric"),
                score=column("score"),
                scale=column("scale_max"),
            ),
        )

    def _records(self, asked, key):
        if key[0] != "answers":
            return super()._records(asked, key)
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) answer WHERE stage = %s",
                self._with_stage(asked, self._answers_query(asked)),
                str(key[1]),
            )
        )
        domain = Domain("company_id", "=", self.env.company.id) & Domain(
            "id", "in", [answer_id for (answer_id,) in rows]
        )
        label = self._labels_of("customer.profile", "lifecycle_stage")[key[1]]
        return "feedback.answer", domain, label
