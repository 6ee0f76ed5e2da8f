from odoo import fields, models
from odoo.tools import SQL


class CustomerOccasion(models.Model):
    """Members are greeted on the day they joined."""

    _inherit = "customer.occasion"

    kind = fields.Selection(
        selection_add=[("membership", "Anniversary as a member")],
        ondelete={"membership": "cascade"},
    )

    def _membership_sql(self, company, first, last):
        """The day the first account of a customer was opened, in this company."""
        joined = SQL(
            """(SELECT MIN(card.create_date AT TIME ZONE 'UTC'
                               AT TIME ZONE %(tz)s)::date
                FROM loyalty_card card
                JOIN loyalty_program program ON program.id = card.program_id
                WHERE card.partner_id = partner.id AND card.is_account AND card.active
                  AND COALESCE(program.company_id, %(company)s) = %(company)s)""",
            tz=company._insight_timezone(),
            company=company.id,
        )
        return self._anniversary_sql(company, first, last, joined)
