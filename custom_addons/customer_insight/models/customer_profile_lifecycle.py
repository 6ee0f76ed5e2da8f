from odoo import models
from odoo.tools import SQL

from . import customer_profile_refresh  # noqa: F401  what is extended comes first


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

    def _visit_sql(self, back):
        """A customer's visit before the last ones (SQL over the alias fact).

        :param back: 0 for the last visit, 1 for the one before; NULL if there is none
        """
        return SQL("fact.visits[fact.purchase_days - %s]", back)

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
            self._loyal_until_sql(self._visit_sql(policy.loyal_purchases - 1), policy),
            as_of,
        )

    def _stage_since_sql(self, as_of, policy):
        """The day the current stage began (SQL over the aliases fact and entry).

        Silence begins a stage on the day it exceeds its limit; a loyalty window that
        has passed began ``repeat`` on that day; otherwise a purchase began the stage.
        """
        return SQL(
            """CASE %(stage)s
                WHEN 'prospect' THEN LEAST(fact.created_on, %(as_of)s)
                WHEN 'churned' THEN fact.last_date + %(churned)s + 1
                WHEN 'at_risk' THEN fact.last_date + %(at_risk)s + 1
                WHEN 'repeat' THEN GREATEST(
                    entry.date,
                    CASE WHEN %(loyal_until)s > fact.last_date
                         THEN %(loyal_until)s END)
                ELSE entry.date END""",
            stage=self._stage_sql(as_of, policy),
            as_of=as_of,
            churned=policy.churned_days,
            at_risk=policy.at_risk_days,
            loyal_until=self._loyal_until_sql(
                self._visit_sql(policy.loyal_purchases - 1), policy
            ),
        )

    def _fact_sources(self, company, as_of, policy, customer_ids=None):
        """What has to look back over a customer's visits, of those who need it."""
        return {
            **super()._fact_sources(company, as_of, policy, customer_ids),
            "entry": self._last_entry_query(policy),
            "won_back": self._won_back_query(policy),
        }

    def _last_entry_query(self, policy):
        """The latest of a customer's stage entries, unless silence began the stage.

        ``loyal_from`` is the visit with which the loyalty window has to begin, so that
        a visit completes the purchases of a loyal customer; ``loyal_before`` the same
        as of the visit before (SQL).
        """
        is_four = policy.stage_set == "four"

        def back(steps):
            """The visits that many before each visit."""
            return SQL(
                "UNNEST(ARRAY_FILL(NULL::date, ARRAY[%s]) || visits)", int(steps)
            )

        return SQL(
            """SELECT partner_id, MAX(%(entry)s) AS date
               FROM (SELECT partner_id, UNNEST(visits) AS date,
                            %(previous)s AS previous,
                            %(before_previous)s AS before_previous,
                            %(loyal_from)s AS loyal_from,
                            %(loyal_before)s AS loyal_before
                     FROM insight_facts
                     WHERE recency_days <= %(silence)s) visit
               WHERE date IS NOT NULL
               GROUP BY partner_id""",
            entry=self._stage_entry_sql(policy),
            previous=back(1),
            before_previous=back(2),
            loyal_from=back(policy.loyal_purchases - 1),
            loyal_before=back(policy.loyal_purchases),
            silence=policy.churned_days if is_four else policy.at_risk_days,
        )

    def _won_back_query(self, policy):
        """The last visit that ended a churned customer's silence (SQL)."""
        return SQL(
            """SELECT partner_id, MAX(date) AS date
               FROM (SELECT partner_id, UNNEST(visits[2:]) AS date,
                            UNNEST(visits) AS previous
                     FROM insight_facts
                     WHERE last_date - first_date > %(churned)s) visit
               WHERE date - previous - 1 > %(churned)s
               GROUP BY partner_id""",
            churned=policy.churned_days,
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
