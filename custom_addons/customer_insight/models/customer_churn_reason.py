from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from . import customer_profile  # noqa: F401  extended below
from .customer_profile import LIFECYCLE_STAGES, VALUE_CLASSES

SOURCES = [
    ("customer", "Given by the customer"),
    ("staff", "Coded by staff"),
    ("feedback", "Read from feedback"),
    ("inferred", "Inferred from signs"),
    ("unknown", "Unknown"),
]
#: A statement is about a loss from so many days before it, until the customer is back.
_DAYS_BEFORE = 180
#: A warning explains a loss that follows it within so many days.
_WARNED_DAYS = 365


class CustomerChurnReason(models.Model):
    """Why customers leave: the list that staff choose from."""

    _name = "customer.churn.reason"
    _description = "Reason of Churn"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    signal_codes = fields.Char(
        string="Codes of Signs",
        help="Codes of the signs of warnings that point to this reason, separated by"
        " commas, such as complaints,detractor. Losses that nobody has coded are"
        " explained by them.",
    )

    signal_names = fields.Char(string="Signs", compute="_compute_signal_names")

    _name_uniq = models.Constraint("UNIQUE (name)", "There is such a reason already.")

    @api.depends("signal_codes")
    @api.depends_context("lang", "company")
    def _compute_signal_names(self):
        company = self.env.company
        signals = self.env["customer.profile"]._churn_signals(
            company, company._insight_today()
        )
        for reason in self:
            codes = (reason.signal_codes or "").replace(" ", "").split(",")
            # a sign of an add-on that is not installed has a code alone
            names = [signals.get(code, {}).get("name", code) for code in codes]
            reason.signal_names = ", ".join(filter(None, names))


class CustomerChurnStatement(models.Model):
    """What a customer, or somebody who knows, said about why the customer left.

    Kept apart from the losses, which are computed from the documents and may change.
    """

    _name = "customer.churn.statement"
    _description = "Statement on Churn"
    _order = "date desc, id desc"
    _rec_name = "reason_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True)
    reason_id = fields.Many2one(
        "customer.churn.reason", required=True, ondelete="restrict"
    )
    source = fields.Selection(SOURCES[:2], required=True, default="staff")
    note = fields.Text()

    _customer_idx = models.Index("(partner_id, company_id, date)")

    @api.model
    def _offered_sources(self):
        """What customers told elsewhere that points to a reason, without a statement.

        It counts for losses that nobody coded, and is offered where one is coded.

        :return: list of SELECT partner_id (the customer), company_id, date, reason_id
            (SQL); add-ons add theirs
        """
        return []

    @api.model
    def _offered_reason(self, partner, company):
        """:return: the reason this customer told elsewhere of late, to be offered"""
        reasons = self.env["customer.churn.reason"]
        sources = self._offered_sources()
        if not sources:
            return reasons
        self.env.flush_all()
        today = company._insight_today()
        rows = self.env.execute_query(
            SQL(
                """SELECT reason_id FROM (%s) told
                   WHERE partner_id = %s AND company_id = %s AND date > %s
                   ORDER BY date DESC, reason_id LIMIT 1""",
                SQL(" UNION ALL ").join(sources),
                partner.commercial_partner_id.id,
                company.id,
                today - timedelta(days=_DAYS_BEFORE),
            )
        )
        return reasons.browse(row[0] for row in rows)


