from odoo import api, fields, models
from odoo.tools import format_date

from .customer_profile import LIFECYCLE_STAGES


class CustomerStageMove(models.Model):
    """A customer went from one lifecycle stage to another, on this day, for a reason.

    The stage is a function of purchase days, so all moves of a customer follow from
    the documents and the settings in force now. Rows are derived: they can be dropped
    and rebuilt with the same result, and a document entered late with an early date
    changes the moves it would have changed. How they are computed is in
    ``customer_stage_move_refresh``.
    """

    _name = "customer.stage.move"
    _description = "Lifecycle Stage Move"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Moved On", required=True)
    date_to = fields.Date(
        string="Left On",
        help="The day the customer left this stage again; empty while in it.",
    )
    from_stage = fields.Selection(LIFECYCLE_STAGES, string="From", required=True)
    to_stage = fields.Selection(LIFECYCLE_STAGES, string="To", required=True)
    opening_stage = fields.Selection(
        LIFECYCLE_STAGES,
        string="Stage at Month Start",
        required=True,
        help="The stage in which the customer began the month of this move.",
    )
    days_in_stage = fields.Integer(
        string="Days in Former Stage",
        aggregator="avg",
        help="How long the customer had been in the stage left; 0 where that is not"
        " known, as for contacts entered after their first purchase.",
    )
    amount_year = fields.Monetary(
        string="Bought in 12 Months",
        help="Net amount bought in the twelve months up to the move: what is at stake.",
    )
    is_won_back = fields.Boolean(
        string="Won Back", help="A churned customer who bought again."
    )
    receipt = fields.Json(help="The rule that moved the customer, with its values.")
    reason = fields.Char(compute="_compute_reason")
    user_id = fields.Many2one(related="partner_id.user_id")
    country_id = fields.Many2one(related="partner_id.country_id")

    _partner_company_date_uniq = models.UniqueIndex("(partner_id, company_id, date)")
    _company_date_idx = models.Index("(company_id, date)")
    _company_stay_idx = models.Index("(company_id, to_stage, date_to)")

    @api.depends("receipt")
    @api.depends_context("lang")
    def _compute_reason(self):
        for move in self:
            move.reason = move._reason_sentence(move.receipt or {})

    @api.model
    def _reason_sentence(self, receipt):
        """:return: what a receipt says, in the reader's language (str)"""
        days = {
            name: format_date(self.env, receipt[name])
            for name in ("last", "since")
            if receipt.get(name)
        }
        match receipt.get("rule"):
            case "first":
                return self.env._("First purchase, on %(last)s", **days)
            case "silent":
                return self.env._(
                    "No purchase for %(days)s days (since %(last)s): more than"
                    " %(limit)s",
                    days=receipt["days"],
                    limit=receipt["limit"],
                    **days,
                )
            case "loyal":
                return self.env._(
                    "%(count)s purchase days within %(months)s months, since %(since)s",
                    count=receipt["count"],
                    months=receipt["months"],
                    **days,
                )
            case "loyal_over":
                return self.env._(
                    "Fewer than %(count)s purchase days within %(months)s months: that"
                    " of %(since)s no longer counts",
                    count=receipt["count"],
                    months=receipt["months"],
                    **days,
                )
            case "returned":
                return self.env._(
                    "Bought again on %(last)s, after %(days)s days",
                    days=receipt["days"],
                    **days,
                )
            case "repeat":
                return self.env._(
                    "Purchase day %(count)s, on %(last)s",
                    count=receipt["count"],
                    **days,
                )
        return False

    def action_open_profile(self):
        """Open the customer who moved."""
        self.ensure_one()
        return self.env["customer.profile"]._open_of(self.partner_id, self.company_id)


class CustomerProfile(models.Model):
    """The way a customer came through the stages."""

    _inherit = "customer.profile"

    stage_move_ids = fields.One2many(
        "customer.stage.move",
        compute="_compute_stage_move_ids",
        string="Stage History",
    )

    def _compute_stage_move_ids(self):
        moves = self.env["customer.stage.move"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        by_customer = moves.grouped(lambda move: (move.partner_id, move.company_id))
        for profile in self:
            profile.stage_move_ids = by_customer.get(
                (profile.partner_id, profile.company_id), moves.browse()
            )

    @api.model
    def _open_of(self, partner, company):
        """:return: action that opens a customer's profile, else the contact"""
        profile = self.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )
        return (profile or partner)._get_records_action()

    def _stage_path(self):
        """The stages of this customer, oldest first.

        :return: list of dicts: ``stage`` (code), ``name`` (in the reader's language),
            ``date_from`` (None where unknown), ``date_to`` (None for the present
            stage), ``days`` so far, ``reason`` and ``is_won_back``
        """
        self.ensure_one()
        moves = self.stage_move_ids.sorted("date")
        names = dict(self._fields["lifecycle_stage"]._description_selection(self.env))
        today = self.as_of or self.company_id._insight_today()
        path = []
        if moves[:1].days_in_stage or not moves:
            path.append(self._prospect_stay(moves[:1], today))
        for move in moves:
            path.append(
                {
                    "stage": move.to_stage,
                    "date_from": move.date,
                    "date_to": move.date_to or None,
                    "days": ((move.date_to or today) - move.date).days,
                    "reason": move.reason,
                    "is_won_back": move.is_won_back,
                }
            )
        return [{**stay, "name": names[stay["stage"]]} for stay in path]

    def _prospect_stay(self, first_move, today):
        """The time before the first purchase, as an item of :meth:`_stage_path`."""
        if first_move:
            begin = fields.Date.subtract(first_move.date, days=first_move.days_in_stage)
        else:
            begin = self.stage_since or None
        end = first_move.date or None
        return {
            "stage": "prospect",
            "date_from": begin,
            "date_to": end,
            "days": ((end or today) - begin).days if begin else 0,
            "reason": self.env._("No purchase yet"),
            "is_won_back": False,
        }
