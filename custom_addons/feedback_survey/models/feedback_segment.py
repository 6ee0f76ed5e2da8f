"""Segments that are asked: when a customer enters one, or its members in waves."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class FeedbackRule(models.Model):
    _inherit = "feedback.rule"

    segment_id = fields.Many2one(
        "customer.segment",
        index="btree_not_null",
        ondelete="restrict",
        help="Asked when a customer enters it; of a wave, its members are asked.",
    )

    @api.constrains("event", "segment_id")
    def _check_segment(self):
        for rule in self:
            if rule.event == "segment_entered" and not rule.segment_id:
                raise ValidationError(
                    self.env._("Which segment is “%(rule)s” about?", rule=rule.name)
                )

    @api.onchange("segment_id")
    def _onchange_segment_id(self):
        """Propose the survey that the segment carries."""
        survey = self.segment_id._survey_of(self.company_id)
        if survey and (not self.survey_id or self.survey_id.id == self._proposed()):
            self.survey_id = survey

    def _proposed(self):
        """:return: id of the survey that the segment before had proposed"""
        before = self._origin.segment_id
        return before._survey_of(self.company_id).id

    def _event_sources(self):
        entered = SQL(
            """SELECT id AS source_id, %(moment)s AS moment, partner_id, company_id,
                      NULL::int AS order_id, NULL::int AS team_id,
                      NULL::int AS user_id
               FROM customer_segment_membership WHERE segment_id = %(segment)s""",
            moment=self._moment_sql(SQL("date_from")),
            segment=self.segment_id.id or None,
        )
        return {
            **super()._event_sources(),
            "segment_entered": ("customer.segment.membership", entered),
        }

    def _audience_domain(self):
        domain = super()._audience_domain()
        if not self.segment_id:
            return domain
        members = self.segment_id.with_company(self.company_id)._profile_domain()
        return Domain(domain) & members


class CustomerSegment(models.Model):
    """The survey meant for the customers of a segment, and the rules that ask it."""

    _inherit = "customer.segment"

    feedback_survey_id = fields.Many2one(
        "survey.survey",
        string="Survey",
        ondelete="set null",
        index="btree_not_null",
        domain=[("has_metrics", "=", True)],
        help="Proposed first where these customers are asked: by a rule, or by staff"
        " who record what they say.",
    )
    feedback_rule_count = fields.Integer(
        string="Asking Rules", compute="_compute_feedback_rule_count"
    )

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_feedback_rule_count(self):
        rules = self.env["feedback.rule"].with_context(active_test=False)
        counts = {}
        if rules.has_access("read"):
            counts = dict(
                rules._read_group(
                    [("segment_id", "in", self.ids)], ["segment_id"], ["__count"]
                )
            )
        for segment in self:
            segment.feedback_rule_count = counts.get(segment._origin, 0)

    def _survey_of(self, company):
        """:return: the survey of these segments that may be asked in a company

        That of the highest priority goes first, then the order of the segments.
        """
        ordered = self.sorted(lambda one: (-int(one.priority), one.sequence, one.id))
        for survey in ordered.feedback_survey_id:
            if survey.active and survey.company_id.id in (False, company.id):
                return survey
        return self.env["survey.survey"]

    @api.model
    def _survey_for(self, partner, company):
        """:return: the survey that the segments of a customer carry, or none"""
        profile = self.env["feedback.answer"]._profile_of(
            partner.commercial_partner_id, company
        )
        survey = (profile.rfm_segment_id | profile.segment_ids)._survey_of(company)
        return survey.with_env(self.env)

    def action_open_feedback_rules(self):
        """Open the rules that ask these customers, or begin one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_rule_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("segment_id", "=", self.id)],
            "context": {
                "active_test": False,
                "default_segment_id": self.id,
                "default_event": "segment_entered",
                "default_name": self.name,
                "default_survey_id": self._survey_of(self.env.company).id,
            },
        }
