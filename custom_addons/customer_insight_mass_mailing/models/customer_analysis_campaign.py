from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.addons.customer_insight.analysis.blocks import Column, Row, table
from odoo.addons.customer_insight.analysis.parameters import Day, Record
from odoo.addons.customer_insight.engine import uplift
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

#: What is counted of the mails of a mailing to a segment: conditions on ``mail``.
_COUNTS = {
    "sent": SQL("TRUE"),
    "delivered": SQL("mail.trace_status IN ('sent', 'open', 'reply')"),
    "opened": SQL("mail.trace_status IN ('open', 'reply')"),
    "clicked": SQL("mail.links_click_datetime IS NOT NULL"),
    "ordered": SQL("mail.amount > 0"),
}

#: In keys instead of a segment: all of a mailing, and mails of no segment.
_ALL, _NONE = -1, 0


class CustomerAnalysisCampaign(models.AbstractModel):
    """Results of mailings by the segment of their customers, and of their variants."""

    _name = "customer.analysis.campaign"
    _inherit = "customer.analysis"
    _description = "Campaign Results"

    def _title(self):
        return self.env._("Campaign Results")

    def _help(self, asked):
        return self.env._(
            "Mails to customers by the segment they were in when the mail was sent."
            " Ordered and revenue are the net purchases of the customer from the day"
            " after the mail, for as many days as the mailing says, whatever led to"
            " them. Who gets which variant of an A/B test is drawn by chance: only"
            " there a difference says what the mail did."
        )

    def _empty(self, asked):
        return self.env._("No mails to your customers were sent in this time.")

    def _parameters(self):
        company = self.env.company
        start = company._insight_today() - relativedelta(years=1)
        firm, salesperson = (
            one for one in super()._parameters() if one.name in ("firm", "salesperson")
        )
        return [
            Day("since", self.env._("Sent Since"), start),
            firm,
            Record("campaign", self.env._("Campaign"), model="utm.campaign"),
            salesperson,
        ]

    @api.model
    def _open(self, **values):
        """:return: the action that opens this page with some filters"""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "customer_insight_mass_mailing.customer_analysis_action_campaign"
        )
        known = {name: value for name, value in values.items() if value}
        return {**action, "path": False, "context": {"analysis_values": known}}

    def _profile_domain(self, asked):
        domain = Domain("company_id", "=", self.env.company.id)
        if asked.salesperson:
            domain &= Domain("user_id", "=", asked.salesperson)
        return domain

    def _is_filtered(self, asked):
        return bool(asked.salesperson)

    # === BLOCKS === #

    def _blocks(self, asked):
        results = self._read_results(asked)
        if not results:
            return []
        rows = self._variant_rows(results)
        variants = [self._variant_table(rows)] if rows else []
        return [*variants, self._result_table(results)]

    def _result_table(self, results):
        rows, mailing = [], None
        for one in results:
            if one["mailing"] != mailing:
                mailing = one["mailing"]
                parts = [part for part in results if part["mailing"] == mailing]
                names = (*_COUNTS, "revenue")
                sums = {name: sum(part[name] for part in parts) for name in names}
                rows.append(self._result_row({**sums, "mailing": mailing}))
            rows.append(self._result_row(one))
        return table(
            self.env._("Results by Mailing and Segment"),
            [
                Column(self.env._("Campaign")),
                Column(self.env._("Mailing"), grow=True),
                Column(self.env._("Segment")),
                Column(self.env._("Sent"), "integer"),
                Column(self.env._("Delivered"), "integer"),
                Column(self.env._("Opened"), "integer"),
                Column(self.env._("Clicked"), "integer"),
                Column(self.env._("Ordered"), "integer"),
                Column(self.env._("Share Ordered"), "percent"),
                Column(self.env._("Revenue"), "money"),
            ],
            rows,
            note=self.env._(
                "A click on a number opens its customers. A customer who got several"
                " mails counts for each."
            ),
        )

    def _result_row(self, one):
        """A row of a mailing to a segment; without a segment its sum."""
        mailing, segment = one["mailing"], one.get("segment")
        place = _ALL if segment is None else segment.id or _NONE
        keys = [["mail", mailing.id, place, name] for name in _COUNTS]
        return Row(
            [
                mailing.campaign_id.display_name or "",
                mailing.subject,
                self.env._("All")
                if segment is None
                else segment.name or self.env._("None"),
                *(one[name] for name in _COUNTS),
                one["ordered"] / one["sent"],
                one["revenue"],
            ],
            keys=[None, None, None, *keys, None, None],
            weak=one["sent"] < self._least(),
            total=segment is None,
        )

    def _variant_table(self, rows):
        return table(
            self.env._("Variants Against Each Other"),
            [
                Column(self.env._("Variant"), grow=True),
                Column(self.env._("Segment")),
                Column(self.env._("Mails (n)")),
                Column(self.env._("Opened"), grow=True),
                Column(self.env._("Ordered"), grow=True),
            ],
            rows,
            note=self.env._(
                "Differences in points, with the range in which the true one lies. It"
                " is wider where several segments are looked at, so that chance alone"
                " seldom claims anything. Orders count once the days of the mailing"
                " are over; segments with too few mails are left out."
            ),
        )

    def _variant_rows(self, results):
        """Each later variant of an A/B test against the first, all and by segment."""
        tests = {}
        for one in results:
            if one["mailing"].ab_testing_enabled:
                variants = tests.setdefault(one["mailing"].campaign_id, {})
                for segment in (None, one["segment"]):
                    mailings = variants.setdefault(segment, {})
                    groups = mailings.get(one["mailing"], (uplift.Group(0),) * 2)
                    mailings[one["mailing"]] = self._add(groups, one)
        rows = []
        for segments in tests.values():
            told = {
                segment: mailings
                for segment, mailings in segments.items()
                if segment is None
                or min(groups[0].n for groups in mailings.values()) >= self._least()
            }
            for segment, mailings in told.items():
                looks = 1 if segment is None else len(told) - 1
                first, *others = sorted(mailings, key=lambda mailing: mailing.id)
                rows += [
                    self._variant_row(
                        segment,
                        (other, first),
                        (mailings[other], mailings[first]),
                        looks,
                    )
                    for other in others
                ]
        return rows

    def _add(self, groups, one):
        """:return: groups of openers and of buyers with those of one more segment"""
        opened, bought = groups
        return (
            uplift.Group(opened.n + one["sent"], opened.buyers + one["opened"]),
            uplift.Group(bought.n + one["over"], bought.buyers + one["over_ordered"]),
        )

    def _variant_row(self, segment, mailings, groups, looks):
        """A row of a variant against the first.

        :param mailings: the two, the first one last
        :param groups: for either its openers and its buyers
        :param looks: how many segments are looked at beside each other
        """
        (opened, bought), (first_opened, first_bought) = groups
        confidence = 1 - (1 - uplift.CONFIDENCE) / looks
        return Row(
            [
                self.env._(
                    "%(variant)s, against: %(first)s",
                    variant=mailings[0].subject,
                    first=mailings[1].subject,
                ),
                self.env._("All")
                if segment is None
                else segment.name or self.env._("None"),
                f"{self._count(opened.n)} / {self._count(first_opened.n)}",
                self._difference(opened, first_opened, confidence),
                self._difference(bought, first_bought, confidence),
            ],
            weak=min(opened.n, first_opened.n) < self._least(),
            total=segment is None,
        )

    def _difference(self, group, base, confidence):
        """:return: the difference of two shares in words, with its interval"""
        least = self._least()
        if not group.n or not base.n:
            return self.env._("Not enough yet")
        total = group.n + base.n
        share = base.n / total
        missing = max(
            (least - base.n) / share,
            (least - group.n) / (1 - share),
            uplift.needed(group, base, share, confidence) - total,
        )
        interval = uplift.rate_difference(group, base, confidence)
        few = min(group.n, base.n) < least
        verdict = (
            "open" if few else uplift.judge(interval, difference_is_small=missing <= 0)
        )
        if verdict == "open":
            return self.env._(
                "Not enough yet: about %s more mails are needed",
                self._count(self.env["customer.playbook"]._round_up(int(missing) + 1)),
            )
        points = [formatLang(self.env, 100 * value, digits=1) for value in interval]
        words = {
            "better": self.env._("Better"),
            "worse": self.env._("Worse"),
            "none": self.env._("No difference worth speaking of"),
        }
        return self.env._(
            "%(verdict)s: %(difference)s points (%(low)s to %(high)s)",
            verdict=words[verdict],
            difference=points[0],
            low=points[1],
            high=points[2],
        )

    # === FIGURES === #

    def _read_results(self, asked):
        """:return: a dict per mailing and segment with its counts, newest first"""
        counts = {**_COUNTS, "over": SQL("mail.is_over")}
        counts["over_ordered"] = SQL("mail.is_over AND mail.amount > 0")
        rows = self.env.execute_query(
            SQL(
                """SELECT mailing_id, segment_id, SUM(amount)::float8, %s
                   FROM (%s) mail
                   LEFT JOIN customer_segment segment ON segment.id = mail.segment_id
                   GROUP BY mailing_id, segment_id, segment.sequence
                   ORDER BY mailing_id DESC, segment.sequence, segment_id""",
                SQL(", ").join(
                    SQL("COUNT(*) FILTER (WHERE %s)", condition)
                    for condition in counts.values()
                ),
                self._mails_query(asked),
            )
        )
        # what was sent to one's own customers is no secret
        mailings = self.env["mailing.mailing"].sudo().browse(row[0] for row in rows)
        segments = self.env["customer.segment"]
        return [
            {
                "mailing": mailing,
                "segment": segments.browse(segment_id),
                "revenue": revenue,
                **dict(zip(counts, numbers, strict=True)),
            }
            for mailing, (__, segment_id, revenue, *numbers) in zip(
                mailings, rows, strict=True
            )
        ]

    def _mails_query(self, asked):
        """The mails to customers the user may see, with what was bought after them.

        :return: SELECT mailing_id, segment_id, partner_id, trace_status,
            links_click_datetime, is_over, amount (SQL)
        """
        profiles, column = self._readable(
            "customer.profile", self._profile_domain(asked)
        )
        purchases, bought = self._readable(
            "customer.purchase", self._purchase_domain(asked, asked.since)
        )
        return SQL(
            """
            WITH sent AS (
                SELECT trace.id, trace.mass_mailing_id AS mailing_id, trace.segment_id,
                       contact.commercial_partner_id AS partner_id, trace.trace_status,
                       trace.links_click_datetime, moment.day,
                       moment.day + mailing.result_days AS until
                FROM mailing_trace trace
                CROSS JOIN LATERAL (
                    SELECT (trace.sent_datetime AT TIME ZONE 'UTC'
                                AT TIME ZONE %(tz)s)::date AS day) moment
                JOIN mailing_mailing mailing ON mailing.id = trace.mass_mailing_id
                JOIN res_partner contact ON contact.id = trace.res_id
                JOIN (%(profiles)s) profile
                    ON profile.partner_id = contact.commercial_partner_id
                WHERE trace.model = 'res.partner' AND trace.is_test_trace IS NOT TRUE
                  AND trace.sent_datetime >= %(since)s
                  AND mailing.segment_company_id = %(company)s
                  AND (%(campaign)s IS NULL OR mailing.campaign_id = %(campaign)s)
            ), bought AS (
                SELECT sent.id, SUM(purchase.amount)::numeric AS amount
                FROM sent JOIN (%(purchases)s) purchase
                    ON purchase.partner_id = sent.partner_id
                   AND purchase.date > sent.day AND purchase.date <= sent.until
                GROUP BY sent.id
            )
            SELECT sent.mailing_id, sent.segment_id, sent.partner_id, sent.trace_status,
                   sent.links_click_datetime, sent.until < %(today)s AS is_over,
                   COALESCE(bought.amount, 0) AS amount
            FROM sent LEFT JOIN bought ON bought.id = sent.id
            """,
            profiles=profiles.select(SQL("%s AS partner_id", column("partner_id"))),
            purchases=purchases.select(
                SQL("%s AS partner_id", bought("partner_id")),
                SQL("%s AS date", bought("date")),
                SQL("%s AS amount", bought("amount")),
            ),
            since=asked.since,
            company=self.env.company.id,
            tz=self.env.company._insight_timezone(),
            campaign=asked.campaign or None,
            today=self.env.company._insight_today(),
        )

    # === THE CUSTOMERS BEHIND === #

    def _records(self, asked, key):
        name, mailing_id, segment_id, which = key
        if name != "mail":
            raise KeyError(name)
        mailing = self.env["mailing.mailing"].sudo().browse(int(mailing_id)).exists()
        if not mailing:
            raise KeyError(mailing_id)
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT mail.partner_id FROM (%s) mail
                   WHERE mail.mailing_id = %s
                     AND %s IN (%s, COALESCE(mail.segment_id, %s)) AND %s""",
                self._mails_query(asked),
                mailing.id,
                int(segment_id),
                _ALL,
                _NONE,
                _COUNTS[which],
            )
        )
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("partner_id", "in", [row[0] for row in rows])
        return "customer.profile", domain, mailing.subject
