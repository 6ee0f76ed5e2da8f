from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.points import to_points


class LoyaltyCard(models.Model):
    """What members do with their account by themselves: claim rewards."""

    _inherit = "loyalty.card"

    def _claim_reward(self, reward, seen, points=None):
        """Pay a reward with points and give the member a coupon or a gift to fetch.

        A member claims what his page showed: ``seen`` is the number of the ledger line
        it ended with. Clicked twice, or in two tabs, the same claim is returned; if
        the account has moved otherwise in the meantime, he is asked to look again.

        :param points: for rewards that are worth an amount per point
        :return: loyalty.claim (superuser)
        :raise UserError: if the reward cannot be had
        """
        self.ensure_one()
        account = self.sudo()
        account._lock()
        key = f"portal:{reward.id}:{seen}"
        claims = account.env["loyalty.claim"]
        known = claims.search([("card_id", "=", self.id), ("request_key", "=", key)])
        if known:
            return known
        if seen != account.ledger_sequence:
            raise UserError(
                self.env._("Your points have changed meanwhile. Please look again.")
            )
        reward = reward.sudo()
        cost = account._claim_cost(reward, points)
        claim = claims.create(
            {
                "card_id": self.id,
                "reward_id": reward.id,
                "reward_name": account._claim_name(reward, cost),
                "mode": reward.claim_mode,
                "points": float(cost),
                "request_key": key,
            }
        )
        account._post(-cost, "redeem", source=claim, reason=claim.reward_name)
        if claim.mode == "coupon":
            claim._issue_coupon()
        return claim

    def _claim_cost(self, reward, points):
        """Decimal: what a claim costs, after all checks."""
        program = self.program_id
        if reward.program_id != program or not (self.active and reward._is_claimable()):
            raise UserError(self.env._("This reward is not available."))
        cost = to_points(reward.required_points)
        if reward.reward_type == "discount" and reward.discount_mode == "per_point":
            wanted = self._checked_points(points or 0)
            if wanted < cost:
                raise UserError(
                    self.env._("Claim at least %s points.", self._points_text(cost))
                )
            cost = wanted
        elif reward.clear_wallet:
            cost = max(cost, self._free_points())
        if cost < to_points(program.redeem_min_points):
            raise UserError(
                self.env._(
                    "At least %(points)s points are redeemed at a time.",
                    points=program.redeem_min_points,
                )
            )
        if cost > self._free_points():
            raise UserError(self.env._("You do not have enough points for this."))
        reward._take_pieces({reward: 1})
        return cost

    def _claim_name(self, reward, cost):
        if reward.reward_type == "discount" and reward.discount_mode == "per_point":
            worth = reward.currency_id.format(float(cost) * reward.discount)
            return self.env._("%s off an order", worth)
        return reward.description

    def _restore_moves(self, source):
        """Give back all a document has debited, part by part with its old days.

        What it has debited from accounts that were merged into this one comes here.
        """
        self.ensure_one()
        self._lock()
        moves = self.env["loyalty.point.move"]
        rows = self.env.execute_query(
            SQL(
                """SELECT used.debit_id, used.credit_id, used.points, debit.side
                   FROM loyalty_point_allocation used
                   JOIN loyalty_point_move debit ON debit.id = used.debit_id
                   JOIN loyalty_card card ON card.id = debit.card_id
                   WHERE %s IN (card.id, card.merged_into_id)
                     AND debit.source_model = %s
                     AND debit.source_id = %s ORDER BY used.id""",
                self.id,
                source._name,
                source.id,
            )
        )
        for debit_id, lot_id, points, side in rows:
            lot = moves.browse(lot_id)
            self._post(
                points,
                "restore",
                source=source,
                key=f"{source._name},{source.id}:restore:{debit_id}:{lot_id}",
                side=side,
                reversed_move=moves.browse(debit_id),
                origin_move=lot,
                available_on=lot.available_on,
                expires_on=lot.expires_on,
            )
        self._expire()
