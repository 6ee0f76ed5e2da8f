from odoo import models


class SaleOrder(models.Model):
    """Keeps orders out of programs that are not for their customer."""

    _inherit = "sale.order"

    def _program_check_compute_points(self, programs):
        result = super()._program_check_compute_points(programs)
        for program, status in result.items():
            if "error" in status or not program._is_limited():
                continue
            if refusal := program._refusal(self):
                result[program] = (
                    {"points": [0.0]}  # what was earned before may be spent
                    if program.is_nominative
                    else {"error": refusal}
                )
        return result
