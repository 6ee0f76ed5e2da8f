from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL

from ..tools.planner import narrowed_to, processes, share_of

_COLUMNS = ("partner_id", "date", "amount", "is_order", "is_refund")


class CustomerProfile(models.Model):
    """From documents to purchase days: what each customer bought on each day."""

    _inherit = "customer.profile"

    def _days_query(self, company, as_of, customer_ids):
        """Net amount and number of purchases per customer and day, in order (SQL).

        ``orders`` are the touches that the timeline need not count again, ``returned``
        is what credit notes took back.

        :param customer_ids: iterable of int, None for all customers
        :return: SELECT partner_id, date, amount (double precision), documents, orders,
            returned
        """
        narrowed = narrowed_to(SQL("partner_id"), customer_ids)
        return self._by_day(self._dated_sources(company, as_of, narrowed).values())

    def _shared_days(self, company, as_of):
        """Purchase days of all customers, in as many shares as processes may help.

        Each process puts its customers together from beginning to end. The documents
        that are not the main ones, returns above all, are looked up one by one, which
        keeps parallel workers out: they are collected first.

        :return: list of SQL, each as of :meth:`_days_query`
        """
        purchases = self.env["customer.purchase"]
        main = purchases._main_source(company)
        others = self._dated_sources(company, as_of)
        del others[main]
        collected = self._share("purchases", SQL(" UNION ALL ").join(others.values()))
        columns = SQL(", ").join(map(SQL.identifier, _COLUMNS))
        shares = processes(self.env.cr, self.env[main]._table)
        queries = []
        for number in range(shares):
            share = share_of(SQL("partner_id"), number, shares)
            sources = (
                self._dated_sources(company, as_of, share)[main],
                SQL("SELECT %s FROM %s WHERE TRUE %s", columns, collected, share),
            )
            queries.append(self._by_day(sources))
        return queries

    def _dated_sources(self, company, as_of, narrowed=None):
        """Documents of each source up to a day.

        Sums are of double precision and rounded when stored: five times as compact
        as numeric while a million days are sorted, and exact to far below a cent.

        :param narrowed: SQL over partner_id that begins with AND, None for all
        :return: ``{model name: SELECT of _COLUMNS}``, in no order
        """
        # the day of a moment is asked for only near the last day: time zones are slow
        surely = as_of - relativedelta(days=2)
        return self.env["customer.purchase"]._narrowed_sources(
            company,
            SQL(
                """partner_id, date, amount::float8 AS amount,
                   source_model = 'sale.order' AND %s AS is_order,
                   kind = 'refund' AS is_refund""",
                self._orders_are_purchases(company),
            ),
            SQL(
                "(moment < %s OR date <= %s) %s",
                surely,
                as_of,
                SQL("") if narrowed is None else narrowed,
            ),
        )

    def _by_day(self, sources):
        """Documents added up by customer and day (SQL).

        Each source is sorted by itself, by workers where they help, and then merged.

        :param sources: iterable of SELECTs of _COLUMNS
        """
        return SQL(
            """
            SELECT partner_id, date, SUM(amount) AS amount,
                   COUNT(*) FILTER (WHERE amount > 0)::int AS documents,
                   COUNT(*) FILTER (WHERE is_order)::int AS orders,
                   -SUM(amount) FILTER (WHERE is_refund AND amount < 0) AS returned
            FROM (%s) purchase
            GROUP BY partner_id, date
            ORDER BY partner_id, date
            """,
            SQL(" UNION ALL ").join(
                SQL("(%s ORDER BY partner_id, date)", source) for source in sources
            ),
        )
