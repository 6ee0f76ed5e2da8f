from odoo import fields, models


class ResCompany(models.Model):
    """Weights of the loyalty index."""

    _inherit = "res.company"

    loyalty_index_frequency = fields.Integer(
        string="Weight of Frequency", default=40, prefetch="loyalty_program"
    )
    loyalty_index_amount = fields.Integer(
        string="Weight of Amount", default=40, prefetch="loyalty_program"
    )
    loyalty_index_contacts = fields.Integer(
        string="Weight of Contacts", default=20, prefetch="loyalty_program"
    )

    _loyalty_index_check = models.Constraint(
        "CHECK (loyalty_index_frequency >= 0 AND loyalty_index_amount >= 0"
        " AND loyalty_index_contacts >= 0 AND loyalty_index_frequency"
        " + loyalty_index_amount + loyalty_index_contacts > 0)",
        "Weights of the loyalty index are not below zero, and not all zero.",
    )

    def _loyalty_index_weights(self):
        """``{part: weight}``"""
        self.ensure_one()
        return {
            "frequency": self.loyalty_index_frequency,
            "amount": self.loyalty_index_amount,
            "contacts": self.loyalty_index_contacts,
        }


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    loyalty_index_frequency = fields.Integer(
        related="company_id.loyalty_index_frequency", readonly=False
    )
    loyalty_index_amount = fields.Integer(
        related="company_id.loyalty_index_amount", readonly=False
    )
    loyalty_index_contacts = fields.Integer(
        related="company_id.loyalty_index_contacts", readonly=False
    )
