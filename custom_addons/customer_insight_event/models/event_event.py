from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, format_time
from odoo.tools.misc import formatLang

#: Purchases of so many days after an event belong to what came of it.
_DAYS_AFTER = 60


class EventEvent(models.Model):
    """Whom playbooks invited, who of them came, and what came of it."""

    _inherit = "event.event"

    invitation_step_ids = fields.One2many(
        "customer.playbook.step", "event_id", groups="customer_insight.group_user"
    )
    invitation_playbook_ids = fields.Many2many(
        "customer.playbook",
        string="Invitations",
        compute="_compute_invitation_playbooks",
        groups="customer_insight.group_user",
    )
    invited_count = fields.Integer(
        string="Invited",
        compute="_compute_invitations",
        groups="customer_insight.group_user",
        help="Customers to whom an invitation went out.",
    )
    invited_registered_count = fields.Integer(
        string="Registered",
        compute="_compute_invitations",
        groups="customer_insight.group_user",
        help="Invited customers of whom somebody registered, came or not.",
    )
    invited_attended_count = fields.Integer(
        string="Came",
        compute="_compute_invitations",
        groups="customer_insight.group_user",
    )
    invited_absent_count = fields.Integer(
        string="Stayed Away",
        compute="_compute_invitations",
        groups="customer_insight.group_user",
        help="Registered, but not there. Known once the event is over.",
    )
    invitation_outcome = fields.Char(
        string="Bought Since",
        compute="_compute_invitations",
        groups="customer_insight.group_user",
    )

    @api.depends("invitation_step_ids.playbook_id")
    def _compute_invitation_playbooks(self):
        for event in self:
            event.invitation_playbook_ids = event.invitation_step_ids.playbook_id

    @api.depends("date_end", "registration_ids.state", "registration_ids.partner_id")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_invitations(self):
        invited = self._read_invited()
        for event in self:
            found = invited.get(event._origin.id, {})
            event.invited_count = len(found)
            for name in ("registered", "attended", "absent"):
                count = len(event._invited_who(found, name))
                event[f"invited_{name}_count"] = count
            event.invitation_outcome = event._outcome_sentence(found)

    def _read_invited(self):
        """The customers the user may see to whom an invitation went out.

        :return: ``{event id: {customer id: (is registered, is attended, is measured,
            is bought, amount)}}``
        """
        logs = self.env["customer.playbook.log"]._search(
            [("step_id.event_id", "in", self.ids), ("state", "=", "done")]
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT step.event_id, log.partner_id,
                          BOOL_OR(COALESCE(guest.is_registered, FALSE)),
                          BOOL_OR(COALESCE(guest.is_attended, FALSE)),
                          BOOL_AND(enrolment.is_measured),
                          BOOL_OR(enrolment.is_bought),
                          MAX(enrolment.amount)
                   FROM customer_playbook_log log
                   JOIN customer_playbook_step step ON step.id = log.step_id
                   JOIN customer_playbook_enrolment enrolment
                       ON enrolment.id = log.enrolment_id
                   LEFT JOIN (%s) guest ON guest.event_id = step.event_id
                       AND guest.partner_id = log.partner_id
                   WHERE log.id IN (%s)
                   GROUP BY 1, 2""",
                self.env["event.registration"]._guests_query(self.ids),
                logs.select(),
            )
        )
        invited = {}
        for event_id, partner_id, *facts in rows:
            invited.setdefault(event_id, {})[partner_id] = facts
        return invited

    def _invited_who(self, invited, name):
        """:return: ids of the invited customers who ``registered``, ``attended`` or
        were ``absent``, or of all for ``invited`` (list)
        """
        tests = {
            "registered": lambda facts: facts[0],
            "attended": lambda facts: facts[1],
            "absent": lambda facts: self.is_finished and facts[0] and not facts[1],
        }
        test = tests.get(name, lambda facts: True)
        return [partner_id for partner_id, facts in invited.items() if test(facts)]

    def _outcome_sentence(self, invited):
        """:return: what those bought who came, without a claim of why (str)"""
        came = [facts for facts in invited.values() if facts[1] and facts[2]]
        if not came:
            return ""
        currency = (self.company_id or self.env.company).currency_id
        bought = sum(bool(facts[3]) for facts in came)
        return self.env._(
            "%(bought)s of %(n)s who came have bought since they were invited, for"
            " %(amount)s. Who comes would often have bought anyway: only the effect"
            " below, against customers left alone by chance, says what the event did.",
            bought=formatLang(self.env, bought, digits=0),
            n=formatLang(self.env, len(came), digits=0),
            amount=formatLang(
                self.env, sum(facts[4] or 0 for facts in came), currency_obj=currency
            ),
        )

    # === BUTTONS === #

    def action_open_invited(self):
        """Open the customers behind a number; the context says which."""
        self.ensure_one()
        name = self.env.context.get("invited_who", "invited")
        found = self._read_invited().get(self.id, {})
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "customer.profile",
            "views": [(False, "list"), (False, "form")],
            "domain": [("partner_id", "in", self._invited_who(found, name))],
            "context": {"active_test": False, "create": False},
        }

    def action_invite_segment(self):
        """Open a new playbook that invites the members of a segment.

        :raise UserError: if the event has begun
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if self.date_begin <= now:
            raise UserError(
                self.env._("%s has begun: nobody can be invited.", self.name)
            )
        days = (self.date_end - now).days + 1 + _DAYS_AFTER
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invite a Segment"),
            "res_model": "customer.playbook",
            "views": [(False, "form")],
            "context": {
                "default_name": self.env._("Invitation: %s", self.name),
                "default_company_id": (self.company_id or self.env.company).id,
                "default_trigger": "segment",
                "default_is_backlog": True,
                "default_is_left_by_purchase": False,
                "default_window_days": days,
                "default_step_ids": [
                    Command.create({"action": "event", "event_id": self.id})
                ],
            },
        }

    def _invitation(self, lang):
        """:return: name, days, place and address of the event as a mail says them"""
        self.ensure_one()
        event = self.with_context(lang=lang, tz=self.date_tz)
        url = event.event_url
        if "website_url" in event._fields and event.is_published:
            url = event.get_base_url() + event.website_url
        begin, end = (
            fields.Datetime.context_timestamp(event, moment)
            for moment in (event.date_begin, event.date_end)
        )
        days = format_date(event.env, begin.date(), lang, "full")
        if end.date() != begin.date():
            days = f"{days} – {format_date(event.env, end.date(), lang, 'full')}"
        time = format_time(event.env, begin.time(), time_format="short", lang_code=lang)
        return {
            "name": event.name,
            "days": f"{days}, {time}",
            "place": event.address_inline,
            "url": url,
        }
