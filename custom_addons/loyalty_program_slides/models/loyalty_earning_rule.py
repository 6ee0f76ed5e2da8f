from odoo import fields, models


class LoyaltyEarningRule(models.Model):
    _inherit = "loyalty.earning.rule"

    event = fields.Selection(
        selection_add=[("course_finished", "Course finished")],
        ondelete={"course_finished": "cascade"},
    )

    def _key(self, account, record, day):
        """One line per course and person, however often the course is joined anew."""
        if self.event == "course_finished" and record:
            course, person = record.channel_id.id, record.partner_id.id
            return f"rule,{self.id}:slide.channel,{course},{person}"
        return super()._key(account, record, day)