class CustomerChurnLoss(models.Model):
    """One row per loss of a customer, with the reason and the revenue that is lost.

    A loss is a move to the stage churned. The reason is what the customer said, else
    what staff coded, else what feedback points to, else what the signs of a warning
    before it point to.
    """

    _name = "customer.churn.loss"
    _description = "Lost Customer"
    _auto = False
    _order = "date desc, amount desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Lost On", readonly=True)
    date_back = fields.Date(
        string="Back On", readonly=True, help="The day the customer bought again."
    )
    from_stage = fields.Selection(LIFECYCLE_STAGES, string="Stage", readonly=True)
    reason_id = fields.Many2one("customer.churn.reason", readonly=True)
    source = fields.Selection(SOURCES, string="Reason Known From", readonly=True)
    note = fields.Text(readonly=True)
    amount = fields.Monetary(
        string="Lost Revenue",
        readonly=True,
        help="Bought in the twelve months up to the loss, untaxed.",
    )
    segment_id = fields.Many2one(
        "customer.segment",
        readonly=True,
        help="At the last month end at which the customer was neither at risk nor"
        " churned.",
    )
    value_class = fields.Selection(
        VALUE_CLASSES, readonly=True, help="On the day of the segment."
    )
    category_id = fields.Many2one(
        "product.category", string="Usual Product Category", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)

    _depends = {
        "customer.stage.move": ["amount_year", "date", "date_to", "to_stage"],
        "customer.churn.statement": ["date", "partner_id", "reason_id", "source"],
        "customer.churn.reason": ["active", "signal_codes"],
        "customer.warning": ["date", "partner_id", "reasons"],
        "customer.snapshot": ["date", "rfm_segment_id"],
        "customer.profile": ["usual_category_id"],
        "res.partner": ["country_id", "user_id"],
        "res.users": ["sale_team_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT move.id, move.partner_id, move.company_id, move.date,
                   move.date_to AS date_back, move.from_stage,
                   move.amount_year AS amount,
                   COALESCE(said.reason_id, told.reason_id, sign.reason_id)
                       AS reason_id,
                   CASE WHEN said.reason_id IS NOT NULL THEN said.source
                        WHEN told.reason_id IS NOT NULL THEN 'feedback'
                        WHEN sign.reason_id IS NOT NULL THEN 'inferred'
                        ELSE 'unknown' END AS source,
                   said.note, past.rfm_segment_id AS segment_id, past.value_class,
                   profile.usual_category_id AS category_id,
                   partner.user_id, seller.sale_team_id AS team_id, partner.country_id
            FROM customer_stage_move move
            JOIN res_partner partner ON partner.id = move.partner_id
            LEFT JOIN res_users seller ON seller.id = partner.user_id
            LEFT JOIN customer_profile profile
                ON profile.partner_id = move.partner_id
                AND profile.company_id = move.company_id
            LEFT JOIN LATERAL (%(said)s) said ON TRUE
            LEFT JOIN LATERAL (%(told)s) told ON said.reason_id IS NULL
            LEFT JOIN LATERAL (%(sign)s) sign
                ON COALESCE(said.reason_id, told.reason_id) IS NULL
            LEFT JOIN LATERAL (%(past)s) past ON TRUE
            WHERE move.to_stage = 'churned'
            """,
            said=self._statement_query(),
            told=self._offered_query(),
            sign=self._sign_query(),
            past=SQL(
                """SELECT rfm_segment_id, value_class FROM customer_snapshot snapshot
                   WHERE snapshot.partner_id = move.partner_id
                     AND snapshot.company_id = move.company_id
                     AND snapshot.date < move.date
                     AND snapshot.lifecycle_stage NOT IN
                         ('prospect', 'at_risk', 'churned')
                   ORDER BY snapshot.date DESC LIMIT 1"""
            ),
        )

    def _statement_query(self):
        """The latest statement on a loss; what the customer said comes first (SQL)."""
        return SQL(
            """SELECT reason_id, source, note FROM customer_churn_statement statement
               WHERE statement.partner_id = move.partner_id
                 AND statement.company_id = move.company_id
                 AND statement.date >= move.date - %s::int
                 AND statement.date < COALESCE(move.date_to, 'infinity'::date)
               ORDER BY source = 'customer' DESC, statement.date DESC, statement.id DESC
               LIMIT 1""",
            _DAYS_BEFORE,
        )

    def _offered_query(self):
        """The reason that what the customer told last elsewhere points to (SQL)."""
        sources = self.env["customer.churn.statement"]._offered_sources()
        if not sources:
            return SQL("SELECT NULL::int4 AS reason_id")
        return SQL(
            """SELECT reason_id FROM (%s) told
               WHERE told.partner_id = move.partner_id
                 AND told.company_id = move.company_id
                 AND told.date >= move.date - %s::int
                 AND told.date < COALESCE(move.date_to, 'infinity'::date)
               ORDER BY told.date DESC, reason_id LIMIT 1""",
            SQL(" UNION ALL ").join(sources),
            _DAYS_BEFORE,
        )

    def _sign_query(self):
        """The reason that the weightiest sign of the last warning points to (SQL)."""
        return SQL(
            """SELECT reason.id AS reason_id
               FROM customer_warning warning
               CROSS JOIN LATERAL jsonb_to_recordset(
                   COALESCE(warning.reasons, '[]'::jsonb)) sign (code text, points int)
               JOIN customer_churn_reason reason
                   ON reason.active AND sign.code = ANY(string_to_array(
                       replace(reason.signal_codes, ' ', ''), ','))
               WHERE warning.partner_id = move.partner_id
                 AND warning.company_id = move.company_id
                 AND warning.date <= move.date
                 AND warning.date >= move.date - %s::int
               ORDER BY warning.date DESC, warning.id DESC, sign.points DESC,
                        reason.sequence, reason.id
               LIMIT 1""",
            _WARNED_DAYS,
        )

    def action_open_customer(self):
        """Open the customer's page."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)

    def action_code(self):
        """Ask why these customers left."""
        if len(self.company_id) > 1:
            raise UserError(self.env._("Choose customers of one company at a time."))
        return self.env["customer.churn.code"]._dialog(self.partner_id, self.company_id)


class CustomerProfile(models.Model):
    _inherit = "customer.profile"

    def action_code_churn(self):
        """Ask why this customer left, or is about to."""
        self.ensure_one()
        return self.env["customer.churn.code"]._dialog(self.partner_id, self.company_id)
