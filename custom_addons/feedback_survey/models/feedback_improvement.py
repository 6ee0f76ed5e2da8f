from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from ..engine import scores
from .survey_question import METRICS

STATES = [
    ("planned", "Planned"),
    ("doing", "In Progress"),
    ("done", "In Effect"),
    ("dropped", "Dropped"),
]
VERDICTS = [
    ("waiting", "Waiting for answers"),
    ("few", "Nothing can be said"),
    ("chance", "No real change"),
    ("better", "Better"),
    ("worse", "Worse"),
]
_SIGNIFICANT = 0.05


class FeedbackImprovement(models.Model):
    """Something done about a theme, a cause or a dimension, and whether it helped.

    The same score is compared in as many days before and after the day it takes effect,
    by the test of the scores: it helped if chance alone does not explain the change.
    """

    _name = "feedback.improvement"
    _description = "Improvement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_effective desc, date_deadline, id desc"

    name = fields.Char(required=True, tracking=True)
    description = fields.Text(string="What Is Done")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="planned",
        tracking=True,
        index=True,
        group_expand=True,
    )
    theme_id = fields.Many2one(
        "feedback.theme", ondelete="restrict", index="btree_not_null"
    )
    cause_id = fields.Many2one(
        "feedback.cause", ondelete="restrict", index="btree_not_null"
    )
    dimension_id = fields.Many2one(
        "feedback.dimension", ondelete="restrict", index="btree_not_null"
    )
    date_deadline = fields.Date(string="Due", tracking=True)
    date_effective = fields.Date(
        string="In Effect Since",
        tracking=True,
        help="The first day on which customers meet it: answers before and from this"
        " day on are compared.",
    )
    metric = fields.Selection(
        [*METRICS, ("theme", "Share of comments critical of the theme")],
        string="Measured By",
        required=True,
        default="nps",
    )
    question_id = fields.Many2one(
        "survey.question",
        string="Same Question",
        ondelete="set null",
        domain="[('metric', '=', metric)]",
        help="Only answers to this question count. If empty: to the one that was"
        " answered most often on both sides, for answers to different questions tell"
        " no change.",
    )
    days = fields.Integer(
        string="Days Before and After", required=True, default=90, aggregator=None
    )
    expected_change = fields.Float(
        digits=(16, 0),
        aggregator=None,
        help="Points of the score that the change is to bring; below zero for fewer"
        " critical comments.",
    )
    value_before = fields.Float(compute="_compute_effect", string="Before")
    n_before = fields.Integer(compute="_compute_effect", string="n Before")
    value_after = fields.Float(compute="_compute_effect", string="After")
    n_after = fields.Integer(compute="_compute_effect", string="n After")
    verdict = fields.Selection(VERDICTS, compute="_compute_effect", string="Effect")
    effect = fields.Char(compute="_compute_effect", string="In Words")

    _days_valid = models.Constraint(
        "CHECK (days BETWEEN 1 AND 366)", "Compare at least a day and at most a year."
    )

    @api.constrains("theme_id", "cause_id", "dimension_id", "metric", "question_id")
    def _check_subject(self):
        for one in self:
            if not (one.theme_id or one.cause_id or one.dimension_id):
                raise ValidationError(
                    self.env._(
                        "What is “%(name)s” about? Choose a theme, a cause or a"
                        " dimension.",
                        name=one.name,
                    )
                )
            if one.metric == "theme" and not one.theme_id:
                raise ValidationError(
                    self.env._("Of which theme is the share measured? Choose one.")
                )
            if one.metric == "dimension" and not one.dimension_id:
                raise ValidationError(
                    self.env._("Which dimension is measured? Choose one.")
                )
            if one.question_id and one.question_id.metric != one.metric:
                raise ValidationError(
                    self.env._(
                        "“%(question)s” does not make the score that is measured.",
                        question=one.question_id.title,
                    )
                )

    @api.constrains("state", "date_effective")
    def _check_effective(self):
        for one in self:
            if one.state == "done" and not one.date_effective:
                raise ValidationError(
                    self.env._(
                        "Since when is “%(name)s” in effect? The day parts before from"
                        " after.",
                        name=one.name,
                    )
                )

    @api.onchange("dimension_id", "theme_id")
    def _onchange_subject(self):
        if self.dimension_id and self.metric in ("nps", "theme"):
            self.metric = "dimension"
        elif self.metric == "dimension" and not self.dimension_id:
            self.metric = "nps"

    # === EFFECT === #

    @api.depends_context("uid", "allowed_company_ids", "lang")
    @api.depends(
        "date_effective", "days", "metric", "question_id", "dimension_id", "theme_id"
    )
    def _compute_effect(self):
        for one in self:
            one.update(one._effect())

    def _effect(self):
        """:return: values of the computed fields"""
        self.ensure_one()
        empty = dict.fromkeys(
            ("value_before", "value_after", "n_before", "n_after"), False
        )
        if not self.date_effective or not self.company_id:
            return {**empty, "verdict": "waiting", "effect": False}
        periods = self._periods()
        same = self._same(*periods)
        before, after = (self._counts(period & same) for period in periods)
        score, test = (
            (scores.net_promoter, scores.net_promoter_change)
            if self.metric == "nps"
            else (scores.share, scores.share_change)
        )
        was, now = score(*before), score(*after)
        found = test(before, after)
        verdict = self._judge(was, now, found)
        return {
            "value_before": was.value,
            "value_after": now.value,
            "n_before": was.n,
            "n_after": now.n,
            "verdict": verdict,
            "effect": self._in_words(was, now, found, verdict),
        }

    def _periods(self):
        """:return: domains on ``date`` and ``company_id`` of before and after"""
        day, length = self.date_effective, relativedelta(days=self.days)
        return [
            Domain("company_id", "=", self.company_id.id)
            & Domain("date", ">=", self.company_id._feedback_moment(start))
            & Domain("date", "<", self.company_id._feedback_moment(end))
            for start, end in ((day - length, day), (day, day + length))
        ]

    def _same(self, before, after):
        """What is compared is the same on both sides: the answers to one question, or
        the comments on one survey.

        :param before, after: domains of the periods
        :return: domain, of whatever day
        """
        if self.metric == "theme":
            model, link, domain = "feedback.comment", "survey_id", Domain.TRUE
        else:
            model, link = "feedback.answer", "question_id"
            domain = Domain("metric", "=", self.metric)
            if self.metric == "dimension":
                domain &= Domain("dimension_id", "=", self.dimension_id.id)
            if self.question_id:
                return domain & Domain(link, "=", self.question_id.id)
        was, now = (
            dict(self.env[model]._read_group(domain & period, [link], ["__count"]))
            for period in (before, after)
        )
        shared = [one for one in was if one in now] or [*was, *now]
        most = max(
            shared,
            key=lambda one: (
                min(was.get(one, 0), now.get(one, 0)),
                max(was.get(one, 0), now.get(one, 0)),
                -one.id,
            ),
            default=self.question_id,
        )
        return domain & Domain(link, "=", most.id)

    def _counts(self, domain):
        """:return: what the test of the score takes"""
        if self.metric == "theme":
            about = Domain("theme_id", "=", self.theme_id.id)
            about &= Domain("sentiment", "=", "negative")
            comments = self.env["feedback.comment"]
            critical = domain & Domain("mention_ids", "any", about)
            return comments.search_count(critical), comments.search_count(domain)
        rows = self.env["feedback.answer"]._read_group(
            domain, ["category"], ["__count"]
        )
        by = dict(rows)
        if self.metric == "nps":
            kinds = ("promoter", "passive", "detractor")
            return tuple(by.get(kind, 0) for kind in kinds)
        return by.get("content", 0), sum(by.values())

    def _judge(self, was, now, found):
        """:return: one of ``VERDICTS``"""
        if not now.n and self.date_effective >= self.company_id._insight_today():
            return "waiting"
        minimum = self.company_id.insight_min_observations
        if found is None or min(was.n, now.n) < minimum:
            today = self.company_id._insight_today()
            over = self.date_effective + relativedelta(days=self.days) <= today
            return "few" if over or was.n < minimum else "waiting"
        change, chance = found
        if chance >= _SIGNIFICANT:
            return "chance"
        good = -change if self.metric == "theme" else change
        return "better" if good > 0 else "worse"

    def _in_words(self, was, now, found, verdict):
        """:return: the comparison in a sentence"""

        def text(value):
            return "–" if value is None else formatLang(self.env, value, digits=0)

        figures = self.env._(
            "%(before)s (n = %(n_before)s) before, %(after)s (n = %(n_after)s) after.",
            before=text(was.value),
            n_before=was.n,
            after=text(now.value),
            n_after=now.n,
        )
        minimum = self.company_id.insight_min_observations
        said = {
            "waiting": self.env._("Wait for the next wave of answers."),
            "few": self.env._(
                "Fewer than %(count)s answers on one side: nothing can be said.",
                count=minimum,
            ),
            "chance": self.env._("Chance alone may explain the change."),
            "better": self.env._("Better than chance would explain."),
            "worse": self.env._("Worse than chance would explain."),
        }[verdict]
        if verdict in ("better", "worse", "chance") and self.expected_change:
            said += " " + self.env._(
                "%(change)s points of %(expected)s expected.",
                change=text(found[0]),
                expected=text(self.expected_change),
            )
        return f"{figures} {said}"

    # === ACTIONS === #

    def action_in_effect(self):
        """It is there: customers meet it from today on, unless a day was given."""
        for one in self:
            day = one.date_effective or one.company_id._insight_today()
            one.write({"state": "done", "date_effective": day})

    def action_open_answers(self):
        """Open the answers, or comments, that are compared."""
        self.ensure_one()
        model = "comment" if self.metric == "theme" else "answer"
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"feedback_survey.feedback_{model}_action"
        )
        before, after = self._periods() if self.date_effective else [Domain.TRUE] * 2
        domain = (before | after) & self._same(before, after)
        if self.metric == "theme":
            domain &= Domain("mention_ids.theme_id", "=", self.theme_id.id)
        return {
            **action,
            "display_name": self.name,
            "domain": list(domain),
            "context": {},
        }

    @api.model
    def _marks(self, first, last):
        """Improvements that took effect, as marks on a chart of scores.

        :param first, last: days of the current company
        :return: ``[{id, name, date, metric}]`` in the order of days
        """
        found = self.search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "done"),
                ("date_effective", ">=", first),
                ("date_effective", "<=", last),
            ],
            order="date_effective, id",
        )
        return [
            {
                "id": one.id,
                "name": one.name,
                "date": fields.Date.to_string(one.date_effective),
                "metric": one.metric,
            }
            for one in found
        ]
