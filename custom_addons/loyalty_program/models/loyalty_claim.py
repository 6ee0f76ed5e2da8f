from odoo import api, fields, models
from odoo.exceptions import UserError


class LoyaltyClaim(models.Model):
    """A reward a member has paid for with points: a coupon, or a gift to hand out."""

    _name = "loyalty.claim"
    _description = "Claimed Reward"
    _order = "id desc"
    _rec_name = "reward_name"

    card_id = fields.Many2one(
        "loyalty.card",
        string="Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="card_id.partner_id", string="Member", store=True, index=True
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    reward_id = fields.Many2one(
        "loyalty.reward", required=True, readonly=True, index=True, ondelete="restrict"
    )
    reward_name = fields.Char(string="What", required=True, readonly=True)
    mode = fields.Selection(
        [("coupon", "Coupon"), ("handout", "Handed Out")], required=True, readonly=True
    )
    points = fields.Float(digits=(16, 2), required=True, readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    coupon_id = fields.Many2one(
        "loyalty.card", readonly=True, copy=False, index="btree_not_null"
    )
    coupon_code = fields.Char(related="coupon_id.code", related_sudo=True)
    coupon_until = fields.Date(
        string="Coupon Valid Until",
        related="coupon_id.expiration_date",
        related_sudo=True,
    )
    is_used = fields.Boolean(string="Coupon Used", compute="_compute_is_used")
    handed_on = fields.Datetime(string="Handed Out On", readonly=True, copy=False)
    handed_uid = fields.Many2one(
        "res.users", string="Handed Out By", readonly=True, copy=False
    )
    request_key = fields.Char(
        required=True,
        readonly=True,
        help="Names the request; one request makes one claim.",
    )

    _request_uniq = models.UniqueIndex("(card_id, request_key)")

    @api.depends("coupon_id.points")
    def _compute_is_used(self):
        for claim in self:
            coupon = claim.coupon_id.sudo()
            issued = claim.points if claim._is_per_point() else 1
            claim.is_used = bool(coupon) and coupon.points < issued

    def _is_per_point(self):
        reward = self.reward_id.sudo()
        return reward.reward_type == "discount" and reward.discount_mode == "per_point"

    def _issue_coupon(self):
        """Give the member a code that is worth the reward on an order."""
        self.ensure_one()
        program = self.program_id
        days = program.claim_valid_days
        self.coupon_id = (
            self.env["loyalty.card"]
            .with_context(loyalty_no_mail=True)
            .create(
                {
                    "program_id": self.reward_id._coupon_program().id,
                    "partner_id": self.partner_id.id,
                    "points": self.points if self._is_per_point() else 1,
                    "expiration_date": days
                    and fields.Date.add(self.card_id._today(), days=days),
                }
            )
        )

    # === STAFF === #

    def action_hand_out(self):
        """Note that gifts were handed out."""
        self._check_staff()
        self.sudo()._lock_rows()
        if any(claim.mode != "handout" or claim.state != "open" for claim in self):
            raise UserError(self.env._("Only gifts that still wait can be handed out."))
        self.sudo().write(
            {
                "state": "done",
                "handed_on": fields.Datetime.now(),
                "handed_uid": self.env.uid,
            }
        )

    def action_cancel(self):
        """Take claims back; the points return with the days they had."""
        self._check_staff()
        for claim in self.sudo():
            claim._lock_rows()
            if claim.state == "cancelled":
                continue
            if claim.state == "done" or claim.is_used:
                raise UserError(self.env._("%s was already used.", claim.reward_name))
            claim.state = "cancelled"
            if claim.coupon_id:
                claim.coupon_id.with_context(loyalty_no_mail=True).points = 0
                claim.coupon_id.active = False
            claim.card_id._restore_moves(claim)
        self.reward_id.invalidate_recordset(["quantity_left"], flush=False)

    def _lock_rows(self):
        self.env.flush_all()
        self.lock_for_update()
        self.invalidate_recordset(["state"])

    def _check_staff(self):
        """Officers and managers change claims; they must see the records, too."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "loyalty_program.group_officer"
        ):
            raise UserError(
                self.env._("Claimed rewards are handled by loyalty officers.")
            )
