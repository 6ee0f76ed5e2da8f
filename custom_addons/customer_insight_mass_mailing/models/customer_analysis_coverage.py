from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.addons.customer_insight.analysis.blocks import Column, Row, table
from odoo.addons.customer_insight.engine.noise import family, totals_differ
from odoo.fields import Domain
from odoo.tools import SQL

#: Days of either period, days for which a mailing counts as running, and the share of
#: members up to which it does not target the segment.
_DAYS, _RUNNING_DAYS, _TARGETED = 90, 30, 0.1


class CustomerAnalysisCoverage(models.AbstractModel):
    """Segments whose demand rises and that no running campaign targets."""

    _name = "customer.analysis.coverage"
    _inherit = "customer.analysis"
    _description = "Campaign Coverage"

    def _title(self):
        return self.env._("Campaign Coverage")

    def _help(self, asked):
        return self.env._(
            "Purchases of the last %(days)s days against the %(days)s days before, of"
            " the customers who were in the segment before both of them: a segment of"
            " those who bought lately would always seem to rise. A rise is real when"
            " it is beyond chance. Reached is whom a mailing of the last %(running)s"
            " days went to, or a mailing that is scheduled will go to.",
            days=_DAYS,
            running=_RUNNING_DAYS,
        )

    def _parameters(self):
        return super()._parameters()[:2]

    def _is_filtered(self, asked):
        return False

    def _blocks(self, asked):
        rows = self._read_demand(asked)
        if not rows:
            return []
        return [
            *self._advice(asked, rows=rows),
            table(
                self.env._("Demand of Segments, and Whom Campaigns Reach"),
                [
                    Column(self.env._("Segment")),
                    Column(self.env._("Customers (n)"), "integer"),
                    Column(self.env._("Before"), "money"),
                    Column(self.env._("Now"), "money"),
                    Column(self.env._("Change"), "percent"),
                    Column(self.env._("Reached"), "integer"),
                    Column(self.env._("Share Reached"), "percent"),
                    Column(self.env._("Result")),
                ],
                [self._row(**row) for row in rows],
                note=self.env._("Rising and without a campaign first."),
            ),
        ]

    def _row(self, segment, n, before, now, change, reached, real, open_, **_more):
        return Row(
            [
                segment.name,
                n,
                before,
                now,
                change,
                reached,
                reached / n if n else None,
                self.env._("Demand without a campaign") if open_ else "",
            ],
            keys=[None, ["segment", segment.id], *[None] * 6],
            weak=n < self._least(),
            change={4: real},
        )

    # === FIGURES === #

    def _read_demand(self, asked):
        """:return: a dict per segment with members, those that need a campaign first"""
        reached = self._reached_customers(asked)
        segments = self.env["customer.segment"]
        found = []
        rows = self.env.execute_query(self._demand_query(asked))
        sure = family(len(rows))
        for segment_id, n, before, now, *squares, ids in rows:
            sums = [float(one) for one in (now, squares[1], before, squares[0])]
            is_real = n >= self._least() and totals_differ(*sums)
            count = len(reached.intersection(ids))
            found.append(
                {
                    "segment": segments.browse(segment_id),
                    "n": n,
                    "before": float(before),
                    "now": float(now),
                    "change": float(now / before) - 1 if before > 0 else None,
                    "reached": count,
                    "real": is_real,
                    "open_": is_real and now > before and count <= _TARGETED * n,
                    # beyond chance, although so many segments are looked at
                    "sure": is_real and totals_differ(*sums, sure),
                }
            )
        return sorted(found, key=lambda one: (not one["open_"], -(one["change"] or 0)))

    def _demand_query(self, asked):
        """Purchases of the customers of each segment in both periods (SQL)."""
        middle = asked.until - relativedelta(days=_DAYS)
        start = middle - relativedelta(days=_DAYS)
        stays, column = self._readable(
            "customer.segment.membership", self._stays_domain(asked)
        )
        purchases, bought = self._readable(
            "customer.purchase",
            self._purchase_domain(asked, start + relativedelta(days=1), asked.until),
        )
        date, amount = bought("date"), bought("amount")
        purchases.groupby = bought("partner_id")
        return SQL(
            """
            SELECT stay.segment_id, COUNT(*), COALESCE(SUM(buyer.before), 0)::numeric,
                   COALESCE(SUM(buyer.now), 0)::numeric,
                   COALESCE(SUM(buyer.before ^ 2), 0),
                   COALESCE(SUM(buyer.now ^ 2), 0), ARRAY_AGG(stay.partner_id)
            FROM (%(stays)s) stay
            LEFT JOIN (%(purchases)s) buyer ON buyer.partner_id = stay.partner_id
            GROUP BY stay.segment_id
            """,
            stays=stays.select(
                SQL("%s AS segment_id", column("segment_id")),
                SQL("%s AS partner_id", column("partner_id")),
            ),
            purchases=purchases.select(
                SQL("%s AS partner_id", bought("partner_id")),
                SQL(
                    "COALESCE(SUM(%s) FILTER (WHERE %s > %s), 0)::numeric AS now",
                    amount,
                    date,
                    middle,
                ),
                SQL(
                    "COALESCE(SUM(%s) FILTER (WHERE %s <= %s), 0)::numeric AS before",
                    amount,
                    date,
                    middle,
                ),
            ),
        )

    def _stays_domain(self, asked):
        """The stays in active segments on the day before both periods."""
        start = asked.until - relativedelta(days=2 * _DAYS)
        segments = self.env["customer.segment"].with_context(active_test=True)
        members = self.env["customer.segment.membership"]._members_at(
            segments.search([("code", "!=", "prospect")]), start
        )
        return Domain(members)

    def _reached_customers(self, asked):
        """:return: ids of the customers whom running campaigns reach (set)"""
        since = asked.until - relativedelta(days=_RUNNING_DAYS)
        rows = self.env.execute_query(
            SQL(
                """WITH sent AS (
                       SELECT model, res_id, LOWER(email) AS email
                       FROM mailing_trace trace
                       WHERE trace.is_test_trace IS NOT TRUE
                         AND trace.sent_datetime >= %s AND trace.sent_datetime < %s
                         AND trace.trace_status <> 'bounce')
                   SELECT contact.commercial_partner_id FROM sent
                   JOIN res_partner contact ON contact.id = sent.res_id
                   WHERE sent.model = 'res.partner'
                   UNION
                   SELECT contact.commercial_partner_id FROM sent
                   JOIN res_partner contact ON contact.email_normalized = sent.email
                   UNION
                   SELECT commercial_partner_id FROM res_partner
                   WHERE email_normalized = ANY(%s)""",
                since,
                asked.until + relativedelta(days=1),
                self._scheduled_addresses(),
            )
        )
        return {row[0] for row in rows}

    def _scheduled_addresses(self):
        """:return: the addresses that scheduled mailings will go to (list)"""
        scheduled = (
            self.env["mailing.mailing"]
            .sudo()  # whether there is a campaign, not what it says
            .search([("state", "in", ("in_queue", "sending"))])
        )
        emails = set()
        for mailing in scheduled:
            target = self.env[mailing.mailing_model_real].sudo()
            if "email_normalized" in target._fields:
                people = target.browse(mailing._get_recipients())
                emails.update(people.mapped("email_normalized"))
        return list(emails - {False})

    # === THE CUSTOMERS BEHIND === #

    def _records(self, asked, key):
        name, segment_id = key
        if name != "segment":
            raise KeyError(name)
        segment = self.env["customer.segment"].browse(int(segment_id))
        stays = self._stays_domain(asked) & Domain("segment_id", "=", segment.id)
        customers = self.env["customer.segment.membership"].search(stays).partner_id
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("partner_id", "in", customers.ids)
        return "customer.profile", domain, segment.name
