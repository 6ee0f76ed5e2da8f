from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.planner import joining_all
from .customer_warning import PENDING

#: Days for the first contact.
_DAYS_TO_ACT = 7
#: Days after a dismissal without a new warning, unless something was bought since.
_PAUSE_DAYS = 60
#: The year of more customers than this is summed up in one pass over all purchases.
_FEW = 5000


class CustomerWarning(models.Model):
    """How warnings open, follow their signals and end: a few statements per company.

    A warning opens at the threshold and is not taken back before its points have
    fallen below half of it: near the threshold nothing flips to and fro.
    """

    _inherit = "customer.warning"

    @api.model
    def _refresh(self, as_of=None, companies=None):
        """Bring the warnings up to date with the profiles as they are stored.

        :param as_of: date of new warnings, today in the company's time zone when not
            given
        :param companies: res.company records, all companies when not given
        :return: number of warnings opened or changed
        """
        self.env.flush_all()
        profiles = self.env["customer.profile"].sudo()
        changed = 0
        for company in (companies or profiles._all_companies()).sudo():
            day = fields.Date.to_date(as_of) or company._insight_today()
            # who bought has nothing to be warned of, whatever the signals say
            changed += self._close(company, day)
            profiles._collect_signals(company, day)
            with joining_all(self.env.cr):  # whatever is known of the open ones
                changed += self._follow(company)
                changed += self._ease(company, day)
            changed += self._open(company, day)
        self.invalidate_model()
        return changed

    def _close(self, company, day):
        """Won back by a purchase, lost by the stage."""
        self.env.cr.execute(
            SQL(
                """UPDATE customer_warning warning
                   SET state = CASE WHEN profile.last_purchase_date >= warning.date
                                    THEN 'won_back' ELSE 'lost' END,
                       closed_on = CASE
                           WHEN profile.last_purchase_date >= warning.date
                           THEN profile.last_purchase_date ELSE %(day)s END
                   FROM customer_profile profile
                   WHERE warning.company_id = %(company)s
                     AND warning.state IN %(pending)s
                     AND profile.partner_id = warning.partner_id
                     AND profile.company_id = warning.company_id
                     AND (profile.last_purchase_date >= warning.date
                          OR profile.lifecycle_stage = 'churned')""",
                day=day,
                company=company.id,
                pending=PENDING,
            )
        )
        return self.env.cr.rowcount

    def _follow(self, company):
        """Take over what the signals say now."""
        self.env.cr.execute(
            SQL(
                """UPDATE customer_warning warning
                   SET reasons = signal.reasons, points = signal.points,
                       threshold = %(threshold)s, risk = signal.risk
                   FROM insight_signals signal
                   WHERE warning.company_id = %(company)s
                     AND warning.state IN %(pending)s
                     AND signal.partner_id = warning.partner_id
                     AND (warning.reasons, warning.points, warning.threshold,
                          warning.risk)
                         IS DISTINCT FROM
                         (signal.reasons, signal.points, %(threshold)s, signal.risk)""",
                threshold=company.insight_warning_points,
                company=company.id,
                pending=PENDING,
            )
        )
        return self.env.cr.rowcount

    def _ease(self, company, day):
        """End warnings nobody has acted on and whose signs have gone."""
        self.env.cr.execute(
            SQL(
                """UPDATE customer_warning warning
                   SET state = 'dismissed', dismiss_reason = 'eased',
                       closed_on = %(day)s
                   WHERE warning.company_id = %(company)s AND warning.state = 'open'
                     AND NOT EXISTS (
                         SELECT FROM insight_signals signal
                         WHERE signal.partner_id = warning.partner_id
                           AND signal.points * 2 >= %(threshold)s)""",
                day=day,
                company=company.id,
                threshold=company.insight_warning_points,
            )
        )
        return self.env.cr.rowcount

    def _open(self, company, day):
        wanted = self._wanted(company, day)
        if not wanted:
            return 0
        few = len(wanted) <= _FEW
        profiles = self.env["customer.profile"]
        profiles._set_planner(few)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_warning (
                    partner_id, company_id, date, deadline, state, points, threshold,
                    risk, reasons, value_at_risk, create_uid, create_date, write_uid,
                    write_date)
                SELECT wanted.partner_id, %(company)s, %(day)s, %(deadline)s, 'open',
                       wanted.points, %(threshold)s, wanted.risk, wanted.reasons,
                       COALESCE(spent.amount, 0), %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                FROM insight_signals wanted
                LEFT JOIN (SELECT partner_id, ROUND(SUM(amount)::numeric, 6) AS amount
                           FROM (%(days)s) day WHERE date > %(since)s
                           GROUP BY partner_id) spent USING (partner_id)
                WHERE wanted.partner_id = ANY(%(wanted)s)
                ON CONFLICT DO NOTHING
                """,
                threshold=company.insight_warning_points,
                company=company.id,
                day=day,
                deadline=day + relativedelta(days=_DAYS_TO_ACT),
                uid=self.env.uid,
                days=profiles._days_query(company, day, wanted if few else None),
                since=day - relativedelta(years=1),
                wanted=wanted,
            )
        )
        opened = self.env.cr.rowcount
        profiles._reset_planner()
        return opened

    def _wanted(self, company, day):
        """:return: ids of the customers who are to be warned of from now on (list)"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id FROM insight_signals signal
                WHERE signal.points >= %(threshold)s
                  AND signal.last_purchase_date < %(day)s
                  AND NOT EXISTS (
                      SELECT FROM customer_warning other
                      WHERE other.partner_id = signal.partner_id
                        AND other.company_id = %(company)s
                        AND (other.state IN %(pending)s
                             OR other.state = 'dismissed'
                                AND other.closed_on > %(pause)s
                                AND other.closed_on >= signal.last_purchase_date))
                """,
                threshold=company.insight_warning_points,
                company=company.id,
                pending=PENDING,
                pause=day - relativedelta(days=_PAUSE_DAYS),
                day=day,
            )
        )
        return [partner_id for (partner_id,) in rows]
