"""Forgetting persons: on request, and when the time for which they are kept is over.

Scores, causes, outcomes and hours stay, so that the figures of past periods do not
change. Who it was, and every word they wrote, is gone; so are the themes of the words.
"""

import hashlib
import logging

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCH = 500


class FeedbackErasure(models.AbstractModel):
    _name = "feedback.erasure"
    _description = "Forgetting Persons in Feedback"

    @api.model
    def _erase(self, partners, companies):
        """Forget persons and their contacts in all feedback of companies.

        Can be run again: what was forgotten is not found any more.
        """
        people = Domain("partner_id", "child_of", partners.ids)
        people &= Domain("company_id", "in", companies.ids)
        self._participations(people)._erase_person()
        # requests: also what was never answered, and what is on its way
        for model in ("feedback.case", "feedback.post", "feedback.request"):
            self.env[model].sudo().search(people)._erase_person()

    @api.model
    def _mark(self, *parts):
        """What was erased is known again by this, and nothing can be read from it.

        :return: digest of texts and numbers, keyed with the secret of the database
        """
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = ":".join(map(str, (secret, *parts)))
        return hashlib.sha256(text.encode()).hexdigest()

    @api.model
    def _mark_sql(self, *parts):
        """The same mark of columns (SQL); the secret does not leave the database."""
        return SQL(
            """encode(sha256(convert_to(concat_ws(':', (
                   SELECT value FROM ir_config_parameter WHERE key = 'database.secret'
               ), %s), 'UTF8')), 'hex')""",
            SQL(", ").join(parts),
        )

    @api.model
    def _participations(self, domain):
        named = Domain("survey_id.has_metrics", "=", True)
        named &= Domain("test_entry", "=", False)
        return self.env["survey.user_input"].sudo().search(domain & named)

    @api.model
    def _cron_forget(self):
        """Forget who is kept for longer than their company says, in batches.

        Each batch is a transaction; stopped anywhere, the next run goes on.
        """
        companies = self.env["res.company"].search([("feedback_keep_months", ">", 0)])
        work = [
            (company, kind)
            for company in companies
            for kind in (
                "survey.user_input",
                "feedback.case",
                "feedback.post",
                "feedback.request",
            )
        ]
        self.env["ir.cron"]._commit_progress(remaining=len(work))
        for company, model in work:
            while found := self._outdated(company, model):
                found._erase_person()
                self.env["ir.cron"]._commit_progress(0)
                _logger.info("%s of %s: %s forgotten", model, company.id, len(found))
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _outdated(self, company, model):
        """:return: the next records of a model that know persons for too long"""
        last = company._insight_today() - relativedelta(
            months=company.feedback_keep_months
        )
        before = company._feedback_moment(last)
        domain = Domain("company_id", "=", company.id)
        domain &= Domain("is_person_erased", "=", False)
        if model == "survey.user_input":
            done = Domain("state", "=", "done")
            # what was written and never sent is kept no longer
            domain &= (done & Domain("end_datetime", "<", before)) | (
                ~done & Domain("create_date", "<", before)
            )
            domain &= Domain("survey_id.has_metrics", "=", True)
        elif model == "feedback.case":
            domain &= Domain("closed_on", "<", before) & Domain("is_closed", "=", True)
        elif model == "feedback.request":
            # the others go with what was answered
            unanswered = Domain("user_input_id", "=", False)
            unanswered |= Domain("user_input_id.state", "!=", "done")
            domain &= Domain("scheduled_at", "<", before) & unanswered
        else:
            domain &= Domain("date", "<", before)
        return self.env[model].sudo().search(domain, limit=BATCH, order="id")


class FeedbackErasable(models.AbstractModel):
    """What a model needs whose records can forget their person."""

    _name = "feedback.erasable"
    _description = "Can Forget Its Person"

    is_person_erased = fields.Boolean(
        string="Person Erased",
        readonly=True,
        copy=False,
        help="Who it was and what they wrote is erased; numbers stay.",
    )

    def _erase_person(self):
        """Forget the person, and drop messages, followers, to-dos and files."""
        self = self.with_context(tracking_disable=True)  # noqa: PLW0642
        self.write({**self._erased_values(), "is_person_erased": True})
        self.env.flush_all()
        for model, name in (
            ("mail.message", "model"),
            ("mail.followers", "res_model"),
            ("mail.activity", "res_model"),
            ("ir.attachment", "res_model"),
        ):
            self.env[model].sudo().search(
                [(name, "=", self._name), ("res_id", "in", self.ids)]
            ).unlink()

    def _erased_values(self):
        """:return: values that a record without its person has"""
        return {}

    @api.model
    def _erased_word(self):
        return self.env._("Erased")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_erase_feedback(self):
        """Forget these persons in the feedback of the chosen companies.

        :raise AccessError: if the user is no manager of feedback
        """
        if not self.env.user.has_group("feedback_survey.group_manager"):
            raise AccessError(self.env._("Only managers of feedback erase it."))
        self.check_access("read")
        self.env["feedback.erasure"]._erase(self, self.env.companies)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Names and words are erased from feedback; numbers stay."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
