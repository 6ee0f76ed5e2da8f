from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

_MONTH = relativedelta(months=1)
#: What a line does to the points that are out, by its kind.
GROUPS = {
    "issued": ("opening", "earn", "bonus"),
    "redeemed": ("redeem",),
    "expired": ("expire",),
    "returned": ("clawback", "restore"),
    "other": ("adjust", "transfer"),
}


class LoyaltyPointMove(models.Model):
    """The ledger month by month, of the lines the reader may see."""

    _inherit = "loyalty.point.move"

    @api.model
    def _months(self, domain, date_from, date_to):
        """Add lines up by month.

        Opening + issued + redeemed + expired + returned + other = closing, each signed.

        :param domain: which lines; days do not belong into it
        :return: list of ``{"month", "opening", *GROUPS, "closing", "lines"}``, one per
            month, none where there are no lines up to ``date_to``
        """
        query = self._search(Domain(domain) & Domain("date", "<=", date_to))
        date, kind, points = (
            self._field_to_sql(query.table, name, query)
            for name in ("date", "kind", "points")
        )
        month = SQL(
            "GREATEST(DATE_TRUNC('month', %s), %s::date)::date",
            date,
            date_from.replace(day=1) - _MONTH,
        )
        before = SQL("%s < %s", date, date_from)
        query.groupby = SQL("CASE WHEN %s THEN NULL ELSE %s END", before, month)
        rows = self.env.execute_query(
            query.select(
                query.groupby,
                SQL("COUNT(*)"),
                SQL("SUM(%s)::float", points),
                *(
                    SQL(
                        "COALESCE(SUM(%s) FILTER (WHERE %s = ANY(%s)), 0)::float",
                        points,
                        kind,
                        list(kinds),
                    )
                    for kinds in GROUPS.values()
                ),
            )
        )
        found = {row[0]: row[1:] for row in rows}
        return self._month_rows(found, date_from, date_to) if found else []

    def _month_rows(self, found, date_from, date_to):
        balance = found[None][1] if None in found else 0.0
        month, result = date_from.replace(day=1), []
        while month <= date_to:
            lines, total, *groups = found.get(month, (0, 0.0, *[0.0] * len(GROUPS)))
            result.append(
                {
                    "month": month,
                    "lines": lines,
                    "opening": balance,
                    **dict(zip(GROUPS, groups, strict=True)),
                    "closing": balance + total,
                }
            )
            balance += total
            month += _MONTH
        return result
