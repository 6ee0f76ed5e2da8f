from odoo import models


class SlideChannelPartner(models.Model):
    _inherit = "slide.channel.partner"

    def _post_completion_update_hook(self, completed=True):
        """Tell of courses that were finished; what was finished stays so."""
        result = super()._post_completion_update_hook(completed=completed)
        if completed:
            for attendee in self.sudo():
                company = attendee.channel_id.website_id.company_id or self.env.company
                customer = attendee.partner_id.commercial_partner_id
                customer.with_company(company)._customer_event(
                    "course_finished", attendee.with_company(company)
                )
        return result
