from odoo import api, fields, models
from odoo.tools import SQL


class CustomerInteraction(models.Model):
    """Answered surveys and cases are touches of the customer."""

    _inherit = "customer.interaction"

    kind = fields.Selection(
        selection_add=[("survey", "Survey Answered"), ("case", "Case")]
    )

    _depends = {
        "feedback.case": ["channel", "company_id", "name", "partner_id", "user_id"],
        "survey.user_input": [
            "company_id",
            "end_datetime",
            "feedback_channel",
            "feedback_user_id",
            "partner_id",
            "state",
            "test_entry",
        ],
    }

    @api.model
    def _contact_kinds(self):
        return [*super()._contact_kinds(), "survey", "case"]

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "survey.user_input": self._survey_touches(company),
            "feedback.case": self._case_touches(company),
        }

    @api.model
    def _survey_touches(self, company=None):
        return self._source_query(
            SQL(
                "survey_user_input participation"
                " JOIN survey_survey survey ON survey.id = participation.survey_id"
            ),
            SQL(
                "participation.state = 'done' AND participation.test_entry IS NOT TRUE"
            ),
            company,
            source_id=SQL("participation.id"),
            date=SQL("participation.end_datetime"),
            anchor_id=SQL("participation.partner_id"),
            company_id=SQL("participation.company_id"),
            kind=SQL("'survey'"),
            channel=self._feedback_channel_sql(SQL("participation.feedback_channel")),
            direction=SQL("'in'"),
            summary=SQL("survey.title ->> 'en_US'"),
            user_id=SQL("participation.feedback_user_id"),
        )

    @api.model
    def _case_touches(self, company=None):
        return self._source_query(
            SQL("feedback_case complaint"),
            SQL("TRUE"),
            company,
            source_id=SQL("complaint.id"),
            date=SQL("complaint.create_date"),
            anchor_id=SQL("complaint.partner_id"),
            company_id=SQL("complaint.company_id"),
            kind=SQL("'case'"),
            channel=self._feedback_channel_sql(SQL("complaint.channel")),
            direction=SQL("'in'"),
            summary=SQL("complaint.name"),
            user_id=SQL("complaint.user_id"),
        )

    @api.model
    def _feedback_channel_sql(self, channel):
        """The timeline's name of a channel of answers (SQL)."""
        return SQL(
            """CASE %(channel)s WHEN 'visit' THEN 'in_person' WHEN 'web' THEN 'other'
                                WHEN 'review' THEN 'social'
                                ELSE %(channel)s END""",
            channel=channel,
        )
