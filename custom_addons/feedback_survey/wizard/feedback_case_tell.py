from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.feedback_case import OUTCOMES


class FeedbackCaseTell(models.TransientModel):
    """How the customer learns what came of their case: by e-mail, or it was said."""

    _name = "feedback.case.tell"
    _description = "Tell the Customer"

    case_id = fields.Many2one("feedback.case", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="case_id.partner_id")
    email = fields.Char(related="case_id.partner_id.email")
    channel = fields.Selection(
        [
            ("email", "By e-mail"),
            ("phone", "Told on the phone"),
            ("visit", "Told in person"),
        ],
        required=True,
        compute="_compute_from_case",
        store=True,
        readonly=False,
    )
    outcome = fields.Selection(
        OUTCOMES,
        required=True,
        compute="_compute_from_case",
        store=True,
        readonly=False,
    )
    message = fields.Text(
        required=True, compute="_compute_from_case", store=True, readonly=False
    )

    @api.depends("case_id")
    def _compute_from_case(self):
        for tell in self:
            tell.outcome = tell.case_id.outcome
            tell.message = tell.case_id.resolution
            tell.channel = "email" if tell.email else "phone"

    def action_tell(self):
        """Send or note the message, and remember that the customer knows.

        :raise UserError: without a message, or without an address to send it to
        """
        self.ensure_one()
        case = self.case_id
        message = (self.message or "").strip()
        if not message:
            raise UserError(self.env._("What is the customer told?"))
        if self.channel == "email" and not self.email:
            raise UserError(
                self.env._(
                    "%(name)s has no e-mail address: tell them in another way.",
                    name=self.partner_id.display_name,
                )
            )
        case.write({"outcome": self.outcome, "resolution": message})
        by_email = self.channel == "email"
        case.message_post(
            body=message,  # plain text: markup in it stays text
            message_type="comment",
            subtype_xmlid="mail.mt_comment" if by_email else "mail.mt_note",
            partner_ids=self.partner_id.ids if by_email else [],
        )
        case._mark_told(self.channel)
        return {"type": "ir.actions.act_window_close"}
