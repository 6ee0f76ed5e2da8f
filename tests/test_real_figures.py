"""The figures of 23,570 real customers, computed twice.

The CD shop's whole history is loaded as orders and scored by the add-on; pandas
computes the same figures from the data file.  Both must agree for every customer.
"""

import io
import random
from datetime import timedelta
from functools import cache

import pandas as pd
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from loading.loads import load_cdnow
from loading.progress import Progress
from loading.sources import cdnow

AT_RISK_DAYS, CHURNED_DAYS = 90, 180
LOYAL_PURCHASES, LOYAL_MONTHS = 4, 12
PAST_DAYS = 5

FIGURES = [
    "first_purchase_date",
    "last_purchase_date",
    "purchase_count",
    "purchase_days",
    "amount_total",
    "rfm_recency",
    "rfm_frequency",
    "rfm_monetary",
    "rfm_score",
    "lifecycle_stage",
]


@cache
def read_purchases():
    """The purchases of the data file."""
    return list(cdnow.read_purchases())


@tagged("post_install", "-at_install")
class TestRealFigures(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company, cls.written = load_cdnow(cls.env, Progress(io.StringIO()))
        company.write(
            {
                "insight_at_risk_days": AT_RISK_DAYS,
                "insight_churned_days": CHURNED_DAYS,
                "insight_loyal_purchases": LOYAL_PURCHASES,
                "insight_loyal_months": LOYAL_MONTHS,
                "insight_stage_set": "six",
                "insight_rfm_window_months": 0,
            }
        )
        cls.env.cr.execute("ANALYZE")  # as a database of that size has been
        cls.company = company
        profiles = cls.env["customer.profile"]
        today = company._insight_today()
        cls.past = cls._live_through_past_days(today)
        profiles._refresh(companies=company, as_of=today)
        rows = profiles.search_read(
            [("company_id", "=", company.id), ("partner_id.ref", "!=", False)],
            ["partner_id", *FIGURES],
        )
        partners = cls.env["res.partner"].search_read(
            [("company_id", "=", company.id)], ["ref"]
        )
        cls.refs = {partner["id"]: partner["ref"] for partner in partners}
        stored = pd.DataFrame(rows)
        stored.index = [
            cls.refs[partner_id] for partner_id, _name in stored["partner_id"]
        ]
        cls.stored = stored[FIGURES].sort_index()
        cls.shift = stored_shift(cls.env, company)
        cls.expected = expected_figures(cls.shift, pd.Timestamp(today))

    @classmethod
    def _live_through_past_days(cls, today):
        """Compute the profiles on five days of the past, and keep what was stored.

        :return: ``{day: temporary table}``
        """
        draw = random.Random(1997)
        days = sorted(draw.sample(range(30, 480), PAST_DAYS), reverse=True)
        kept = {}
        for number, back in enumerate(days):
            day, table = today - timedelta(days=back), f"stored_{number}"
            cls.env["customer.profile"]._refresh(companies=cls.company, as_of=day)
            cls.env.cr.execute(
                SQL(
                    """CREATE TEMPORARY TABLE %s ON COMMIT DROP AS
                       SELECT * FROM customer_profile WHERE company_id = %s""",
                    SQL.identifier(table),
                    cls.company.id,
                )
            )
            kept[day] = table
        return kept

    def test_every_customer_has_one_profile(self):
        self.assertEqual(len(self.expected), 23570)
        self.assertEqual(list(self.stored.index), list(self.expected.index))

    def test_every_figure_of_every_customer_agrees(self):
        for name in FIGURES:
            differs = self.stored[name].ne(self.expected[name])
            both = pd.DataFrame(
                {"stored": self.stored[name], "expected": self.expected[name]}
            )
            self.assertFalse(differs.any(), f"{name}\n{both[differs].head()}")

    def test_past_days_come_out_of_the_documents_as_they_were_stored(self):
        """Every column of every customer, on five days drawn by lot."""
        self.assertEqual(len(self.past), PAST_DAYS)
        for day, table in self.past.items():
            rebuilt = self.env["customer.profile"]._as_of_query(self.company, day)
            columns = SQL(", ").join(
                SQL.identifier(name)
                for name in self._columns(day)
                if name != "computed_at"
            )
            [[customers, same]] = self.env.execute_query(
                SQL(
                    """WITH stored AS (SELECT %(columns)s FROM %(table)s),
                            rebuilt AS (SELECT %(columns)s FROM (%(query)s) profile)
                       SELECT (SELECT count(*) FROM stored),
                              count(*) FROM (SELECT * FROM stored
                                             INTERSECT SELECT * FROM rebuilt) same""",
                    columns=columns,
                    table=SQL.identifier(table),
                    query=rebuilt,
                )
            )
            self.assertGreater(customers, 1000, day)
            self.assertEqual(same, customers, day)

    def test_past_days_agree_with_the_data_file(self):
        """Stages, scores and totals of those days, computed by pandas."""
        for day in self.past:
            rows = pd.DataFrame(self.env["customer.profile"]._as_of(self.company, day))
            rows = rows[rows["purchase_count"] > 0]
            rows.index = rows["partner_id"].map(self.refs)
            rows = rows.sort_index()
            expected = expected_figures(
                self.shift, pd.Timestamp(day), until=pd.Timestamp(day)
            )
            expected = expected[expected["purchase_count"] > 0]
            self.assertEqual(list(rows.index), list(expected.index), day)
            for name in ("purchase_days", "rfm_score", "lifecycle_stage"):
                self.assertEqual(list(rows[name]), list(expected[name]), (day, name))
            self.assertEqual(
                list(rows["amount_total"].astype(float).round(2)),
                list(expected["amount_total"]),
                day,
            )

    def _columns(self, day):
        """The columns of a profile that are computed."""
        company = self.company
        return self.env["customer.profile"]._profile_columns(
            company, day, company._insight_policy()
        )

    def test_equal_customers_score_alike(self):
        """More than half bought once: all of them score 1, and nobody 2."""
        counts = self.stored["rfm_frequency"].value_counts().to_dict()
        once = self.stored.loc[self.stored["purchase_days"].eq(1), "rfm_frequency"]
        self.assertEqual(set(once), {1})
        self.assertGreater(len(once), sum(counts.values()) / 2)
        self.assertNotIn(2, counts)

    def test_the_total_is_that_of_the_file_and_of_the_sales_report(self):
        total = float(sum(purchase.amount for purchase in read_purchases()))
        self.assertEqual(round(self.stored["amount_total"].sum(), 2), total)
        self.assertEqual(self.written.orders, 69659)

    def test_forecasts_learn_from_the_same_purchase_days(self):
        today = self.company._insight_today()
        history, partners = self.env["customer.prediction.run"]._history(
            self.company, today
        )
        facts = history.facts(today.toordinal())
        refs = [self.refs[partners[number]] for number in facts.customer]
        bought = self.expected[self.expected["purchase_days"] > 0].sort_index()
        found = pd.DataFrame(
            {
                "purchase_days": facts.x + 1,
                "amount_total": facts.spend.round(2),
                "silence": (facts.recency * 7).round().astype(int),
            },
            index=refs,
        ).sort_index()
        self.assertEqual(list(found.index), list(bought.index))
        for name in ("purchase_days", "amount_total"):
            self.assertEqual(list(found[name]), list(bought[name]), name)
        last = [today - timedelta(days=int(days)) for days in found["silence"]]
        self.assertEqual(last, list(bought["last_purchase_date"]))


def stored_shift(env, company):
    """Days by which the loader moved the history."""
    order = env["sale.order"].search([("company_id", "=", company.id)], limit=1)
    days = {purchase.key: purchase.day for purchase in read_purchases()}
    return pd.Timestamp(order.date_order.date()) - days[order.origin]


def expected_figures(shift, today, until=None):
    """The figures of every customer from the data file, in whole cents and days.

    :param until: the last day that counts, None for all
    """
    purchases = pd.DataFrame(read_purchases())
    purchases["day"] += shift
    if until is not None:
        purchases = purchases[purchases["day"] <= until]
    purchases["cents"] = (purchases["amount"] * 100).astype(int)
    by_customer = purchases.groupby("customer")
    figures = pd.DataFrame({"cents": by_customer["cents"].sum()})
    bought = purchases[purchases["cents"] > 0].groupby("customer").size()
    figures["purchase_count"] = bought.reindex(figures.index, fill_value=0)
    days = purchases.groupby(["customer", "day"], as_index=False)["cents"].sum()
    days = days[days["cents"] > 0]
    by_customer = days.groupby("customer")["day"]
    figures["purchase_days"] = by_customer.size().reindex(figures.index, fill_value=0)
    figures["first"] = by_customer.min()
    figures["last"] = by_customer.max()
    figures["silence"] = (today - figures["last"]).dt.days
    recent = days[days["day"] + pd.DateOffset(months=LOYAL_MONTHS) > today]
    figures["recent_days"] = recent.groupby("customer").size()
    return presented(figures.fillna({"recent_days": 0})).sort_index()


def presented(figures):
    """Figures, scores and stages as the profile shows them."""
    buyers = figures["purchase_days"] > 0
    shown = pd.DataFrame(index=figures.index)
    for name, source in (
        ("first_purchase_date", "first"),
        ("last_purchase_date", "last"),
    ):
        shown[name] = figures[source].dt.date.where(buyers, False)
    shown["purchase_count"] = figures["purchase_count"]
    shown["purchase_days"] = figures["purchase_days"]
    shown["amount_total"] = figures["cents"] / 100
    for name, values in (
        ("rfm_recency", -figures["silence"]),
        ("rfm_frequency", figures["purchase_days"]),
        ("rfm_monetary", figures["cents"]),
    ):
        shown[name] = scores(values[buyers]).reindex(figures.index, fill_value=0)
    codes = [shown[f"rfm_{name}"].astype(str) for name in SCORES]
    shown["rfm_score"] = (codes[0] + codes[1] + codes[2]).where(buyers, False)
    shown["lifecycle_stage"] = figures.apply(stage, axis=1)
    return shown


SCORES = ("recency", "frequency", "monetary")


def scores(values):
    """1 + floor(5 × percent_rank), at most 5, in whole numbers."""
    smaller = values.rank(method="min").astype(int) - 1
    return (1 + 5 * smaller // (len(values) - 1)).clip(upper=5)


def stage(customer):
    """The lifecycle stage of one customer."""
    if not customer["purchase_days"]:
        return "prospect"
    if customer["silence"] > CHURNED_DAYS:
        return "churned"
    if customer["silence"] > AT_RISK_DAYS:
        return "at_risk"
    if customer["recent_days"] >= LOYAL_PURCHASES:
        return "loyal"
    return "repeat" if customer["purchase_days"] > 1 else "first"
