from odoo import api, fields, models
from odoo.tools import SQL

#: Channels on which a customer waits for an answer; calls and visits are answered
#: while they last.
_CHANNELS = ["email", "portal", "chat", "social", "sms", "other"]


class CustomerResponse(models.Model):
    """One row per request of a customer: how long until somebody answered.

    A request is a touch from the customer in writing, or a call that reached nobody.
    The answer is the next touch with people towards the same customer, on whatever
    channel, or a call or visit of theirs that was taken. Of several requests in a row
    the first one counts. Hours run day and night: the customer's watch does, too.
    """

    _name = "customer.response"
    _description = "Response Time"
    _auto = False
    _order = "date desc, id desc"

    _depends = {"customer.interaction": []}

    date = fields.Datetime(string="Asked On", readonly=True)
    day = fields.Date(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(
        selection=lambda self: (
            self.env["customer.interaction"]
            ._fields["kind"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    channel = fields.Selection(
        selection=lambda self: (
            self.env["customer.interaction"]
            ._fields["channel"]
            ._description_selection(self.env)
        ),
        readonly=True,
    )
    answer_date = fields.Datetime(string="Answered On", readonly=True)
    is_answered = fields.Boolean(string="Answered", readonly=True)
    hours = fields.Float(
        string="Hours to Answer", readonly=True, aggregator="avg", digits=(16, 1)
    )
    interaction_id = fields.Many2one("customer.interaction", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT id, id AS interaction_id, date, day, partner_id, company_id, kind,
                   channel, answer_date, answer_date IS NOT NULL AS is_answered,
                   EXTRACT(EPOCH FROM answer_date - date) / 3600 AS hours
            FROM (
                SELECT turn.*,
                       LAG(is_request) OVER (conversation ORDER BY date, id)
                           AS follows_request,
                       MIN(date) FILTER (WHERE NOT is_request) OVER (
                           conversation ORDER BY date DESC, id DESC
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                       ) AS answer_date
                FROM (
                    SELECT touch.*, touch.direction = 'in'
                           AND (touch.channel = ANY(%(channels)s)
                                OR touch.outcome IS NOT DISTINCT FROM 'no_answer')
                               AS is_request
                    FROM %(touches)s touch
                    WHERE touch.is_contact AND touch.channel <> 'document'
                      AND (touch.direction = 'in'
                           OR touch.direction = 'out'
                              AND touch.outcome IS DISTINCT FROM 'no_answer')
                ) turn
                WINDOW conversation AS (PARTITION BY partner_id)
            ) turn
            WHERE is_request AND follows_request IS NOT TRUE
            """,
            channels=_CHANNELS,
            touches=self.env["customer.interaction"]._table_sql,
        )

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for response in self:
            response.display_name = response.partner_id.display_name

    def action_open_document(self):
        """Open the request."""
        return self.interaction_id.action_open_document()
