from odoo import models


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    # the timeline looks mailings up by contact, for which core has no index
    _partner_idx = models.Index("(res_id) WHERE model = 'res.partner'")
