from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: Why a step was put off or left out.
REASONS = [
    ("objection", "Objects to profiling"),
    ("archived", "Contact archived"),
    ("no_address", "No address or number"),
    ("no_consent", "On the list of those not to be written to"),
    ("cap", "Touched often enough of late"),
    ("quiet", "Quiet hours"),
    ("interrupted", "Interrupted; not repeated, as it may have been done"),
    ("error", "Error"),
]

#: Messages are watched for failures for so many days.
_DELIVERY_DAYS = 30


class CustomerPlaybookLog(models.Model):
    """What became of one step for one customer: a row each, written once."""

    _name = "customer.playbook.log"
    _description = "Playbook Log"
    _order = "date desc, id desc"
    _log_access = False

    enrolment_id = fields.Many2one(
        "customer.playbook.enrolment", required=True, ondelete="cascade"
    )
    playbook_id = fields.Many2one(
        "customer.playbook", required=True, index=True, ondelete="cascade"
    )
    step_id = fields.Many2one("customer.playbook.step", ondelete="set null")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    user_id = fields.Many2one(related="partner_id.user_id")
    date = fields.Datetime(string="When", required=True)
    name = fields.Char(string="What")
    is_touch = fields.Boolean(
        string="Reaches the Customer", help="Counts for the limit of touches."
    )
    state = fields.Selection(
        [
            ("started", "Begun"),
            ("done", "Done"),
            ("postponed", "Put Off"),
            ("suppressed", "Left Out"),
            ("failed", "Failed"),
        ],
        required=True,
    )
    reason = fields.Selection(REASONS, string="Why Not")
    note = fields.Char()
    message_id = fields.Many2one(
        "mail.message",
        ondelete="set null",
        index="btree_not_null",
        help="Tells whether a text message could be delivered.",
    )

    _step_uniq = models.UniqueIndex("(enrolment_id, step_id)")
    _touch_idx = models.Index("(partner_id, date) WHERE is_touch AND state = 'done'")
    _step_idx = models.Index("(step_id) WHERE step_id IS NOT NULL")
    _sent_idx = models.Index(
        "(playbook_id, date) WHERE message_id IS NOT NULL AND state = 'done'"
    )

    @api.model
    def _note_undelivered(self, playbook, now):
        """Write down which messages could not be delivered after all.

        :param now: moment, UTC
        :return: number of rows that changed
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE customer_playbook_log log
                   SET state = 'failed', reason = 'error',
                       note = LEFT(COALESCE(NULLIF(sent.failure_reason, ''),
                                            sent.failure_type), 200)
                   FROM mail_notification sent
                   WHERE log.playbook_id = %s AND log.state = 'done'
                     AND log.message_id IS NOT NULL AND log.date > %s
                     AND sent.mail_message_id = log.message_id
                     AND sent.notification_status IN ('exception', 'bounce')""",
                playbook.id,
                now - timedelta(days=_DELIVERY_DAYS),
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model()
        return self.env.cr.rowcount

    @api.model
    def _note(self, step, enrolments, state, now, reason=None, note=None):
        """Write down what becomes of a step; what was done or begun is never changed.

        :param enrolments: customer.playbook.enrolment records
        :return: those whose row was written; the others had this step before
        """
        if not enrolments:
            return enrolments
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO customer_playbook_log AS log (
                       enrolment_id, playbook_id, step_id, partner_id, company_id, date,
                       name, is_touch, state, reason, note)
                   SELECT id, playbook_id, %(step)s, partner_id, company_id, %(now)s,
                          %(name)s, %(touch)s, %(state)s, %(reason)s, %(note)s
                   FROM customer_playbook_enrolment WHERE id = ANY(%(ids)s) ORDER BY id
                   ON CONFLICT (enrolment_id, step_id) DO UPDATE
                       SET date = EXCLUDED.date, state = EXCLUDED.state,
                           reason = EXCLUDED.reason, note = EXCLUDED.note
                       WHERE log.state = 'postponed'
                   RETURNING enrolment_id""",
                step=step.id,
                now=now,
                name=step.display_name,
                touch=step._is_touch(),
                state=state,
                reason=reason,
                note=note,
                ids=enrolments.ids,
            )
        )
        self.invalidate_model()
        return enrolments.browse(row[0] for row in rows)

    def action_open_customer(self):
        """Open the customer's page."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)
