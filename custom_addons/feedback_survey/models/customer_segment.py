from odoo import models
from odoo.tools import SQL


class CustomerSegment(models.Model):
    """Segments are compared by complaints, too."""

    _inherit = "customer.segment"

    def _contrast_measures(self):
        return {
            **super()._contrast_measures(),
            "complaints": (
                self.env._("With a complaint or bad answer"),
                "share",
                SQL(
                    """EXISTS (SELECT FROM feedback_case complaint
                               WHERE complaint.partner_id = customer_profile.partner_id
                                 AND complaint.company_id = customer_profile.company_id)
                    """
                ),
            ),
        }
