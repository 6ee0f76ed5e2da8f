from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .customer_warning import HIGH_RISK, PENDING

#: Chances of such a silence below which a customer is late, and very late.
_LATE, _VERY_LATE = 0.05, 0.01
#: Purchase days from which a customer has a rhythm of their own.
_FEWEST_PURCHASES = 3
#: Windows of days: touches compared, quotations lost, invoices overdue.
_TOUCH_DAYS, _QUOTE_DAYS, _OVERDUE_DAYS = 90, 60, 14
#: Touches before from which fewer of them say something, and to what part they fell.
_FEWEST_TOUCHES, _FALLEN_TO = 4, 3


class CustomerProfile(models.Model):
    """Signs that a customer may be leaving, each with its points and its sentence."""

    _inherit = "customer.profile"

    warning_id = fields.Many2one(
        "customer.warning", string="Pending Warning", compute="_compute_warning_id"
    )
    warning_reason = fields.Text(string="Warning", compute="_compute_warning_id")
    warning_way_out = fields.Text(compute="_compute_warning_id")

    def _compute_warning_id(self):
        pending = self.env["customer.warning"].search(
            [("partner_id", "in", self.partner_id.ids), ("state", "in", PENDING)]
        )
        found = {(one.partner_id, one.company_id): one for one in pending}
        for profile in self:
            key = profile.partner_id, profile.company_id
            profile.warning_id = found.get(key, False)
            profile.warning_reason = profile.warning_id.reason
            profile.warning_way_out = profile.warning_id.way_out

    def _churn_signals(self, company, as_of):
        """What warns of a customer; an add-on adds its own.

        :return: ``{code: signal}``. A signal is a dict of

            - ``name``: its label, translated
            - ``query``: SELECT of ``partner_id`` (commercial partner), ``points``
              (integer; 50 warn by themselves with the default setting) and ``values``
              (jsonb), at most one row per customer
            - ``sentence``: name of the method of a profile that is given these values
              as a dict and returns a sentence
        :rtype: dict[str, dict]
        """
        return {
            "late": {
                "name": self.env._("Late"),
                "query": self._late_query(company),
                "sentence": "_late_sentence",
            },
            "risk": {
                "name": self.env._("Churn Risk"),
                "query": self._risk_query(company),
                "sentence": "_risk_sentence",
            },
            "touches": {
                "name": self.env._("Fewer Contacts"),
                "query": self._touches_query(company, as_of),
                "sentence": "_touches_sentence",
            },
            "quotation": {
                "name": self.env._("Lost Quotation"),
                "query": self._lost_quotation_query(company, as_of),
                "sentence": "_lost_quotation_sentence",
            },
            "overdue": {
                "name": self.env._("Overdue Invoices"),
                "query": self._overdue_query(company, as_of),
                "sentence": "_overdue_sentence",
            },
        }

    # === QUERIES === #

    def _late_query(self, company):
        """Silent for longer than the own rhythm explains, as ``engine.change`` judges.

        ``n`` intervals make up the time from the first to the last purchase. Logarithms
        are compared: the chance of a regular buyer after years is too small to write.
        """
        return SQL(
            """
            SELECT partner_id,
                   CASE WHEN log_chance < LN(%(very_late)s::float8) THEN 50 ELSE 35 END
                       AS points,
                   jsonb_build_object('days', recency_days, 'interval',
                       ROUND(average_interval_days), 'n', purchase_days) AS values
            FROM (SELECT partner_id, recency_days, average_interval_days, purchase_days,
                         (1 - purchase_days)
                         * LN(1 + recency_days::float8
                                  / (last_purchase_date - first_purchase_date))
                             AS log_chance
                  FROM customer_profile
                  WHERE company_id = %(company)s
                    AND purchase_days >= %(fewest)s) customer
            WHERE log_chance < LN(%(late)s::float8)
            """,
            company=company.id,
            fewest=_FEWEST_PURCHASES,
            late=_LATE,
            very_late=_VERY_LATE,
        )

    def _risk_query(self, company):
        """The forecast; only while it is better than simple rules."""
        run = self.env["customer.prediction.run"]._latest(company)
        return SQL(
            """
            SELECT partner_id, ROUND(30 * churn_risk)::int AS points,
                   jsonb_build_object('risk', ROUND(100 * churn_risk::numeric),
                                      'days', %(days)s::int) AS values
            FROM customer_profile
            WHERE company_id = %(company)s AND churn_risk >= %(high)s AND %(good)s
            """,
            company=company.id,
            days=run.horizon_days,
            high=HIGH_RISK,
            good=bool(run.is_better_than_baseline),
        )

    def _touches_query(self, company, as_of):
        """Touches between people fell to a third, or less, of the period before."""
        sources = self.env["customer.interaction"]._interaction_sources(company)
        middle = as_of - relativedelta(days=_TOUCH_DAYS)
        start = middle - relativedelta(days=_TOUCH_DAYS)
        touches = SQL(" UNION ALL ").join(
            SQL(
                "SELECT anchor_id, date FROM (%s) touch WHERE kind = ANY(%s)"
                " AND date >= %s AND date < %s",
                query,
                self._health_contact_kinds(),
                start,
                as_of + relativedelta(days=1),
            )
            for query in sources.values()
        )
        return SQL(
            """
            SELECT partner_id, 25 AS points,
                   jsonb_build_object('now', now, 'before', before,
                                      'days', %(days)s::int) AS values
            FROM (SELECT partner.commercial_partner_id AS partner_id,
                         COUNT(*) FILTER (WHERE touch.date >= %(middle)s) AS now,
                         COUNT(*) FILTER (WHERE touch.date < %(middle)s) AS before
                  FROM (%(touches)s) touch
                  JOIN res_partner partner ON partner.id = touch.anchor_id
                  GROUP BY 1) customer
            WHERE before >= %(fewest)s AND now * %(part)s <= before
            """,
            days=_TOUCH_DAYS,
            middle=middle,
            touches=touches,
            fewest=_FEWEST_TOUCHES,
            part=_FALLEN_TO,
        )

    def _lost_quotation_query(self, company, as_of):
        """Quotations cancelled lately, and nothing bought since."""
        return SQL(
            """
            SELECT partner_id, 25 AS points,
                   jsonb_build_object('n', COUNT(*), 'day', MAX(lost.day)) AS values
            FROM (SELECT partner.commercial_partner_id AS partner_id,
                         (sale.date_order AT TIME ZONE 'UTC'
                          AT TIME ZONE %(zone)s)::date AS day
                  FROM sale_order sale
                  JOIN res_partner partner ON partner.id = sale.partner_id
                  WHERE sale.company_id = %(company)s AND sale.state = 'cancel'
                    AND sale.date_order >= %(nearly)s AND sale.amount_untaxed > 0) lost
            JOIN customer_profile profile USING (partner_id)
            WHERE profile.company_id = %(company)s
              AND lost.day > %(since)s AND lost.day <= %(as_of)s
              AND profile.last_purchase_date < lost.day
            GROUP BY 1
            """,
            zone=company._insight_timezone(),
            company=company.id,
            # the bare moment lets an index find the few
            nearly=as_of - relativedelta(days=_QUOTE_DAYS + 1),
            since=as_of - relativedelta(days=_QUOTE_DAYS),
            as_of=as_of,
        )

    def _overdue_query(self, company, as_of):
        """Posted invoices unpaid for longer than is usual among friends."""
        return SQL(
            """
            SELECT commercial_partner_id AS partner_id, 20 AS points,
                   jsonb_build_object('n', COUNT(*), 'days',
                       %(as_of)s - MIN(invoice_date_due)) AS values
            FROM account_move
            WHERE company_id = %(company)s AND move_type = 'out_invoice'
              AND state = 'posted' AND payment_state IN ('not_paid', 'partial')
              AND invoice_date_due < %(due)s
            GROUP BY 1
            """,
            company=company.id,
            as_of=as_of,
            due=as_of - relativedelta(days=_OVERDUE_DAYS),
        )

    # === TOGETHER === #

    def _collect_signals(self, company, as_of):
        """Fill the temporary table ``insight_signals``: points and reasons by customer.

        Of customers who bought and have not churned; the others are no news.
        """
        signals = SQL(" UNION ALL ").join(
            SQL(
                "SELECT partner_id, %s AS code, points, values FROM (%s) signal",
                code,
                signal["query"],
            )
            for code, signal in self._churn_signals(company, as_of).items()
        )
        self.env.cr.execute("DROP TABLE IF EXISTS insight_signals")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE insight_signals ON COMMIT DROP AS
                SELECT profile.partner_id, profile.last_purchase_date,
                       COALESCE(profile.churn_risk, 0) AS risk,
                       SUM(signal.points)::int AS points,
                       jsonb_agg(jsonb_build_object('code', signal.code, 'points',
                           signal.points, 'values', signal.values)
                           ORDER BY signal.points DESC, signal.code) AS reasons
                FROM (%s) signal
                JOIN customer_profile profile
                    ON profile.partner_id = signal.partner_id
                    AND profile.company_id = %s
                WHERE profile.active AND profile.purchase_days > 0
                  AND profile.lifecycle_stage <> 'churned'
                GROUP BY profile.id
                """,
                signals,
                company.id,
            )
        )

    @api.model
    def _night_steps(self):
        return [*super()._night_steps(), ("warnings", self._night_warnings)]

    @api.model
    def _night_warnings(self, company):
        self.env["customer.warning"]._refresh(companies=company)
        return False

    # === SENTENCES === #

    def _late_sentence(self, values):
        return self.env._(
            "Usually buys every %(interval)s days (n = %(n)s purchase days), silent for"
            " %(days)s days",
            **values,
        )

    def _risk_sentence(self, values):
        return self.env._(
            "No purchase within %(days)s days is %(risk)s %% likely", **values
        )

    def _touches_sentence(self, values):
        return self.env._(
            "Contacts down from %(before)s to %(now)s within %(days)s days", **values
        )

    def _lost_quotation_sentence(self, values):
        return self.env._(
            "Quotations lost: %(n)s, the last on %(day)s",
            n=values["n"],
            day=format_date(self.env, values["day"]),
        )

    def _overdue_sentence(self, values):
        return self.env._(
            "Overdue invoices: %(n)s, the oldest for %(days)s days", **values
        )
