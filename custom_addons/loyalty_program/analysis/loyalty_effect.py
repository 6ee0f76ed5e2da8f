from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.addons.customer_insight.analysis.blocks import Figure, figures
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..engine.effect import borders, class_of, frequency_class, matched_effect

_YEAR = relativedelta(years=1)
_DAY = relativedelta(days=1)


class CustomerAnalysisLoyalty(models.AbstractModel):
    """Members beside customers who bought alike before and are no members."""

    _inherit = "customer.analysis.loyalty"

    def _read_effect(self, asked):
        """:return: the comparison, ``None`` for who may not see customers"""
        if not self.env["customer.profile"].has_access("read"):
            return None
        return self._effect(asked)

    def _effect_blocks(self, effect):
        """The comparison of :meth:`_read_effect` as figures."""
        if effect is None:
            return []
        note, interval = self._effect_notes(effect)
        title = self.env._("Bought per member in the period")
        return [
            figures(
                [
                    Figure(title, effect.member_mean, "money", note=note),
                    Figure(
                        self.env._("Bought by like customers who are no members"),
                        effect.other_mean,
                        "money",
                        note=self.env._("same recency, frequency and amount before"),
                    ),
                    Figure(
                        self.env._("Difference per member"),
                        effect.difference,
                        "money",
                        note=interval,
                        real=bool(
                            effect.is_enough and (effect.low > 0 or effect.high < 0)
                        ),
                    ),
                ]
            )
        ]

    def _effect_notes(self, effect):
        """What the comparison stands on, and how sure it is."""
        note = self.env._(
            "n = %(members)s members and %(others)s others who bought alike in the year"
            " before; %(unmatched)s members have no like",
            members=self._count(effect.members),
            others=self._count(effect.others),
            unmatched=self._count(effect.unmatched),
        )
        if not effect.is_enough:
            note = self.env._(
                "Not enough to tell: %(note)s. At least %(minimum)s of each are"
                " needed.",
                note=note,
                minimum=self._least(),
            )
        symbol = self.env.company.currency_id
        interval = self.env._("not enough to tell")
        if effect.is_enough:
            interval = self.env._(
                "95 %% interval %(low)s to %(high)s",
                low=formatLang(self.env, effect.low, currency_obj=symbol),
                high=formatLang(self.env, effect.high, currency_obj=symbol),
            )
        return note, interval

    def _effect(self, asked):
        """Who was a member before the period against who has never been one.

        :return: ``engine.effect.Effect`` of the net amount bought in the period
        """
        joined = self._joined(asked)
        customers = [
            row for row in self._bought(asked) if row[2]
        ]  # who bought in the year before
        recency = borders(
            [(asked.since - last).days for _id, last, *_rest in customers]
        )
        money = borders([amount for *_rest, amount, _outcome in customers])
        members, others = [], []
        for partner_id, last, days, amount, outcome in customers:
            cell = (
                class_of((asked.since - last).days, recency),
                frequency_class(days),
                class_of(amount, money),
            )
            since = joined.get(partner_id)
            if since is None:
                others.append((cell, outcome))
            elif since < asked.since:
                members.append((cell, outcome))
        return matched_effect(members, others, self._least())

    def _invited(self, asked):
        """Customers who bought in the year before or since and are no members."""
        domain = self._purchase_domain(asked, asked.since - _YEAR, asked.until)
        return (
            Domain("company_id", "=", self.env.company.id)
            & Domain("purchase_ids", "any", domain & Domain("amount", ">", 0))
            & Domain("partner_id", "not in", list(self._joined(asked)))
        )

    def _records(self, asked, key):
        if key == ["invite"]:
            title = self.env._("Customers Who Are No Members")
            return "customer.profile", self._invited(asked), title
        return super()._records(asked, key)

    def _joined(self, asked):
        """``{customer id: first day of membership}`` of accounts the reader may see."""
        query, column = self._cards(self._account_domain(asked))
        cards = query.select(
            SQL("%s AS id", column("id")),
            SQL("%s AS customer", column("partner_id.commercial_partner_id")),
            SQL("%s AS opened", column("create_date")),
        )
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT card.customer,
                              min(LEAST(card.opened::date, first.day))
                       FROM (%s) card
                       LEFT JOIN LATERAL (
                           SELECT min(date) AS day FROM loyalty_point_move
                           WHERE card_id = card.id) first ON TRUE
                       GROUP BY card.customer""",
                    cards,
                )
            )
        )

    def _bought(self, asked):
        """Purchases before and in the period, one row per customer.

        :return: list of ``(customer id, last day before, days before, amount before,
            amount in the period)``
        """
        query, column = self._readable(
            "customer.purchase",
            self._purchase_domain(asked, asked.since - _YEAR, asked.until),
        )
        partner, day, amount = (
            column(name) for name in ("partner_id", "date", "amount")
        )
        before = SQL("%s < %s", day, asked.since)
        query.groupby = partner
        return self.env.execute_query(
            query.select(
                partner,
                SQL("MAX(%s) FILTER (WHERE %s AND %s > 0)", day, before, amount),
                SQL(
                    "COUNT(DISTINCT %s) FILTER (WHERE %s AND %s > 0)",
                    day,
                    before,
                    amount,
                ),
                SQL("COALESCE(SUM(%s) FILTER (WHERE %s), 0)::float", amount, before),
                SQL(
                    "COALESCE(SUM(%s) FILTER (WHERE NOT %s), 0)::float", amount, before
                ),
            )
        )
