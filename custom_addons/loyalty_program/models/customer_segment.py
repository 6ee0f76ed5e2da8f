from odoo import Command, api, fields, models


class CustomerSegment(models.Model):
    """The offers that are meant for the customers of a segment."""

    _inherit = "customer.segment"

    promotion_ids = fields.Many2many(
        "loyalty.program",
        string="Offers",
        compute="_compute_promotion_ids",
        inverse="_inverse_promotion_ids",
        groups="loyalty_program.group_officer",
        help="Programs and promotions for customers of this segment. Who is in none of"
        " the segments of an offer gets nothing from it.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_promotion_ids(self):
        programs = self.env["loyalty.program"].search(
            [("audience_segment_ids", "in", self.ids)]
        )
        for segment in self:
            segment.promotion_ids = programs.filtered(
                lambda program, segment=segment: (
                    segment._origin in program.audience_segment_ids
                )
            )

    def _inverse_promotion_ids(self):
        """Write on the programs, with their rights and checks.

        Only what the user sees is taken off: another company's offers stay.
        """
        programs = self.env["loyalty.program"]
        for segment in self:
            chosen = segment.promotion_ids
            before = programs.search([("audience_segment_ids", "in", segment.ids)])
            (before - chosen).write(
                {"audience_segment_ids": [Command.unlink(segment.id)]}
            )
            (chosen - before).write(
                {"audience_segment_ids": [Command.link(segment.id)]}
            )
