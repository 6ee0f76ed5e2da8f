from odoo import models
from odoo.tools import SQL


class CustomerProfile(models.Model):
    """The lifecycle rules, as SQL over a customer's facts and visits.

    A customer is in exactly one stage on any day, decided by purchase days alone:

    ========= ==================================================================
    stage     rule, first that holds
    ========= ==================================================================
    prospect  no purchase day
    churned   silent for more than ``churned_days``
    at_risk   silent for more than ``at_risk_days`` (six stages only)
    loyal     ``loyal_purchases`` within the last ``loyal_months`` (six stages only)
    repeat    two purchase days or more (``active`` with four stages)
    first     one purchase day (``new`` with four stages)
    ========= ==================================================================

    Without a new purchase a stage can only get worse, so it never flips to and fro.
    """

    _inherit = "customer.profile"

    def _loyal_until_sql(self, first_visit, policy):
        """The day on which a loyalty window that began with a visit has passed."""
        return SQL(
            "(%s + make_interval(months => %s))::date", first_visit, policy.loyal_months
        )

    def _stage_sql(self, as_of, policy):
        """The stage at the end of ``as_of`` (SQL over the alias fact)."""
        if policy.stage_set == "four":
            return SQL(
                """CASE WHEN fact.purchase_days = 0 THEN 'prospect'
                        WHEN fact.recency_days > %s THEN 'churned'
                        WHEN fact.purchase_days > 1 THEN 'active'
                        ELSE 'new' END""",
                policy.churned_days,
            )
        return SQL(
            """CASE WHEN fact.purchase_days = 0 THEN 'prospect'
                    WHEN fact.recency_days > %s THEN 'churned'
                    WHEN fact.recency_days > %s THEN 'at_risk'
                    WHEN %s > %s THEN 'loyal'
                    WHEN fact.purchase_days > 1 THEN 'repeat'
                    ELSE 'first' END""",
            policy.churned_days,
            policy.at_risk_days,
            self._loyal_until_sql(SQL("fact.loyal_from"), policy),
            as_of,
        )

    def _stage_since_sql(self, as_of, policy):
        """The day the current stage began (SQL over the alias fact).

        Silence begins a stage on the day it exceeds its limit; a loyalty window that
        has passed began ``repeat`` on that day; otherwise a purchase began the stage.
        """
        return SQL(
            """CASE %(stage)s
                WHEN 'prospect' THEN LEAST(fact.created_on, %(as_of)s)
                WHEN 'churned' THEN fact.last_date + %(churned)s + 1
                WHEN 'at_risk' THEN fact.last_date + %(at_risk)s + 1
                WHEN 'repeat' THEN GREATEST(
                    fact.entry_date,
                    CASE WHEN %(loyal_until)s > fact.last_date
                         THEN %(loyal_until)s END)
                ELSE fact.entry_date END""",
            stage=self._stage_sql(as_of, policy),
            as_of=as_of,
            churned=policy.churned_days,
            at_risk=policy.at_risk_days,
            loyal_until=self._loyal_until_sql(SQL("fact.loyal_from"), policy),
        )

    def _stage_entry_sql(self, policy):
        """The day a stage began at, or shortly before, a visit (SQL over visits).

        The latest of a customer's entries is the beginning of the stage that the last
        visit left the customer in; NULL for a visit that changed nothing.
        """
        if policy.stage_set == "four":
            return SQL(
                """CASE WHEN before_previous IS NULL
                          OR date - previous - 1 > %s THEN date END""",
                policy.churned_days,
            )
        loyal_until = self._loyal_until_sql(SQL("loyal_from"), policy)
        loyal_before_until = self._loyal_until_sql(SQL("loyal_before"), policy)
        return SQL(
            """CASE WHEN before_previous IS NULL
                      OR date - previous - 1 > %(at_risk)s THEN date
                    WHEN %(loyal_until)s > date THEN
                        CASE WHEN %(loyal_before_until)s >= date THEN NULL
                             ELSE date END
                    WHEN %(loyal_before_until)s > previous THEN %(loyal_before_until)s
               END""",
            at_risk=policy.at_risk_days,
            loyal_until=loyal_until,
            loyal_before_until=loyal_before_until,
        )
