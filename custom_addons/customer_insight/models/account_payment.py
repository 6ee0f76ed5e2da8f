from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    # the timeline looks payments up by contact, for which core has no index
    partner_id = fields.Many2one(index="btree_not_null")
