from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # Whether a company ever sold at a discount is asked with each segment that is
    # opened: without it, no is known only after all lines were read.
    _discounted_idx = models.Index("(company_id) WHERE discount > 0")
