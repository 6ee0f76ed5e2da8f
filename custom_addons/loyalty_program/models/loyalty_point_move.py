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
