from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from ..engine import change

_MONTHS = 24
_SHOWN_PURCHASES = 15
_WINDOW = relativedelta(months=12)
_NIGHT = relativedelta(days=1)


class CustomerProfile(models.Model):
    """The figures of the customer page: what was bought, and whether that changed.

    Read by the page when it is open already, with the rights of its reader. The last
    twelve months up to the day of the profile are compared with the twelve before.
    """

    _inherit = "customer.profile"

    is_stale = fields.Boolean(
        compute="_compute_is_stale",
        help="Whether the figures are older than a night, so that documents may be"
        " missing.",
    )

    @api.depends("as_of", "company_id")
    def _compute_is_stale(self):
        for profile in self:
            yesterday = profile.company_id._insight_today() - _NIGHT
            profile.is_stale = bool(profile.as_of and profile.as_of < yesterday)

    @api.readonly
    def get_figures(self):
        """The figures of one customer, for the screen.

        :return: dict with ``currency_id``, ``months`` (oldest first, each ``month``
            (ISO day), ``amount``, ``count``, ``is_current``), ``figures`` (see
            ``_figure``), ``health`` and ``as_of``
        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        purchases = self._page_purchases()
        return {
            "currency_id": self.currency_id.id,
            "as_of": fields.Date.to_string(self._page_day()),
            "months": self._figure_months(purchases),
            "figures": self._figures(purchases),
            "health": {
                "score": self.health_score,
                "band": self.health_band,
                "coverage": self.health_coverage,
            },
        }

    @api.readonly
    def get_purchases(self):
        """The newest purchases of one customer, for the screen.

        :return: dict with ``currency_id``, ``purchases`` (newest first, with their
            products) and ``more``, whether there are older ones
        :raise AccessError: for whoever may not read the profile
        """
        self.ensure_one()
        self.check_access("read")
        purchases = self.env["customer.purchase"].search_read(
            self.action_open_purchases()["domain"],
            ["date", "reference", "kind", "amount", "products"],
            limit=_SHOWN_PURCHASES + 1,
        )
        return {
            "currency_id": self.currency_id.id,
            "purchases": purchases[:_SHOWN_PURCHASES],
            "more": len(purchases) > _SHOWN_PURCHASES,
        }

    def action_open_purchases_of(self, period):
        """Open the documents behind a figure.

        :param period: ``current`` and ``previous`` (twelve months each), ``both``,
            ``last`` (day of the last purchase), ``all``, or a month as the ISO text of
            its first day
        """
        self.ensure_one()
        action = self.action_open_purchases()
        first, last = self._period(period)
        if first:
            action["domain"] += [("date", ">=", first), ("date", "<=", last)]
            action["display_name"] = self.env._(
                "%(name)s, %(first)s to %(last)s",
                name=action["display_name"],
                first=format_date(self.env, first),
                last=format_date(self.env, last),
            )
        return action

    def _page_day(self):
        return self.as_of or self.company_id._insight_today()

    def _period(self, period):
        """:return: first and last day of a period, ``(None, None)`` for all"""
        day = self._page_day()
        after = relativedelta(days=1)
        match period:
            case "all":
                return None, None
            case "current":
                return day - _WINDOW + after, day
            case "previous":
                return day - 2 * _WINDOW + after, day - _WINDOW
            case "both":
                return day - 2 * _WINDOW + after, day
            case "last":
                return self.last_purchase_date, self.last_purchase_date
        month = fields.Date.to_date(period).replace(day=1)
        return month, min(day, month + relativedelta(months=1) - after)

    def _page_purchases(self):
        """The documents the figures need, of two years and of the month they began."""
        first, last = self._period("both")
        return self.env["customer.purchase"].search_fetch(
            [
                # by customer and company: found by index, a profile is not
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("date", ">=", first.replace(day=1)),
                ("date", "<=", last),
            ],
            ["date", "amount", "kind"],
        )

    def _figure_months(self, purchases):
        this_month = self._page_day().replace(day=1)
        by_month = purchases.grouped(lambda purchase: purchase.date.replace(day=1))
        months = []
        for back in range(_MONTHS - 1, -1, -1):
            month = this_month - relativedelta(months=back)
            found = by_month.get(month, purchases.browse())
            months.append(
                {
                    "month": fields.Date.to_string(month),
                    "label": format_date(self.env, month, date_format="MMM yyyy"),
                    "amount": sum(found.mapped("amount")),
                    "count": len(found.filtered(_is_purchase)),
                    "is_current": back < _MONTHS // 2,
                }
            )
        return months

    # === THE FIGURES === #

    def _figures(self, purchases):
        """:return: list of figures, see ``_figure``, in the order of the screen"""
        if not self.purchase_count:
            return []
        windows = [
            purchases.filtered(
                lambda purchase, a=first, b=last: a <= purchase.date <= b
            )
            for first, last in map(self._period, ("current", "previous"))
        ]
        return [
            self._amount_figure(*windows),
            self._count_figure(*windows),
            self._basket_figure(*windows),
            self._interval_figure(),
            self._last_figure(),
            self._total_figure(),
        ]

    def _amount_figure(self, now, before):
        amounts = [window.mapped("amount") for window in (now, before)]
        value, previous = map(sum, amounts)
        return self._compared(
            "amount",
            self.env._("Amount, 12 Months"),
            (value, previous),
            change.sum_change(*amounts),
            [len(window) for window in (now, before)],
            unit="money",
        )

    def _count_figure(self, now, before):
        counts = [len(window.filtered(_is_purchase)) for window in (now, before)]
        return self._compared(
            "count",
            self.env._("Purchases, 12 Months"),
            counts,
            change.count_change(*counts),
            counts,
            unit="number",
        )

    def _basket_figure(self, now, before):
        """The mean amount of a purchase; credit notes are no purchases."""
        baskets = [
            window.filtered(_is_purchase).mapped("amount") for window in (now, before)
        ]
        enough = sum(map(len, baskets)) >= change.FEWEST  # before it loads a library
        return self._compared(
            "basket",
            self.env._("Average Basket"),
            [sum(amounts) / len(amounts) if amounts else None for amounts in baskets],
            change.mean_change(*baskets) if enough else 1.0,
            [len(amounts) for amounts in baskets],
            unit="money",
        )

    def _compared(self, key, label, values, chance, counts, unit):
        """A figure of two periods, with the direction only where it is no chance."""
        value, previous = values
        since = self._period("previous")[0]
        whole = self.first_purchase_date and self.first_purchase_date <= since
        n = sum(counts)
        is_lit = bool(whole and n >= change.FEWEST and chance < change.LEVEL)
        up = (value or 0) > (previous or 0)
        if not whole:
            why = self.env._(
                "Customer since %(date)s: there are no two full years to compare.",
                date=format_date(self.env, self.first_purchase_date),
            )
        elif n < change.FEWEST:
            why = self.env._(
                "%(n)s documents are too few to tell a change from chance.", n=n
            )
        elif is_lit:
            why = self.env._("A change like this is hardly ever chance.")
        else:
            why = self.env._("A difference like this may well be chance.")
        return self._figure(
            key,
            label,
            value,
            unit,
            period="current",
            n=n,
            direction=("up" if up else "down") if is_lit else None,
            change=(value or 0) / previous - 1
            if whole and previous and previous > 0
            else None,
            compare_period="previous",
            sentence=self.env._(
                "Last 12 months: %(value)s (n = %(n)s). The 12 months before:"
                " %(previous)s (n = %(m)s).",
                value=self._figure_text(value, unit),
                previous=self._figure_text(previous, unit),
                n=counts[0],
                m=counts[1],
            ),
            why=why,
        )

    def _interval_figure(self):
        n = max(self.purchase_days - 1, 0)
        usual = self.average_interval_days if n else None
        chance = change.silence_chance(self.recency_days, usual, n)
        late = bool(n and chance < 0.05)
        if not n:
            sentence = self.env._("An interval takes two purchase days.")
        else:
            sentence = self.env._(
                "Buys every %(usual)s days on average (n = %(n)s intervals), silent for"
                " %(days)s days now.",
                usual=round(usual),
                n=n,
                days=self.recency_days,
            )
        return self._figure(
            "interval",
            self.env._("Usual Interval"),
            usual,
            "days",
            period="all",
            n=n,
            direction="late" if late else None,
            note=self.env._("now %(days)s", days=self.recency_days) if n else False,
            sentence=sentence,
            why=self.env._(
                "Silences like this are rare with this rhythm: %(chance)s %%.",
                chance=f"{100 * chance:.1f}",
            )
            if late
            else "",
        )

    def _last_figure(self):
        return self._figure(
            "last",
            self.env._("Last Purchase"),
            format_date(self.env, self.last_purchase_date),
            "text",
            period="last",
            note=self.env._("%(days)s days ago", days=self.recency_days)
            if self.last_purchase_date
            else False,
        )

    def _total_figure(self):
        return self._figure(
            "total",
            self.env._("Amount, All Time"),
            self.amount_total,
            "money",
            period="all",
            note=self.env._(
                "since %(date)s", date=format_date(self.env, self.first_purchase_date)
            )
            if self.first_purchase_date
            else False,
        )

    def _figure(self, key, label, value, unit, **values):
        """One figure of the page.

        :param unit: ``money`` (company currency), ``number``, ``days`` or ``text``
        :return: dict with ``key``, ``label``, ``value``, ``unit``, ``period`` (for
            ``action_open_purchases_of``), ``n`` (what the comparison rests on),
            ``direction`` (up, down, late; None where it may be chance), ``change``
            (share), ``note``, ``sentence``, ``why`` and ``compare_period``
        """
        return {"key": key, "label": label, "value": value, "unit": unit, **values}

    def _figure_text(self, value, unit):
        if value is None:
            return "–"
        return (
            format_amount(self.env, value, self.currency_id)
            if unit == "money"
            else value
        )


def _is_purchase(purchase):
    return purchase.kind != "refund"
