"""What records are without their person: see ``feedback.erasure``."""

from odoo import models
from odoo.tools import SQL


class SurveyUserInput(models.Model):
    _name = "survey.user_input"
    _inherit = ["survey.user_input", "feedback.erasable"]

    def _erased_values(self):
        return {
            "partner_id": False,
            "email": False,
            "nickname": False,
            "feedback_order_id": False,
            "feedback_case_id": False,
            "feedback_written": False,
        }

    def _erase_person(self):
        """The answers keep their numbers, and lose what was written."""
        result = super()._erase_person()
        texts = {"value_char_box": False, "value_text_box": False}
        self.user_input_line_ids.filtered(
            lambda line: line.answer_type in ("char_box", "text_box")
        ).with_context(tracking_disable=True).write(
            {**texts, "answer_type": False, "skipped": True}
        )
        self.env["feedback.comment"].sudo().search(
            [("user_input_id", "in", self.ids)]
        ).unlink()
        self.env["customer.preference"].sudo().with_context(active_test=False).search(
            [("user_input_id", "in", self.ids)]
        ).unlink()
        self.env["feedback.request"].sudo().search(
            [("user_input_id", "in", self.ids)]
        )._erase_person()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE feedback_answer
                   SET partner_id = NULL, contact_id = NULL, sale_order_id = NULL,
                       comment = NULL
                   WHERE user_input_id = ANY(%s)""",
                self.ids,
            )
        )
        self.env.invalidate_all()
        return result


class FeedbackCase(models.Model):
    _name = "feedback.case"
    _inherit = ["feedback.case", "feedback.erasable"]

    def _erased_values(self):
        return {
            "name": self._erased_word(),
            "partner_id": self.env.ref("feedback_survey.partner_erased").id,
            "description": False,
            "resolution": False,
            "sale_order_id": False,
        }

    def _erase_person(self):
        """Cause, outcome, product and times stay."""
        result = super()._erase_person()
        self.env["feedback.comment"].sudo().search(
            [("case_id", "in", self.ids)]
        ).unlink()
        handovers = self.handover_ids
        handovers._erase_person()
        self.env.cr.execute(
            SQL(
                "UPDATE feedback_compensation SET note = %s WHERE case_id = ANY(%s)",
                self._erased_word(),
                self.ids,
            )
        )
        self.env.invalidate_all()
        return result


class FeedbackCaseHandover(models.Model):
    _name = "feedback.case.handover"
    _inherit = ["feedback.case.handover", "feedback.erasable"]

    def _erased_values(self):
        return {"question": self._erased_word(), "answer": False}


class FeedbackPost(models.Model):
    _name = "feedback.post"
    _inherit = ["feedback.post", "feedback.erasable"]

    def _erased_values(self):
        return {
            "text": self._erased_word(),
            "author": False,
            "partner_id": False,
            "url": False,
            "external_id": False,
        }

    def _erase_person(self):
        """Platform, day and stars stay, and a mark by which it is known again: the
        next import would bring it back."""
        for post in self.filtered("external_id"):
            post.erased_mark = post._erasure_mark(post.external_id)
        result = super()._erase_person()
        self.env["feedback.comment"].sudo().search(
            [("post_id", "in", self.ids)]
        ).unlink()
        return result


class FeedbackRequest(models.Model):
    _name = "feedback.request"
    _inherit = ["feedback.request", "feedback.erasable"]

    def _erased_values(self):
        return {
            "partner_id": self.env.ref("feedback_survey.partner_erased").id,
            **dict.fromkeys(
                (
                    *("email", "lang", "source_model", "source_id", "sale_order_id"),
                    *("user_id", "event_date", "token", "user_input_id", "mail_id"),
                    "remind_at",
                ),
                False,
            ),
        }

    def _erase_person(self):
        """That somebody was asked stays, by day, for the figures of the rule.

        The key becomes a mark, so that the same event is not asked about once more. Who
        wants no surveys stays known, or they would be asked again.
        """
        emails = set(self.mapped("email")) - {False}
        self.filtered(lambda request: request.state == "waiting")._suppress("erased")
        result = super()._erase_person()
        self.env.cr.execute(
            SQL(
                """UPDATE feedback_request
                   SET key = 'erased:' || %(mark)s,
                       scheduled_at = date_trunc('day', scheduled_at),
                       sent_at = date_trunc('day', sent_at),
                       answered_at = date_trunc('day', answered_at)
                   WHERE id = ANY(%(ids)s) AND key NOT LIKE 'erased:%%'""",
                mark=self.env["feedback.erasure"]._mark_sql(SQL("key")),
                ids=self.ids,
            )
        )
        self.env.invalidate_all()
        # whoever was asked since, by whatever company, keeps the rest period
        emails -= set(self.search([("email", "in", list(emails))]).mapped("email"))
        self.env["feedback.address"].sudo().search(
            [("email", "in", list(emails)), ("opted_out_on", "=", False)]
        ).unlink()
        return result
