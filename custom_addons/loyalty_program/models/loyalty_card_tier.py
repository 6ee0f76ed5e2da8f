import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.periods import window_end, window_start
from ..engine.points import to_points

_logger = logging.getLogger(__name__)
_BATCH = 2000


class LoyaltyCard(models.Model):
    """The tier of a member: gained at once, kept for a period, then looked at again."""

    _inherit = "loyalty.card"

    tier_id = fields.Many2one(
        "loyalty.tier",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    tier_since = fields.Date(readonly=True, copy=False, prefetch="loyalty_program")
    tier_until = fields.Date(
        string="Tier Kept Until", readonly=True, copy=False, prefetch="loyalty_program"
    )
    qualifying_points = fields.Float(
        string="Counted for the Tier",
        digits=(16, 2),
        readonly=True,
        copy=False,
        prefetch="loyalty_program",
    )
    tier_move_ids = fields.One2many("loyalty.tier.move", "card_id", readonly=True)
    next_tier_id = fields.Many2one("loyalty.tier", compute="_compute_tier_progress")
    missing_to_next = fields.Float(
        string="Missing to the Next Tier",
        digits=(16, 2),
        compute="_compute_tier_progress",
    )
    tier_progress = fields.Float(
        string="Progress (%)", compute="_compute_tier_progress"
    )
    tier_sentence = fields.Char(
        string="What Is Missing", compute="_compute_tier_progress"
    )

    @api.depends("tier_id", "qualifying_points", "program_id.tier_ids.threshold")
    @api.depends_context("lang")
    def _compute_tier_progress(self):
        for card in self:
            counted = card.qualifying_points
            higher = card.program_id.tier_ids.filtered(
                lambda tier, c=card: (
                    tier.threshold > max(c.tier_id.threshold, c.qualifying_points)
                )
            ).sorted("threshold")[:1]
            card.next_tier_id = higher
            card.missing_to_next = higher.threshold - counted if higher else 0
            card.tier_progress = (
                100 * counted / higher.threshold if higher.threshold else 100
            )
            card.tier_sentence = card._missing_sentence(higher)

    def _missing_sentence(self, tier):
        if not self.program_id.tier_ids:
            return False
        if not tier:
            return self.env._("The highest tier is reached.")
        values = {"tier": tier.name, "missing": f"{self.missing_to_next:,.2f}"}
        basis = self.program_id.tier_basis
        if basis == "orders":
            values["missing"] = f"{self.missing_to_next:.0f}"
            return self.env._("%(missing)s more orders for %(tier)s", **values)
        if basis == "spend":
            return self.env._("Buy for %(missing)s more for %(tier)s", **values)
        return self.env._("%(missing)s more points for %(tier)s", **values)

    # === WHAT COUNTS === #

    def _qualifying(self, day):
        """What counts for the tiers of these accounts on a day.

        :return: ``{card id: (Decimal, first day that counts or None)}``
        """
        result = {}
        for program, cards in self.grouped("program_id").items():
            starts = {card.id: card._tier_window(day)[0] for card in cards}
            counted = dict(
                self.env.execute_query(
                    SQL(
                        """SELECT start.card_id, %(figure)s
                           FROM unnest(%(ids)s::int4[], %(starts)s::date[])
                                start (card_id, day) %(source)s
                           GROUP BY start.card_id""",
                        ids=list(starts),
                        starts=list(starts.values()),
                        **program._tier_source(day),
                    )
                )
            )
            for card_id, start in starts.items():
                result[card_id] = (to_points(counted.get(card_id) or 0), start)
        return result

    def _tier_window(self, day):
        """First and last day of the period a day lies in; None without one."""
        program = self.program_id
        joined = fields.Date.to_date(self.create_date) or day
        period = (program.tier_window, program.tier_window_months, min(joined, day))
        return window_start(day, *period), window_end(day, *period)

    # === GAINING AND LOSING === #

    @api.model
    def _cron_tiers(self):
        """Look at the tiers of all members, a batch at a time."""
        accounts = self.sudo().search(
            [("is_account", "=", True), ("program_id.tier_ids", "!=", False)]
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(accounts))
        for number in range(0, len(accounts), _BATCH):
            batch = self.browse(accounts.ids[number : number + _BATCH]).sudo()
            try:
                with self.env.cr.savepoint():
                    batch._refresh_tiers()
            except Exception:
                _logger.exception("Tiers of %s members were not computed", len(batch))
            if not cron._commit_progress(len(batch)):
                break

    def _refresh_tiers(self, as_of=None):
        """Bring tiers up to date; run twice it changes nothing.

        :param as_of: day, by default today in the company
        :return: loyalty.tier.move records of the changes
        """
        moves = self.env["loyalty.tier.move"].sudo()
        accounts = self.sudo().filtered(
            lambda card: card.is_account and card.program_id.tier_ids
        )
        by_day = defaultdict(self.browse)
        for card in accounts:
            by_day[as_of or card._today()] |= card.sudo()
        for day, cards in by_day.items():
            self.env.flush_all()
            counted = cards._qualifying(day)
            for card in cards:
                points, start = counted[card.id]
                if to_points(card.qualifying_points) != points:
                    card.qualifying_points = points
                moves |= card._move_tier(day, points, start)
        return moves

    def _move_tier(self, day, counted, start):
        """Change the tier of an account if the rules say so."""
        reached = self._tier_for(counted)
        current = self.tier_id
        if reached.threshold > current.threshold or (reached and not current):
            reason = self.env._(
                "%(counted)s reach the threshold of %(threshold)s",
                counted=counted,
                threshold=reached.threshold,
            )
            return self._set_tier(reached, day, counted, start, reason)
        if not current:
            return self.env["loyalty.tier.move"]
        if reached == current or self.program_id.tier_downgrade == "none":
            self._renew_tier(day)
            return self.env["loyalty.tier.move"]
        return self._lose_tier(day, counted, start, reached)

    def _renew_tier(self, day):
        """Keep a tier that is held for another period when its own has ended.

        In a period that runs, a tier that is reached again changes nothing; without
        periods it ends a grace that had begun.
        """
        _start, end = self._tier_window(day)
        if end is None or (self.tier_until and self.tier_until < day):
            if self.tier_until != end:
                self.tier_until = end

    def _lose_tier(self, day, counted, start, reached):
        """Go down at the end of the period and its days of grace.

        Without a period the grace begins when the tier is no longer reached.
        """
        moves = self.env["loyalty.tier.move"]
        grace = timedelta(days=self.program_id.tier_grace_days)
        if not self.tier_until:
            self.tier_until = day
        if day <= self.tier_until + grace and (
            grace or self.program_id.tier_window != "lifetime"
        ):
            return moves
        ended = self.tier_until
        if self.program_id.tier_window in ("calendar_year", "anniversary"):
            # the period that ended decides, with what came in its grace
            first, _last = self._tier_window(ended)
            counted = self._counted_between(first, ended + grace)
            start, reached = first, self._tier_for(counted)
            if reached.threshold >= self.tier_id.threshold and reached:
                self.tier_until = self._tier_window(day)[1]
                return moves
        lower = self._lower_tier(reached)
        reason = self.env._(
            "Not reached again until %(day)s: %(counted)s of %(threshold)s",
            day=fields.Date.to_string(ended),
            counted=counted,
            threshold=self.tier_id.threshold,
        )
        return self._set_tier(lower, day, counted, start, reason)

    def _lower_tier(self, reached):
        """The tier that follows when the present one is lost.

        :param reached: the tier that what counts is enough for
        """
        if self.program_id.tier_downgrade != "step":
            return reached
        tiers = self.program_id.tier_ids.sorted("threshold")
        below = tiers.filtered(lambda tier: tier.threshold < self.tier_id.threshold)
        return max(below[-1:], reached, key=lambda tier: tier.threshold)

    def _counted_between(self, first, last):
        program = self.program_id
        rows = self.env.execute_query(
            SQL(
                """SELECT %(figure)s
                   FROM (SELECT %(card)s::int4 AS card_id, %(first)s::date AS day) start
                   %(source)s""",
                card=self.id,
                first=first,
                **program._tier_source(last),
            )
        )
        return to_points(rows[0][0] or 0)

    def _tier_for(self, counted):
        """The highest tier whose threshold is reached."""
        reached = self.program_id.tier_ids.filtered(
            lambda tier: to_points(tier.threshold) <= counted
        )
        return reached.sorted("threshold")[-1:]

    def _set_tier(self, tier, day, counted, start, reason):
        before = self.tier_id
        up = bool(tier) and (not before or tier.threshold > before.threshold)
        self.write(
            {
                "tier_id": tier.id,
                "tier_since": day,
                "tier_until": self._tier_window(day)[1] if tier else False,
            }
        )
        return (
            self.env["loyalty.tier.move"]
            .sudo()
            .create(
                {
                    "card_id": self.id,
                    "date": day,
                    "from_tier_id": before.id,
                    "to_tier_id": tier.id,
                    "direction": "up" if up else "down",
                    "qualifying": counted,
                    "window_start": start,
                    "reason": reason,
                }
            )
        )


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    def _tier_source(self, day):
        """What tiers count up to a day, over the alias start (card_id, day).

        :return: ``{"figure": aggregate, "source": joins}``
        """
        if self.tier_basis == "points":
            return {
                "figure": SQL("COALESCE(sum(move.points), 0)"),
                "source": SQL(
                    """LEFT JOIN loyalty_point_move move
                           ON move.card_id = start.card_id AND move.side = 'earn'
                           AND move.date <= %s
                           AND (start.day IS NULL OR move.date >= start.day)""",
                    day,
                ),
            }
        figure = {
            "orders": SQL("count(*) FILTER (WHERE bought.amount > 0)"),
            "spend": SQL("round(COALESCE(sum(bought.amount), 0)::numeric, 2)"),
        }[self.tier_basis]
        timezone = (self.company_id or self.env.company)._insight_timezone()
        return {"figure": figure, "source": self._tier_orders_sql(day, timezone)}

    def _tier_orders_sql(self, day, timezone):
        """Orders of an account with their untaxed amount less what was credited."""
        return SQL(
            """LEFT JOIN LATERAL (
                   SELECT (sale.amount_untaxed - COALESCE(back.amount, 0))
                          / COALESCE(NULLIF(sale.currency_rate, 0), 1) AS amount,
                          (sale.date_order AT TIME ZONE 'UTC'
                           AT TIME ZONE %(tz)s)::date AS bought_on
                   FROM sale_order_coupon_points entry
                   JOIN sale_order sale ON sale.id = entry.order_id
                   LEFT JOIN LATERAL (
                       SELECT sum(credit.price_subtotal) AS amount
                       FROM sale_order_line line
                       JOIN sale_order_line_invoice_rel link
                           ON link.order_line_id = line.id
                       JOIN account_move_line credit ON credit.id = link.invoice_line_id
                       JOIN account_move move ON move.id = credit.move_id
                       WHERE line.order_id = sale.id AND move.state = 'posted'
                         AND move.move_type = 'out_refund') back ON TRUE
                   WHERE entry.coupon_id = start.card_id AND sale.state = 'sale'
                     AND (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                         <= %(day)s
                     AND (start.day IS NULL OR
                          (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
                          >= start.day)
               ) bought ON TRUE""",
            tz=timezone,
            day=day,
        )
