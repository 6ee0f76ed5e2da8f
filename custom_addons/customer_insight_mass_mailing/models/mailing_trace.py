from odoo import api, fields, models


class MailingTrace(models.Model):
    """A mail to a customer, and the segment the customer was in when it was sent."""

    _inherit = "mailing.trace"

    segment_id = fields.Many2one(
        "customer.segment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="customer_insight.group_user",
        help="When the mail was sent: the first of the mailing's segments, or that of"
        " the RFM code if the mailing has none.",
    )

    # the timeline looks mailings up by contact, for which core has no index
    _partner_idx = models.Index("(res_id) WHERE model = 'res.partner'")

    @api.model_create_multi
    def create(self, vals_list):
        traces = super().create(vals_list)
        sent = traces.filtered(
            lambda one: one.model == "res.partner" and not one.is_test_trace
        )
        for mailing, found in sent.grouped("mass_mailing_id").items():
            mailing._note_segments(found)
        return traces
