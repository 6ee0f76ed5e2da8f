from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.planner import joining_all
from .customer_profile import LIFECYCLE_STAGES, VALUE_CLASSES

#: What tells one computation of a profile from another, but not what it says.
_NOT_COMPARED = ("active", "computed_at", "rfm_segment_id")


class CustomerSnapshot(models.Model):
    """What was known of a customer at the end of a month: profile figures, kept.

    Taken once, with the settings and borders of that day, and never changed: archiving
    a contact or a document entered late does not alter the past. ``_verify`` says which
    snapshots no longer come out of the documents, and why.
    """

    _name = "customer.snapshot"
    _description = "Customer Snapshot"
    _order = "date desc, amount_total desc, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Month End", required=True)
    active = fields.Boolean(
        default=True, help="Whether the contact was in use when this was taken."
    )
    computed_at = fields.Datetime(string="Taken At")
    lifecycle_stage = fields.Selection(LIFECYCLE_STAGES)
    stage_since = fields.Date(string="In Stage Since")
    rfm_score = fields.Char(string="RFM")
    rfm_segment_id = fields.Many2one(
        "customer.segment", string="Segment", ondelete="set null"
    )
    value_class = fields.Selection(VALUE_CLASSES)
    last_purchase_date = fields.Date(string="Last Purchase")
    purchase_count = fields.Integer(string="Purchases")
    purchase_days = fields.Integer()
    amount_total = fields.Monetary(string="Amount Bought")
    recency_days = fields.Integer(string="Days Since Purchase", aggregator="avg")
    frequency = fields.Integer(aggregator="avg")
    monetary = fields.Monetary(string="Monetary Value")
    health_score = fields.Float(string="Health", digits=(5, 2), aggregator="avg")
    user_id = fields.Many2one(related="partner_id.user_id")
    country_id = fields.Many2one(related="partner_id.country_id")

    _partner_company_date_uniq = models.UniqueIndex("(partner_id, company_id, date)")
    _company_date_idx = models.Index("(company_id, date)")
    _is_month_end = models.Constraint(
        "CHECK (EXTRACT(day FROM date + 1) = 1)",
        "A snapshot is that of the last day of a month.",
    )

    def action_open_profile(self):
        """Open the customer as they are today."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)

    # === ENTRY POINTS === #

    @api.model
    def _take_next(self, company):
        """Take the snapshots of the oldest month that lacks them.

        A month at a time, so that each can be committed; the months of a server that
        was off, and those before the installation, are made up for.

        :param company: res.company record
        :return: the month end that was done (date), None when none was missing
        """
        month_end = next(iter(self._missing_months(company)), None)
        if month_end:
            self._take(company, month_end)
        return month_end

    @api.model
    def _take(self, company, month_end):
        """Take the snapshots of a month's end, and keep what they are based on.

        Existing ones stay as they are. The members of the RFM segments that day are
        written down, too.

        :return: number of snapshots taken
        """
        self._lock(company)
        profiles = self.env["customer.profile"].sudo()
        policy = profiles._policy_of(company, month_end)
        names = self._figures(company, month_end, policy)
        self.env.flush_all()
        turned_back = profiles._turned_back(company.sudo(), policy)
        turned_back._collect_facts(company.sudo(), month_end, policy)
        scoring = self._keep_scoring(company, month_end, policy)
        # a table of its own: parallel workers may not help a statement that writes
        self.env.cr.execute("DROP TABLE IF EXISTS insight_month")
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE insight_month ON COMMIT DROP AS"
                " SELECT %s FROM (%s) profile ORDER BY partner_id",
                SQL(", ").join(map(SQL.identifier, names)),
                profiles._profile_query(company.sudo(), month_end, policy, scoring),
            )
        )
        with joining_all(self.env.cr):
            taken = self._add_taken(company, month_end, names)
        self._record_segments(company, month_end)
        self.invalidate_model()
        return taken

    def _add_taken(self, company, month_end, names):
        """Store the profiles of ``insight_month`` that have no snapshot yet.

        :return: number of snapshots
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO customer_snapshot (date, %(names)s)
                   SELECT %(date)s, %(names)s FROM insight_month month
                   WHERE NOT EXISTS (
                       SELECT FROM customer_snapshot taken
                       WHERE taken.company_id = %(company)s AND taken.date = %(date)s
                         AND taken.partner_id = month.partner_id)
                   ORDER BY partner_id""",  # ON CONFLICT would look up each row first
                names=SQL(", ").join(map(SQL.identifier, names)),
                date=month_end,
                company=company.id,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _missing_months(self, company):
        """:return: finished months without snapshots, oldest first (list of dates)

        Not before the setting *Months of History* says, nor before the first customer.
        """
        company = company.sudo()
        this_month = company._insight_today().replace(day=1)
        start = self._first_month(
            company, this_month - relativedelta(months=company.insight_history_months)
        )
        if not start:
            return []
        done = set(self._months(company))
        wanted = []
        while start < this_month:
            month_end = start + relativedelta(months=1, days=-1)
            if month_end not in done:
                wanted.append(month_end)
            start += relativedelta(months=1)
        return wanted

    @api.model
    def _first_month(self, company, earliest):
        """:return: first day of the month of the first customer, ``earliest`` at least;
        None without customers
        """
        # the first customer who is as early ends the search
        [[first]] = self.env.execute_query(
            SQL(
                """SELECT CASE WHEN EXISTS (
                              SELECT FROM customer_profile
                              WHERE company_id = %(company)s
                                AND LEAST(first_purchase_date, stage_since)
                                    <= %(earliest)s)
                          THEN %(earliest)s
                          ELSE (SELECT MIN(LEAST(first_purchase_date, stage_since))
                                FROM customer_profile WHERE company_id = %(company)s)
                          END""",
                company=company.id,
                earliest=earliest,
            )
        )
        return first and first.replace(day=1)

    @api.model
    def _months(self, company):
        """:return: month ends that have snapshots, oldest first (list of dates)"""
        # one look at the index per month, instead of at each snapshot
        rows = self.env.execute_query(
            SQL(
                """WITH RECURSIVE month AS (
                       SELECT MIN(date) AS date FROM customer_snapshot
                       WHERE company_id = %(company)s
                       UNION ALL
                       SELECT (SELECT MIN(date) FROM customer_snapshot
                               WHERE company_id = %(company)s AND date > month.date)
                       FROM month WHERE month.date IS NOT NULL)
                   SELECT date FROM month WHERE date IS NOT NULL""",
                company=company.id,
            )
        )
        return [date for (date,) in rows]

    # === TAKING === #

    @api.model
    def _figures(self, company, as_of, policy):
        """:return: names of the profile's columns that a snapshot keeps (list)

        An add-on that stores a figure of its own in each profile adds a field of the
        same name here.
        """
        columns = self.env["customer.profile"]._profile_columns(company, as_of, policy)
        return [n for n in columns if n in self._fields and self._fields[n].store]

    def _keep_scoring(self, company, month_end, policy):
        """Store the borders of a month's end, drawn over ``insight_facts``."""
        profiles = self.env["customer.profile"].sudo()
        self.env.cr.execute("SELECT count(*) FROM insight_facts")
        [count] = self.env.cr.fetchone()
        return self.env["customer.scoring"]._record(
            company,
            month_end,
            {
                **profiles._compute_borders(policy),
                "policy": policy.to_dict(),
                "profile_count": count,
            },
        )

    def _record_segments(self, company, month_end):
        segments = self.env["customer.segment"]
        segments._record_rfm(
            company,
            month_end,
            SQL(
                """SELECT partner_id, rfm_segment_id, rfm_score FROM customer_snapshot
                   WHERE company_id = %s AND date = %s
                     AND rfm_segment_id IS NOT NULL""",
                company.id,
                month_end,
            ),
            joined=False,
        )
        if not self._missing_months(company):
            segments._join_rfm(company)

    def _lock(self, company):
        """Let one job at a time take a company's snapshots.

        :raise UserError: if another one does at the moment
        """
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('customer.snapshot'), %s)",
            [company.id],
        )
        if not self.env.cr.fetchone()[0]:
            raise UserError(
                self.env._(
                    "The snapshots of %(company)s are being taken at this moment."
                    " Please look again in a minute.",
                    company=company.name,
                )
            )

    # === CHECKING === #

    @api.model
    def _verify(self, company, date):
        """Compare the snapshots of a month's end with a rebuild from the documents.

        :return: list of dicts, one per customer that differs: ``partner_id``,
            ``differences`` as ``{figure: (stored, rebuilt)}`` (rebuilt is None where
            the customer would not be listed), and ``documents``, the customer.purchase
            records entered after the snapshot that explain it; none where a document
            was changed or removed, which leaves no trace
        """
        date = fields.Date.to_date(date)
        profiles = self.env["customer.profile"].sudo()
        names = self._compared(company, date)
        query = profiles._as_of_query(company, date)
        stored = [SQL.identifier("stored", name) for name in names]
        rebuilt = [SQL.identifier("rebuilt", name) for name in names]
        self.env.cr.execute(
            SQL(
                """SELECT COALESCE(stored.partner_id, rebuilt.partner_id),
                          stored.computed_at, %(stored)s, %(rebuilt)s
                   FROM (SELECT * FROM customer_snapshot
                         WHERE company_id = %(company)s AND date = %(date)s) stored
                   FULL JOIN (%(query)s) rebuilt
                       ON rebuilt.partner_id = stored.partner_id
                   JOIN res_partner partner
                       ON partner.id = COALESCE(stored.partner_id, rebuilt.partner_id)
                   WHERE (%(stored)s) IS DISTINCT FROM (%(rebuilt)s)
                     AND (partner.active OR stored.active)
                   ORDER BY 1""",
                stored=SQL(", ").join(stored),
                rebuilt=SQL(", ").join(rebuilt),
                company=company.id,
                date=date,
                query=query,
            )
        )
        rows = self.env.cr.fetchall()
        return self._explained(company, date, names, rows)

    def _compared(self, company, date):
        policy = self.env["customer.profile"]._policy_of(company, date)
        names = self._figures(company, date, policy)
        keys = ("partner_id", "company_id", *_NOT_COMPARED)
        return [name for name in names if name not in keys]

    def _explained(self, company, date, names, rows):
        """Turn rows of :meth:`_verify` into dicts, with the documents entered later."""
        if not rows:
            return []
        taken = min((row[1] for row in rows if row[1]), default=None)
        taken = (
            taken
            or self.search(
                [("company_id", "=", company.id), ("date", "=", date)], limit=1
            ).computed_at
        )
        later = self.env["customer.purchase"]
        if taken:
            later = self.env["customer.profile"]._later_documents(
                company, date, taken, [row[0] for row in rows]
            )
        by_customer = later.grouped("partner_id")
        partners = self.env["res.partner"]
        size = len(names)
        return [
            {
                "partner_id": partner_id,
                "differences": {
                    name: (old, new)
                    for name, old, new in zip(
                        names, figures[:size], figures[size:], strict=True
                    )
                    if old != new
                },
                "documents": by_customer.get(partners.browse(partner_id), later[:0]),
            }
            for partner_id, __, *figures in rows
        ]
