from odoo import fields, models


class CustomerPlaybook(models.Model):
    """Playbooks begin when somebody came to an event."""

    _inherit = "customer.playbook"

    event_kind = fields.Selection(
        selection_add=[("event_attended", "Event attended")],
        ondelete={"event_attended": "set null"},
    )


class CustomerPlaybookLog(models.Model):
    _inherit = "customer.playbook.log"

    reason = fields.Selection(
        selection_add=[
            ("event_closed", "The event has begun, is over or full"),
            ("event_known", "Invited, registered or drawn to compare with already"),
        ],
        ondelete={"event_closed": "set null", "event_known": "set null"},
    )
