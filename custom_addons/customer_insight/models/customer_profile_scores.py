from odoo import models
from odoo.tools import SQL

from ..engine import rfm
from ..tools.planner import ONCE


class CustomerProfile(models.Model):
    """From facts to scores: borders over all buyers, RFM scores and value class."""

    _inherit = "customer.profile"

    def _compute_borders(self, policy):
        """Divide the buyers by the policy's rule.

        :return: values of a customer.scoring: population and the four kinds of borders
        """
        self.env.cr.execute(
            "SELECT count(*) FROM insight_facts WHERE active AND purchase_days > 0"
        )
        population = self.env.cr.fetchone()[0]
        drawn = {
            name: self._draw_borders(name, policy) for name in self._score_values()
        }
        return {
            "population": population,
            **self._compute_score_borders(policy, drawn),
            "value_borders": self._compute_value_borders(policy, drawn),
        }

    def _compute_score_borders(self, policy, drawn=None):
        """Borders set by hand, or else fifths, equal values always together.

        :param drawn: ``{name: _draw_borders of it}``, if that was done already
        """
        borders = rfm.fixed_borders(policy)
        if borders:
            return borders
        for name in self._score_values():
            lowest, __ = drawn[name] if drawn else self._draw_borders(name, policy)
            borders[f"{name}_borders"] = rfm.fill_borders(lowest)
        return borders

    def _score_values(self):
        """:return: what is scored, larger is better: ``{name: SQL over the facts}``"""
        return {
            "recency": SQL("-recency_days"),
            "frequency": SQL("frequency"),
            "monetary": SQL("monetary::float8"),  # quicker to sort
        }

    def _ranks_query(self, value):
        """Each distinct value with the number of buyers below it, and of all (SQL)."""
        return SQL(
            """
            SELECT value,
                   SUM(buyers) OVER (ORDER BY value) - buyers AS smaller,
                   SUM(buyers) OVER () AS n
            FROM (SELECT %(value)s AS value, COUNT(*)::int AS buyers
                  FROM insight_facts
                  WHERE active AND purchase_days > 0
                  GROUP BY 1) counted
            """,
            value=value,
        )

    def _compute_value_borders(self, policy, drawn=None):
        """:return: ``[amount below which value is low, amount from which it is high]``

        By share of customers, a customer is of high value when at least
        ``100 - value_high`` per cent of the others bought for less, and of low value
        when fewer than ``value_low`` per cent did.

        :param drawn: as in :meth:`_compute_score_borders`
        """
        if policy.value_rule == "amount":
            return [policy.value_low, policy.value_high]
        drawn = drawn or {"monetary": self._draw_borders("monetary", policy)}
        return drawn["monetary"][1]

    def _draw_borders(self, name, policy):
        """Both kinds of borders in the one order of a figure's values.

        :param name: key of :meth:`_score_values`
        :return: ``({score: lowest value}, [low border, high border])``; a border
            nobody reaches is None
        """
        [lowest] = self.env.execute_query(
            SQL(
                """
                SELECT %(scores)s,
                       MIN(value) FILTER (WHERE 100 * smaller >= %(low)s * others),
                       MIN(value) FILTER (
                           WHERE 100 * smaller >= (100 - %(high)s) * others)
                FROM (SELECT value, smaller, others,
                             1 + LEAST(4, 5 * smaller / others) AS score
                      FROM (SELECT *, GREATEST(n - 1, 1) AS others
                            FROM (%(ranks)s) ranked) ranked) scored
                """,
                scores=SQL(", ").join(
                    SQL("MIN(value) FILTER (WHERE score = %s)", score)
                    for score in rfm.SCORES
                ),
                low=policy.value_low,
                high=policy.value_high,
                ranks=self._ranks_query(self._score_values()[name]),
            )
        )
        lowest = [None if value is None else float(value) for value in lowest]
        scores = dict(zip(rfm.SCORES, lowest, strict=False))
        return {s: v for s, v in scores.items() if v is not None}, lowest[-2:]

    def _scored_query(self, scoring):
        """The facts with scores and value class, for buyers only (SQL)."""
        scores = {
            name: SQL(
                "1 + width_bucket((%s)::float8, %s::float8[])",
                value,
                [
                    float("inf") if border is None else border
                    for border in scoring[f"{name}_borders"]
                ],
            )
            for name, value in self._score_values().items()
        }
        return SQL(
            """
            SELECT *, recency::text || frequency_score || monetary_score AS rfm_score
            FROM (SELECT *, CASE WHEN purchase_days > 0 THEN %(recency)s END AS recency,
                         CASE WHEN purchase_days > 0 THEN %(frequency)s END
                             AS frequency_score,
                         CASE WHEN purchase_days > 0 THEN %(monetary)s END
                             AS monetary_score,
                         %(value_class)s AS value_class
                  FROM insight_facts
                  %(once)s) facts
            """,
            once=ONCE,
            value_class=self._value_class_sql(scoring),
            **scores,
        )

    def _value_class_sql(self, scoring):
        low, high = (
            float("inf") if border is None else border
            for border in scoring.value_borders
        )
        return SQL(
            """CASE WHEN purchase_days = 0 THEN NULL
                    WHEN monetary >= %s THEN 'high'
                    WHEN monetary >= %s THEN 'normal'
                    ELSE 'low' END""",
            high,
            low,
        )
