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
        self.env["feedback.erasure"]._drop_requests(
            self.env["feedback.request"]
            .sudo()
            .search([("user_input_id", "in", self.ids)])
        )
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
        """Platform, day and stars stay."""
        result = super()._erase_person()
        self.env["feedback.comment"].sudo().search(
            [("post_id", "in", self.ids)]
        ).unlink()
        return result
