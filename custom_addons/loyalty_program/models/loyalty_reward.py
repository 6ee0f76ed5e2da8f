from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .payment_transaction import holding_payment

#: What a coupon is worth; coupons keep what they were issued with.
_WORTH = {
    "reward_type",
    "discount",
    "discount_mode",
    "discount_applicability",
    "discount_product_domain",
    "discount_product_ids",
    "discount_product_category_id",
    "discount_product_tag_id",
    "discount_max_amount",
    "reward_product_id",
    "reward_product_tag_id",
    "reward_product_qty",
}


class LoyaltyReward(models.Model):
    """How members come by a reward, and how many there are."""

    _inherit = "loyalty.reward"

    claim_mode = fields.Selection(
        [
            ("coupon", "Members claim a coupon code"),
            ("handout", "Members claim it, staff hands it out"),
            ("order", "On orders only"),
        ],
        string="Claiming",
        default="coupon",
        required=True,
        help="What members can do by themselves on their page. On orders staff and"
        " shop can offer each reward.",
    )
    quantity_limit = fields.Integer(
        string="Available Pieces",
        help="How often this reward can be given in all. 0 means no limit.",
    )
    quantity_left = fields.Integer(
        string="Pieces Left", compute="_compute_quantity_left"
    )
    claim_count = fields.Integer(
        readonly=True,
        copy=False,
        help="Counts claims, so that two at the same moment notice each other.",
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program",
        readonly=True,
        copy=False,
        help="The program of the coupons that members get for this reward.",
    )

    _quantity_limit_check = models.Constraint(
        "CHECK (quantity_limit >= 0)", "Available pieces are not below zero."
    )

    @api.depends("quantity_limit", "claim_count")
    def _compute_quantity_left(self):
        given = self._given()
        for reward in self:
            left = reward.quantity_limit - given.get(reward._origin.id, 0)
            reward.quantity_left = max(left, 0) if reward.quantity_limit else 0

    def _is_used_up(self):
        reward = self.sudo()
        return bool(reward.quantity_limit and not reward.quantity_left)

    def _given(self, without=None):
        """How often rewards were claimed by members or given with orders.

        :param without: sale.order that does not count
        :return: ``{reward id: pieces}``
        """
        if not self._origin.ids:
            return {}
        self.env.flush_all()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT reward_id, sum(pieces)::int FROM (%s) given"
                    " WHERE reward_id = ANY(%s) GROUP BY reward_id",
                    SQL(" UNION ALL ").join(self._given_queries(without)),
                    self._origin.ids,
                )
            )
        )

    @api.model
    def _given_queries(self, without=None):
        """SELECTs of what was given: reward_id, pieces. Bridges add theirs."""
        return [
            SQL(
                """SELECT reward_id, 1 AS pieces FROM loyalty_claim
                   WHERE state != 'cancelled'"""
            ),
            self._ordered_query(without, SQL("sale.state = 'sale'")),
            self._held_query(without),
        ]

    @api.model
    def _ordered_query(self, without, condition):
        """SELECT of pieces on orders that meet a condition over sale, program."""
        return SQL(
            """SELECT line.reward_id,
                      CASE reward.reward_type WHEN 'product'
                      THEN ceil(sum(line.product_uom_qty) / reward.reward_product_qty)
                      ELSE 1 END AS pieces
               FROM sale_order_line line
               JOIN sale_order sale ON sale.id = line.order_id
               JOIN loyalty_reward reward ON reward.id = line.reward_id
               JOIN loyalty_program program ON program.id = reward.program_id
               WHERE line.product_uom_qty > 0 AND sale.id IS DISTINCT FROM %s AND %s
               GROUP BY line.order_id, line.reward_id, reward.id""",
            without.id if without else None,
            condition,
        )

    @api.model
    def _held_query(self, without):
        """A piece on an order that is being paid is gone, in shop and portal.

        An order that is paid itself stands behind confirmed ones alone: of two that
        were paid, as happens when the first payer took too long, the first to be
        confirmed has it, and neither waits for the other.
        """
        return self._ordered_query(
            without,
            SQL(
                """sale.state IN ('draft', 'sent') AND %s
                   AND NOT EXISTS (
                       SELECT FROM sale_order_transaction_rel own
                       JOIN payment_transaction mine ON mine.id = own.transaction_id
                       WHERE own.sale_order_id = %s
                         AND mine.state IN ('authorized', 'done'))""",
                holding_payment(SQL("sale.id"), SQL("program.reservation_days")),
                without.id if without else None,
            ),
        )

    def _take_pieces(self, wanted, order=None):
        """Make sure that limited rewards are there for one who claims them now.

        Two who claim at the same moment notice each other: the second one's
        transaction is repeated and then sees what the first one took.

        :param wanted: ``{reward: pieces}``
        :raise UserError: if there are fewer
        """
        limited = self.filtered("quantity_limit")
        if not limited:
            return
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_reward SET claim_count = COALESCE(claim_count, 0) + 1"
            " WHERE id = ANY(%s)",
            [sorted(limited.ids)],
        )
        limited.invalidate_recordset(["claim_count", "quantity_left"], flush=False)
        given = limited._given(without=order)
        for reward in limited:
            if given.get(reward.id, 0) + wanted[reward] > reward.quantity_limit:
                raise UserError(
                    self.env._("%s is no longer available.", reward.description)
                )

    def write(self, vals):
        result = super().write(vals)
        if _WORTH & vals.keys():
            self.filtered("coupon_program_id").coupon_program_id = False
        return result

    def _is_claimable(self):
        """Whether members can claim this reward on their page.

        Points that may pay only a share of an order are spent on orders.
        """
        self.ensure_one()
        shared = self.reward_type == "discount" and self.program_id.redeem_max_share
        return (
            self.active
            and self.program_id.active
            and self.program_id._is_running()
            and self.claim_mode != "order"
            and not shared
            and not self._is_used_up()
        )

    def _coupon_program(self):
        """The program whose coupons give this reward, made when first needed."""
        self.ensure_one()
        if not self.coupon_program_id:
            program = self.program_id
            self.coupon_program_id = program.create(
                {
                    "name": self.env._(
                        "%(program)s: %(reward)s",
                        program=program.name,
                        reward=self.description,
                    ),
                    "program_type": "coupons",
                    "applies_on": "current",
                    "trigger": "with_code",
                    "company_id": program.company_id.id,
                    "pricelist_ids": program.pricelist_ids.ids,
                    "currency_id": program.currency_id.id,
                    "portal_visible": False,
                    "portal_point_name": program.portal_point_name,
                    "reward_ids": self._coupon_reward_commands(),
                }
            )
        return self.coupon_program_id

    def _coupon_reward_commands(self):
        [values] = self.copy_data(
            {"required_points": 1, "claim_mode": "order", "quantity_limit": 0}
        )
        values.pop("program_id")
        return [fields.Command.create(values)]
