from odoo import models
from odoo.tools import SQL

from ..engine import rfm
from ..engine.policy import Policy

#: Which settings the borders of the scores and those of the value classes rest on.
_SCORE_SETTINGS = ("rfm_window_months", "rfm_rule", *rfm.FIXED_BORDERS)
_VALUE_SETTINGS = ("rfm_window_months", "value_rule", "value_high", "value_low")
#: What makes a move: column of a profile, and its column in the rows of the result.
_MOVES = {
    "lifecycle_stage": "stage",
    "value_class": "value",
    "rfm_segment_id": "segment_id",
    "rfm_score": "score",
    "health_band": "band",
}
_COMPARED = {**_MOVES, "health_score": "health"}
#: What was written down on a day, to see whether it comes out again.
_STORED = [name for name in _COMPARED if name != "health_band"]  # follows the score


def _columns(side, names):
    return SQL(", ").join(SQL.identifier(side, name) for name in names)


class CustomerWhatIf(models.TransientModel):
    """How a trial is computed: two temporary tables, compared by SQL."""

    _inherit = "customer.what.if"

    def _replay(self):
        """Compute all customers twice and write down who differs."""
        self.line_ids.unlink()
        self.customer_ids.unlink()
        self._keep("what_if_before", Policy(**self.scoring_id.sudo().policy))
        self._keep("what_if_after", self._policy(), is_trial=True)
        self._try_grid()
        self._count_reproduced()
        self._collect_customers()
        self._collect_lines()
        self._add_up()

    # === COMPUTING === #

    def _keep(self, table, policy, is_trial=False):
        """Compute all profiles and keep what is compared in a temporary table."""
        profiles = self.env["customer.profile"].sudo()
        company, day = self.company_id.sudo(), self.scoring_id.as_of
        query = profiles._rebuild_query(company, day, policy, self.scoring_id.sudo())
        if is_trial:
            tried = self._tried_scoring(policy)
            profiles = profiles._turned_back(company, policy)
            query = profiles._profile_query(company, day, policy, tried)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(table)))
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE %s ON COMMIT DROP AS
                   SELECT partner_id, amount_total, %s FROM (%s) profile""",
                SQL.identifier(table),
                SQL(", ").join(map(SQL.identifier, _COMPARED)),
                query,
            )
        )

    def _redrawn(self, policy):
        """The borders of the day, drawn anew where the settings ask for others.

        :return: dict of borders, to be read while ``insight_facts`` holds the customers
        """
        profiles = self.env["customer.profile"].sudo()
        of_the_day = Policy(**self.scoring_id.sudo().policy).to_dict()
        tried = policy.to_dict()
        changed = {name for name in of_the_day if of_the_day[name] != tried[name]}
        borders = {}
        if changed & set(_SCORE_SETTINGS):
            borders |= profiles._compute_score_borders(policy)
        if changed & set(_VALUE_SETTINGS):
            borders["value_borders"] = profiles._compute_value_borders(policy)
        return borders

    def _tried_scoring(self, policy):
        """:return: a customer.scoring that is not stored: the day's, with changes"""
        scoring = self.scoring_id.sudo()
        [values] = scoring.copy_data()
        return scoring.new(
            {**values, **self._redrawn(policy), "policy": policy.to_dict()}
        )

    def _try_grid(self):
        """Give the codes of the RFM grid that are tried out their segments."""
        if self.grid:
            self.env["customer.rfm.cell"]._check_grid(self.grid)
            self.env.cr.execute(
                SQL(
                    """UPDATE what_if_after SET rfm_segment_id = tried.segment_id::int
                       FROM UNNEST(%s, %s) tried (code, segment_id)
                       WHERE tried.code = rfm_score""",
                    list(self.grid),
                    list(self.grid.values()),
                )
            )

    # === RESULT === #

    def _count_reproduced(self):
        """Compare what is stored of the day with what was computed again."""
        [[stored, reproduced]] = self.env.execute_query(
            SQL(
                """SELECT COUNT(*),
                          COUNT(*) FILTER (WHERE (%(stored)s)
                                           IS NOT DISTINCT FROM (%(before)s))
                   FROM (SELECT partner_id, %(names)s FROM customer_profile
                         WHERE company_id = %(company)s AND as_of = %(day)s
                         UNION ALL
                         SELECT partner_id, %(names)s FROM customer_snapshot snapshot
                         WHERE company_id = %(company)s AND date = %(day)s
                           AND NOT EXISTS (
                               SELECT FROM customer_profile profile
                               WHERE profile.partner_id = snapshot.partner_id
                                 AND profile.company_id = %(company)s
                                 AND profile.as_of = %(day)s)) stored
                   LEFT JOIN what_if_before before
                       ON before.partner_id = stored.partner_id""",
                stored=_columns("stored", _STORED),
                before=_columns("before", _STORED),
                names=SQL(", ").join(map(SQL.identifier, _STORED)),
                company=self.company_id.id,
                day=self.scoring_id.as_of,
            )
        )
        self.write({"stored_count": stored, "reproduced_count": reproduced})

    def _collect_customers(self):
        """Write down who differs, by one statement."""
        pairs = [
            (SQL.identifier(side, name), SQL.identifier(f"{short}_{end}"))
            for name, short in _COMPARED.items()
            for side, end in (("before", "from"), ("after", "to"))
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO customer_what_if_customer
                       (what_if_id, partner_id, company_id, amount, create_uid,
                        health_change, is_health_changed, is_moved, %(columns)s)
                   SELECT %(trial)s, partner_id, %(company)s, before.amount_total,
                          %(user)s,
                          after.health_score - before.health_score,
                          before.health_score IS DISTINCT FROM after.health_score,
                          (%(moves_before)s) IS DISTINCT FROM (%(moves_after)s),
                          %(values)s
                   FROM what_if_before before JOIN what_if_after after
                       USING (partner_id)
                   WHERE (%(before)s) IS DISTINCT FROM (%(after)s)""",
                columns=SQL(", ").join(column for __, column in pairs),
                values=SQL(", ").join(value for value, __ in pairs),
                trial=self.id,
                company=self.company_id.id,
                user=self.env.uid,
                before=_columns("before", _COMPARED),
                after=_columns("after", _COMPARED),
                moves_before=_columns("before", _MOVES),
                moves_after=_columns("after", _MOVES),
            )
        )
        self.env.invalidate_all()

    def _collect_lines(self):
        """Add up who would go from where to where."""
        for kind, name in (
            ("stage", "stage"),
            ("value", "value"),
            ("segment", "segment_id"),
            ("band", "band"),
        ):
            old, new = SQL.identifier(f"{name}_from"), SQL.identifier(f"{name}_to")
            self.env.cr.execute(
                SQL(
                    """INSERT INTO customer_what_if_line
                           (what_if_id, kind, key_from, key_to, count, amount,
                            create_uid)
                       SELECT what_if_id, %s, %s::text, %s::text, COUNT(*),
                              SUM(amount), %s
                       FROM customer_what_if_customer
                       WHERE what_if_id = %s AND %s IS DISTINCT FROM %s
                       GROUP BY what_if_id, %s, %s""",
                    kind,
                    old,
                    new,
                    self.env.uid,
                    self.id,
                    old,
                    new,
                    old,
                    new,
                )
            )
        self.invalidate_recordset(["line_ids"])

    def _add_up(self):
        """Write the sums of the trial; health is averaged over whoever has both."""
        [[moved, moved_amount, changed, crossed, crossed_amount]] = (
            self.env.execute_query(
                SQL(
                    """SELECT COUNT(*) FILTER (WHERE is_moved),
                              COALESCE(SUM(amount) FILTER (WHERE is_moved), 0),
                              COUNT(*) FILTER (WHERE is_health_changed),
                              COUNT(*) FILTER (WHERE crossed),
                              COALESCE(SUM(amount) FILTER (WHERE crossed), 0)
                       FROM (SELECT *, band_from IS DISTINCT FROM band_to AS crossed
                             FROM customer_what_if_customer
                             WHERE what_if_id = %s) customer""",
                    self.id,
                )
            )
        )
        [[count, before, after]] = self.env.execute_query(
            SQL(
                """SELECT COUNT(*),
                          AVG(before.health_score)
                              FILTER (WHERE after.health_score IS NOT NULL),
                          AVG(after.health_score)
                              FILTER (WHERE before.health_score IS NOT NULL)
                   FROM what_if_before before JOIN what_if_after after
                       USING (partner_id)"""
            )
        )
        self.write(
            {
                "moved_count": moved,
                "moved_amount": moved_amount,
                "health_count": changed,
                "band_count": crossed,
                "band_amount": crossed_amount,
                "customer_count": count,
                "health_before": before,
                "health_after": after,
                "is_computed": True,
            }
        )
