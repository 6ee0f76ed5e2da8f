from contextlib import contextmanager

import psycopg2.errors
from odoo import api, fields, models
from odoo.exceptions import (
    AccessError,
    ConcurrencyError,
    UserError,
    ValidationError,
)
from odoo.tools import mute_logger

from ..engine.points import to_points

OFFICER = "loyalty_program.group_officer"
MANAGER = "loyalty_program.group_manager"


class LoyaltyCard(models.Model):
    """The points account of a member: a card of a nominative program."""

    _inherit = "loyalty.card"

    is_account = fields.Boolean(
        string="Has a Ledger",
        compute="_compute_is_account",
        store=True,
        precompute=True,
        help="Cards of one member and program, whose points are kept in the ledger.",
    )
    merged_into_id = fields.Many2one(
        "loyalty.card",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The account that took over the points when contacts were merged.",
    )
    points_move_ids = fields.One2many(
        "loyalty.point.move", "card_id", string="Points Ledger", readonly=True
    )
    ledger_sequence = fields.Integer(readonly=True, copy=False)
    ledger_digest = fields.Char(readonly=True, copy=False)
    ledger_problem = fields.Char(
        readonly=True,
        copy=False,
        help="What the last self-check found wrong with the ledger of this account.",
        prefetch="loyalty_program",
    )
    last_activity_date = fields.Date(string="Last Activity", readonly=True, copy=False)
    claim_count = fields.Integer(
        readonly=True,
        copy=False,
        help="Counts claims, so that two at the same moment notice each other.",
    )
    milestone_points = fields.Float(
        readonly=True,
        copy=False,
        help="Highest milestone a mail was sent for.",
        prefetch="loyalty_program",
    )

    _account_uniq = models.UniqueIndex(
        "(program_id, partner_id) WHERE is_account",
        "A member has one account per program.",
    )

    @api.depends(
        "program_id.applies_on",
        "program_id.program_type",
        "partner_id",
        "merged_into_id",
    )
    def _compute_is_account(self):
        for card in self:
            card.is_account = bool(
                card.partner_id
                and card.program_id.is_nominative
                and not card.merged_into_id
            )

    # === ACCOUNTS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Open accounts empty; points given along become a ledger line.

        With ``loyalty_reuse_account`` in the context a member who has an account gets
        the points there, and that account is returned.
        """
        cards = self.browse()
        for vals in vals_list:
            program = self.env["loyalty.program"].browse(
                vals.get("program_id") or self.env.context.get("active_id")
            )
            if not (vals.get("partner_id") and program.is_nominative):
                cards += super().create([vals])
                continue
            points, card = self._prepare_account(program, vals)
            if not card:
                with self._opening():
                    card = super().create([{**vals, "points": 0}])
            if points:
                card._post(points, "bonus", reason=self.env._("Granted with the card"))
            cards += card
        return cards

    def _prepare_account(self, program, vals):
        """Check what an account is opened with.

        :return: ``(Decimal, the account the member has already)``
        """
        points = self._checked_points(vals.get("points") or 0)
        if points < 0:
            raise ValidationError(self.env._("An account cannot start below zero."))
        if points:
            self._check_may_adjust(points)
        existing = self._find_account(program, vals["partner_id"])
        if existing and not self.env.context.get("loyalty_reuse_account"):
            raise ValidationError(
                self.env._(
                    "%(member)s already has an account in %(program)s.",
                    member=existing.partner_id.display_name,
                    program=program.name,
                )
            )
        return points, existing

    @contextmanager
    def _opening(self):
        """Have the transaction done again if somebody else opens the same account."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                yield
        except psycopg2.errors.UniqueViolation as error:
            if error.diag.constraint_name != "loyalty_card_account_uniq":
                raise
            # somebody opened it since our snapshot: the transaction has to be
            # done again to see that account, as for any concurrent update
            raise ConcurrencyError(str(error)) from error

    @api.model
    def _find_account(self, program, partner_id):
        """The account of a contact in a program, an archived one, too."""
        return (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("program_id", "=", program.id),
                    ("partner_id", "=", partner_id),
                    ("is_account", "=", True),
                ],
                limit=1,
            )
            .sudo(self.env.su)
        )

    def write(self, vals):
        accounts = self.filtered("is_account")
        if "partner_id" in vals:
            accounts._check_owner_change(vals["partner_id"])
        if "points" not in vals or not accounts:
            return super().write(vals)
        if not self.env.context.get("loyalty_settling"):
            target = self._checked_points(vals["points"])
            reason = self.env.context.get("loyalty_reason") or self.env._("Balance set")
            for card in accounts:
                card._adjust(target - to_points(card.points), reason)
        others = {name: value for name, value in vals.items() if name != "points"}
        super(LoyaltyCard, self - accounts).write(vals)
        return super(LoyaltyCard, accounts).write(others) if others else True

    def _check_owner_change(self, partner_id):
        """Points stay with their member; only a visitor's account finds its owner."""
        for card in self:
            owner = card.partner_id
            if owner.id == partner_id or not card.ledger_sequence or owner.is_public:
                continue
            if not self.env.context.get("loyalty_merging"):
                raise UserError(
                    self.env._(
                        "The account %s has points: it cannot be given to somebody"
                        " else. Merge the contacts instead.",
                        card.code,
                    )
                )

    @api.model
    def _checked_points(self, value):
        try:
            return to_points(value)
        except ValueError:
            raise ValidationError(
                self.env._("%s is no plausible number of points.", value)
            ) from None

    # === RIGHTS === #

    def _check_may_adjust(self, points):
        """Refuse changes by hand of those without the role, or beyond their limit.

        :raise AccessError:
        """
        user = self.env.user
        if self.env.su or user.has_group(MANAGER):
            return
        if not user.has_group(OFFICER):
            raise AccessError(
                self.env._("Points are adjusted by loyalty officers and managers.")
            )
        limit = (self.company_id[:1] or self.env.company).loyalty_adjust_limit
        if limit and abs(points) > limit:
            raise AccessError(
                self.env._(
                    "You may adjust up to %s points at a time. Ask a loyalty manager.",
                    limit,
                )
            )

    def _adjust(self, points, reason, key=None):
        """Add a line by hand.

        :param points: Decimal, signed
        :return: loyalty.point.move, empty for zero points
        """
        self.ensure_one()
        if not points:
            return self.env["loyalty.point.move"]
        self._check_may_adjust(points)
        return self._post(points, "adjust", key=key, reason=reason)

    def action_loyalty_update_balance(self):
        """Adjust an account by a line; core's dialog sets the balance of a coupon."""
        self.ensure_one()
        if not self.is_account:
            return super().action_loyalty_update_balance()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "loyalty_program.loyalty_point_adjust_action"
            ),
            "context": {"default_card_id": self.id},
        }

    # === MAIL === #

    def _send_points_reach_communication(self, points_changes):
        """Send each milestone once, however often the balance crosses it."""
        if self.env.context.get("loyalty_no_mail"):
            return
        for card in self.filtered("is_account"):
            change = points_changes[card]
            reached = [
                plan.points
                for plan in card.program_id.communication_plan_ids
                if plan.trigger == "points_reach"
                and change["old"] < plan.points <= change["new"]
            ]
            if not reached:
                continue
            change["old"] = max(
                change["old"], min(card.milestone_points, change["new"])
            )
            if max(reached) > card.milestone_points:
                card.sudo().milestone_points = max(reached)
        super()._send_points_reach_communication(points_changes)
