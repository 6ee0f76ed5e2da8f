from odoo import models
from odoo.tools import SQL

from ..engine.points import to_points


class SaleOrder(models.Model):
    """The bonus for a first purchase: with the order, and only as long as it stands."""

    _inherit = "sale.order"

    def _settle_points(self):
        result = super()._settle_points()
        if not self.env.context.get("loyalty_defer"):
            for order in self.sudo():
                order._settle_first_purchase()
        return result

    def _settle_first_purchase(self):
        rules = self.env["loyalty.earning.rule"]._of_event(
            "first_purchase", self.company_id
        )
        if rules:
            rules._settle_first_purchase(
                self,
                lambda program: (
                    self.state == "sale" and self._returned_share(program) < 1
                ),
            )

    def _is_first_purchase(self, rule=None):
        """Whether the customer has bought nothing else in this company.

        :param rule: orders from before this rule are not looked at
        """
        self.ensure_one()
        if rule and self.date_order < rule.create_date.replace(microsecond=0):
            return False
        return not self.partner_id._has_bought(self.company_id, without=self)


class LoyaltyEarningRule(models.Model):
    _inherit = "loyalty.earning.rule"

    def _settle_first_purchase(self, document, stands):
        """Give these rules' bonuses for a first purchase, or take them back.

        :param document: order in the office, at the counter, …
        :param stands: function of a program: whether the purchase counts
        """
        granted = self._granted_for(document)
        for rule in self:
            move = granted.get(rule.id)
            if move and not stands(rule.program_id):
                move.card_id._take_back_bonus(move, document)
            elif (
                not move
                and stands(rule.program_id)
                and document._is_first_purchase(rule)
            ):
                rule._grant(document.partner_id, document)

    def _granted_for(self, document):
        """``{rule id: loyalty.point.move}`` of bonuses of a document that stand."""
        rows = self.env.execute_query(
            SQL(
                """SELECT split_part(split_part(source_key, ':', 1), ',', 2)::int4, id
                   FROM loyalty_point_move move
                   WHERE source_model = %s AND source_id = %s
                     AND kind = 'bonus' AND source_key LIKE 'rule,%%'
                     AND NOT EXISTS (SELECT FROM loyalty_point_move undo
                                     WHERE undo.reversed_move_id = move.id
                                       AND undo.kind = 'clawback')""",
                document._name,
                document.id,
            )
        )
        moves = self.env["loyalty.point.move"].sudo()
        return {rule_id: moves.browse(move_id) for rule_id, move_id in rows}


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _take_back_bonus(self, bonus, source):
        """Take the points of a bonus back; what was spent is owed or written off.

        What is left of it goes first, then what else may be taken.
        """
        account = self.merged_into_id or self
        move = account._post(
            -to_points(bonus.points),
            "clawback",
            source=source,
            key=f"undo:{bonus.source_key}",
            side="other",
            lot=bonus,
            reversed_move=bonus,
            reason=bonus.reason,
        )
        account._write_off(move, f"write-off:{bonus.source_key}")
