import json
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..engine.contrasts import Sample, compare_means, compare_shares

_RECENT_DAYS = 30
_TREND_MONTHS = 12


class CustomerSegment(models.Model):
    """How large a segment is, who comes and goes, and what sets it apart."""

    _inherit = "customer.segment"

    customer_share = fields.Float(
        string="Share of Customers", compute="_compute_shares"
    )
    amount_share = fields.Float(string="Share of Amount", compute="_compute_shares")
    entered_count = fields.Integer(
        string="Entered (30 Days)", compute="_compute_movement"
    )
    left_count = fields.Integer(string="Left (30 Days)", compute="_compute_movement")
    is_reliable = fields.Boolean(
        compute="_compute_is_reliable",
        help="Large enough for its figures to be judged.",
    )
    size_trend = fields.Text(
        compute="_compute_size_trend",
        help="Members at the end of each of the last twelve months, as chart data.",
    )
    contrast_html = fields.Html(
        string="What Sets It Apart", compute="_compute_contrast_html"
    )

    @api.depends("profile_count", "profile_amount")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_shares(self):
        [(count, amount)] = self.env["customer.profile"]._read_group(
            [("company_id", "=", self.env.company.id)],
            [],
            ["__count", "amount_total:sum"],
        )
        for segment in self:
            segment.customer_share = segment.profile_count / count if count else 0.0
            segment.amount_share = segment.profile_amount / amount if amount else 0.0

    @api.depends("profile_count", "min_size")
    def _compute_is_reliable(self):
        for segment in self:
            segment.is_reliable = segment.profile_count >= segment.min_size

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_movement(self):
        counts = {
            name: dict(
                self.env["customer.segment.membership"]._read_group(
                    self._movement_domain(name), ["segment_id"], ["__count"]
                )
            )
            for name in ("date_from", "date_to")
        }
        for segment in self:
            segment.entered_count = counts["date_from"].get(segment, 0)
            segment.left_count = counts["date_to"].get(segment, 0)

    def _movement_domain(self, name):
        """:return: the stays that began or ended within the last 30 days"""
        today = self.env.company._insight_today()
        return [
            ("segment_id", "in", self.ids),
            ("company_id", "=", self.env.company.id),
            (name, ">", today - timedelta(days=_RECENT_DAYS)),
            (name, "<=", today),
        ]

    @api.depends_context("uid", "company", "allowed_company_ids", "lang")
    def _compute_size_trend(self):
        today = self.env.company._insight_today()
        days = [
            today.replace(day=1) - relativedelta(months=back, days=1)
            for back in range(_TREND_MONTHS - 2, -1, -1)
        ] + [today]
        sizes = self._sizes_on(days)
        for segment in self:
            values = [
                {
                    "label": format_date(self.env, day, date_format="MMM yyyy"),
                    "value": sizes.get((segment.id, day), 0),
                    "type": "future",  # the stronger of the two colours of the widget
                }
                for day in days
            ]
            segment.size_trend = any(bar["value"] for bar in values) and json.dumps(
                [{"key": self.env._("Customers"), "values": values}]
            )

    def _sizes_on(self, days):
        """Members the user may see at the end of days: ``{(segment id, day): n}``."""
        stays = self.env["customer.segment.membership"]
        readable = stays._search(
            [
                ("segment_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        columns = ("segment_id", "date_from", "date_to")
        rows = self.env.execute_query(
            SQL(
                """SELECT stay.segment_id, day.day::date, COUNT(*)
                   FROM unnest(%s) AS day (day)
                   JOIN (%s) stay ON stay.date_from <= day.day
                       AND (stay.date_to IS NULL OR stay.date_to > day.day)
                   GROUP BY 1, 2""",
                days,
                readable.select(*(SQL.identifier(stays._table, c) for c in columns)),
            )
        )
        return {(segment_id, day): count for segment_id, day, count in rows}

    # === WHAT SETS IT APART === #

    @api.model
    def _contrast_measures(self):
        """What segments are compared by; add-ons add figures of the profile.

        :return: ``{key: (label, kind, SQL over customer_profile)}``; kind is ``mean``
            (a number, NULL where unknown), ``rate`` (a share of each customer's own,
            0 to 1) or ``share`` (a condition)
        """
        stages = dict(self.env["customer.profile"]._fields["lifecycle_stage"].selection)
        measures = {
            "purchase_days": (
                self.env._("Purchase days"),
                "mean",
                SQL("customer_profile.purchase_days"),
            ),
            "amount_total": (
                self.env._("Amount bought"),
                "mean",
                SQL("customer_profile.amount_total"),
            ),
            "amount_per_day": (
                self.env._("Amount per purchase day"),
                "mean",
                SQL(
                    "customer_profile.amount_total"
                    " / NULLIF(customer_profile.purchase_days, 0)"
                ),
            ),
            "average_interval_days": (
                self.env._("Days between purchases"),
                "mean",
                SQL("customer_profile.average_interval_days"),
            ),
            "recency_days": (
                self.env._("Days since the last purchase"),
                "mean",
                SQL("customer_profile.recency_days"),
            ),
        }
        if self._has_discounts():
            measures["discounted"] = (
                self.env._("Lines bought at a discount"),
                "rate",
                SQL("discounts.share"),
            )
        if "interaction_count" in self.env["customer.profile"]._fields:
            measures["interaction_count"] = (
                self.env._("Interactions"),
                "mean",
                SQL("customer_profile.interaction_count"),
            )
        for code in ("loyal", "at_risk", "churned"):
            measures[f"stage_{code}"] = (
                self.env._("In stage %(stage)s", stage=stages[code]),
                "share",
                SQL("customer_profile.lifecycle_stage = %s", code),
            )
        return measures

    def _has_discounts(self):
        """Whether the company ever sold at a discount: else there is no difference."""
        [[found]] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM sale_order_line
                                  WHERE company_id = %s AND discount > 0
                                    AND state = 'sale')""",
                self.env.company.id,
            )
        )
        return found

    def _discounted_query(self):
        """The share of each customer's order lines that were sold at a discount (SQL).

        One pass over the lines: looked up by customer it was one search for each.
        """
        return SQL(
            """SELECT buyer.commercial_partner_id AS partner_id,
                      AVG((line.discount > 0)::int) AS share
               FROM sale_order_line line
               JOIN sale_order document ON document.id = line.order_id
               JOIN res_partner buyer ON buyer.id = document.partner_id
               WHERE document.company_id = %s AND document.state = 'sale'
                 AND line.display_type IS NULL AND line.product_uom_qty > 0
               GROUP BY 1""",
            self.env.company.id,
        )

    def _contrasts(self):
        """Compare the customers of this segment with all others the user may see.

        :return: list of ``(label, kind, engine.contrasts.Contrast)``
        """
        self.ensure_one()
        profiles = self.env["customer.profile"]
        measures = self._contrast_measures()
        scope = profiles._search([("company_id", "=", self.env.company.id)])
        members = profiles._search(self._profile_domain())
        if "discounted" in measures:
            scope.add_join(
                "LEFT JOIN",
                "discounts",
                SQL("(%s)", self._discounted_query()),
                SQL("discounts.partner_id = customer_profile.partner_id"),
            )
        expressions = [
            SQL("(%s)::float8 AS %s", self._as_number(kind, value), SQL.identifier(key))
            for key, (__, kind, value) in measures.items()
        ]
        rows = self.env.execute_query(
            SQL(
                "SELECT is_member, %s FROM (%s OFFSET 0) profile GROUP BY is_member",
                SQL(", ").join(
                    SQL(
                        "COUNT(%(c)s), COALESCE(AVG(%(c)s), 0),"
                        " COALESCE(STDDEV_SAMP(%(c)s), 0)",
                        c=SQL.identifier(key),
                    )
                    for key in measures
                ),
                scope.select(
                    SQL("customer_profile.id IN %s AS is_member", members.subselect()),
                    *expressions,
                ),
            )
        )
        samples = {is_member: figures for is_member, *figures in rows}
        nobody = [0, 0.0, 0.0] * len(measures)
        return [
            (
                label,
                kind,
                self._contrast(
                    kind,
                    *(
                        Sample(*samples.get(side, nobody)[3 * place : 3 * place + 3])
                        for side in (True, False)
                    ),
                ),
            )
            for place, (label, kind, __) in enumerate(measures.values())
        ]

    @api.model
    def _as_number(self, kind, value):
        return SQL("(%s)::int", value) if kind == "share" else value

    @api.model
    def _contrast(self, kind, group, rest):
        if kind in ("mean", "rate"):
            return compare_means(group, rest)
        return compare_shares(
            round(group.mean * group.n), group.n, round(rest.mean * rest.n), rest.n
        )

    @api.depends("min_size", "profile_count")
    @api.depends_context("uid", "company", "allowed_company_ids", "lang")
    def _compute_contrast_html(self):
        for segment in self:
            segment.contrast_html = segment.profile_count and self.env[
                "ir.qweb"
            ]._render(
                "customer_insight.segment_contrasts",
                {"rows": segment._contrast_rows(), "min_size": segment.min_size},
            )

    def _contrast_rows(self):
        """:return: what the table shows, the real and largest differences first"""
        rows = []
        for label, kind, contrast in self._contrasts():
            is_real = contrast.is_real(self.min_size)
            rows.append(
                {
                    "label": label,
                    "group": self._contrast_text(kind, contrast.group),
                    "rest": self._contrast_text(kind, contrast.rest),
                    "verdict": self._contrast_verdict(kind, contrast, is_real),
                    "is_real": is_real,
                    "n": contrast.group.n,
                    "p": "–"
                    if contrast.p is None
                    else "< 0.001"
                    if contrast.p < 0.001
                    else f"{contrast.p:.3f}",
                }
            )
        return sorted(rows, key=lambda row: not row["is_real"])

    @api.model
    def _contrast_text(self, kind, sample):
        if not sample.n:
            return "–"
        if kind in ("share", "rate"):
            return f"{100 * sample.mean:.1f} %"
        return f"{sample.mean:,.1f}"

    def _contrast_verdict(self, kind, contrast, is_real):
        """:return: the difference in words (str)"""
        if not is_real:
            if contrast.group.n < self.min_size:
                return self.env._("too few to tell")
            return self.env._("no clear difference")
        if kind in ("share", "rate"):
            points = 100 * (contrast.group.mean - contrast.rest.mean)
            return self.env._("%(points)s points", points=f"{points:+.1f}")
        if contrast.effect is None or contrast.effect <= 0:
            return self.env._("differs")
        if contrast.effect >= 1:
            return self.env._("%(times)s × the others", times=f"{contrast.effect:.1f}")
        return self.env._(
            "%(percent)s %% of the others", percent=round(100 * contrast.effect)
        )

    # === DRILL-DOWN === #

    def action_open_entered(self):
        """Open who entered within the last 30 days, with the reasons."""
        return self._open_stays(
            self.env._("Entered %(segment)s", segment=self.name),
            self._movement_domain("date_from"),
        )

    def action_open_left(self):
        """Open who left within the last 30 days, with the reasons."""
        return self._open_stays(
            self.env._("Left %(segment)s", segment=self.name),
            self._movement_domain("date_to"),
        )

    def action_open_memberships(self):
        """Open all stays in this segment, of the present and the past."""
        return self._open_stays(
            self.env._("History of %(segment)s", segment=self.name),
            [
                ("segment_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ],
        )

    def _open_stays(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_segment_membership_action"
        )
        return {**action, "display_name": name, "domain": domain, "context": {}}
