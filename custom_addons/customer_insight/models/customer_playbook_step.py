from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class CustomerPlaybookStep(models.Model):
    """One thing a playbook does for a customer, so many days after the one before.

    An add-on that knows more actions extends the selection with ``selection_add`` and
    adds a method ``_do_<action>(enrolments)``; actions that reach the customer are
    named by ``_touches``, why a customer cannot be reached by ``_refusals``.
    """

    _name = "customer.playbook.step"
    _description = "Playbook Step"
    _order = "playbook_id, sequence, id"

    playbook_id = fields.Many2one(
        "customer.playbook", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="playbook_id.company_id")
    sequence = fields.Integer(default=10)
    delay_days = fields.Integer(
        string="After (Days)", help="Since the step before, or since the beginning."
    )
    action = fields.Selection(
        [
            ("activity", "Activity"),
            ("plan", "Activity plan"),
            ("email", "E-mail"),
            ("sms", "Text message"),
            ("tag", "Tag"),
            ("owner", "Change the salesperson"),
            ("server", "Server action"),
        ],
        required=True,
        default="activity",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        ondelete="restrict",
        domain=[("res_model", "in", (False, "res.partner"))],
    )
    activity_days = fields.Integer(
        string="Due Within (Days)", default=3, help="Days to do the activity."
    )
    summary = fields.Char(translate=True, help="What is to be done.")
    note = fields.Text(translate=True, help="How, and what can be offered.")
    plan_id = fields.Many2one(
        "mail.activity.plan",
        ondelete="restrict",
        domain=[("res_model", "=", "res.partner")],
    )
    template_id = fields.Many2one(
        "mail.template",
        string="E-Mail Template",
        ondelete="restrict",
        domain=[("model", "=", "res.partner")],
    )
    body = fields.Text(string="Text Message", translate=True)
    tag_id = fields.Many2one("res.partner.category", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="New Salesperson", domain=[("share", "=", False)]
    )
    server_action_id = fields.Many2one(
        "ir.actions.server",
        ondelete="restrict",
        domain=[("model_id.model", "=", "res.partner")],
        groups="base.group_system",
    )

    _days_within_limits = models.Constraint(
        "CHECK (delay_days BETWEEN 0 AND 1830 AND activity_days BETWEEN 0 AND 366)",
        "A step comes after 0 days to five years; its activity is due within a year.",
    )

    @api.model
    def _required_fields(self):
        """:return: ``{action: field that says what to do}``"""
        return {
            "activity": "summary",
            "plan": "plan_id",
            "email": "template_id",
            "sms": "body",
            "tag": "tag_id",
            "owner": "user_id",
            "server": "server_action_id",
        }

    @api.constrains(lambda self: ["action", *self._required_fields().values()])
    def _check_action(self):
        needed = self._required_fields()
        for step in self.sudo():
            name = needed.get(step.action)
            if name and not step[name]:
                raise ValidationError(
                    self.env._(
                        "The step “%(action)s” needs: %(field)s.",
                        action=step._action_label(),
                        field=self._fields[name]._description_string(self.env),
                    )
                )
            if step.action == "sms" and "sms.sms" not in self.env:
                raise ValidationError(
                    self.env._(
                        "Text messages need the app SMS, which is not installed."
                    )
                )

    def _action_label(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        return labels.get(self.action, self.action)

    def _subject(self):
        """:return: what this step is about, in a few words (str)"""
        name = self._required_fields().get(self.action)
        value = name and self.sudo()[name]
        return value.display_name if isinstance(value, models.BaseModel) else value

    @api.depends("action", "summary", "template_id", "tag_id", "user_id", "plan_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for step in self:
            subject = step._subject()
            label = step._action_label()
            step.display_name = f"{label}: {subject}" if subject else label

    def unlink(self):
        """Whoever waits for a step that is deleted goes on with the next one."""
        waiting = self.env["customer.playbook.enrolment"].sudo()
        for step in self:
            found = waiting.search([("step_id", "=", step.id)])
            following = step._following() - self
            found._go_on(following[:1], fields.Datetime.now())
        return super().unlink()

    def _following(self):
        """:return: the steps after this one, in order"""
        steps = self.playbook_id.step_ids.sorted()
        ids = steps.ids
        return steps[ids.index(self.id) + 1 :] if self.id in ids else steps.browse()

    # === MAY IT BE DONE? === #

    @api.model
    def _touches(self):
        """:return: the actions that reach the customer, with their channel (dict)"""
        return {"email": "email", "sms": "phone"}

    @api.model
    def _lasting_actions(self):
        """:return: actions that a rollback does not take back; done once at most"""
        return {"server"}

    def _is_touch(self):
        return self.action in self._touches()

    def _refusals(self):
        """Why this step cannot be done for a customer, the gravest reason first.

        :return: list of ``(reason, SQL condition over res_partner AS partner)``
        """
        self.ensure_one()
        refusals = [
            ("objection", SQL("partner.insight_objection")),
            ("archived", SQL("NOT partner.active")),
        ]
        channel = self._touches().get(self.action)
        if channel and self.playbook_id.trigger == "occasion":
            refusals.append(("no_consent", SQL("partner.insight_no_greetings")))
        if channel == "email":
            refusals += [
                ("no_address", SQL("COALESCE(partner.email_normalized, '') = ''")),
                (
                    "no_consent",
                    SQL(
                        """EXISTS (SELECT FROM mail_blacklist
                                   WHERE email = partner.email_normalized AND active)"""
                    ),
                ),
            ]
        if channel == "phone":
            refusals += [
                ("no_address", SQL("COALESCE(partner.phone_sanitized, '') = ''")),
                (
                    "no_consent",
                    SQL(
                        """EXISTS (SELECT FROM phone_blacklist
                                   WHERE number = partner.phone_sanitized AND active)"""
                    ),
                ),
            ]
        return refusals

    def _refused_query(self, partners):
        """:param partners: SELECT of partner ids
        :return: SELECT partner_id, reason of those for whom this step is left out
        """
        cases = SQL(" ").join(
            SQL("WHEN %s THEN %s", condition, reason)
            for reason, condition in self._refusals()
        )
        return SQL(
            """SELECT * FROM (
                   SELECT partner.id AS partner_id, CASE %s END AS reason
                   FROM res_partner partner WHERE partner.id IN (%s)) judged
               WHERE reason IS NOT NULL""",
            cases,
            partners,
        )

    def _refused(self, batch):
        """:return: ``{reason: enrolments}`` for whom this step is left out"""
        self.env.flush_all()
        rows = self.env.execute_query(
            self._refused_query(SQL("SELECT unnest(%s::int4[])", batch.partner_id.ids))
        )
        reasons = dict(rows)
        return batch.filtered(lambda one: one.partner_id.id in reasons).grouped(
            lambda one: reasons[one.partner_id.id]
        )

    # === ACTIONS === #

    def _do(self, enrolments):
        """Do this step for customers who may have it.

        :param enrolments: customer.playbook.enrolment records of one playbook
        """
        self.ensure_one()
        step = self.with_company(self.company_id).with_context(
            mail_activity_quick_update=True,  # no mail for each activity of a thousand
            allowed_company_ids=self.company_id.ids,
        )
        enrolments = enrolments.with_env(step.env)
        getattr(step, f"_do_{self.action}")(enrolments)

    def _do_activity(self, enrolments):
        kind = self.activity_type_id or self.env.ref("mail.mail_activity_data_todo")
        due = fields.Date.add(self.company_id._insight_today(), days=self.activity_days)
        for user, found in enrolments._by_owner():
            text = self.with_context(lang=user.lang)
            found.partner_id.activity_schedule(
                activity_type_id=kind.id,
                summary=text.summary,
                note=text.note,
                date_deadline=due,
                user_id=user.id,
            )

    def _do_plan(self, enrolments):
        for user, found in enrolments._by_owner():
            partners = found.partner_id
            schedule = self.env["mail.activity.schedule"].with_context(
                active_model="res.partner", active_ids=partners.ids
            )
            schedule.create(
                {
                    "res_model": "res.partner",
                    "res_ids": repr(partners.ids),
                    "plan_id": self.plan_id.id,
                    "plan_on_demand_user_id": user.id,
                    "plan_date": self.company_id._insight_today(),
                }
            ).action_schedule_plan()

    def _do_email(self, enrolments):
        # queued: the mail and its row in the log are stored together, or neither is
        self.template_id.send_mail_batch(enrolments.partner_id.ids)

    def _do_sms(self, enrolments):
        logs = self.env["customer.playbook.log"].search(
            [("enrolment_id", "in", enrolments.ids), ("step_id", "=", self.id)]
        )
        for log in logs:
            partner = log.partner_id
            log.message_id = partner._message_sms(
                self.with_context(lang=partner.lang).body,
                partner_ids=partner.ids,
                put_in_queue=True,
            )

    def _do_tag(self, enrolments):
        enrolments.partner_id.category_id = [Command.link(self.tag_id.id)]

    def _do_owner(self, enrolments):
        enrolments.partner_id.user_id = self.user_id

    def _do_server(self, enrolments):
        action = self.sudo().server_action_id.with_user(self.playbook_id.user_id)
        partners = enrolments.partner_id
        action.with_context(
            active_model="res.partner",
            active_id=partners[:1].id,
            active_ids=partners.ids,
        ).sudo(False).run()
