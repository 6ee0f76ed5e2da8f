from odoo import api, fields, models

_GROUPS = "customer_insight.group_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    nps_last = fields.Integer(
        related="customer_profile_id.nps_last", string="Last NPS Answer", groups=_GROUPS
    )
    nps_category = fields.Selection(
        related="customer_profile_id.nps_category",
        string="NPS Category",
        groups=_GROUPS,
    )
    feedback_answer_count = fields.Integer(
        string="Scored Answers",
        compute="_compute_feedback_answer_count",
        groups=_GROUPS,
    )

    feedback_profile_ids = fields.One2many(
        "customer.profile", "partner_id", groups=_GROUPS
    )
    feedback_mention_ids = fields.One2many(
        "feedback.mention", "partner_id", groups=_GROUPS
    )

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_feedback_answer_count(self):
        counts = dict(
            self.env["feedback.answer"]
            .sudo(False)  # counted by what the reader may open
            ._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.feedback_answer_count = counts.get(partner.commercial_partner_id, 0)

    def action_open_feedback(self):
        """Open what this customer answered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_answer_action"
        )
        return {
            **action,
            "display_name": self.display_name,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def _customer_event(self, kind, record=None):
        """Queue the questions that what happened calls for.

        Confirmed orders are left to the job: whoever confirms one does not wait.
        """
        result = super()._customer_event(kind, record)
        if record and kind in ("invoice_paid", "case_closed", "order_delivered"):
            self.env["feedback.rule"]._queue(kind, record)
        return result
