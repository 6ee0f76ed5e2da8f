"""Automatic replies to what people write into a survey."""

import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .feedback_address import MOST_BOUNCES

_logger = logging.getLogger(__name__)


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    reply_ids = fields.One2many("feedback.reply", "survey_id", copy=True)


class FeedbackCase(models.Model):
    _inherit = "feedback.case"

    is_reply_checked = fields.Boolean(
        readonly=True,
        copy=False,
        help="Words of a survey that could be answered automatically.",
    )


class SurveyUserInput(models.Model):
    """What was written is answered by a job, so that the page need not wait for it."""

    _inherit = "survey.user_input"

    is_reply_due = fields.Boolean(readonly=True, copy=False)

    _reply_due_idx = models.Index("(id) WHERE is_reply_due")

    def _mark_done(self):
        fresh = self.filtered(lambda one: one.state != "done")
        result = super()._mark_done()
        due = fresh.sudo().filtered(lambda one: one._is_answerable())
        if due:
            due.is_reply_due = True
            self.env.ref("feedback_survey.ir_cron_reply").sudo()._trigger()
        return result

    def _is_answerable(self):
        """Whether a known person wrote something here by themselves (bool)."""
        return bool(
            self.partner_id
            and not self.test_entry
            and not self.feedback_user_id
            and not self.survey_id.is_feedback_anonymous
            and self.env["feedback.answer"]._comment(self)
            and self.survey_id.reply_ids
        )

    @api.model
    def _cron_reply(self):
        """Answer what was written since, each once; can be stopped at any point.

        A reply that fails is named in the log and not tried again.
        """
        due = self.search([("is_reply_due", "=", True)], order="id")
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(due))
        for participation in due:
            try:
                with self.env.cr.savepoint():
                    participation._reply_to_comment()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception:
                _logger.exception("Answer %s got no reply", participation.id)
            participation.is_reply_due = False
            if not progress(1):
                break

    def _reply_to_comment(self):
        """Reply by the first line that fits, and hand over to a person.

        Words that came with a bad answer have a case: every line may fit. Others are
        answered only by a line with themes, which opens one.
        """
        self.ensure_one()
        cases = self.env["feedback.case"]
        case = cases.search([("participation_id", "=", self.id)], limit=1)
        case.is_reply_checked = True
        comment = self.env["feedback.answer"]._comment(self)
        if not comment or not self._is_answerable() or not self._may_be_answered():
            return
        lines = self.survey_id.reply_ids.filtered(
            lambda line: line.company_id == self.company_id
        )
        reply = (lines if case else lines.filtered("theme_ids"))._fitting(comment)
        if not reply:
            return
        case = case or cases.create(self._prepare_question_case(comment))
        if not case._was_replied():
            case._send_reply(reply)

    def _may_be_answered(self):
        """Whether the person takes mail that nobody wrote by hand (bool)."""
        person = self.partner_id
        email = person.email_normalized
        return bool(
            email
            and person.active
            and not person.is_blacklisted
            and person.message_bounce <= MOST_BOUNCES
            and not self.env["feedback.address"]._is_opted_out(email)
        )

    def _prepare_question_case(self, comment):
        return {
            "name": " ".join(comment.split())[:100],
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "participation_id": self.id,
            "sale_order_id": self.feedback_order_id.id,
            "channel": self.feedback_channel,
            "description": comment,
            "severity": "0",
            "is_reply_checked": True,
        }
