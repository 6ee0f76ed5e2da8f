from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class MailingMailing(models.Model):
    """A mailing to the members of segments, as they are when it is sent.

    Consent, blacklist and the drawing of variants (A/B test) are those of every
    mailing.
    """

    _inherit = "mailing.mailing"

    segment_ids = fields.Many2many(
        "customer.segment",
        string="Segments",
        groups="customer_insight.group_user",
        help="Only customers who are in one of these segments when the mailing is sent."
        " Empty: all whom the filter finds.",
    )
    segment_company_id = fields.Many2one(
        "res.company",
        string="Customers Of",
        required=True,
        default=lambda self: self.env.company,
        help="The company whose segments and purchases count.",
    )
    result_days = fields.Integer(
        string="Result After (Days)",
        default=30,
        help="Purchases of so many days after the mail count as its result.",
    )

    _result_days_within_limits = models.Constraint(
        "CHECK (result_days BETWEEN 1 AND 366)",
        "Results are counted for one day to one year.",
    )

    @api.constrains("segment_ids", "mailing_model_id")
    def _check_segments(self):
        for mailing in self.sudo():
            if mailing.segment_ids and mailing.mailing_model_real != "res.partner":
                raise ValidationError(
                    self.env._(
                        "Members of segments are contacts: choose Contact as the"
                        " recipients, or take the segments away."
                    )
                )

    def _get_recipients_domain(self):
        domain = super()._get_recipients_domain()
        if self.sudo().segment_ids:
            members = self._members(self.sudo().segment_ids)
            domain &= Domain("id", "in", members.partner_id.ids)
        return domain

    def _members(self, segments):
        """:return: profiles of the members of segments who may be profiled"""
        segments = segments.with_company(self.segment_company_id)
        return segments.env["customer.profile"].search(
            segments._profile_domain()
            & Domain("partner_id.insight_objection", "=", False)
        )

    def _note_segments(self, traces):
        """Keep with each mail the segment of its customer, as it is now."""
        contacts = self.env["res.partner"].sudo().browse(traces.mapped("res_id"))
        segments = self._segments_of(contacts.commercial_partner_id)
        owner = {one.id: one.commercial_partner_id for one in contacts.exists()}
        for segment, found in (
            traces.sudo()
            .grouped(lambda one: segments.get(owner.get(one.res_id)))
            .items()
        ):
            found.segment_id = segment

    def _segments_of(self, customers):
        """:return: ``{customer: segment}`` of those who are in one"""
        profiles = (
            self.env["customer.profile"]
            .sudo()
            .with_company(self.segment_company_id)
            .with_context(active_test=False)
        )
        domain = Domain("partner_id", "in", customers.ids) & Domain(
            "company_id", "=", self.segment_company_id.id
        )
        wanted = self.sudo().segment_ids.with_env(profiles.env)
        if not wanted:
            return {
                one.partner_id: one.rfm_segment_id for one in profiles.search(domain)
            }
        segments = {}
        for segment in wanted.sorted(reverse=True):  # the first one is written last
            found = profiles.search(domain & segment._profile_domain())
            segments.update(dict.fromkeys(found.partner_id, segment))
        return segments

    def action_open_results(self):
        """Open the results of this mailing, or of its campaign, by segment."""
        self.ensure_one()
        return self.env["customer.analysis.campaign"]._open(
            campaign=self.campaign_id.id,
            firm=self.segment_company_id.id,
        )
