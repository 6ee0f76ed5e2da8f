from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import formatLang

_VERDICTS = [
    ("begins", "Begins"),
    ("control", "Left alone to compare with"),
    ("conditions", "Does not fulfil the conditions"),
    ("again", "Was or is in this playbook"),
    ("objection", "Objects to profiling, or archived"),
]


class CustomerPlaybookDryRun(models.TransientModel):
    """What a playbook would do now, without doing it."""

    _name = "customer.playbook.dry.run"
    _description = "Dry Run of a Playbook"

    playbook_id = fields.Many2one(
        "customer.playbook", required=True, readonly=True, ondelete="cascade"
    )
    looks_back = fields.Boolean(compute="_compute_looks_back")
    days_back = fields.Integer(
        string="As If Started (Days Ago)",
        default=30,
        help="Customers to whom it happened within so many days are shown.",
    )
    summary = fields.Text(compute="_compute_summary")
    line_ids = fields.One2many(
        "customer.playbook.dry.run.line", "dry_run_id", readonly=True
    )

    _days_back_within_limits = models.Constraint(
        "CHECK (days_back BETWEEN 0 AND 3660)", "Look back by 0 days to ten years."
    )

    @api.model
    def _of(self, playbook):
        """:return: a dry run of a playbook, with its customers"""
        run = self.create({"playbook_id": playbook.id})
        run._fill()
        return run

    def action_refresh(self):
        """Show it for another number of days."""
        self.ensure_one()
        self.check_access("write")
        self._fill()
        return self._get_records_action(name=self.env._("Dry Run"), target="new")

    def action_open_lines(self):
        """Open the customers as a list that can be searched and exported."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_playbook_dry_run_line_action"
        )
        return {**action, "domain": [("dry_run_id", "=", self.id)]}

    @api.depends("playbook_id.is_backlog", "playbook_id.trigger")
    def _compute_looks_back(self):
        for run in self:
            playbook = run.playbook_id
            run.looks_back = (
                playbook.trigger not in ("delivery", "manual")
                and not playbook._takes_backlog()
            )

    @api.depends("line_ids")
    def _compute_summary(self):
        labels = dict(
            self.env["customer.playbook.dry.run.line"]
            ._fields["verdict"]
            ._description_selection(self.env)
        )
        for run in self:
            counts = self.env["customer.playbook.dry.run.line"]._read_group(
                [("dry_run_id", "=", run.id)], ["verdict"], ["__count"]
            )
            run.summary = "\n".join(
                f"{labels[verdict]}: {formatLang(self.env, count, digits=0)}"
                for verdict, count in sorted(
                    counts, key=lambda pair: list(labels).index(pair[0])
                )
            ) or self.env._("Nobody would begin this playbook at present.")

    def _fill(self):
        self.ensure_one()
        playbook = self.playbook_id.sudo()
        day = playbook.company_id._insight_today()
        if not playbook._takes_backlog():
            since = day - timedelta(days=self.days_back)
            playbook = playbook.with_context(playbook_since=since)
        self.line_ids.sudo().unlink()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_playbook_dry_run_line (
                    dry_run_id, partner_id, risk, verdict, refused, create_uid,
                    create_date, write_uid, write_date)
                SELECT %(run)s, entry.partner_id, newcomer.risk,
                       CASE WHEN newcomer.is_control THEN 'control'
                            WHEN newcomer.partner_id IS NOT NULL THEN 'begins'
                            WHEN partner.insight_objection OR NOT partner.active
                                THEN 'objection'
                            WHEN EXISTS (
                                SELECT FROM customer_playbook_enrolment other
                                WHERE other.playbook_id = %(playbook)s
                                  AND other.partner_id = entry.partner_id) THEN 'again'
                            ELSE 'conditions' END,
                       '{}'::jsonb, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                       now() AT TIME ZONE 'UTC'
                FROM (SELECT DISTINCT partner_id FROM (%(entries)s) entry) entry
                JOIN res_partner partner ON partner.id = entry.partner_id
                LEFT JOIN (%(newcomers)s) newcomer
                    ON newcomer.partner_id = entry.partner_id
                ORDER BY newcomer.partner_id IS NULL, newcomer.is_control, partner.id
                """,
                run=self.id,
                playbook=playbook.id,
                uid=self.env.uid,
                entries=playbook._entries_query(day),
                newcomers=playbook._newcomers_query(day),
            )
        )
        for step in playbook.step_ids:
            self._note_refusals(step)
        self.env.invalidate_all()

    def _note_refusals(self, step):
        """Write down for whom a step would be left out today."""
        self.env.cr.execute(
            SQL(
                """UPDATE customer_playbook_dry_run_line line
                   SET refused = refused
                       || jsonb_build_object(%(step)s::text, refusal.reason)
                   FROM (%(refused)s) refusal
                   WHERE refusal.partner_id = line.partner_id
                     AND line.dry_run_id = %(run)s AND line.verdict = 'begins'""",
                step=step.id,
                refused=step._refused_query(
                    SQL(
                        """SELECT partner_id FROM customer_playbook_dry_run_line
                           WHERE dry_run_id = %s""",
                        self.id,
                    )
                ),
                run=self.id,
            )
        )


class CustomerPlaybookDryRunLine(models.TransientModel):
    """A customer of a dry run: what they would get, and why not."""

    _name = "customer.playbook.dry.run.line"
    _description = "Customer in a Dry Run"
    _order = "id"

    dry_run_id = fields.Many2one(
        "customer.playbook.dry.run", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    user_id = fields.Many2one(related="partner_id.user_id")
    risk = fields.Float(string="Churn Risk", digits=(5, 4), aggregator="avg")
    verdict = fields.Selection(_VERDICTS)
    refused = fields.Json()
    gets = fields.Char(string="Would Get", compute="_compute_steps")
    misses = fields.Char(string="Would Not Get, and Why", compute="_compute_steps")

    @api.depends("refused", "verdict")
    @api.depends_context("lang")
    def _compute_steps(self):
        reasons = dict(
            self.env["customer.playbook.log"]
            ._fields["reason"]
            ._description_selection(self.env)
        )
        for line in self:
            refused = line.refused or {}
            steps = line.dry_run_id.playbook_id.step_ids.sorted()
            begins = line.verdict == "begins"
            line.gets = begins and " · ".join(
                step.display_name for step in steps if str(step.id) not in refused
            )
            line.misses = " · ".join(
                f"{step.display_name} ({reasons[refused[str(step.id)]]})"
                for step in steps
                if str(step.id) in refused
            )
