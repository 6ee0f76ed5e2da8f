from odoo import Command, api, fields, models
from odoo.exceptions import AccessError


class CustomerPlaybookStart(models.TransientModel):
    """Begin a playbook for customers by hand: a plan made for them."""

    _name = "customer.playbook.start"
    _description = "Begin a Playbook"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    playbook_id = fields.Many2one(
        "customer.playbook",
        required=True,
        domain="[('company_id', '=', company_id), ('step_ids', '!=', False),"
        " ('state', '!=', 'paused')]",
    )
    step_text = fields.Text(string="Steps", compute="_compute_step_text")
    goal = fields.Char(help="What is to be reached with this customer.")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Gets the activities of the playbook.",
    )
    deadline = fields.Date(string="Due")

    @api.model
    def _for(self, partners, company):
        """The dialog for some customers of a company.

        It proposes the playbook of their segment, or that of their stage.
        """
        profile = self.env["customer.profile"].search(
            [("partner_id", "in", partners.ids), ("company_id", "=", company.id)],
            limit=1,
        )
        playbooks = self.env["customer.playbook"].search(
            [
                ("company_id", "=", company.id),
                ("step_ids", "!=", False),
                ("state", "!=", "paused"),
            ]
        )
        of_segment = profile.rfm_segment_id.playbook_id & playbooks
        of_stage = playbooks.filtered(
            lambda one: one.trigger == "stage" and one.stage == profile.lifecycle_stage
        )
        return self.create(
            {
                "company_id": company.id,
                "partner_ids": [Command.set(partners.ids)],
                "playbook_id": (of_segment or of_stage[:1]).id,
            }
        )

    @api.depends("playbook_id")
    def _compute_step_text(self):
        for dialog in self:
            dialog.step_text = "\n".join(
                self.env._(
                    "After %(days)s days: %(step)s",
                    days=step.delay_days,
                    step=step.display_name,
                )
                if step.delay_days
                else step.display_name
                for step in dialog.playbook_id.step_ids.sorted()
            )

    def _check_customers(self):
        """Whose profile the reader may see, may the reader act for.

        :raise AccessError: for other customers
        """
        customers = self.partner_ids.commercial_partner_id
        profiles = self.env["customer.profile"].with_context(active_test=False)
        own = profiles.search(
            [
                ("partner_id", "in", customers.ids),
                ("company_id", "=", self.playbook_id.company_id.id),
            ]
        )
        if customers - own.partner_id:
            raise AccessError(
                self.env._("A playbook can be begun for your own customers only.")
            )

    def action_start(self):
        """Begin the playbook; opens the plan of a single customer."""
        self.ensure_one()
        self._check_customers()
        self.playbook_id.check_access("read")
        enrolments = self.env["customer.playbook.enrolment"]._start_by_hand(
            self.playbook_id,
            self.partner_ids,
            goal=self.goal,
            user_id=self.user_id.id,
            deadline=self.deadline,
        )
        return enrolments._get_records_action(name=self.playbook_id.name)
