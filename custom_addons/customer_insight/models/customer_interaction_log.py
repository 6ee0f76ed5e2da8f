from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .customer_interaction import CHANNELS, DIRECTIONS, OUTCOMES

LOG_KINDS = [
    ("call", "Call"),
    ("visit", "Visit"),
    ("meeting", "Meeting"),
    ("chat", "Chat"),
    ("social", "Social Media"),
    ("sms", "Text Message"),
    ("email", "E-mail"),
    ("other", "Other"),
]
_CHANNEL_OF = {
    "call": "phone",
    "visit": "in_person",
    "meeting": "in_person",
    "chat": "chat",
    "social": "social",
    "sms": "sms",
    "email": "email",
    "other": "other",
}
_LOG_CHANNELS = [
    (code, label) for code, label in CHANNELS if code not in ("document", "portal")
]


class CustomerInteractionLog(models.Model):
    """A touch entered by hand: what no document of Odoo records."""

    _name = "customer.interaction.log"
    _description = "Logged Interaction"
    _order = "date desc, id desc"

    name = fields.Char(string="Subject", help="In a few words; may be left empty.")
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Our Person",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    kind = fields.Selection(LOG_KINDS, required=True, default="call")
    channel = fields.Selection(
        _LOG_CHANNELS,
        compute="_compute_channel",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    direction = fields.Selection(
        [item for item in DIRECTIONS if item[0] != "none"],
        required=True,
        default="out",
    )
    outcome = fields.Selection(OUTCOMES)
    note = fields.Text()
    duration = fields.Float(string="Duration (Hours)")
    document = fields.Reference(
        selection="_selection_document", string="Linked Document"
    )
    follow_up_date = fields.Date(
        help="Plans an activity on the contact for this day when the entry is saved."
    )

    _duration_positive = models.Constraint(
        "CHECK (duration >= 0 AND duration <= 24)",
        "A touch lasts between nothing and a day.",
    )

    @api.depends("kind")
    def _compute_channel(self):
        for log in self:
            log.channel = _CHANNEL_OF.get(log.kind, "other")

    @api.model
    def _selection_document(self):
        """Documents that can be linked, those of apps the user works with."""
        return [
            (model, self.env["ir.model"]._get(model).name)
            for model in self._linked_models()
            if model in self.env
        ]

    @api.model
    def _linked_models(self):
        return ["sale.order", "account.move"]

    @api.constrains("date")
    def _check_date(self):
        # a client's clock may run a little fast
        latest = fields.Datetime.add(fields.Datetime.now(), hours=1)
        if any(log.date > latest for log in self):
            raise ValidationError(
                self.env._(
                    "A touch is logged when it has happened. For what is planned, use"
                    " an activity."
                )
            )

    @api.depends("kind", "partner_id", "name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for log in self:
            log.display_name = log.name or self.env._(
                "%(kind)s: %(contact)s",
                kind=kinds.get(log.kind, ""),
                contact=log.partner_id.display_name or "",
            )

    @api.model_create_multi
    def create(self, vals_list):
        logs = super().create(vals_list)
        logs._queue_customer_profiles()
        for log in logs:
            log._plan_follow_up()
            customer = log.partner_id.commercial_partner_id
            customer._customer_event("interaction_logged", log)
        return logs

    def write(self, vals):
        self._queue_customer_profiles()  # the customer they leave, if any
        result = super().write(vals)
        self._queue_customer_profiles()
        if vals.get("follow_up_date"):
            for log in self:
                log._plan_follow_up()
        return result

    def unlink(self):
        self._queue_customer_profiles()
        return super().unlink()

    def _queue_customer_profiles(self):
        self.env["customer.profile.queue"]._add(
            (log.partner_id.id, log.company_id.id) for log in self
        )

    def _plan_follow_up(self):
        """Plan a call (or, after other kinds, a to-do) on the contact."""
        self.ensure_one()
        if not self.follow_up_date:
            return
        kind = "call" if self.kind == "call" else "todo"
        self.partner_id.activity_schedule(
            f"mail.mail_activity_data_{kind}",
            self.follow_up_date,
            summary=self.name or self.env._("Follow up: %s", self.display_name),
            user_id=(self.user_id or self.env.user).id,
        )

    @api.model
    def _log_action(self, partner, kind="call"):
        """The dialog that logs a touch with a contact.

        :param partner: res.partner record
        :param kind: one of LOG_KINDS
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log with %s", partner.display_name),
            "res_model": self._name,
            "views": [
                (
                    self.env.ref(
                        "customer_insight.customer_interaction_log_view_form_dialog"
                    ).id,
                    "form",
                )
            ],
            "target": "new",
            "context": {
                "default_partner_id": partner.id,
                "default_kind": kind,
                "dialog_size": "medium",
            },
        }
