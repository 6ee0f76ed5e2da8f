from odoo import models
from odoo.exceptions import UserError

from ..engine.points import to_points


class SaleOrder(models.Model):
    """Programs on an order: whose account, how many points, how much may be spent.

    The class must have this name: core finds or opens accounts in a method whose name
    begins with two underscores.
    """

    _inherit = "sale.order"

    # === ACCOUNTS === #

    def _loyalty_owner(self):
        self.ensure_one()
        return self.partner_id._loyalty_owner(self.company_id)

    def _loyalty_accounts(self):
        """The points accounts this order earns to or spends from."""
        cards = self.coupon_point_ids.coupon_id | self.order_line.coupon_id
        return cards.filtered("is_account")

    def __try_apply_program(self, program, coupon, status):
        if coupon or not program.is_nominative:
            return super().__try_apply_program(program, coupon, status)
        owner = self._loyalty_owner()
        account = self.env["loyalty.card"]._find_account(program, owner.id)
        points = status["points"][0]
        if account and not account.active:
            return {"error": self.env._("The account of this member is archived.")}
        if not account:
            if not points or owner == self.partner_id:
                return super().__try_apply_program(program, coupon, status)
            account = self._open_account(program, owner)
        self._add_points_for_coupon({account: points})
        return {"coupon": account}

    def _open_account(self, program, owner):
        return (
            self.env["loyalty.card"]
            .sudo()
            .with_context(loyalty_no_mail=True, tracking_disable=True)
            .create(
                {
                    "program_id": program.id,
                    "partner_id": owner.id,
                    "points": 0,
                    "order_id": self.id,
                }
            )
        )

    def _update_programs_and_rewards(self):
        """Keep accounts of others out, and those of the member's company in."""
        self.ensure_one()
        self._drop_foreign_accounts()
        deferred = self.with_context(loyalty_defer=True)
        kept = self._loyalty_entries() if self.state == "sale" else {}
        if self._loyalty_owner() != self.partner_id:
            deferred._bring_in_owner_accounts()
        result = super(SaleOrder, deferred)._update_programs_and_rewards()
        if self.state == "sale":
            self._restore_entries(kept)
            self._settle_points()
        return result

    def _loyalty_entries(self):
        """``{account: points it shall get from this order}``"""
        return {
            entry.coupon_id: entry.points
            for entry in self.coupon_point_ids
            if entry.coupon_id.is_account
        }

    def _restore_entries(self, kept):
        """A confirmed order keeps its points when a program has ended since."""
        lost = {
            account: points
            for account, points in kept.items()
            if account not in self.coupon_point_ids.coupon_id
        }
        if lost:
            self.with_context(loyalty_defer=True)._add_points_for_coupon(lost)

    def _bring_in_owner_accounts(self):
        """Offer the accounts of the company a contact buys for.

        Core drops what belongs to another contact than that of the order; so what the
        order earns is taken off and found again by ``__try_apply_program``.
        """
        accounts = self.env["loyalty.card"].search(
            [
                ("partner_id", "=", self._loyalty_owner().id),
                ("is_account", "=", True),
                ("program_id.active", "=", True),
            ]
        )
        entries = self.coupon_point_ids.filtered(lambda e: e.coupon_id in accounts)
        entries.sudo().unlink()
        self.applied_coupon_ids |= accounts

    def _drop_foreign_accounts(self):
        """Give back what was claimed from the account of another member."""
        owner = self._loyalty_owner()
        cards = self._loyalty_accounts() | self.applied_coupon_ids
        foreign = cards.filtered(
            lambda card: (
                card.is_account
                and card.partner_id != owner
                and not card.partner_id.is_public
            )
        )
        if not foreign or self.state not in ("draft", "sent"):
            return
        self.applied_coupon_ids -= foreign
        self.order_line.filtered(lambda line: line.coupon_id in foreign).unlink()
        self.coupon_point_ids.filtered(lambda e: e.coupon_id in foreign).sudo().unlink()

    def write(self, vals):
        if "partner_id" in vals:
            self._check_member_change(vals["partner_id"])
        confirmed = self.browse()
        if "order_line" in vals and not self.env.context.get("loyalty_defer"):
            confirmed = self.filtered(lambda order: order.state == "sale")
        if not confirmed:
            result = super().write(vals)
        else:
            deferred = self.with_context(loyalty_defer=True)
            result = super(SaleOrder, deferred).write(vals)
            confirmed._refresh_points()
        if "partner_id" in vals:
            for order in self.filtered(lambda order: order.state in ("draft", "sent")):
                order._drop_foreign_accounts()
        return result

    def _check_member_change(self, partner_id):
        for order in self:
            if order.state != "sale" or order.partner_id.id == partner_id:
                continue
            if order._posted_points():
                raise UserError(
                    self.env._(
                        "%s has moved points of its customer. Cancel it before you"
                        " give it to another customer.",
                        order.name,
                    )
                )

    # === POINTS === #

    def _program_check_compute_points(self, programs):
        """Count money in the program's currency, and what a member may earn."""
        self.ensure_one()
        foreign = programs.filtered(
            lambda p: p.is_nominative and p.currency_id != self.currency_id
        )
        result = super()._program_check_compute_points(programs - foreign)
        for program in foreign:
            counting = self.with_context(loyalty_currency_id=program.currency_id.id)
            status = super(SaleOrder, counting)._program_check_compute_points(program)
            result[program] = status[program]
        for program, status in result.items():
            if program.is_nominative and "points" in status:
                status.update(self._member_status(program, status["points"]))
        return result

    def _member_status(self, program, points):
        """What a member earns: nothing below zero, rounded down to hundredths.

        :return: the new content of the status: ``points``, or an ``error``
        """
        is_member = self._loyalty_owner().active or self._keeps_points(program)
        if not (is_member or self.env.context.get("loyalty_preview")):
            return {"points": [0.0]}
        earned = max(sum(points), 0.0) * self._points_factor(program)
        return {"points": [float(to_points(earned, down=True))]}

    def _keeps_points(self, program):
        """Whether this order gives points though its member was archived since."""
        return self.state == "sale" and any(
            entry.points
            for entry in self.coupon_point_ids
            if entry.coupon_id.program_id == program
        )

    def _points_factor(self, program):
        """By how much a member's points are multiplied; tiers override it."""
        return 1.0

    def _get_order_line_price(self, order_line, price_type):
        price = super()._get_order_line_price(order_line, price_type)
        currency_id = self.env.context.get("loyalty_currency_id")
        if not currency_id:
            return price
        currency = self.env["res.currency"].browse(currency_id)
        day = (self.date_order or self.create_date).date()
        return self.currency_id._convert(
            price, currency, self.company_id, day, round=False
        )

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        """What this order may still spend: usable, not reserved earlier by others."""
        if not coupon.is_account:
            return super()._get_real_points_for_coupon(coupon, post_confirm)
        self.ensure_one()
        if not coupon.active:
            return 0.0
        account = coupon.sudo()
        claims = self.order_line.filtered(lambda line: line.coupon_id == coupon)
        claimed = sum(
            (to_points(line._claimed_points()) for line in claims), to_points(0)
        )
        if self.state == "sale":
            points = account._usable_points() - claimed
            points += self._posted_points().get(coupon.program_id.id, _NOTHING).spent
        else:
            first = min(claims._origin.ids, default=None)
            points = account._free_points(without=self._origin, before=first)
            points -= claimed
            if not claims:  # that others have claimed too much is not its fault
                points = max(points, to_points(0))
            points += self._own_points(coupon)
        limit = self.env.context.get("loyalty_max_points")
        if limit is not None and points > limit:
            points = to_points(limit, down=True)
        return coupon.currency_id.round(float(points))

    def _own_points(self, coupon):
        """Points of this order that pay for itself: only those granted at once."""
        program = coupon.program_id
        if (
            program.applies_on == "future"
            or program.earn_on != "confirm"
            or program.pending_days
            or coupon.partner_id != self.partner_id
        ):
            return to_points(0)
        entries = self.coupon_point_ids.filtered(lambda e: e.coupon_id == coupon)
        return to_points(sum(entries.mapped("points")))

    # === LIMITS OF REDEMPTION === #

    def _get_reward_line_values(self, reward, coupon, **kwargs):
        program = reward.program_id
        if not (coupon.is_account and program.redeem_max_share):
            return super()._get_reward_line_values(reward, coupon, **kwargs)
        order = self
        if reward.reward_type == "discount" and reward.discount_mode == "per_point":
            worth = reward.currency_id._convert(
                reward.discount, self.currency_id, self.company_id, self._points_day()
            )
            most = self._redeemable_amount(program) / worth if worth else 0
            order = self.with_context(loyalty_max_points=max(most, 0))
        return super(SaleOrder, order)._get_reward_line_values(reward, coupon, **kwargs)

    def _points_day(self):
        return self.company_id._insight_today()

    def _redeemable_amount(self, program):
        """What points may still pay of this order, in its currency."""
        claimed = self.order_line.filtered(
            lambda item: item.reward_id.program_id == program
        )
        paid = -sum(claimed.mapped("price_total"))
        total = sum((self.order_line - claimed).mapped("price_total"))
        return total * program.redeem_max_share / 100 - paid

    def _apply_program_reward(self, reward, coupon, **kwargs):
        """Refuse what breaks the limits; nothing of it stays on the order."""
        program = reward.program_id
        if not coupon.is_account or not (
            program.redeem_min_points or program.redeem_max_share
        ):
            return super()._apply_program_reward(reward, coupon, **kwargs)
        before = self.order_line
        result = super()._apply_program_reward(reward, coupon, **kwargs)
        if "error" in result:
            return result
        problem = self._redemption_problem(program, coupon)
        if problem:
            (self.order_line - before).unlink()
            return {"error": problem}
        return result

    def _redemption_problem(self, program, coupon):
        claims = self.order_line.filtered(lambda line: line.coupon_id == coupon)
        points = sum(line._claimed_points() for line in claims)
        if claims and points < program.redeem_min_points:
            return self.env._(
                "At least %(points)s points are redeemed at a time.",
                points=program.redeem_min_points,
            )
        if (
            program.redeem_max_share
            and self.currency_id.compare_amounts(self._redeemable_amount(program), 0)
            < 0
        ):
            return self.env._(
                "Points can pay at most %(share)s %% of an order.",
                share=program.redeem_max_share,
            )
        return None

    # === CORE'S OWN BOOKKEEPING === #

    def _get_point_changes(self):
        """Leave accounts to the ledger."""
        return {
            coupon: change
            for coupon, change in super()._get_point_changes().items()
            if not coupon.is_account
        }

    def _add_points_for_coupon(self, coupon_points):
        result = super()._add_points_for_coupon(
            {
                coupon.with_context(loyalty_settling=True): points
                for coupon, points in coupon_points.items()
            }
        )
        if self.state == "sale":
            self._settle_points()
        return result

    def _update_loyalty_history(self, coupon_id, points):
        if coupon_id.is_account:
            return
        super()._update_loyalty_history(coupon_id, points)


class _Posted:
    """What the ledger holds of an order in a program."""

    __slots__ = ("card_id", "earned", "spent", "taken", "granted_on")

    def __init__(self):
        self.card_id = self.granted_on = None
        self.earned = self.spent = self.taken = to_points(0)

    def add(self, card_id, side, kind, points, day):
        """Count a line; the youngest comes last."""
        self.card_id = card_id
        points = to_points(points)
        if side == "spend":
            self.spent -= points
            return
        self.earned += points
        if kind in ("earn", "opening"):
            self.granted_on = min(self.granted_on or day, day)
        else:
            self.taken -= points


_NOTHING = _Posted()
