from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class FeedbackCompensation(models.Model):
    """Points and coupons as compensation.

    Who grants them needs the right to adjust points, and stays within its limit.
    """

    _inherit = "feedback.compensation"

    kind = fields.Selection(
        selection_add=[("points", "Points"), ("coupon", "Coupon")],
        ondelete={"points": "set manual", "coupon": "set manual"},
    )
    program_id = fields.Many2one(
        "loyalty.program",
        domain="[('program_type', '=', 'loyalty' if kind == 'points' else 'coupons'),"
        " ('company_id', 'in', (company_id, False))]",
        ondelete="restrict",
    )
    points = fields.Float(digits=(16, 2))
    card_id = fields.Many2one(
        "loyalty.card", string="Account or Coupon", readonly=True, copy=False
    )

    @api.model
    def _receipt_fields(self):
        return [*super()._receipt_fields(), "card_id"]

    @api.constrains("kind", "program_id", "points")
    def _check_program(self):
        types = {"points": "loyalty", "coupon": "coupons"}
        for one in self.filtered(lambda one: one.kind in types):
            if one.program_id.program_type != types[one.kind] or one.points <= 0:
                raise ValidationError(
                    self.env._(
                        "Which program does “%(what)s” come from, and how many points?",
                        what=one.note,
                    )
                )

    def _grant_points(self):
        """Post the points to the member's account, once per compensation.

        :raise UserError: if the customer is no member of the program
        :raise AccessError: without the right to adjust points, or beyond its limit
        """
        self.ensure_one()
        cards = self.env["loyalty.card"]
        cards._check_may_adjust(self.points)
        owner = self.case_id.partner_id._loyalty_owner(self.company_id)
        account = cards.sudo()._find_account(self.program_id, owner.id)
        if not account:
            raise UserError(
                self.env._(
                    "%(name)s is no member of “%(program)s”: give a coupon instead.",
                    name=owner.display_name,
                    program=self.program_id.name,
                )
            )
        account._post(
            self.points, "bonus", source=self.sudo(), reason=self.case_id.name
        )
        self.sudo().card_id = account

    def _grant_coupon(self):
        """Make a coupon for the customer; its code stands on the compensation.

        :raise AccessError: without the right to adjust points, or beyond its limit
        """
        self.ensure_one()
        cards = self.env["loyalty.card"]
        cards._check_may_adjust(self.points)
        self.sudo().card_id = cards.sudo().create(
            {
                "program_id": self.program_id.id,
                "partner_id": self.case_id.partner_id.id,
                "points": self.points,
            }
        )
