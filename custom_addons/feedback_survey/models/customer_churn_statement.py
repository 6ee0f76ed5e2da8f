from odoo import api, fields, models
from odoo.tools import SQL

from . import feedback_cause, feedback_theme  # noqa: F401  extended below


class FeedbackTheme(models.Model):
    _inherit = "feedback.theme"

    churn_reason_id = fields.Many2one(
        "customer.churn.reason",
        ondelete="set null",
        index="btree_not_null",
        help="Why a customer left who spoke ill of this and bought no more.",
    )


class FeedbackCause(models.Model):
    _inherit = "feedback.cause"

    churn_reason_id = fields.Many2one(
        "customer.churn.reason",
        ondelete="set null",
        index="btree_not_null",
        help="Why a customer left who complained of this and bought no more. Empty:"
        " that of the cause above.",
    )


class CustomerChurnStatement(models.Model):
    """Bad words on a theme, and causes of complaints, point to a reason of churn."""

    _inherit = "customer.churn.statement"

    @api.model
    def _offered_sources(self):
        return [
            *super()._offered_sources(),
            SQL(
                """SELECT speaker.commercial_partner_id AS partner_id,
                          mention.company_id, mention.date::date AS date,
                          theme.churn_reason_id AS reason_id
                   FROM feedback_mention mention
                   JOIN res_partner speaker ON speaker.id = mention.partner_id
                   JOIN feedback_theme theme ON theme.id = mention.theme_id
                   WHERE mention.sentiment = 'negative'
                     AND theme.churn_reason_id IS NOT NULL"""
            ),
            SQL(
                """SELECT speaker.commercial_partner_id AS partner_id,
                          complaint.company_id, complaint.create_date::date AS date,
                          COALESCE(cause.churn_reason_id, above.churn_reason_id)
                              AS reason_id
                   FROM feedback_case complaint
                   JOIN res_partner speaker ON speaker.id = complaint.partner_id
                   JOIN feedback_cause cause ON cause.id = complaint.cause_id
                   LEFT JOIN feedback_cause above ON above.id = cause.parent_id
                   WHERE COALESCE(cause.churn_reason_id, above.churn_reason_id)
                       IS NOT NULL AND complaint.enrolment_id IS NULL"""
            ),
        ]


class CustomerChurnLoss(models.Model):
    _inherit = "customer.churn.loss"

    _depends = {
        "feedback.case": ["cause_id", "company_id", "partner_id"],
        "feedback.cause": ["churn_reason_id", "parent_id"],
        "feedback.mention": [
            "company_id",
            "date",
            "partner_id",
            "sentiment",
            "theme_id",
        ],
        "feedback.theme": ["churn_reason_id"],
    }
