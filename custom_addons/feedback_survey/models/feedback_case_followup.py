from odoo import api, fields, models
from odoo.fields import Domain

#: Which answer speaks for the satisfaction with a closed case, the best first.
_SPEAKS = ("csat", "nps", "ces", "dimension")


class FeedbackCase(models.Model):
    """What comes after: hand-overs, compensation, asking whether it helped."""

    _inherit = "feedback.case"

    handover_ids = fields.One2many("feedback.case.handover", "case_id")
    waiting_department_id = fields.Many2one(
        "feedback.department",
        string="Waits For",
        compute="_compute_waiting_department_id",
        store=True,
        index="btree_not_null",
    )
    compensation_ids = fields.One2many("feedback.compensation", "case_id")
    product_repeat_count = fields.Integer(
        string="Cases of the Product", compute="_compute_product_repeat_count"
    )
    after_answer_id = fields.Many2one(
        "feedback.answer",
        string="Answer After Closing",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    after_category = fields.Selection(
        related="after_answer_id.category", string="Satisfied Afterwards", store=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        cases._queue_profiles()
        return cases

    def write(self, vals):
        result = super().write(vals)
        if not {"is_closed", "partner_id"}.isdisjoint(vals):
            self._queue_profiles()
        return result

    def _queue_profiles(self):
        """The profile counts cases: look at these customers again."""
        self.sudo().env["customer.profile.queue"]._add(
            (case.partner_id.commercial_partner_id.id, case.company_id.id)
            for case in self
        )

    @api.depends("handover_ids.answered_on", "handover_ids.department_id")
    def _compute_waiting_department_id(self):
        for case in self:
            waiting = case.handover_ids.filtered(lambda one: not one.answered_on)
            case.waiting_department_id = waiting[:1].department_id

    @api.depends("product_id")
    def _compute_product_repeat_count(self):
        for case in self:
            case.product_repeat_count = (
                self.search_count(case._product_domain()) if case.product_id else 0
            )

    def _product_domain(self):
        """:return: domain of the other cases of this product, of any customer"""
        return (
            Domain("product_id", "=", self.product_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("id", "!=", self._origin.id)
        )

    def action_open_product_cases(self):
        """Open all cases of this product."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_case_action"
        )
        return {
            **action,
            "display_name": self.product_id.display_name,
            "domain": [("product_id", "=", self.product_id.id)],
            "context": {},
        }

    def action_ask_again(self):
        """Ask the customer now whether they are content with the outcome."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_entry_action"
        )
        return {
            **action,
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_feedback_case_id": self.id,
            },
        }


class FeedbackAnswer(models.Model):
    _inherit = "feedback.answer"

    @api.model
    def _record(self, participations):
        answers = super()._record(participations)
        answers._rate_cases()
        return answers

    def _rate_cases(self):
        """Note answers given after a case was closed on that case.

        A participation knows its case if staff asked again from there, or if a rule
        asked because the case was closed.
        """
        for participation, answers in self.grouped("user_input_id").items():
            case = participation._feedback_case()
            if case:
                case.after_answer_id = answers.sorted(
                    lambda answer: (_SPEAKS.index(answer.metric), answer.id)
                )[0]


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    feedback_case_id = fields.Many2one(
        "feedback.case",
        string="Asked After Case",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    def _feedback_case(self):
        """:return: the case after which this person was asked, or none"""
        self.ensure_one()
        if self.feedback_case_id:
            return self.feedback_case_id
        request = self.feedback_request_ids.filtered(
            lambda request: request.source_model == "feedback.case"
        )[:1]
        return self.env["feedback.case"].browse(request.source_id or []).exists()
