from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FeedbackCause(models.Model):
    """Why customers complain, as a tree: delivery, and below it late or damaged."""

    _name = "feedback.cause"
    _description = "Complaint Cause"
    _parent_store = True
    _order = "complete_name"
    _rec_name = "complete_name"

    name = fields.Char(required=True, translate=True)
    parent_id = fields.Many2one("feedback.cause", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    complete_name = fields.Char(
        compute="_compute_complete_name", recursive=True, store=True
    )
    active = fields.Boolean(default=True)
    case_count = fields.Integer(string="Cases", compute="_compute_case_count")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for cause in self:
            above = cause.parent_id.complete_name
            cause.complete_name = f"{above} / {cause.name}" if above else cause.name

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_case_count(self):
        for cause in self:
            cause.case_count = self.env["feedback.case"].search_count(
                [("cause_id", "child_of", cause.ids)]
            )

    @api.constrains("parent_id")
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A cause cannot lie below itself."))
