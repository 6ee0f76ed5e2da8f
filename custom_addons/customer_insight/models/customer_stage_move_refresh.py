from odoo import api, models
from odoo.tools import SQL

from ..engine.policy import Policy
from ..tools.planner import id_array, joining_all, looking_up

#: The settings that decide which moves there are.
_STAGE_SETTINGS = (
    "purchase_basis",
    "stage_set",
    "at_risk_days",
    "churned_days",
    "loyal_purchases",
    "loyal_months",
)
_COLUMNS = (
    "date_to",
    "from_stage",
    "to_stage",
    "opening_stage",
    "days_in_stage",
    "amount_year",
    "is_won_back",
    "receipt",
)
#: Up to so many customers, or to this share of all, are computed by themselves; with
#: more of them one pass over all is quicker.
_FEW = 5000
_FEW_SHARE = 0.02


class CustomerStageMove(models.Model):
    """How moves are computed: all of them in one statement, over the visits."""

    _inherit = "customer.stage.move"

    # === ENTRY POINTS === #

    @api.model
    def _refresh(self, company, as_of=None):
        """Bring the moves of a company up to date, as far as they changed.

        Computed are the customers whose stage is not the one their last move led to;
        all of them after a change of the rules. Those whose documents changed without
        a change of stage are computed together with their profile.

        :return: number of rows created, changed or removed
        """
        self.env.flush_all()
        as_of, policy = self._state_of_profiles(company, as_of)
        if company.sudo().insight_moves_settings != self._settings(company, policy):
            return self._rebuild(company, as_of)
        changed = self._changed_customers(company)
        if len(changed) > self._few(company):
            return self._rebuild(company, as_of)
        return self._write_moves(company, as_of, policy, changed) if changed else 0

    @api.model
    def _rebuild(self, company, as_of=None):
        """Compute the moves of all customers of a company.

        :return: number of rows created, changed or removed
        """
        self.env.flush_all()
        as_of, policy = self._state_of_profiles(company, as_of)
        changed = self._write_moves(company, as_of, policy)
        settings = self._settings(company, policy)
        if company.sudo().insight_moves_settings != settings:
            company.sudo().insight_moves_settings = settings
        return changed

    @api.model
    def _few(self, company):
        """:return: how many customers are rather computed by themselves (int)"""
        customers = self.env["customer.profile"]._count_profiles(company)
        return max(_FEW, int(customers * _FEW_SHARE))

    @api.model
    def _state_of_profiles(self, company, as_of=None):
        """:return: ``(day, Policy)`` the stored profiles are of: moves go with them"""
        scoring = self.env["customer.scoring"]._latest(
            company, as_of or company._insight_today()
        )
        if not scoring:
            return as_of or company._insight_today(), company._insight_policy()
        return as_of or scoring.as_of, Policy(**scoring.policy)

    @api.model
    def _settings(self, company, policy):
        values = policy.to_dict()
        settings = {name: values[name] for name in _STAGE_SETTINGS}
        return {**settings, "timezone": company._insight_timezone()}

    @api.model
    def _changed_customers(self, company):
        """:return: ids of customers whose stage is not that of their last move"""
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(profile.partner_id, move.partner_id)
                   FROM (SELECT partner_id, lifecycle_stage, stage_since
                         FROM customer_profile
                         WHERE company_id = %(company)s
                           AND lifecycle_stage <> 'prospect') profile
                   FULL JOIN (SELECT partner_id, to_stage, date
                              FROM customer_stage_move
                              WHERE company_id = %(company)s
                                AND date_to IS NULL) move
                       ON move.partner_id = profile.partner_id
                   WHERE (profile.lifecycle_stage, profile.stage_since)
                         IS DISTINCT FROM (move.to_stage, move.date)""",
                company=company.id,
            )
        )
        return [partner_id for (partner_id,) in rows]

    @api.model
    def _customers_of_changed_documents(self, company):
        """Whose purchases, now in ``insight_facts``, are not those of their profile.

        :return: ids of customers, None when there are too many to do them one by one
            or all moves have to be computed anyway
        """
        if not company.sudo().insight_moves_settings:
            return None
        few = self._few(company)
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(fact.partner_id, profile.partner_id)
                   FROM insight_facts fact
                   FULL JOIN (SELECT * FROM customer_profile
                              WHERE company_id = %s) profile
                       ON profile.partner_id = fact.partner_id
                   WHERE (fact.first_date, fact.last_date, fact.purchase_days,
                          fact.amount_total)
                         IS DISTINCT FROM
                         (profile.first_purchase_date, profile.last_purchase_date,
                          profile.purchase_days, profile.amount_total)
                   LIMIT %s""",
                company.id,
                few + 1,
            )
        )
        return [row[0] for row in rows] if len(rows) <= few else None

    @api.model
    def _correct(self, company, as_of, policy, customer_ids):
        """Compute the moves of customers whose documents changed.

        :param customer_ids: as :meth:`_customers_of_changed_documents` returns them;
            after None all moves are computed by the next :meth:`_refresh`
        """
        if customer_ids is None:
            if company.sudo().insight_moves_settings:
                company.sudo().insight_moves_settings = False
        elif customer_ids:
            self._write_moves(company, as_of, policy, customer_ids)

    # === ROWS === #

    @api.model
    def _write_moves(self, company, as_of, policy, customer_ids=None):
        """Store the moves of these customers, or all, up to a day.

        :return: number of rows created, changed or removed
        """
        self._collect_moves(company.sudo(), as_of, policy, customer_ids)
        few = customer_ids is not None
        with (looking_up if few else joining_all)(self.env.cr):
            changed = self._put_moves(company, customer_ids)
            changed += self._remove_moves(company, customer_ids)
        self.env.cr.execute("DROP TABLE insight_moves")
        self.invalidate_model()
        return changed

    def _put_moves(self, company, customer_ids):
        """Insert or update the moves of ``insight_moves`` that differ from the stored.

        Of all customers nearly every move is as it was: a conflict would lock its row
        and write it. Of few, looking for it first takes longer than the conflict.
        """
        names = SQL(", ").join(map(SQL.identifier, _COLUMNS))
        new, stored, excluded = (
            SQL(", ").join(SQL.identifier(alias, name) for name in _COLUMNS)
            for alias in ("new", "stored", "excluded")
        )
        unknown = SQL("")
        if customer_ids is None:
            unknown = SQL(
                """WHERE NOT EXISTS (
                       SELECT FROM customer_stage_move stored
                       WHERE stored.partner_id = new.partner_id
                         AND stored.company_id = %s AND stored.date = new.date
                         AND (%s) IS NOT DISTINCT FROM (%s))""",
                company.id,
                stored,
                new,
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_stage_move AS stored
                    (partner_id, company_id, date, %(names)s)
                SELECT partner_id, %(company)s, date, %(names)s FROM insight_moves new
                %(unknown)s
                ORDER BY partner_id, date
                ON CONFLICT (partner_id, company_id, date)
                DO UPDATE SET (%(names)s) = (%(excluded)s)
                WHERE (%(stored)s) IS DISTINCT FROM (%(excluded)s)
                """,
                names=names,
                company=company.id,
                unknown=unknown,
                stored=stored,
                excluded=excluded,
            )
        )
        return self.env.cr.rowcount

    def _remove_moves(self, company, customer_ids):
        """Delete stored moves that are no longer among the computed ones."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM customer_stage_move move
                   WHERE move.company_id = %s %s
                     AND NOT EXISTS (SELECT FROM insight_moves new
                                     WHERE new.partner_id = move.partner_id
                                       AND new.date = move.date)""",
                company.id,
                self._scope_of("move", customer_ids),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _scope_of(self, alias, customer_ids):
        """A condition that lets stored moves of few customers be found by index.

        :param customer_ids: None for all customers
        """
        if customer_ids is None:
            return SQL("")
        column = SQL.identifier(alias, "partner_id")
        return SQL("AND %s = ANY(%s)", column, id_array(customer_ids))

    # === FROM VISITS TO MOVES === #

    def _collect_moves(self, company, as_of, policy, customer_ids):
        """Fill the temporary table ``insight_moves``: every move up to a day."""
        profiles = self.env["customer.profile"]._turned_back(company, policy)
        if customer_ids is not None:
            customer_ids = list(customer_ids)
        self.env.cr.execute("DROP TABLE IF EXISTS insight_moves")
        profiles._set_planner(few=customer_ids is not None)
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE insight_moves ON COMMIT DROP AS
                WITH day AS MATERIALIZED (
                    SELECT partner_id, date, amount, amount >= %(smallest)s AS is_visit
                    FROM (%(days)s) day),
                entry AS (%(entries)s),
                change AS (
                    SELECT *, LAG(stage, 1, 'prospect') OVER (
                        PARTITION BY partner_id ORDER BY date) AS from_stage
                    FROM entry),
                move AS (
                    SELECT *, LEAD(date) OVER stays AS date_to,
                           LAG(date) OVER stays AS came,
                           FIRST_VALUE(from_stage) OVER (
                               PARTITION BY partner_id,
                                            date_trunc('month', date::timestamp)
                               ORDER BY date) AS opening_stage
                    FROM change WHERE stage <> from_stage
                    WINDOW stays AS (PARTITION BY partner_id ORDER BY date)),
                weighed AS (%(weighed)s)
                SELECT move.partner_id, move.date, move.date_to, move.from_stage,
                       move.stage AS to_stage, move.opening_stage,
                       GREATEST(move.date - COALESCE(move.came, %(created)s), 0)
                           AS days_in_stage,
                       ROUND(weighed.amount::numeric, 6) AS amount_year,
                       move.from_stage = 'churned' AS is_won_back,
                       %(receipt)s AS receipt
                FROM move
                JOIN weighed ON weighed.partner_id = move.partner_id
                            AND weighed.date = move.date
                JOIN res_partner partner ON partner.id = move.partner_id
                                        AND partner.insight_objection IS NOT TRUE
                """,
                smallest=company.currency_id.rounding / 2,
                days=profiles._days_query(company, as_of, customer_ids),
                entries=self._entries_query(as_of, policy),
                weighed=self._weighed_query(),
                created=profiles._created_on_sql(company),
                receipt=self._receipt_sql(policy),
            )
        )
        profiles._reset_planner()
        self.env.cr.execute("CREATE INDEX ON insight_moves (partner_id, date)")
        self.env.cr.execute("ANALYZE insight_moves")

    def _entries_query(self, as_of, policy):
        """Each day on which a visit, or the silence after it, puts into a stage (SQL).

        Silence begins a stage on the day it exceeds its limit, unless the next visit
        is on that day or before; see the rules in ``customer_profile_lifecycle``.
        """
        return SQL(
            """
            SELECT visit.partner_id, visit.date AS last, visit.previous,
                   visit.loyal_from, visit.number, event.date, event.stage
            FROM (SELECT *, LEAD(date) OVER visits AS next,
                         LAG(date) OVER visits AS previous,
                         LAG(date, %(steps)s - 1) OVER visits AS loyal_from,
                         ROW_NUMBER() OVER visits AS number
                  FROM day WHERE is_visit
                  WINDOW visits AS (PARTITION BY partner_id ORDER BY date)) visit
            CROSS JOIN LATERAL (%(events)s) event (date, stage)
            WHERE event.date <= %(as_of)s AND event.date < COALESCE(next, 'infinity')
            """,
            events=self._events_sql(policy),
            steps=policy.loyal_purchases,
            as_of=as_of,
        )

    def _events_sql(self, policy):
        """What may happen from one visit to the next (SQL): rows of day and stage."""
        if policy.stage_set == "four":
            return SQL(
                """VALUES (visit.date, CASE WHEN number > 1 THEN 'active'
                                            ELSE 'new' END),
                          (visit.date + %s + 1, 'churned')""",
                policy.churned_days,
            )
        return SQL(
            """VALUES (visit.date, CASE WHEN %(until)s > visit.date THEN 'loyal'
                                        WHEN number > 1 THEN 'repeat'
                                        ELSE 'first' END),
                      (CASE WHEN %(until)s > visit.date
                             AND %(until)s <= visit.date + %(at_risk)s
                            THEN %(until)s END, 'repeat'),
                      (visit.date + %(at_risk)s + 1, 'at_risk'),
                      (visit.date + %(churned)s + 1, 'churned')""",
            until=self.env["customer.profile"]._loyal_until_sql(
                SQL("visit.loyal_from"), policy
            ),
            at_risk=policy.at_risk_days,
            churned=policy.churned_days,
        )

    def _weighed_query(self):
        """What each customer bought in the twelve months up to each move (SQL)."""
        return SQL(
            """
            SELECT partner_id, date, amount FROM (
                SELECT partner_id, date, is_move,
                       SUM(amount) OVER (
                           PARTITION BY partner_id ORDER BY date
                           RANGE BETWEEN '12 months -1 days'::interval PRECEDING
                                 AND CURRENT ROW) AS amount
                FROM (SELECT partner_id, date, amount, FALSE AS is_move FROM day
                      UNION ALL
                      SELECT partner_id, date, 0, TRUE FROM move) flow) summed
            WHERE is_move
            """
        )

    def _receipt_sql(self, policy):
        """Rule and values of a move, as JSON (SQL over the alias move)."""
        return SQL(
            """
            CASE WHEN move.stage IN ('at_risk', 'churned') THEN jsonb_build_object(
                     'rule', 'silent', 'days', move.date - move.last,
                     'last', move.last, 'limit', CASE move.stage
                         WHEN 'churned' THEN %(churned)s ELSE %(at_risk)s END)
                 WHEN move.date > move.last THEN jsonb_build_object(
                     'rule', 'loyal_over', 'since', move.loyal_from,
                     'count', %(purchases)s, 'months', %(months)s)
                 WHEN move.from_stage IN ('at_risk', 'churned')
                 THEN jsonb_build_object(
                     'rule', 'returned', 'last', move.last,
                     'days', move.last - move.previous)
                 WHEN move.stage = 'loyal' THEN jsonb_build_object(
                     'rule', 'loyal', 'since', move.loyal_from,
                     'count', %(purchases)s, 'months', %(months)s)
                 WHEN move.number = 1 THEN jsonb_build_object(
                     'rule', 'first', 'last', move.last)
                 ELSE jsonb_build_object(
                     'rule', 'repeat', 'count', move.number, 'last', move.last)
            END
            """,
            churned=policy.churned_days,
            at_risk=policy.at_risk_days,
            purchases=policy.loyal_purchases,
            months=policy.loyal_months,
        )
