from odoo import api, fields, models
from odoo.tools import SQL


class CustomerSegmentMembership(models.Model):
    """A stay of a customer in a segment, from one day up to, not including, another.

    Rows are written by ``customer.segment._refresh`` and by adding or removing members
    by hand; nobody edits them. For any segment and period the members at the start
    plus those who came less those who left are the members at the end.
    """

    _name = "customer.segment.membership"
    _description = "Segment Membership"
    _order = "date_from desc, id desc"
    _rec_name = "segment_id"
    _log_access = False

    segment_id = fields.Many2one("customer.segment", required=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    date_from = fields.Date(string="Entered On", required=True)
    date_to = fields.Date(
        string="Left On",
        help="The first day on which the customer was no longer a member; empty while"
        " they are.",
    )
    reason = fields.Char(
        string="Why Entered", help="The condition and the value on the day of entry."
    )
    exit_reason = fields.Char(
        string="Why Left", help="The condition and the value on the day of leaving."
    )
    is_manual = fields.Boolean(
        string="By Hand", help="Added by a person, not by the rule of the segment."
    )
    user_id = fields.Many2one("res.users", string="Added By", index="btree_not_null")
    added_at = fields.Datetime(help="The moment the customer was added by hand.")
    color = fields.Integer(related="segment_id.color")

    _open_uniq = models.UniqueIndex(
        "(partner_id, company_id, segment_id) INCLUDE (is_manual)"
        " WHERE date_to IS NULL",
        "A customer can be in a segment only once at a time.",
    )
    _not_empty = models.Constraint(
        "CHECK (date_to > date_from)", "A stay in a segment lasts a day at least."
    )
    _partner_idx = models.Index("(partner_id, company_id)")
    _segment_idx = models.Index("(segment_id, company_id, date_from)")
    _left_idx = models.Index("(segment_id, company_id, date_to)")

    def init(self):
        # the relation behind customer.profile.segment_ids: who is where today
        self.env.cr.execute(
            """CREATE OR REPLACE VIEW customer_profile_segment_rel AS
               SELECT profile.id AS profile_id, membership.segment_id
               FROM customer_segment_membership membership
               JOIN customer_profile profile
                   ON profile.partner_id = membership.partner_id
                  AND profile.company_id = membership.company_id
               WHERE membership.date_to IS NULL"""
        )

    @api.depends("segment_id", "partner_id")
    def _compute_display_name(self):
        for stay in self:
            stay.display_name = (
                f"{stay.segment_id.name}: {stay.partner_id.display_name}"
            )

    def action_open_partner(self):
        """Open the contact of this stay."""
        self.ensure_one()
        return self.partner_id._get_records_action()

    @api.model
    def _members_at(self, segments, day, companies=None):
        """The stays that include a day.

        :return: domain over this model
        """
        return [
            ("segment_id", "in", segments.ids),
            ("company_id", "in", (companies or self.env.company).ids),
            ("date_from", "<=", day),
            "|",
            ("date_to", "=", False),
            ("date_to", ">", day),
        ]

    # === RECORDING A STATE === #

    @api.model
    def _record_state(
        self,
        company,
        as_of,
        segments,
        query,
        partner_ids=None,
        exit_reasons=None,
        joined=True,
    ):
        """Write down who is in one of some segments on a day, and who no longer is.

        The segments exclude each other, as those of the RFM grid do. What is written
        holds up to the next day that was written before, so that past months can be
        filled in ascending order. Members added by hand stay. A second call with the
        same state changes nothing.

        :param segments: customer.segment records that exclude each other
        :param query: SELECT partner_id, segment_id, reason, a customer at most once
        :param partner_ids: ids of the customers ``query`` speaks of, None for all
        :param exit_reasons: function that gets a list of partner ids and returns a
            SELECT partner_id, reason for those who leave
        :param joined: whether a stay becomes one with that of the same segment which
            follows on it. While months are filled it does not: the next one may end
            it again, and the day on which the later stay began would be forgotten.
            ``_join_touching`` makes up for it in the end
        :return: number of customers who moved
        """
        moved = self._collect_moves(company, as_of, segments, query, partner_ids)
        if moved:
            if exit_reasons:
                self._explain_leaving(exit_reasons)
            self.env.cr.execute("ANALYZE segment_move")
            self._close_stays(as_of)
            if joined:
                self._take_over_later(company)
            self._open_stays(company, as_of, segments)
        self.env.cr.execute("DROP TABLE segment_move")
        return moved

    def _collect_moves(self, company, as_of, segments, query, partner_ids):
        """Fill ``segment_move``: customers whose segment differs from the one stored.

        ``until`` is the day up to which the new state is known to hold, with the
        reason of the change on that day. One read finds both the stay that covers the
        day and, without one, the next: looked up by customer, a planner that knows
        nothing of rows written a moment ago reads those of all customers each time.
        """
        scope = (
            SQL("AND stay.partner_id = ANY(%s)", list(partner_ids))
            if partner_ids is not None
            else SQL("")
        )
        self.env.cr.execute("DROP TABLE IF EXISTS segment_move")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE segment_move ON COMMIT DROP AS
                SELECT COALESCE(state.partner_id, known.partner_id) AS partner_id,
                       state.segment_id, state.reason,
                       CASE WHEN covers THEN known.id END AS cover_id,
                       CASE WHEN covers THEN known.date_from END AS cover_from,
                       state.reason AS exit_reason,
                       CASE WHEN covers THEN known.date_to
                            ELSE known.date_from END AS until,
                       CASE WHEN covers THEN known.exit_reason
                            ELSE known.reason END AS until_reason
                FROM (SELECT stay.*, stay.date_from <= %(as_of)s AS covers,
                             ROW_NUMBER() OVER (PARTITION BY stay.partner_id
                                                ORDER BY stay.date_from) AS place
                      FROM customer_segment_membership stay
                      WHERE stay.company_id = %(company)s
                        AND stay.segment_id = ANY(%(segments)s)
                        AND (stay.date_to IS NULL OR stay.date_to > %(as_of)s)
                        %(scope)s) known
                FULL JOIN (%(query)s) state ON state.partner_id = known.partner_id
                WHERE (covers OR place = 1) IS NOT FALSE  -- two after contacts merged
                  AND state.segment_id
                      IS DISTINCT FROM CASE WHEN covers THEN known.segment_id END
                  AND (covers AND known.is_manual) IS NOT TRUE
                """,
                company=company.id,
                segments=segments.ids,
                as_of=as_of,
                scope=scope,
                query=query,
            )
        )
        return self.env.cr.rowcount

    def _explain_leaving(self, exit_reasons):
        leavers = [
            partner_id
            for (partner_id,) in self.env.execute_query(
                SQL("SELECT partner_id FROM segment_move WHERE segment_id IS NULL")
            )
        ]
        if leavers:
            self.env.cr.execute(
                SQL(
                    """UPDATE segment_move SET exit_reason = why.reason
                       FROM (%s) why WHERE why.partner_id = segment_move.partner_id""",
                    exit_reasons(leavers),
                )
            )

    def _close_stays(self, as_of):
        """End the stays that ``segment_move`` leaves; one of no day at all goes."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM customer_segment_membership
                   WHERE id IN (SELECT cover_id FROM segment_move
                                WHERE cover_from = %s)""",
                as_of,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE customer_segment_membership stay
                   SET date_to = %s, exit_reason = move.exit_reason
                   FROM segment_move move WHERE move.cover_id = stay.id""",
                as_of,
            )
        )

    def _take_over_later(self, company):
        """Remove the stays that follow on those of ``segment_move``, to be one."""
        self.env.cr.execute(
            """SELECT EXISTS (SELECT FROM segment_move
                              WHERE until IS NOT NULL AND segment_id IS NOT NULL)"""
        )
        if not self.env.cr.fetchone()[0]:  # as ever but where past months are filled
            return
        self.env.cr.execute(
            SQL(
                """WITH later AS (
                       DELETE FROM customer_segment_membership stay
                       USING segment_move move
                       WHERE stay.partner_id = move.partner_id
                         AND stay.company_id = %s
                         AND stay.segment_id = move.segment_id
                         AND stay.date_from = move.until
                         AND stay.is_manual IS NOT TRUE
                       RETURNING stay.partner_id, stay.date_to, stay.exit_reason)
                   UPDATE segment_move
                   SET until = later.date_to, until_reason = later.exit_reason
                   FROM later WHERE later.partner_id = segment_move.partner_id""",
                company.id,
            )
        )

    def _open_stays(self, company, as_of, segments):
        """Begin the stays of ``segment_move``, one with those they touch.

        Those that end on the day are looked up by segment: they are few.
        """
        self.env.cr.execute(
            SQL(
                """WITH joined AS (
                       UPDATE customer_segment_membership stay
                       SET date_to = move.until, exit_reason = move.until_reason
                       FROM segment_move move
                       WHERE stay.partner_id = move.partner_id
                         AND stay.company_id = %(company)s
                         AND stay.segment_id = ANY(%(segments)s)
                         AND stay.segment_id = move.segment_id
                         AND stay.date_to = %(as_of)s
                         AND stay.is_manual IS NOT TRUE
                       RETURNING stay.partner_id)
                   DELETE FROM segment_move
                   WHERE partner_id IN (SELECT partner_id FROM joined)""",
                company=company.id,
                segments=segments.ids,
                as_of=as_of,
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO customer_segment_membership
                       (segment_id, partner_id, company_id, date_from, date_to,
                        reason, exit_reason)
                   SELECT segment_id, partner_id, %s, %s, until, reason, until_reason
                   FROM segment_move WHERE segment_id IS NOT NULL
                   ORDER BY segment_id, partner_id
                   ON CONFLICT DO NOTHING""",
                company.id,
                as_of,
            )
        )

    @api.model
    def _join_touching(self, company, segments):
        """Make one of stays in the same segment that follow on each other."""
        self.env.cr.execute("DROP TABLE IF EXISTS segment_run")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE segment_run ON COMMIT DROP AS
                WITH stay AS (
                    SELECT id, partner_id, segment_id, date_from, date_to, exit_reason,
                           date_from IS DISTINCT FROM LAG(date_to) OVER way AS is_first
                    FROM customer_segment_membership
                    WHERE company_id = %s AND segment_id = ANY(%s)
                      AND is_manual IS NOT TRUE
                    WINDOW way AS (PARTITION BY partner_id, segment_id
                                   ORDER BY date_from)),
                numbered AS (
                    SELECT *, COUNT(*) FILTER (WHERE is_first) OVER (
                               PARTITION BY partner_id, segment_id ORDER BY date_from
                           ) AS run
                    FROM stay)
                SELECT array_agg(id ORDER BY date_from) AS ids,
                       (array_agg(date_to ORDER BY date_from DESC))[1] AS date_to,
                       (array_agg(exit_reason ORDER BY date_from DESC))[1]
                           AS exit_reason
                FROM numbered GROUP BY partner_id, segment_id, run HAVING COUNT(*) > 1
                """,
                company.id,
                segments.ids,
            )
        )
        self.env.cr.execute(
            """DELETE FROM customer_segment_membership
               WHERE id IN (SELECT unnest(ids[2:]) FROM segment_run)"""
        )
        self.env.cr.execute(
            """UPDATE customer_segment_membership stay
               SET date_to = run.date_to, exit_reason = run.exit_reason
               FROM segment_run run WHERE stay.id = run.ids[1]"""
        )
        self.env.cr.execute("DROP TABLE segment_run")
