from odoo import fields, models
from odoo.tools import SQL


class LoyaltyPointLiability(models.Model):
    """Points that are not used yet, lot by lot, and what is owed for them.

    What is owed for a pool – the points of a month of grant – is spread over its open
    points; the sum over all lots is what accounting has to show.
    """

    _name = "loyalty.point.liability"
    _description = "Points Owed"
    _auto = False
    _order = "expires_on, id"
    _rec_name = "move_id"

    move_id = fields.Many2one("loyalty.point.move", string="Lot", readonly=True)
    card_id = fields.Many2one("loyalty.card", string="Account", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Member", readonly=True)
    program_id = fields.Many2one("loyalty.program", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self.env["loyalty.point.move"]._fields["kind"].selection,
        readonly=True,
    )
    date = fields.Date(string="Granted On", readonly=True)
    period = fields.Date(string="Granted In", readonly=True)
    expires_on = fields.Date(string="Last Day", readonly=True)
    age = fields.Selection(
        [
            ("1", "Up to 3 months"),
            ("2", "3 to 6 months"),
            ("3", "6 to 12 months"),
            ("4", "1 to 2 years"),
            ("5", "More than 2 years"),
        ],
        readonly=True,
    )
    points = fields.Float(string="Open Points", digits=(16, 2), readonly=True)
    face_value = fields.Monetary(
        readonly=True, help="What these points buy, if all of them are used."
    )
    amount = fields.Monetary(
        string="Owed",
        readonly=True,
        help="Deferred revenue that is left of these points. Points that nobody has"
        " valued yet count from tonight on.",
    )

    @property
    def _table_query(self):
        programs = self.env["loyalty.program"].sudo()
        programs = programs.search([("company_id", "!=", False)])
        programs = programs.filtered("is_nominative")
        owed = [
            (program.id, period, float(amount))
            for program in programs
            for period, amount in program._pool_liabilities().items()
        ]
        roots = [
            SQL("(%s SELECT id, date FROM root)", program._roots_sql())
            for program in programs
        ] or [SQL("SELECT 0 AS id, now()::date AS date WHERE FALSE")]
        return SQL(
            """SELECT move.id, move.id AS move_id, move.card_id, move.partner_id,
                      move.program_id, move.company_id, company.currency_id,
                      move.kind, move.date, move.period, move.points_open AS points,
                      %(expiry)s AS expires_on,
                      CASE WHEN move.date > today.day - interval '3 months' THEN '1'
                           WHEN move.date > today.day - interval '6 months' THEN '2'
                           WHEN move.date > today.day - interval '12 months' THEN '3'
                           WHEN move.date > today.day - interval '24 months' THEN '4'
                           ELSE '5' END AS age,
                      move.points_open * program.point_value AS face_value,
                      COALESCE(owed.amount * move.points_open
                               / NULLIF(sum(move.points_open) OVER (
                                     PARTITION BY move.program_id, move.period), 0),
                               0) AS amount
               FROM (SELECT move.*, date_trunc('month', root.date)::date AS period
                     FROM loyalty_point_move move
                     JOIN (%(roots)s) root ON root.id = move.id
                     WHERE move.points_open > 0) move
               JOIN loyalty_card card ON card.id = move.card_id
               JOIN loyalty_program program ON program.id = move.program_id
               JOIN res_company company ON company.id = move.company_id
               CROSS JOIN (SELECT (now() AT TIME ZONE 'UTC')::date AS day) today
               LEFT JOIN unnest(%(programs)s::int4[], %(periods)s::date[],
                                %(amounts)s::numeric[]) owed (program, period, amount)
                   ON owed.program = move.program_id AND owed.period = move.period""",
            expiry=self.env["loyalty.card"]._expiry_sql(),
            roots=SQL(" UNION ALL ").join(roots),
            programs=[program for program, _period, _amount in owed],
            periods=[period for _program, period, _amount in owed],
            amounts=[amount for _program, _period, amount in owed],
        )

    def action_open_lot(self):
        """Open the account whose lot this is."""
        self.ensure_one()
        return self.card_id._get_records_action()
