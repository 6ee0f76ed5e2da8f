from odoo import fields, models


class CustomerPlaybookStep(models.Model):
    """Playbooks enrol in a course."""

    _inherit = "customer.playbook.step"

    action = fields.Selection(
        selection_add=[("course", "Course")], ondelete={"course": "cascade"}
    )
    course_id = fields.Many2one(
        "slide.channel",
        ondelete="restrict",
        help="Customers are enrolled as if they had joined by themselves.",
    )

    def _required_fields(self):
        return {**super()._required_fields(), "course": "course_id"}

    def _do_course(self, enrolments):
        self.course_id.sudo()._action_add_members(enrolments.partner_id)
