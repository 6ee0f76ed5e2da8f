from odoo import fields, models


class CustomerPlaybook(models.Model):
    _inherit = "customer.playbook"

    event_kind = fields.Selection(
        selection_add=[("course_finished", "Course finished")],
        ondelete={"course_finished": "set null"},
    )
