from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

from . import customer_profile_scores  # noqa: F401  what is extended comes first

#: Purchase days from which on a customer has an interval of their own.
_OWN_RHYTHM_FROM = 3
#: Days after which an unpaid amount counts in full.
_WORST_OVERDUE_DAYS = 90
#: Days within which a contact is fresh.
_FRESH_CONTACT_DAYS = 30
_YEAR = 365


class CustomerProfile(models.Model):
    """The components of health that come from purchases and invoices.

    With ``clip(x)`` for x kept within 0 and 100, and periods of ``health_period_days``:

    ========= =====================================================================
    code      score
    ========= =====================================================================
    rhythm    ``clip(50 * (3 - silence / usual))``: 100 up to the usual interval, 50
              at twice, 0 from three times as long. Usual is the customer's own mean
              interval from 3 purchase days on, else the median of all such customers
    frequency ``clip(75 * (last + 1) / (before + 1))``, purchase days of the last
              period and of the one before: 75 if equal
    amount    ``clip(75 * (last + mean) / (before + mean))`` with the net amounts of
              the periods and the mean of all the customer's purchase days
    contact   ``clip(100 * (365 - days) / 335)`` since the last touch between people,
              purchases left out: 100 within 30 days, 0 after a year
    payment   ``clip(100 * (1 - sum(open * min(1, days / 90)) / sum(amount)))`` over
              what fell due within a year or is still open; days overdue
    returns   ``clip(100 * (1 - 2 * returned / bought))`` of the last 365 days: 0 from
              one half on
    ========= =====================================================================

    Nothing is known of frequency and amount before a customer has been one for two
    periods, or if both periods are empty; of contact if there was none; of payment if
    nothing fell due; of returns if nothing was bought within the year.
    """

    _inherit = "customer.profile"

    # === FACTS === #

    def _fact_aggregates(self, as_of, policy):
        last = as_of - relativedelta(days=policy.health_period_days)
        before = last - relativedelta(days=policy.health_period_days)
        year = as_of - relativedelta(days=_YEAR)
        return {
            **super()._fact_aggregates(as_of, policy),
            "last_days": SQL(
                "COUNT(*) FILTER (WHERE is_visit AND date > %s)::int", last
            ),
            "before_days": SQL(
                "COUNT(*) FILTER (WHERE is_visit AND date > %s AND date <= %s)::int",
                before,
                last,
            ),
            "last_amount": SQL("SUM(amount) FILTER (WHERE date > %s)", last),
            "before_amount": SQL(
                "SUM(amount) FILTER (WHERE date > %s AND date <= %s)", before, last
            ),
            "year_amount": SQL("SUM(amount) FILTER (WHERE date > %s)", year),
            "year_returned": SQL("SUM(returned) FILTER (WHERE date > %s)", year),
        }

    def _compute_borders(self, policy):
        """The population's usual interval is kept with the borders."""
        [[usual]] = self.env.execute_query(self._usual_interval_query())
        return {**super()._compute_borders(policy), "usual_interval_days": usual}

    def _usual_interval_query(self):
        """The median of the customers' own mean intervals, in days (SQL)."""
        return SQL(
            """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY
                   (last_date - first_date)::float8 / (purchase_days - 1))
               FROM insight_facts WHERE active AND purchase_days >= %s""",
            _OWN_RHYTHM_FROM,
        )

    # === COMPONENTS === #

    def _health_components(self, company, as_of):
        return {
            **super()._health_components(company, as_of),
            **self._health_of_buying(company, as_of),
            **self._health_of_dealings(company, as_of),
        }

    def _health_of_buying(self, company, as_of):
        """The components that come from the purchase days and their amounts."""
        purchases = "_open_health_purchases"
        return {
            "rhythm": {
                "name": self.env._("Purchase rhythm"),
                "weight": 30,
                "columns": self._health_rhythm_columns(company, as_of),
                "values": ("silence", "usual", "own"),
                "sentence": "_health_rhythm_sentence",
                "action": "action_open_purchases",
            },
            "frequency": {
                "name": self.env._("Frequency trend"),
                "weight": 15,
                "columns": self._health_frequency_columns(company, as_of),
                "values": ("last_days", "before_days", "period"),
                "sentence": "_health_frequency_sentence",
                "action": purchases,
            },
            "amount": {
                "name": self.env._("Amount trend"),
                "weight": 15,
                "columns": self._health_amount_columns(company, as_of),
                "values": ("last_amount", "before_amount", "period"),
                "sentence": "_health_amount_sentence",
                "action": purchases,
            },
        }

    def _health_of_dealings(self, company, as_of):
        """The components that come from touches, invoices and credit notes."""
        return {
            "contact": {
                "name": self.env._("Contact"),
                "weight": 15,
                "columns": self._health_contact_columns(company, as_of),
                "values": ("days", "touches"),
                "sentence": "_health_contact_sentence",
                "action": "_open_health_contacts",
            },
            "payment": {
                "name": self.env._("Payment"),
                "weight": 15,
                "query": self._health_payment_query(company, as_of),
                "values": ("due", "overdue", "amount", "days"),
                "sentence": "_health_payment_sentence",
                "action": "_open_health_invoices",
            },
            "returns": {
                "name": self.env._("Returns"),
                "weight": 10,
                "columns": self._health_returns_columns(company, as_of),
                "values": ("returned", "bought"),
                "sentence": "_health_returns_sentence",
                "action": "_open_health_returns",
            },
        }

    def _health_period(self, company, as_of):
        """The period the stored facts were collected with, in days."""
        policy = self.env["customer.scoring"]._latest(company, as_of).policy or {}
        return policy.get(
            "health_period_days", company.sudo().insight_health_period_days
        )

    def _health_rhythm_columns(self, company, as_of):
        usual = self.env["customer.scoring"]._latest(company, as_of).usual_interval_days
        others = SQL("%s::float8", usual or None)
        if not usual:
            others = SQL("NULLIF((%s), 0)", self._usual_interval_query())
        is_own = SQL("fact.purchase_days >= %s", _OWN_RHYTHM_FROM)
        interval = SQL(
            """CASE WHEN %s THEN GREATEST(1, (fact.last_date - fact.first_date)::float8
                                             / (fact.purchase_days - 1))
                    ELSE %s END""",
            is_own,
            others,
        )
        return {
            "score": SQL(
                """CASE WHEN fact.purchase_days > 0 AND (%(own)s OR %(others)s > 0)
                   THEN LEAST(100, GREATEST(
                       0, 50 * (3 - fact.recency_days / (%(interval)s)))) END""",
                own=is_own,
                others=others,
                interval=interval,
            ),
            "silence": SQL("fact.recency_days"),
            "usual": self._rounded_sql(interval, 1),
            "own": SQL("(%s)::int", is_own),
        }

    def _health_trend_sql(self, company, as_of):
        """:return: the period in days, and whether a trend is known (SQL over fact)"""
        period = self._health_period(company, as_of)
        since = as_of - relativedelta(days=2 * period)
        return period, SQL(
            "fact.first_date <= %s AND fact.last_days + fact.before_days > 0", since
        )

    def _health_frequency_columns(self, company, as_of):
        period, is_known = self._health_trend_sql(company, as_of)
        return {
            "score": SQL(
                """CASE WHEN %s THEN LEAST(100, 75 * (fact.last_days + 1)::float8
                                                / (fact.before_days + 1)) END""",
                is_known,
            ),
            "last_days": SQL("fact.last_days"),
            "before_days": SQL("fact.before_days"),
            "period": SQL("%s::int", period),
        }

    def _health_amount_columns(self, company, as_of):
        period, is_known = self._health_trend_sql(company, as_of)
        mean = SQL("fact.amount_total::float8 / fact.purchase_days")
        return {
            "score": SQL(
                """CASE WHEN %(is_known)s AND fact.amount_total > 0 THEN LEAST(
                       100, 75 * (GREATEST(fact.last_amount, 0) + %(mean)s)
                            / (GREATEST(fact.before_amount, 0) + %(mean)s)) END""",
                is_known=is_known,
                mean=mean,
            ),
            "last_amount": self._rounded_sql(SQL("COALESCE(fact.last_amount, 0)"), 2),
            "before_amount": self._rounded_sql(
                SQL("COALESCE(fact.before_amount, 0)"), 2
            ),
            "period": SQL("%s::int", period),
        }

    def _health_contact_kinds(self):
        """Touches between people; purchases have components of their own."""
        interactions = self.env["customer.interaction"]
        purchases = interactions._purchase_kinds()
        return [kind for kind in interactions._contact_kinds() if kind not in purchases]

    def _health_contact_columns(self, company, as_of):
        days = SQL("(%s::date - fact.last_talk)", as_of)
        return {
            "score": SQL(
                """CASE WHEN fact.last_talk IS NOT NULL THEN LEAST(100, GREATEST(
                       0, 100 * (%(year)s - %(days)s)::float8 / %(fading)s)) END""",
                year=_YEAR,
                days=days,
                fading=_YEAR - _FRESH_CONTACT_DAYS,
            ),
            "days": days,
            "touches": SQL("fact.talks"),
        }

    def _health_payment_query(self, company, as_of):
        """Due instalments of posted invoices, with what was open at the end of a day.

        The residual of today and what was paid after the day is what was open then.
        """
        return SQL(
            """
            SELECT partner_id,
                   COUNT(DISTINCT move_id) AS due,
                   COUNT(DISTINCT move_id) FILTER (WHERE open > 0) AS overdue,
                   ROUND(SUM(open), 2) AS amount,
                   MAX(days) FILTER (WHERE open > 0) AS days,
                   100 * (1 - SUM(open * LEAST(1, days::numeric / %(worst)s))
                              / NULLIF(SUM(amount), 0)) AS score
            FROM (SELECT partner.commercial_partner_id AS partner_id,
                         move.id AS move_id, line.balance AS amount,
                         %(as_of)s - line.date_maturity AS days,
                         GREATEST(0, line.amount_residual + COALESCE(later.amount, 0))
                             AS open
                  FROM account_move move
                  JOIN account_move_line line ON line.move_id = move.id
                  JOIN res_partner partner ON partner.id = move.partner_id
                  LEFT JOIN (SELECT debit_move_id, SUM(amount) AS amount
                             FROM account_partial_reconcile
                             WHERE max_date > %(as_of)s
                             GROUP BY debit_move_id
                  ) later ON later.debit_move_id = line.id
                  WHERE move.company_id = %(company)s
                    AND move.state = 'posted'
                    AND move.move_type IN ('out_invoice', 'out_receipt')
                    AND move.invoice_date <= %(as_of)s
                    AND line.display_type = 'payment_term'
                    AND line.balance > 0
                    AND line.date_maturity < %(as_of)s) instalment
            WHERE open > 0 OR days <= %(year)s
            GROUP BY partner_id
            """,
            company=company.id,
            as_of=as_of,
            worst=_WORST_OVERDUE_DAYS,
            year=_YEAR,
        )

    def _health_returns_columns(self, company, as_of):
        returned = SQL("COALESCE(fact.year_returned, 0)")
        bought = SQL("(fact.year_amount + %s)", returned)
        return {
            # what is left of sums is no money
            "score": SQL(
                """CASE WHEN %(bought)s >= %(smallest)s THEN GREATEST(
                       0, 100 * (1 - 2 * %(returned)s / %(bought)s)) END""",
                bought=bought,
                returned=returned,
                smallest=company.currency_id.rounding / 2,
            ),
            "returned": self._rounded_sql(returned, 2),
            "bought": self._rounded_sql(bought, 2),
        }
