from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..models.loyalty_card_index import HIGH_INDEX, LOW_INDEX


class LoyaltyWhatIf(models.TransientModel):
    """Other weights of the loyalty index, tried out on a year of purchases.

    The index of all members as of the last day is made twice of the same parts. Who
    would come onto the list of high indexes, and who would leave it?
    """

    _inherit = "loyalty.what.if"

    index_frequency = fields.Integer(
        string="Weight of Frequency",
        default=lambda self: self.env.company.sudo().loyalty_index_frequency,
    )
    index_amount = fields.Integer(
        string="Weight of Amount",
        default=lambda self: self.env.company.sudo().loyalty_index_amount,
    )
    index_contacts = fields.Integer(
        string="Weight of Contacts",
        default=lambda self: self.env.company.sudo().loyalty_index_contacts,
    )
    has_index = fields.Boolean(readonly=True)
    index_high_now = fields.Integer(string="High Index", readonly=True)
    index_high_then = fields.Integer(
        string="High Index with These Weights", readonly=True
    )
    index_low_now = fields.Integer(string="Low Index", readonly=True)
    index_low_then = fields.Integer(
        string="Low Index with These Weights", readonly=True
    )
    index_risen = fields.Json(readonly=True)
    index_risen_count = fields.Integer(string="Would Become High", readonly=True)
    index_fallen = fields.Json(readonly=True)
    index_fallen_count = fields.Integer(string="Would No Longer Be High", readonly=True)

    @api.onchange("program_id")
    def _onchange_program_id(self):
        result = super()._onchange_program_id()
        for name, weight in self._index_weights_now().items():
            self[f"index_{name}"] = weight
        return result

    def _index_company(self):
        return (self.program_id.company_id or self.env.company).sudo()

    def _index_weights_now(self):
        return self._index_company()._loyalty_index_weights()

    def _index_weights_then(self):
        return {name: self[f"index_{name}"] for name in self._index_weights_now()}

    def _check_input(self):
        result = super()._check_input()
        weights = self._index_weights_then().values()
        if min(weights) < 0 or not sum(weights):
            raise ValidationError(
                self.env._(
                    "Weights of the loyalty index are not below zero, and not all zero."
                )
            )
        return result

    def _summary(self, result):
        return {**super()._summary(result), **self._index_summary()}

    def _index_summary(self):
        """:return: values of the fields that compare the two sets of weights"""
        found = self._replay_index()
        risen = [card for card, now, then in found if now < HIGH_INDEX <= then]
        fallen = [card for card, now, then in found if then < HIGH_INDEX <= now]
        return {
            "has_index": self._index_weights_then() != self._index_weights_now(),
            "index_high_now": sum(now >= HIGH_INDEX for __, now, __ in found),
            "index_high_then": sum(then >= HIGH_INDEX for __, __, then in found),
            "index_low_now": sum(now < LOW_INDEX for __, now, __ in found),
            "index_low_then": sum(then < LOW_INDEX for __, __, then in found),
            "index_risen": risen,
            "index_risen_count": len(risen),
            "index_fallen": fallen,
            "index_fallen_count": len(fallen),
        }

    def _replay_index(self):
        """``[(card id, index by the weights in force, by those tried out)]``"""
        self.env.flush_all()
        cards = self.env["loyalty.card"].sudo()
        return self.env.execute_query(
            SQL(
                """SELECT ranked.id, %s, %s FROM (%s) ranked
                   JOIN loyalty_card card ON card.id = ranked.id
                   WHERE card.program_id = %s ORDER BY ranked.id""",
                cards._index_sql(self._index_weights_now()),
                cards._index_sql(self._index_weights_then()),
                cards._index_ranks_sql(self._index_company(), self.date_to),
                self.program_id.id,
            )
        )

    def action_open_risen(self):
        """Show the members whose index would become high."""
        return self._open_cards(self.index_risen)

    def action_open_fallen(self):
        """Show the members whose index would no longer be high."""
        return self._open_cards(self.index_fallen)

    def _open_cards(self, ids):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_program.loyalty_card_action_account"
        )
        return {**action, "domain": [("id", "in", ids or [])]}
