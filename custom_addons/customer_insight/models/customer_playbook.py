from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.safe_eval import safe_eval

from .customer_profile import LIFECYCLE_STAGES


class CustomerPlaybook(models.Model):
    """A plan for customers to whom something happens: steps, and whether they help.

    A share of those it concerns is left alone, drawn by chance: the difference between
    the two groups is the effect (``customer_playbook_effect``). Who begins it is in
    ``customer_playbook_trigger``, what the job does in ``customer_playbook_run``.
    """

    _name = "customer.playbook"
    _description = "Playbook"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True, help="What the plan is to achieve.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: (
            self.env.ref("base.user_admin") if self.env.su else self.env.user
        ),
        domain=[("share", "=", False)],
        help="Gets the activities of customers without a salesperson. The conditions"
        " see what this user may see.",
    )
    state = fields.Selection(
        [("draft", "Not Started"), ("running", "Running"), ("paused", "Paused")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    started_on = fields.Date(readonly=True, copy=False)
    error = fields.Char(
        string="Stopped Because",
        readonly=True,
        copy=False,
        help="Why nobody begins this playbook at present.",
    )

    # who
    trigger = fields.Selection(
        [
            ("stage", "Enters a lifecycle stage"),
            ("segment", "Enters a segment"),
            ("warning", "A warning opens"),
            ("delivery", "First order delivered"),
            ("occasion", "Has an occasion"),
            ("event", "Something happens"),
            ("silence", "No contact for some days"),
            ("manual", "Begun by hand"),
        ],
        required=True,
        default="stage",
        string="Begins When",
    )
    stage = fields.Selection(LIFECYCLE_STAGES, string="Lifecycle Stage")
    segment_id = fields.Many2one("customer.segment", ondelete="restrict")
    event_kind = fields.Selection(
        [
            ("order_confirmed", "Order confirmed"),
            ("invoice_paid", "Invoice paid"),
            ("interaction_logged", "Touch written down"),
        ],
        string="What Happens",
    )
    occasion_id = fields.Many2one(
        "customer.occasion",
        ondelete="restrict",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    silence_days = fields.Integer(string="Days Without Contact", default=180)
    is_backlog = fields.Boolean(
        string="Also Those There Already",
        help="Customers to whom this happened before the start begin it, too.",
    )
    domain = fields.Char(
        string="Conditions",
        default="[]",
        help="Only customers whose profile fulfils this begin the playbook.",
    )
    reentry = fields.Selection(
        [("never", "Once per customer"), ("after", "Again after some days")],
        required=True,
        default="never",
        string="Repetition",
    )
    reentry_days = fields.Integer(string="Days Before It Begins Again", default=365)

    # what
    step_ids = fields.One2many("customer.playbook.step", "playbook_id", copy=True)
    is_left_by_purchase = fields.Boolean(
        string="Ends With a Purchase",
        default=True,
        help="Who bought gets none of the steps that are left.",
    )
    is_left_by_trigger = fields.Boolean(
        string="Ends When the Reason Is Gone",
        default=True,
        help="Who left the stage or segment, or whose warning ended, gets none of the"
        " steps that are left.",
    )
    is_left_by_reply = fields.Boolean(
        string="Ends With a Reply",
        help="Who wrote or called since gets none of the steps that are left.",
    )

    # does it help
    control_share = fields.Float(
        string="Control Group (%)",
        default=10.0,
        digits=(5, 1),
        help="So many of a hundred are left alone, drawn by chance within each band of"
        " churn risk. Only so can be told what the playbook does. Those begun by hand"
        " are not drawn.",
    )
    window_days = fields.Integer(
        string="Outcome After (Days)",
        default=60,
        help="Purchases of so many days after the beginning are compared.",
    )

    enrolment_ids = fields.One2many("customer.playbook.enrolment", "playbook_id")
    enrolment_count = fields.Integer(
        string="Customers", compute="_compute_enrolment_count"
    )
    running_count = fields.Integer(
        string="Under Way", compute="_compute_enrolment_count"
    )

    _share_within_limits = models.Constraint(
        "CHECK (control_share BETWEEN 0 AND 50)",
        "The control group has between 0 and 50 % of the customers.",
    )
    _days_within_limits = models.Constraint(
        "CHECK (window_days BETWEEN 1 AND 1830 AND silence_days BETWEEN 1 AND 3660"
        " AND reentry_days BETWEEN 1 AND 3660)",
        "Days go from one to five years for the outcome, to ten years elsewhere.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_enrolment_count(self):
        counts = {}
        for playbook, state, count in self.env[
            "customer.playbook.enrolment"
        ]._read_group(
            [("playbook_id", "in", self.ids)], ["playbook_id", "state"], ["__count"]
        ):
            counts.setdefault(playbook, {})[state] = count
        for playbook in self:
            found = counts.get(playbook, {})
            playbook.enrolment_count = sum(found.values())
            playbook.running_count = found.get("running", 0)

    @api.constrains("trigger", "stage", "segment_id", "event_kind", "occasion_id")
    def _check_trigger(self):
        needed = {
            "stage": "stage",
            "segment": "segment_id",
            "event": "event_kind",
            "occasion": "occasion_id",
        }
        for playbook in self:
            name = needed.get(playbook.trigger)
            if name and not playbook[name]:
                raise ValidationError(
                    self.env._(
                        "%(playbook)s: say which one (%(field)s).",
                        playbook=playbook.name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    @api.constrains("domain", "user_id", "company_id")
    def _check_domain(self):
        for playbook in self:
            try:
                with self.env.cr.savepoint():
                    playbook._condition_query()
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The conditions of %(playbook)s do not work: %(fault)s",
                        playbook=playbook.name,
                        fault=error,
                    )
                ) from error

    def _condition_query(self):
        """:return: SELECT of the ids of the profiles that fulfil the conditions"""
        profiles = (
            self.env["customer.profile"]
            .with_user(self.user_id)
            .with_context(allowed_company_ids=self.company_id.ids)
        )
        domain = Domain(safe_eval(self.domain or "[]", {"uid": self.user_id.id}))
        domain &= Domain("company_id", "=", self.company_id.id)
        return profiles._search(domain).select()

    # === START AND STOP === #

    def action_start(self):
        """Let customers begin from now on.

        :raise UserError: if there is nothing to do
        """
        self.check_access("write")
        for playbook in self:
            if not playbook.step_ids:
                raise UserError(
                    self.env._(
                        "%(playbook)s has no steps yet: add what is to be done.",
                        playbook=playbook.name,
                    )
                )
            playbook.write(
                {
                    "state": "running",
                    "started_on": playbook.started_on
                    or playbook.company_id._insight_today(),
                    "error": False,
                }
            )
        self._trigger_run()

    def action_pause(self):
        """Let nobody begin, and do no further steps, until it is started again."""
        self.check_access("write")
        self.filtered(lambda one: one.state == "running").state = "paused"

    def action_dry_run(self):
        """Show who would get what, and who would not and why.

        Nothing is sent and nobody begins.
        """
        self.ensure_one()
        self.check_access("write")
        return (
            self.env["customer.playbook.dry.run"]
            ._of(self)
            ._get_records_action(name=self.env._("Dry Run"), target="new")
        )

    def action_open_enrolments(self):
        """Open the customers of this playbook."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_playbook_enrolment_action"
        )
        domain = [("playbook_id", "=", self.id)]
        return {**action, "display_name": self.name, "domain": domain, "context": {}}

    def action_open_log(self):
        """Open what was done and what was not, step by step."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_playbook_log_action"
        )
        domain = [("playbook_id", "=", self.id)]
        return {**action, "display_name": self.name, "domain": domain, "context": {}}

    @api.model
    def _trigger_run(self):
        self.env.ref("customer_insight.ir_cron_playbooks").sudo()._trigger()

    # === EVENTS PLAYBOOKS WAIT FOR === #

    @api.model_create_multi
    def create(self, vals_list):
        playbooks = super().create(vals_list)
        self.env.registry.clear_cache()
        return playbooks

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"state", "trigger", "event_kind", "company_id", "active"}:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @ormcache()
    def _awaited(self):
        """:return: pairs of company id and event that a running playbook waits for"""
        playbooks = self.sudo().search(
            [("state", "=", "running"), ("trigger", "=", "event")]
        )
        return frozenset((one.company_id.id, one.event_kind) for one in playbooks)
