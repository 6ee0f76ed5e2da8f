from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Columns of a line that are chained by the digest, with their types in the database.
#: The database refuses to change them.
SEALED = {
    "card_id": "int4",
    "sequence": "int4",
    "date": "date",
    "kind": "varchar",
    "side": "varchar",
    "points": "numeric",
    "available_on": "date",
    "expires_on": "date",
    "source_model": "varchar",
    "source_id": "int4",
    "source_key": "varchar",
    "reversed_move_id": "int4",
    "origin_move_id": "int4",
    "reason": "varchar",
    "create_uid": "int4",
    "create_date": "timestamp",
}
#: What a statement that adds lines has to select.
ROW = (
    "card_id",
    "date",
    "kind",
    "side",
    "points",
    "points_open",
    "available_on",
    "expires_on",
    "source_model",
    "source_id",
    "source_key",
    "reversed_move_id",
    "origin_move_id",
    "reason",
)
KINDS = [
    ("opening", "Opening"),
    ("earn", "Earned"),
    ("bonus", "Bonus"),
    ("redeem", "Redeemed"),
    ("expire", "Expired"),
    ("clawback", "Taken Back"),
    ("restore", "Given Back"),
    ("adjust", "Adjusted"),
    ("transfer", "Transferred"),
]


class LoyaltyPointMove(models.Model):
    """A line of the points ledger. Lines are added, never changed or removed.

    Lines come into being by ``loyalty.card._post`` and its set-based sisters alone;
    create, write and unlink are refused for everybody, and the database refuses it
    too. ``points_open`` is what is left of a credit, or not yet covered of a debit
    (negative): the only figure that moves, and not sealed. The sum over a card's
    lines of ``points`` and that of ``points_open`` are both its balance.
    """

    _name = "loyalty.point.move"
    _description = "Points Ledger Line"
    _order = "date desc, id desc"
    _rec_name = "source_key"

    card_id = fields.Many2one(
        "loyalty.card",
        string="Account",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    sequence = fields.Integer(string="Number", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        related="card_id.partner_id",
        store=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    program_id = fields.Many2one(related="card_id.program_id", store=True, index=True)
    date = fields.Date(
        required=True, readonly=True, help="Day in the company's time zone."
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    side = fields.Selection(
        [("earn", "Earning"), ("spend", "Spending"), ("other", "Other")],
        required=True,
        readonly=True,
        help="Which effect of its document the line belongs to.",
    )
    points = fields.Float(digits=(16, 2), required=True, readonly=True)
    points_open = fields.Float(
        string="Left",
        digits=(16, 2),
        readonly=True,
        help="What is left of a credit; below zero: what no credit has covered yet.",
    )
    available_on = fields.Date(
        readonly=True, help="First day on which the points may be used."
    )
    expires_on = fields.Date(
        readonly=True, help="Last day on which the points may be used, if fixed."
    )
    source_model = fields.Char(string="Document Type", readonly=True)
    source_id = fields.Many2oneReference(
        string="Document", model_field="source_model", readonly=True
    )
    source_key = fields.Char(
        required=True,
        readonly=True,
        help="Names the event; one event has one line per account.",
    )
    reversed_move_id = fields.Many2one(
        "loyalty.point.move", string="Reverses", readonly=True, ondelete="restrict"
    )
    origin_move_id = fields.Many2one(
        "loyalty.point.move",
        string="Of Lot",
        readonly=True,
        ondelete="restrict",
        help="The credit whose points are given back.",
    )
    reason = fields.Char(readonly=True)
    digest = fields.Char(
        required=True,
        readonly=True,
        help="SHA-256 over this line and the digest of the line before.",
    )
    credit_ids = fields.One2many(
        "loyalty.point.allocation", "debit_id", string="Consumed Credits", readonly=True
    )
    debit_ids = fields.One2many(
        "loyalty.point.allocation", "credit_id", string="Consumed By", readonly=True
    )

    _card_key_uniq = models.UniqueIndex("(card_id, source_key)")
    _card_sequence_uniq = models.UniqueIndex("(card_id, sequence)")
    _source_idx = models.Index("(source_model, source_id)")
    _open_idx = models.Index("(card_id, expires_on) WHERE points_open != 0")
    _reversed_idx = models.Index(
        "(reversed_move_id) WHERE reversed_move_id IS NOT NULL"
    )
    _points_check = models.Constraint(
        "CHECK (points != 0 AND points != 'NaN' AND abs(points) <= 1000000000)",
        "A line moves a plausible number of points.",
    )

    # === PROTECTION === #

    def init(self):
        """Have the database itself refuse what the models refuse."""
        self._create_guard()
        self._create_chain()
        self.env.cr.execute(
            SQL(
                """
                DROP TRIGGER IF EXISTS loyalty_sealed_update ON loyalty_point_move;
                CREATE TRIGGER loyalty_sealed_update
                    BEFORE UPDATE OF id, digest, %(columns)s ON loyalty_point_move
                    FOR EACH ROW EXECUTE FUNCTION loyalty_ledger_is_append_only();
                DROP TRIGGER IF EXISTS loyalty_sealed_delete ON loyalty_point_move;
                CREATE TRIGGER loyalty_sealed_delete
                    BEFORE DELETE ON loyalty_point_move
                    FOR EACH ROW EXECUTE FUNCTION loyalty_ledger_is_append_only();
                DROP TRIGGER IF EXISTS loyalty_sealed_truncate ON loyalty_point_move;
                CREATE TRIGGER loyalty_sealed_truncate
                    BEFORE TRUNCATE ON loyalty_point_move
                    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_ledger_is_append_only();
                """,
                columns=SQL(", ").join(SQL.identifier(name) for name in SEALED),
            )
        )

    @api.model
    def _create_guard(self):
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION loyalty_ledger_is_append_only()
            RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'The points ledger is append-only: % of %',
                    TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END $$
            """
        )

    @api.model
    def _create_chain(self):
        """Have the database seal many lines of a card by one statement.

        The digests of lines in a row: the first goes on from the last one stored, each
        other from that of the line before.
        """
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION loyalty_ledger_seal(
                state text, previous text, line jsonb)
            RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                SELECT encode(sha256(convert_to(
                    (jsonb_build_array(COALESCE(state, previous)) || line)::text,
                    'UTF8')), 'hex')
            $$;
            CREATE OR REPLACE AGGREGATE loyalty_ledger_chain(text, jsonb) (
                SFUNC = loyalty_ledger_seal, STYPE = text);
            """
        )

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "Nobody writes into the points ledger by hand."
                " Use Adjust Points on the account."
            )
        )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "Lines of the points ledger are never changed."
                " Correct a mistake by another line: Adjust Points on the account."
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Lines of the points ledger are never deleted."))

    # === ADDING LINES === #

    @api.model
    def _append(self, rows):
        """Add lines, seal them and move the balances: the only way into the table.

        The cards must be locked. History lines for core's portal are written along.
        Several lines of a card follow each other by their days and lots.

        :param rows: SELECT of the columns ``ROW``
        :return: list of ``(move id, card id)``
        """
        self.env.flush_all()
        added = self.env.execute_query(
            SQL(
                """
                WITH line AS MATERIALIZED (
                    SELECT item.*, card.partner_id, card.company_id, card.program_id,
                           COALESCE(card.ledger_sequence, 0)
                               + (row_number() OVER chain)::int4 AS sequence,
                           COALESCE(card.ledger_digest, '') AS previous,
                           %(uid)s::int4 AS create_uid,
                           (now() AT TIME ZONE 'UTC')::timestamp AS create_date
                    FROM (%(rows)s) item
                    JOIN loyalty_card card ON card.id = item.card_id
                    WINDOW chain AS (PARTITION BY item.card_id
                                     ORDER BY item.date, item.origin_move_id)
                ), added AS (
                    INSERT INTO loyalty_point_move
                        (%(sealed)s, partner_id, company_id, program_id, points_open,
                         digest)
                    SELECT %(sealed)s, partner_id, company_id, program_id, points_open,
                           loyalty_ledger_chain(previous, jsonb_build_array(%(said)s))
                               OVER (PARTITION BY card_id ORDER BY sequence)
                    FROM line
                    RETURNING id, card_id, sequence, points, digest, kind, date, reason,
                              source_model, source_id, create_uid, create_date
                ), total AS (
                    SELECT card_id, sum(points) AS points, max(sequence) AS sequence,
                           (array_agg(digest ORDER BY sequence DESC))[1] AS digest,
                           max(date) FILTER (
                               WHERE kind IN ('opening', 'earn', 'bonus', 'redeem')
                           ) AS active_on
                    FROM added GROUP BY card_id
                ), month AS (
                    SELECT card_id, to_char(date, 'YYYY-MM') AS name,
                           COALESCE(sum(points) FILTER (WHERE points > 0), 0) AS came,
                           COALESCE(-sum(points) FILTER (WHERE points < 0), 0) AS went
                    FROM added GROUP BY card_id, name
                ), months AS (
                    SELECT month.card_id, jsonb_object_agg(name, jsonb_build_array(
                        came + COALESCE((card.month_points -> name ->> 0)::numeric, 0),
                        went + COALESCE((card.month_points -> name ->> 1)::numeric, 0)
                    )) AS points
                    FROM month JOIN loyalty_card card ON card.id = month.card_id
                    GROUP BY month.card_id
                ), moved AS (
                    UPDATE loyalty_card card
                    SET points = round(COALESCE(card.points, 0)::numeric
                                       + total.points, 2),
                        ledger_sequence = total.sequence,
                        ledger_digest = total.digest,
                        last_activity_date = GREATEST(card.last_activity_date,
                                                      total.active_on),
                        month_points = COALESCE(card.month_points, '{}')
                                       || months.points
                    FROM total JOIN months USING (card_id)
                    WHERE card.id = total.card_id
                ), told AS (%(history)s)
                SELECT id, card_id FROM added ORDER BY id
                """,
                uid=self.env.uid,
                rows=rows,
                sealed=SQL(", ").join(SQL.identifier(name) for name in SEALED),
                said=self._said_sql("line"),
                history=self._history_sql(),
            )
        )
        cards = self.env["loyalty.card"].browse({card for _move, card in added})
        cards._forget_figures()
        return added

    @api.model
    def _row_sql(self, values):
        """A SELECT of one row for ``_append``.

        :param values: ``{column: value}``; what is missing is NULL
        """
        types = {**SEALED, "points_open": "numeric"}
        return SQL(
            "SELECT %s",
            SQL(", ").join(
                SQL(
                    "%s::%s AS %s",
                    values.get(name) or None,
                    SQL(types[name]),
                    SQL.identifier(name),
                )
                for name in ROW
            ),
        )

    @api.model
    def _digest_sql(self, alias, previous):
        """The digest of a line: all it says and the digest of the line before."""
        return SQL(
            "encode(sha256(convert_to(jsonb_build_array(%s, %s)::text, 'UTF8')),"
            " 'hex')",
            previous,
            self._said_sql(alias),
        )

    @api.model
    def _said_sql(self, alias):
        """All columns of a line that are sealed."""
        return SQL(", ").join(SQL.identifier(alias, name) for name in SEALED)

    @api.model
    def _history_sql(self):
        """The lines in core's history, which core's portal reads."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return SQL(
            """
            INSERT INTO loyalty_history
                (point_move_id, card_id, description, issued, used, order_model,
                 order_id, create_uid, write_uid, create_date, write_date)
            SELECT added.id, added.card_id,
                   concat_ws(': ', %(kinds)s::jsonb ->> added.kind,
                             COALESCE(sale.name, added.reason)),
                   GREATEST(added.points, 0), GREATEST(-added.points, 0),
                   added.source_model, added.source_id, added.create_uid,
                   added.create_uid, added.create_date, added.create_date
            FROM added
            LEFT JOIN sale_order sale ON added.source_model = 'sale.order'
                AND sale.id = added.source_id
            ORDER BY added.id
            """,
            kinds=fields.Json().convert_to_column(kinds, self),
        )

    # === READING === #

    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for move in self:
            move.display_name = self.env._(
                "%(kind)s %(points)+.2f on %(date)s",
                kind=kinds.get(move.kind, ""),
                points=move.points,
                date=fields.Date.to_string(move.date) or "",
            )

    def action_open_source(self):
        """Open the document the line comes from."""
        self.ensure_one()
        if not self.source_model or self.source_model not in self.env:
            return False
        source = self.env[self.source_model].browse(self.source_id).exists()
        if not source:
            raise UserError(self.env._("The document of this line no longer exists."))
        source.check_access("read")
        return source._get_records_action()
