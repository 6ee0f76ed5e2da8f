from odoo import api, fields, models
from odoo.fields import Domain


class CustomerProfile(models.Model):
    """Open business of a customer, what to do next, and the way to do it."""

    _inherit = "customer.profile"

    has_contacts = fields.Boolean(
        compute="_compute_has_contacts",
        help="Whether people of this customer are known.",
    )

    @api.depends("partner_id")
    def _compute_has_contacts(self):
        for profile in self:
            profile.has_contacts = bool(profile.partner_id.child_ids)

    # === OPEN BUSINESS === #

    @api.readonly
    def get_business(self):
        """What is under way with this customer, as far as the reader may read it.

        :return: dict with ``currency_id`` and ``rows``, see ``_business_rows``
        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "currency_id": self.currency_id.id,
            "rows": [row for row in self._business_rows() if row["count"]],
        }

    def _business_rows(self):
        """Sums of open documents; an add-on adds rows of its own.

        :return: list of dicts with ``code`` (for ``action_open_business``), ``label``,
            ``icon``, ``count``, ``amount`` (company currency) and ``is_alarm``
        """
        return [*self._quotation_rows(), *self._invoice_rows()]

    def _business_domain(self, code):
        """Which documents a row of open business counts; an add-on adds its own.

        :return: ``(model, domain)``
        """
        customer = Domain("commercial_partner_id", "=", self.partner_id.id)
        company = Domain("company_id", "=", self.company_id.id)
        if code == "quotation":
            return "sale.order", (
                Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
                & company
                & Domain("state", "in", ("draft", "sent"))
            )
        unpaid = (
            customer
            & company
            & Domain("move_type", "in", ("out_invoice", "out_refund", "out_receipt"))
            & Domain("state", "=", "posted")
            & Domain("payment_state", "in", ("not_paid", "partial"))
        )
        overdue = Domain("invoice_date_due", "<", self.company_id._insight_today())
        return "account.move", unpaid & overdue if code == "overdue" else unpaid

    def action_open_business(self, code):
        """Open the documents behind a row of open business."""
        self.ensure_one()
        model, domain = self._business_domain(code)
        names = {row["code"]: row["label"] for row in self._business_rows()}
        return {
            "type": "ir.actions.act_window",
            "name": names.get(code, self.partner_id.display_name),
            "res_model": model,
            "domain": list(domain),
            "views": [(False, "list"), (False, "form")],
            "context": {"create": False},
        }

    def _quotation_rows(self):
        model, domain = self._business_domain("quotation")
        if not self.env[model].has_access("read"):
            return []
        quotations = self.env[model].search_fetch(
            domain, ["amount_untaxed", "currency_rate"]
        )
        return [
            {
                "code": "quotation",
                "label": self.env._("Quotations"),
                "icon": "fa-file-text-o",
                "count": len(quotations),
                "amount": sum(
                    order.amount_untaxed / (order.currency_rate or 1.0)
                    for order in quotations
                ),
                "is_alarm": False,
            }
        ]

    def _invoice_rows(self):
        rows = []
        for code, label, icon in (
            ("unpaid", self.env._("Unpaid Invoices"), "fa-money"),
            ("overdue", self.env._("of These Overdue"), "fa-exclamation-triangle"),
        ):
            model, domain = self._business_domain(code)
            if not self.env[model].has_access("read"):
                return []
            [(count, amount)] = self.env[model]._read_group(
                domain, [], ["__count", "amount_residual_signed:sum"]
            )
            rows.append(
                {
                    "code": code,
                    "label": label,
                    "icon": icon,
                    "count": count,
                    "amount": amount or 0.0,
                    "is_alarm": code == "overdue" and amount > 0,
                }
            )
        return rows

    # === PEOPLE AND STAGES === #

    @api.readonly
    def get_stage_path(self):
        """The stages of a customer, oldest first, see ``_stage_path``.

        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        return [
            {
                **stay,
                "date_from": fields.Date.to_string(stay["date_from"]),
                "date_to": fields.Date.to_string(stay["date_to"]),
            }
            for stay in self._shown_stages()
        ]

    def _shown_stages(self):
        """The path of stages; the present one alone before a night wrote it down."""
        path = self._stage_path() if self.stage_move_ids else []
        if path and path[-1]["stage"] == self.lifecycle_stage:
            return path
        names = dict(self._fields["lifecycle_stage"]._description_selection(self.env))
        present = {
            "stage": self.lifecycle_stage,
            "name": names.get(self.lifecycle_stage),
            "date_from": self.stage_since,
            "date_to": None,
            "days": (self._page_day() - self.stage_since).days
            if self.stage_since
            else 0,
            "reason": self.stage_receipt,
            "is_won_back": False,
        }
        if path and self.stage_since:
            path[-1]["date_to"] = self.stage_since
        return [*path, present]

    @api.readonly
    def get_contacts(self):
        """The people of a customer, as far as the reader may see them.

        :return: list of dicts with ``id``, ``name``, ``function``, ``email``, ``phone``
        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["res.partner"].search_read(
            [("parent_id", "=", self.partner_id.id)],
            ["name", "function", "email", "phone", "type"],
            order="type, name, id",
            limit=20,
        )

    # === NEXT STEP === #

    @api.readonly
    def get_next_steps(self):
        """What the segment suggests, and the planned activities of the contact.

        :return: dict with ``strategy`` (text), ``segment`` and ``activities``, each
            ``id``, ``icon``, ``summary``, ``user``, ``deadline`` and ``state``
        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", self._contacts().ids),
            ],
            order="date_deadline, id",
            limit=10,
        )
        return {
            "segment": self.rfm_segment_id.name or False,
            "strategy": self.rfm_segment_id.strategy or False,
            "activities": [
                {
                    "id": activity.id,
                    "icon": activity.icon or "fa-tasks",
                    "summary": activity.summary or activity.activity_type_id.name,
                    "user": activity.user_id.name or False,
                    "deadline": fields.Date.to_string(activity.date_deadline),
                    "state": activity.state,
                    "can_write": activity.can_write,
                }
                for activity in activities
            ],
        }

    def _contacts(self):
        """The customer and the people who work there."""
        return self.env["res.partner"].search([("id", "child_of", self.partner_id.ids)])

    # === QUICK ACTIONS === #

    def action_new_quotation(self):
        """Open an empty quotation for this customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "views": [(False, "form")],
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }

    def action_log_call(self):
        """Write down a call with this customer."""
        self.ensure_one()
        return self.env["customer.interaction.log"]._log_action(self.partner_id, "call")

    def action_send_email(self):
        """Write to this customer; the message stays on the contact."""
        return self._compose(self.env._("Send E-Mail"), "mail.mt_comment")

    def action_log_note(self):
        """Note something about this customer, for colleagues only."""
        return self._compose(self.env._("Log a Note"), "mail.mt_note")

    def _compose(self, name, subtype):
        self.ensure_one()
        is_note = subtype == "mail.mt_note"
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_model": "res.partner",
                "default_res_ids": self.partner_id.ids,
                "default_partner_ids": [] if is_note else self.partner_id.ids,
                "default_subtype_id": self.env.ref(subtype).id,
            },
        }

    def action_schedule_activity(self):
        """Plan an activity on the contact."""
        return self._schedule(self.env._("Schedule Activity"))

    def action_schedule_meeting(self):
        """Plan a meeting with this customer."""
        return self._schedule(
            self.env._("Schedule a Meeting"), "mail.mail_activity_data_meeting"
        )

    def _schedule(self, name, activity_type=None):
        self.ensure_one()
        context = {
            "active_model": "res.partner",
            "active_ids": self.partner_id.ids,
            "active_id": self.partner_id.id,
        }
        kind = activity_type and self.env.ref(activity_type, raise_if_not_found=False)
        if kind:
            context["default_activity_type_id"] = kind.id
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }
