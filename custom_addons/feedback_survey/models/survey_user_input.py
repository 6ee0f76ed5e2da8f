from odoo import api, fields, models

CHANNELS = [
    ("web", "Web Page"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("visit", "Visit"),
    ("chat", "Chat"),
    ("social", "Social Media"),
    ("review", "Review"),
    ("other", "Other"),
]


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        index=True,
        help="Whose customer answers.",
    )
    feedback_channel = fields.Selection(CHANNELS, string="Channel", default="web")
    feedback_user_id = fields.Many2one(
        "res.users",
        string="Recorded By",
        help="Who wrote the answers down on the phone or during a visit.",
    )
    feedback_request_ids = fields.One2many("feedback.request", "user_input_id")
    feedback_order_id = fields.Many2one(
        "sale.order",
        string="Order",
        index="btree_not_null",
        help="What the person was asked about.",
    )
    feedback_team_id = fields.Many2one("crm.team", string="Sales Team")
    feedback_seller_id = fields.Many2one("res.users", string="Salesperson")
    feedback_answer_ids = fields.One2many("feedback.answer", "user_input_id")

    @api.depends("survey_id")
    def _compute_company_id(self):
        for user_input in self:
            user_input.company_id = (
                user_input.survey_id.company_id
                or user_input.company_id
                or user_input.partner_id.company_id
                or self.env.company
            )

    def _save_lines(self, question, answer, comment=None, overwrite_existing=True):
        """Let a page that was refused be sent again.

        Core stores the valid answers of a page at once and refuses to store them a
        second time, so nobody could mend the one that was not valid. A survey on one
        page is finished by the first submission that is valid.
        """
        if self.survey_id.questions_layout == "one_page" and self.state != "done":
            overwrite_existing = True
        return super()._save_lines(question, answer, comment, overwrite_existing)

    def _mark_done(self):
        """Record what was answered; anonymous answers forget the person first, so that
        nothing which is done with them here or elsewhere finds one."""
        anonymous = self.sudo()._anonymous()
        anonymous._drop_person()
        result = super()._mark_done()
        # respondents are the public: what they answered is recorded on their behalf
        self.env["feedback.answer"].sudo()._record(self)
        for answer in self.sudo().filtered(lambda a: a.partner_id and not a.test_entry):
            customer = answer.partner_id.commercial_partner_id
            customer._customer_event("survey_answered", answer)
        self.sudo().feedback_request_ids._mark_answered()
        anonymous._forget_person()
        return result
