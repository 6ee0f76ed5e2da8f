from odoo import fields, models
from odoo.tools import SQL


class CustomerPlaybookStep(models.Model):
    """Playbooks ask: by a rule, with its survey, its rest period and its quota."""

    _inherit = "customer.playbook.step"

    action = fields.Selection(
        selection_add=[("survey", "Survey")], ondelete={"survey": "cascade"}
    )
    feedback_rule_id = fields.Many2one(
        "feedback.rule",
        string="Asked As By",
        ondelete="restrict",
        domain="[('channel', '=', 'email'), ('company_id', '=', company_id)]",
        context={"active_test": False},
        help="Survey, delay, rest period and reminders are those of this rule. It need"
        " not be active itself.",
    )

    def _required_fields(self):
        return {**super()._required_fields(), "survey": "feedback_rule_id"}

    def _touches(self):
        return {**super()._touches(), "survey": "email"}

    def _do_survey(self, enrolments):
        self.env.flush_all()
        events = SQL(
            """SELECT NULL::int AS source_id, %(now)s::timestamp AS moment,
                      enrolment.partner_id, enrolment.company_id,
                      NULL::int AS order_id, NULL::int AS team_id, NULL::int AS user_id,
                      NULL::varchar AS source_model,
                      'playbook:' || enrolment.id || ':' || %(step)s AS key, 0 AS rank
               FROM customer_playbook_enrolment enrolment
               WHERE enrolment.id = ANY(%(ids)s)""",
            now=fields.Datetime.now(),
            step=self.id,
            ids=enrolments.ids,
        )
        self.feedback_rule_id._insert(events, list_unsampled=True)
