from odoo import fields, models
from odoo.tools import SQL


class CustomerPlaybookStep(models.Model):
    """Playbooks give points, and coupons that only their customer can use."""

    _inherit = "customer.playbook.step"

    action = fields.Selection(
        selection_add=[("coupon", "Coupon"), ("points", "Points")],
        ondelete={"coupon": "cascade", "points": "cascade"},
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program",
        ondelete="restrict",
        domain="[('program_type', '=', 'coupons'),"
        " ('company_id', 'in', (False, company_id))]",
    )
    coupon_days = fields.Integer(
        string="Valid for (Days)", default=30, help="0 for as long as the program runs."
    )
    points_program_id = fields.Many2one(
        "loyalty.program",
        ondelete="restrict",
        domain="[('program_type', '=', 'loyalty'),"
        " ('company_id', 'in', (False, company_id))]",
    )
    points = fields.Float(string="Points Given", default=100)

    _points_positive = models.Constraint(
        "CHECK (points >= 0 AND coupon_days >= 0)",
        "Points and days cannot be negative.",
    )

    def _required_fields(self):
        return {
            **super()._required_fields(),
            "coupon": "coupon_program_id",
            "points": "points_program_id",
        }

    def _touches(self):
        return {**super()._touches(), "coupon": "email"}

    def _refusals(self):
        refusals = super()._refusals()
        if self.action == "points":
            refusals.append(
                (
                    "no_account",
                    SQL(
                        """NOT EXISTS (
                               SELECT FROM loyalty_card card
                               WHERE card.partner_id = partner.id AND card.active
                                 AND card.is_account AND card.program_id = %s)""",
                        self.points_program_id.id,
                    ),
                )
            )
        return refusals

    def _do_coupon(self, enrolments):
        """Give each customer a code for one use; the program tells them of it."""
        program = self.coupon_program_id
        days = self.coupon_days
        until = fields.Date.add(self.company_id._insight_today(), days=days)
        self.env["loyalty.card"].create(
            [
                {
                    "program_id": program.id,
                    "partner_id": enrolment.partner_id.id,
                    "points": max(
                        program.reward_ids.mapped("required_points"), default=1
                    ),
                    "expiration_date": until if days else False,
                    "is_bound": True,
                }
                for enrolment in enrolments
            ]
        )

    def _do_points(self, enrolments):
        cards = self.env["loyalty.card"]
        for enrolment in enrolments:
            account = cards._find_account(
                self.points_program_id, enrolment.partner_id.id
            )
            account._post(
                self.points,
                "bonus",
                key=f"playbook:{enrolment.id}:{self.id}",
                reason=self.playbook_id.name,
            )


class CustomerPlaybookLog(models.Model):
    _inherit = "customer.playbook.log"

    reason = fields.Selection(
        selection_add=[("no_account", "No account in the program")],
        ondelete={"no_account": "set null"},
    )


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    is_bound = fields.Boolean(
        string="Only for This Customer",
        readonly=True,
        help="Nobody else can use the code.",
    )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _try_apply_code(self, code):
        """Refuse a code that was given to another customer."""
        card = (
            self.env["loyalty.card"]
            .sudo()
            .search([("code", "=", code), ("is_bound", "=", True)], limit=1)
        )
        owner = card.partner_id.commercial_partner_id
        if card and owner != self.partner_id.commercial_partner_id:
            return {"error": self.env._("This code was given to another customer.")}
        return super()._try_apply_code(code)
