import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.points import proportion, to_points
from .sale_order import _NOTHING, _Posted

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    """Brings the ledger to what an order is worth now.

    What an order gives and takes follows from its present state alone; the difference
    to what the ledger holds of it is posted. So it does not matter which event came
    first, or how often it is looked at.
    """

    _inherit = "sale.order"

    loyalty_move_count = fields.Integer(compute="_compute_loyalty_move_count")

    def _compute_loyalty_move_count(self):
        counts = dict(
            self.env["loyalty.point.move"]
            .sudo()
            ._read_group(
                [("source_model", "=", self._name), ("source_id", "in", self.ids)],
                ["source_id"],
                ["__count"],
            )
        )
        for order in self:
            order.loyalty_move_count = counts.get(order.id, 0)

    def _compute_loyalty_data(self):
        """Points won and spent as the ledger has them, returns included."""
        result = super()._compute_loyalty_data()
        confirmed = self.filtered(lambda order: order.state == "sale" and order.id)
        for order_id, programs in confirmed._posted_by_order().items():
            order = self.browse(order_id)
            names = {
                self.env["loyalty.program"].browse(program_id).sudo().portal_point_name
                for program_id in programs
            }
            order.loyalty_data = {
                "point_name": names.pop() if len(names) == 1 else self.env._("Points"),
                "issued": float(sum(posted.earned for posted in programs.values())),
                "cost": float(sum(posted.spent for posted in programs.values())),
            }
        return result

    # === EVENTS === #

    def action_confirm(self):
        # of customers and companies not all there is to know is read, and not twice
        contacts = self.partner_id | self.company_id.partner_id
        contacts.fetch(["active", "commercial_partner_id", "tz"])
        result = super().action_confirm()
        self._settle_points()
        return result

    def _action_cancel(self):
        # core removes what the order would give as the user, who may lack the right
        entries = self.coupon_point_ids.filtered("coupon_id.is_account")
        entries.sudo().unlink()
        result = super()._action_cancel()
        self._settle_points()
        return result

    def _refresh_points(self):
        """Count anew what changed confirmed orders earn, and post the difference."""
        for order in self:
            order.with_context(loyalty_defer=True)._recount_points()
        self._settle_points()

    def _recount_points(self):
        entries = self.coupon_point_ids.filtered(lambda e: e.coupon_id.is_account)
        known = entries.coupon_id.program_id
        programs = known | self.env["loyalty.program"].search(
            [
                *self._get_program_domain(),
                ("id", "not in", known.ids),
                ("trigger", "=", "auto"),
                ("rule_ids.mode", "=", "auto"),
                ("applies_on", "!=", "current"),
            ]
        ).filtered("is_nominative")
        if not programs:
            return
        ended = programs.filtered(lambda p: not p.active)  # and so are their rules
        statuses = {
            **self._program_check_compute_points(programs - ended),
            **self._program_check_compute_points(ended.with_context(active_test=False)),
        }
        for program, status in statuses.items():
            points = status.get("points", [0.0])[0]
            entry = entries.filtered(lambda e, p=program: e.coupon_id.program_id == p)
            if entry:
                entry.sudo().points = points
            elif points:
                self._try_apply_program(program)

    @api.model
    def _cron_grant_waiting(self):
        """Grant what orders have earned that were delivered or paid meanwhile."""
        orders = self.sudo().search([("coupon_point_ids.is_waiting", "=", True)])
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(orders))
        for order in orders:
            order = order[0]  # without fetching all others after each commit
            try:
                with self.env.cr.savepoint():
                    order._settle_points()
            except Exception:
                _logger.exception("Points of order %s could not be granted", order.id)
            if not cron._commit_progress(1):
                break

    # === WHAT THE LEDGER HOLDS === #

    def _posted_points(self):
        """``{program id: _Posted}`` of this order."""
        self.ensure_one()
        return self._posted_by_order().get(self._origin.id, {})

    def _posted_by_order(self):
        """``{order id: {program id: _Posted}}`` in one query."""
        result = {}
        for order_id, program_id, *line in self._posted_lines():
            programs = result.setdefault(order_id, {})
            programs.setdefault(program_id, _Posted()).add(*line)
        return result

    def _posted_lines(self):
        """Lines of orders in the ledger, and in core's history from before it.

        They are added up here: to plan sums takes the database longer than to read the
        two or three lines of an order.

        :return: list of ``(order id, program id, card id, side, kind, points, day)``,
            the oldest first
        """
        if not self._origin.ids:
            return []
        rows = self.env.execute_query(
            SQL(
                """SELECT id, source_id, program_id, card_id, side, kind, points, date,
                          0 AS used
                   FROM loyalty_point_move
                   WHERE source_model = 'sale.order' AND source_id IN %(ids)s
                     AND side IN ('earn', 'spend')
                   UNION ALL
                   SELECT id - 2147483648, order_id, NULL, card_id, NULL, 'opening',
                          issued::numeric, create_date::date, used
                   FROM loyalty_history
                   WHERE order_model = 'sale.order' AND order_id IN %(ids)s
                     AND point_move_id IS NULL
                   ORDER BY 1""",
                ids=tuple(self._origin.ids),
            )
        )
        lines = []
        for _id, order_id, program_id, card_id, side, *rest, used in rows:
            if side:
                lines.append((order_id, program_id, card_id, side, *rest))
            else:
                lines += self._history_lines(order_id, card_id, *rest, used)
        return lines

    @api.model
    def _history_lines(self, order_id, card_id, kind, issued, day, used):
        """What core's history from before the ledger says of an account, as lines."""
        card = self.env["loyalty.card"].sudo().browse(card_id)
        if not (card.is_account or card.merged_into_id):
            return []
        sides = {"earn": issued, "spend": -(used or 0)}
        return [
            (order_id, card.program_id.id, card_id, side, kind, points, day)
            for side, points in sides.items()
            if points
        ]

    # === SETTLING === #

    def _settle_points(self):
        """Post what is missing between orders and ledger; nothing if nothing is."""
        if self.env.context.get("loyalty_defer"):
            return
        orders = self.sudo().with_context(loyalty_settling=True)
        ledger = orders._posted_by_order()
        for order in orders:
            posted = ledger.get(order.id, {})
            cards = {card.program_id.id: card for card in order._loyalty_accounts()}
            for program_id, found in posted.items():
                if program_id not in cards:
                    card = self.env["loyalty.card"].sudo().browse(found.card_id)
                    cards[program_id] = card.merged_into_id or card
            for program_id, card in cards.items():
                account = card.with_context(loyalty_settling=False)
                order._settle_account(account, posted.get(program_id, _NOTHING))

    def _settle_account(self, account, posted):
        earn, reason = self._earn_target(account, posted)
        earn -= posted.earned
        spend = self._spend_target(account) - posted.spent
        if not earn and not spend:
            return
        if spend or earn < 0:  # else nothing but its number is read of the account
            account._lock()
        event = PointsEvent(self, account)
        if earn > 0:
            self._grant(account, event, earn, posted, reason)
        if spend > 0:
            account._post_new(-spend, "redeem", self, event.key())
        elif spend < 0:
            rest = account._give_back(event, -spend, "redeem")
            if rest:
                account._post(rest, "restore", self, event.key(), side="spend")
        if earn < 0:
            self._take_back(account, event, -earn)

    def _grant(self, account, event, points, posted, reason):
        """Give points: first those that were taken back, in their old lots."""
        back = min(points, max(posted.taken, to_points(0)))
        if back:
            rest = account._give_back(event, back, "clawback")
            if rest:
                account._post(rest, "restore", self, event.key(), side="earn")
            account._undo_write_off(event, back)
        if points > back:
            today = account._today()
            wait = account.program_id.pending_days
            account._post_new(
                points - back,
                "earn",
                self,
                event.key(),
                available_on=fields.Date.add(today, days=wait) if wait else None,
                reason=reason,
            )

    def _take_back(self, account, event, points):
        """Take points back; what was spent is owed or written off by the policy."""
        move = account._post_new(-points, "clawback", self, event.key())
        account._write_off(move, event.key(), self)

    # === WHAT AN ORDER IS WORTH === #

    def _earn_target(self, account, posted):
        """``(Decimal, remark)``: points this order has earned as it stands."""
        entry = self.coupon_point_ids.filtered(lambda e: e.coupon_id == account)
        points = to_points(max(sum(entry.mapped("points")), 0.0))
        program = account.program_id
        is_due = bool(posted.granted_on) or (
            account.partner_id.active and self._points_are_due(program)
        )
        if entry:
            waiting = bool(self.state == "sale" and points and not is_due)
            if entry.is_waiting != waiting:
                entry.is_waiting = waiting
        if self.state != "sale" or not points or not is_due:
            return to_points(0), None
        capped = account._capped(points, self, posted.granted_on or account._today())
        remark = None
        if capped < points:
            remark = self.env._("%(points)s points before the limit", points=points)
        share = self._returned_share(program)
        return capped - proportion(capped, share), remark

    def _points_are_due(self, program):
        """Whether the event has happened that points wait for."""
        if self.state != "sale" or program.earn_on == "confirm":
            return self.state == "sale"
        lines = self.order_line.filtered(
            lambda item: (
                item.product_id and not item.display_type and not item.reward_id
            )
        )
        if program.earn_on == "delivery":
            return all(line.qty_delivered >= line.product_uom_qty for line in lines)
        invoices = self.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        return (
            bool(invoices)
            and all(line.qty_invoiced >= line.product_uom_qty for line in lines)
            and all(
                move.payment_state in ("paid", "in_payment", "reversed")
                for move in invoices
            )
        )

    def _spend_target(self, account):
        """Decimal: points this order has spent, without what was given back."""
        if self.state != "sale":
            return to_points(0)
        total = to_points(0)
        for line in self.order_line.filtered(lambda item: item.coupon_id == account):
            cost = to_points(line._claimed_points())
            total += cost - proportion(cost, line._refunded_share())
        return total

    def _returned_share(self, program):
        """Share of the goods that earned points and were credited or returned."""
        lines = self.order_line.filtered(
            lambda item: (
                item.product_id and not item.display_type and not item.reward_id
            )
        )
        shares = {line: line._taken_back_share() for line in lines}
        if not any(shares.values()):
            return 0.0
        earning = self.env["product.product"]
        for products in program._get_valid_products(lines.product_id).values():
            earning |= products
        lines = lines.filtered(lambda item: item.product_id in earning) or lines
        total = sum(line.price_total for line in lines)
        if total <= 0:
            return 0.0
        return sum(line.price_total * shares[line] for line in lines) / total

    def action_open_loyalty_moves(self):
        """Show what this order did to points."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "loyalty_program.loyalty_point_move_action"
        )
        action["domain"] = [
            ("source_model", "=", self._name),
            ("source_id", "=", self.id),
        ]
        action["context"] = {}
        return action


class PointsEvent:
    """Names the lines of a document on an account: one key for one effect.

    Two transactions that settle the same one name the same key; one of them fails.
    """

    def __init__(self, order, account):
        self.order, self._account = order, account

    def key(self):
        order = f"{self.order._name},{self.order.id}"
        return f"{order}:{self._account.ledger_sequence + 1}"
