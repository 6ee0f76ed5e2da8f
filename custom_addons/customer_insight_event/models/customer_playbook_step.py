from odoo import fields, models
from odoo.tools import SQL


class CustomerPlaybookStep(models.Model):
    """Playbooks invite to an event.

    Consent, limit of touches and quiet hours are those of every e-mail of a playbook.
    """

    _inherit = "customer.playbook.step"

    action = fields.Selection(
        selection_add=[("event", "Invitation to an event")],
        ondelete={"event": "cascade"},
    )
    event_id = fields.Many2one(
        "event.event",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', 'in', (False, company_id)),"
        " ('is_finished', '=', False)]",
        help="Customers are invited by e-mail, each once, as long as the event has not"
        " begun and has free seats.",
    )

    def _required_fields(self):
        return {**super()._required_fields(), "event": "event_id"}

    def _touches(self):
        return {**super()._touches(), "event": "email"}

    def _refusals(self):
        refusals = super()._refusals()
        if self.action == "event":
            event = self.event_id.sudo()
            is_closed = (
                not event.active
                or event.date_begin <= fields.Datetime.now()
                or event.event_registrations_sold_out
            )
            refusals += [
                ("event_closed", SQL("%s", is_closed)),
                ("event_known", self._known_sql()),
            ]
        return refusals

    def _known_sql(self):
        """Who needs no invitation, or belongs to the control group of another one."""
        return SQL(
            """(partner.id IN (SELECT partner_id FROM (%(guests)s) guest)
                OR EXISTS (
                    SELECT FROM customer_playbook_enrolment other
                    JOIN customer_playbook_step invitation
                        ON invitation.playbook_id = other.playbook_id
                       AND invitation.event_id = %(event)s
                    LEFT JOIN customer_playbook_log log
                        ON log.enrolment_id = other.id
                       AND log.step_id = invitation.id AND log.state = 'done'
                    WHERE other.partner_id = partner.id
                      AND (log.id IS NOT NULL
                           OR other.is_control AND other.playbook_id <> %(playbook)s)
                ))""",
            guests=self.env["event.registration"]._guests_query(self.event_id.ids),
            event=self.event_id.id,
            playbook=self.playbook_id.id,
        )

    def _do_event(self, enrolments):
        """Send the invitation; date and place are written as the customer reads."""
        template = self.template_id or self.env.ref(
            "customer_insight_event.mail_template_invitation"
        )
        for lang, partners in enrolments.partner_id.grouped("lang").items():
            invitation = self.event_id.sudo()._invitation(lang)
            template.with_context(invitation=invitation).send_mail_batch(partners.ids)
