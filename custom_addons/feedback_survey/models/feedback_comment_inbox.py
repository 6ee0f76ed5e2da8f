from odoo import api, fields, models
from odoo.tools import SQL


class FeedbackComment(models.Model):
    """The one inbox: posts and reviews of elsewhere stand among the comments."""

    _inherit = "feedback.comment"

    post_id = fields.Many2one("feedback.post", readonly=True, ondelete="cascade")

    currency_id = fields.Many2one(related="company_id.currency_id")
    lifecycle_stage = fields.Selection(
        lambda self: (
            self.env["customer.profile"]
            ._fields["lifecycle_stage"]
            ._description_selection(self.env)
        ),
        string="Stage",
        compute="_compute_customer",
    )
    rfm_segment_id = fields.Many2one(
        "customer.segment", string="Segment", compute="_compute_customer"
    )
    amount_total = fields.Monetary(string="Revenue", compute="_compute_customer")
    nps_last = fields.Integer(string="Last NPS Answer", compute="_compute_customer")
    open_case_count = fields.Integer(string="Open Cases", compute="_compute_customer")

    _post_uniq = models.UniqueIndex("(post_id)")

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_customer(self):
        """What the reader may know of the customer, as of today."""
        profiles = {
            (profile.partner_id.id, profile.company_id.id): profile
            for profile in self.env["customer.profile"].search(
                [("partner_id", "in", self.partner_id.ids)]
            )
        }
        cases = dict(
            self.env["feedback.case"]._read_group(
                [
                    ("partner_id", "child_of", self.partner_id.ids),
                    ("is_closed", "=", False),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        by_customer = {}
        for contact, count in cases.items():
            customer = contact.commercial_partner_id.id
            by_customer[customer] = by_customer.get(customer, 0) + count
        empty = self.env["customer.profile"]
        for comment in self:
            key = (comment.partner_id.id, comment.company_id.id)
            profile = profiles.get(key, empty)
            comment.lifecycle_stage = profile.lifecycle_stage
            comment.rfm_segment_id = profile.rfm_segment_id
            comment.amount_total = profile.amount_total
            comment.nps_last = profile.nps_last
            comment.open_case_count = by_customer.get(comment.partner_id.id, 0)

    @api.model
    def _comment_sources(self):
        posts = SQL(
            """SELECT post.id, NULL::int AS survey_id,
                      partner.commercial_partner_id AS partner_id, post.company_id,
                      post.date,
                      CASE post.kind WHEN 'review' THEN 'review' ELSE 'social' END
                          AS channel,
                      post.text
               FROM feedback_post post
               LEFT JOIN res_partner partner ON partner.id = post.partner_id
               WHERE post.is_person_erased IS NOT TRUE"""
        )
        return {**super()._comment_sources(), "post_id": posts}

    def action_open_source(self):
        """Open the answers, the case or the post with these words."""
        self.ensure_one()
        source = self.post_id or self.case_id or self.user_input_id
        return source._get_records_action()

    def action_open_customer(self):
        """Open the customer page beside the words: value, stage, history."""
        self.ensure_one()
        return self.partner_id.with_company(
            self.company_id
        ).action_open_customer_profile()
