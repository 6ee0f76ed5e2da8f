from odoo import models
from odoo.addons.customer_insight.analysis.blocks import Advice
from odoo.tools.misc import formatLang


class CustomerAdvice(models.AbstractModel):
    """What the screen of loyalty suggests: to invite where membership pays."""

    _inherit = "customer.advice"

    def _advise_loyalty(self, screen, asked, effect):
        """Members buy more than like customers, beyond chance: invite the others.

        :param effect: ``engine.effect.Effect``, ``None`` for who may not see customers
        """
        if effect is None or not effect.is_enough or effect.low <= 0:
            return []
        currency = self.env.company.currency_id
        low, high, gain = (
            formatLang(self.env, value, currency_obj=currency)
            for value in (effect.low, effect.high, effect.difference)
        )
        return [
            Advice(
                self.env._(
                    "Members buy for %(gain)s more than like customers who are none"
                    " (%(low)s to %(high)s, n = %(members)s and %(others)s): more than"
                    " chance.",
                    gain=gain,
                    low=low,
                    high=high,
                    members=screen._count(effect.members),
                    others=screen._count(effect.others),
                ),
                self.env._("invite the customers who are no members yet"),
                key=["invite"],
            )
        ]
