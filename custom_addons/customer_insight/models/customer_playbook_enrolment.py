from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: What staff may write themselves: the plan they agreed on for this customer.
_PLAN_FIELDS = {"goal", "user_id", "deadline", "result"}


class CustomerPlaybookEnrolment(models.Model):
    """A customer in a playbook: treated, or left alone to compare with.

    Written by the job (``customer_playbook_run``); staff only write down the goal,
    the owner, the due day and the result.
    """

    _name = "customer.playbook.enrolment"
    _description = "Customer in a Playbook"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    playbook_id = fields.Many2one(
        "customer.playbook", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    entry_key = fields.Char(
        required=True, readonly=True, help="What made the customer begin."
    )
    date = fields.Date(string="Began On", required=True, readonly=True)
    is_random = fields.Boolean(
        string="Drawn",
        readonly=True,
        help="By chance into one of the two groups; only these count for the effect.",
    )
    is_control = fields.Boolean(
        string="Control Group",
        readonly=True,
        help="Left alone, so that can be told what the playbook does.",
    )
    risk = fields.Float(
        string="Churn Risk at the Beginning",
        readonly=True,
        digits=(5, 4),
        aggregator="avg",
    )
    stratum = fields.Integer(
        string="Band of Risk",
        readonly=True,
        aggregator=None,
        help="0 without a forecast; else 1 to 4, each a quarter of the risk.",
    )
    state = fields.Selection(
        [
            ("running", "Under Way"),
            ("done", "All Steps Done"),
            ("left", "Left Early"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    exit_reason = fields.Selection(
        [
            ("bought", "Bought"),
            ("gone", "The reason is gone"),
            ("replied", "Replied"),
            ("objection", "Objects to profiling, or archived"),
            ("hand", "Ended by hand"),
        ],
        string="Left Because",
        readonly=True,
    )
    closed_on = fields.Date(string="Ended On", readonly=True)
    step_id = fields.Many2one(
        "customer.playbook.step", string="Next Step", readonly=True, ondelete="set null"
    )
    next_date = fields.Datetime(string="Next Step On", readonly=True)
    postponed_since = fields.Datetime(readonly=True)
    window_end = fields.Date(string="Outcome Until", required=True, readonly=True)
    is_measured = fields.Boolean(string="Outcome Known", readonly=True)
    is_bought = fields.Boolean(string="Bought", readonly=True)
    amount = fields.Monetary(
        string="Bought in the Window",
        readonly=True,
        help="Net and untaxed, from the day after the beginning until the outcome.",
    )
    log_ids = fields.One2many("customer.playbook.log", "enrolment_id")

    # the plan for this very customer
    goal = fields.Char(help="What is to be reached with this customer.")
    user_id = fields.Many2one(
        "res.users", string="Owner", domain=[("share", "=", False)]
    )
    deadline = fields.Date(string="Due")
    result = fields.Text(help="What came of it.")

    _one_running = models.UniqueIndex(
        "(playbook_id, partner_id) WHERE state = 'running'",
        "This customer is in this playbook already.",
    )
    _entry_uniq = models.UniqueIndex("(playbook_id, partner_id, entry_key)")
    _due_idx = models.Index(
        "(playbook_id, next_date) WHERE state = 'running' AND NOT is_control"
    )
    _waiting_idx = models.Index(
        "(playbook_id, step_id, next_date) WHERE state = 'running' AND NOT is_control"
    )
    _window_idx = models.Index("(company_id, window_end)")
    _step_idx = models.Index("(step_id) WHERE step_id IS NOT NULL")

    def write(self, vals):
        """Let staff write the plan of a customer, and nothing else.

        :raise AccessError: for any other field
        """
        if not self.env.su and vals.keys() - _PLAN_FIELDS:
            raise AccessError(
                self.env._("Only goal, owner, due day and result can be changed here.")
            )
        return super().write(vals)

    def action_end(self):
        """End the playbook for these customers; steps that are left are not done."""
        self.check_access("write")
        running = self.sudo().filtered(lambda one: one.state == "running")
        running._end("left", "hand")

    def action_open_customer(self):
        """Open the customer's page."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)

    def _by_owner(self):
        """:return: pairs of who is to act and the enrolments"""
        groups = self.grouped(
            lambda one: one.user_id or one.partner_id.user_id or one.playbook_id.user_id
        )
        return groups.items()

    # === FROM STEP TO STEP === #

    def _go_on(self, step, now):
        """Have these wait for a step, or be done when there is none.

        :param now: moment, UTC, from which the delay of the step counts
        """
        if not self:
            return
        if not step:
            self._end("done")
            return
        due = fields.Datetime.add(now, days=step.delay_days)
        self.write({"step_id": step.id, "next_date": due, "postponed_since": False})

    def _end(self, state, reason=False):
        for company, ended in self.grouped("company_id").items():
            ended.write(
                {
                    "state": state,
                    "exit_reason": reason,
                    "step_id": False,
                    "next_date": False,
                    "postponed_since": False,
                    "closed_on": company._insight_today(),
                }
            )

    # === BY HAND === #

    @api.model
    def _start_by_hand(self, playbook, partners, **plan):
        """Let customers begin a playbook because somebody says so.

        They are not drawn into a group and do not count for the effect.

        :param plan: ``goal``, ``user_id``, ``deadline``
        :return: the new enrolments
        :raise UserError: for a playbook without steps, a customer who objects to
            profiling, or who is in the playbook already
        """
        now = fields.Datetime.now()
        customers = partners.commercial_partner_id
        playbook = playbook.sudo()
        first = playbook.step_ids.sorted()[:1]
        self._check_start(playbook, customers, first)
        day = playbook.company_id._insight_today()
        risks = dict(
            self.env["customer.profile"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(
                [
                    ("partner_id", "in", customers.ids),
                    ("company_id", "=", playbook.company_id.id),
                ],
                ["partner_id"],
                ["churn_risk:max"],
            )
        )
        enrolments = self.sudo().create(
            [
                {
                    **plan,
                    "playbook_id": playbook.id,
                    "company_id": playbook.company_id.id,
                    "partner_id": customer.id,
                    "is_control": False,
                    "is_random": False,
                    "is_measured": False,
                    "entry_key": f"hand,{fields.Datetime.to_string(now)}",
                    "date": day,
                    "window_end": fields.Date.add(day, days=playbook.window_days),
                    "risk": risks.get(customer, 0),
                    "step_id": first.id,
                    "next_date": fields.Datetime.add(now, days=first.delay_days),
                }
                for customer in customers
            ]
        )
        self.env["customer.playbook"]._trigger_run()
        return enrolments.sudo(self.env.su)

    @api.model
    def _check_start(self, playbook, customers, first):
        if not first:
            raise UserError(self.env._("%s has no steps yet.", playbook.name))
        objecting = customers.filtered("insight_objection")
        if objecting:
            raise UserError(
                self.env._(
                    "%s objects to profiling: no playbook may begin.",
                    objecting[0].display_name,
                )
            )
        busy = self.sudo().search(
            [
                ("playbook_id", "=", playbook.id),
                ("partner_id", "in", customers.ids),
                ("state", "=", "running"),
            ],
            limit=1,
        )
        if busy:
            raise UserError(
                self.env._(
                    "%(customer)s is in “%(playbook)s” already, since %(day)s.",
                    customer=busy.partner_id.display_name,
                    playbook=playbook.name,
                    day=fields.Date.to_string(busy.date),
                )
            )
