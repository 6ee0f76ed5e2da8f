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
    is_first_purchase_offer = fields.Boolean(
        related="coupon_program_id.first_purchase_only"
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
        if self.action == "coupon" and self.is_first_purchase_offer:
            refusals += self._first_purchase_refusals()
        return refusals

    def _first_purchase_refusals(self):
        """A prospect gets one offer for the first purchase; customers get none."""
        queries = self.env["res.partner"]._purchase_queries(self.company_id)
        return [
            (
                "bought",
                SQL(
                    "partner.commercial_partner_id IN (%s)",
                    SQL(" UNION ALL ").join(queries),
                ),
            ),
            (
                "has_offer",
                SQL(
                    """EXISTS (
                           SELECT FROM loyalty_card card
                           JOIN loyalty_program program ON program.id = card.program_id
                           JOIN res_partner owner ON owner.id = card.partner_id
                           WHERE owner.commercial_partner_id
                                 = partner.commercial_partner_id
                             AND program.first_purchase_only
                             AND program.program_type = 'coupons'
                             AND COALESCE(program.company_id, %(company)s)
                                 = %(company)s)""",
                    company=self.company_id.id,
                ),
            ),
        ]

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
        selection_add=[
            ("no_account", "No account in the program"),
            ("bought", "Has bought before"),
            ("has_offer", "Had an offer for the first purchase"),
        ],
        ondelete={
            "no_account": "set null",
            "bought": "set null",
            "has_offer": "set null",
        },
    )


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    is_bound = fields.Boolean(
        string="Only for This Customer",
        readonly=True,
        help="Nobody else can use the code.",
    )
