import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
_OPEN = ("pending", "review")


class LoyaltyReferral(models.Model):
    """A friend that a member has brought, and what both got for it.

    Both get their points when the friend has paid a first order, once. What looks like
    one person using two names is refused; what may be one waits for an officer. The
    points are taken back with the order.
    """

    _name = "loyalty.referral"
    _description = "Referral"
    _order = "id desc"
    _rec_name = "friend_id"

    card_id = fields.Many2one(
        "loyalty.card",
        string="Account",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_account', '=', True)]",
    )
    partner_id = fields.Many2one(
        related="card_id.partner_id", string="Member", store=True, index=True
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    friend_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("pending", "Waits for the First Paid Order"),
            ("review", "To Be Looked At"),
            ("granted", "Granted"),
            ("refused", "Refused"),
            ("reversed", "Taken Back"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
    )
    reason = fields.Char(readonly=True)
    is_approved = fields.Boolean(
        string="Looked At",
        readonly=True,
        help="An officer has decided that this referral is in order.",
    )
    decided_uid = fields.Many2one("res.users", string="Decided By", readonly=True)
    order_id = fields.Many2one(
        "sale.order", string="First Paid Order", readonly=True, index="btree_not_null"
    )
    order_seen = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the order had changed last as it was looked at.",
    )
    granted_on = fields.Date(readonly=True)
    points = fields.Float(string="Points of the Member", digits=(16, 2), readonly=True)
    friend_points = fields.Float(
        string="Points of the Friend", digits=(16, 2), readonly=True
    )

    _friend_uniq = models.UniqueIndex(
        "(program_id, friend_id) WHERE state != 'refused'",
        "A friend is brought once.",
    )

    # === REGISTERING === #

    @api.model_create_multi
    def create(self, vals_list):
        allowed = {"card_id", "friend_id"}
        if not self.env.su:
            vals_list = [
                {name: vals[name] for name in allowed & vals.keys()}
                for vals in vals_list
            ]
        referrals = super().create(vals_list)
        for referral in referrals:
            referral.sudo()._apply_judgement()
        return referrals

    @api.model
    def _note(self, code, friend):
        """Remember who brought a contact. An unknown code is like none.

        :return: loyalty.referral (superuser), empty if nothing was remembered
        """
        nothing = self.sudo().browse()
        card = self.env["loyalty.card"].sudo().with_context(active_test=False)
        card = card.search([("referral_code", "=", code)], limit=1) if code else card
        card = card.merged_into_id or card
        program = card.program_id
        if not (card.is_account and card.active and program.active):
            return nothing
        if not program.referral_points:
            return nothing
        if not program._is_running() or self.sudo().search_count(
            [("program_id", "=", program.id), ("friend_id", "=", friend.id)], limit=1
        ):
            return nothing
        return self.sudo().create({"card_id": card.id, "friend_id": friend.id})

    # === OFFICERS === #

    def action_approve(self):
        """Let referrals count that were held."""
        self._check_officer()
        for referral in self.sudo().filtered(lambda r: r.state == "review"):
            referral.write({"is_approved": True, "decided_uid": self.env.uid})
            referral._apply_judgement()
            referral._grant_if_paid()

    def action_refuse(self):
        """Refuse referrals that have not been granted."""
        self._check_officer()
        if any(referral.state not in _OPEN for referral in self):
            raise UserError(
                self.env._("Only referrals that have not been granted can be refused.")
            )
        self.sudo().write(
            {
                "state": "refused",
                "decided_uid": self.env.uid,
                "reason": self.env._("Refused by hand"),
            }
        )

    def _check_officer(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "loyalty_program.group_officer"
        ):
            raise AccessError(self.env._("Referrals are decided by loyalty officers."))

    # === GRANTING AND TAKING BACK === #

    @api.model
    def _cron_referrals(self):
        """Grant what was paid meanwhile, and take back what was returned."""
        referrals = self.sudo().search([("id", "in", self._due_ids())])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(referrals))
        for referral in referrals:
            referral = referral[0]
            try:
                with self.env.cr.savepoint():
                    referral._grant_if_paid()
                    referral._take_back_if_gone()
            except Exception:
                _logger.exception("Referral %s could not be followed", referral.id)
            if not cron._commit_progress(1):
                break

    @api.model
    def _due_ids(self):
        """Referrals whose friend has a confirmed order, or whose order changed."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT referral.id FROM loyalty_referral referral
                   JOIN res_partner friend ON friend.id = referral.friend_id
                   WHERE referral.state = 'pending' AND friend.active AND EXISTS (
                       SELECT FROM sale_order sale
                       JOIN res_partner buyer ON buyer.id = sale.partner_id
                       WHERE buyer.commercial_partner_id = friend.commercial_partner_id
                         AND sale.state = 'sale')
                   UNION ALL
                   SELECT referral.id FROM loyalty_referral referral
                   JOIN sale_order sale ON sale.id = referral.order_id
                   WHERE referral.state = 'granted'
                     AND (sale.state != 'sale'
                          OR sale.write_date IS DISTINCT FROM referral.order_seen)"""
            )
        )
        return [referral_id for (referral_id,) in rows]

    def _first_paid_order(self):
        orders = self.env["sale.order"].search(
            [
                ("partner_id", "child_of", self.friend_id.commercial_partner_id.id),
                ("company_id", "in", self.company_id.ids or self.env.companies.ids),
                ("state", "=", "sale"),
            ],
            order="date_order, id",
        )
        least = self.program_id.referral_min_amount
        return orders.filtered(
            lambda order: (
                order.amount_untaxed > 0
                and order._untaxed_in(self.program_id.currency_id) >= least
                and order._is_paid()
                and order._returned_share(self.program_id) < 1
            )
        )[:1]

    def _grant_if_paid(self):
        """Give both their points if the friend has paid an order; once."""
        if self.state != "pending":
            return
        order = self._first_paid_order()
        if not order:
            return
        self._lock_row()
        self._apply_judgement()  # what is known of the friend may have changed
        if self.state != "pending":
            return
        program = self.program_id
        friend_card = self.env["loyalty.card"]._portal_join(program, self.friend_id)
        (self.card_id | friend_card).sorted("id")._lock()
        given = {
            self.card_id: program.referral_points,
            friend_card: program.referral_friend_points,
        }
        wait = program.pending_days
        for card, points in given.items():
            if card.active and card.partner_id.active:
                card._post(
                    points,
                    "bonus",
                    source=self,
                    available_on=wait and fields.Date.add(card._today(), days=wait),
                    reason=self.env._("Friend brought"),
                )
        self.write(
            {
                "state": "granted",
                "order_id": order.id,
                "granted_on": self.card_id._today(),
                "points": program.referral_points,
                "friend_points": program.referral_friend_points,
            }
        )
        self.partner_id._customer_event("referral", self)

    def _take_back_if_gone(self):
        """Take both bonuses back when the order was cancelled or returned."""
        if self.state != "granted":
            return
        order = self.order_id
        if order.state == "sale" and order._returned_share(self.program_id) < 1:
            self._note_order_seen()
            return
        self._lock_row()
        if self.state != "granted":
            return
        moves = self.env["loyalty.point.move"].search(
            [
                ("source_model", "=", self._name),
                ("source_id", "=", self.id),
                ("kind", "=", "bonus"),
            ]
        )
        cards = moves.card_id.sorted("id")
        cards._lock()
        for move in moves.sorted("card_id"):
            move.card_id._take_back_bonus(move, self)
        self.write(
            {"state": "reversed", "reason": self.env._("The order was taken back")}
        )

    def _note_order_seen(self):
        """Not look at the order again before it changes."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """UPDATE loyalty_referral referral SET order_seen = sale.write_date
                   FROM sale_order sale
                   WHERE sale.id = referral.order_id AND referral.id = ANY(%s)
                   RETURNING referral.id""",
                self.ids,
            )
        )
        self.invalidate_recordset(["order_seen"], flush=False)

    def _lock_row(self):
        self.env.flush_all()
        self.lock_for_update()
        self.invalidate_recordset(["state", "is_approved"])
