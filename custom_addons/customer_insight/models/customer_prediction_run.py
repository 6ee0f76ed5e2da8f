import logging
import time
from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import arrays
from ..tools.planner import joining_all
from .customer_warning import HIGH_RISK

_logger = logging.getLogger(__name__)

METHODS = [
    ("mean", "Model and second opinion"),
    ("mbg_nbd", "Model alone"),
    ("silence", "Rule on silence"),
]
#: A model is learned anew when the last one is older, in days.
_REFIT_DAYS = 7
_EPOCH = date(2000, 1, 1)
#: Later than this no date of a next purchase is named, in days.
_FARTHEST = 3650
_FIGURES = ("risk", "alive", "purchases", "value", "wait")


class CustomerPredictionRun(models.Model):
    """What was learned of a company's customers on a day, and how good it was.

    The chances are those of ``engine.forecast``; the marks come from making the same
    forecast for an earlier day of the company's own past.
    """

    _name = "customer.prediction.run"
    _description = "Forecast"
    _order = "as_of desc, id desc"
    _rec_name = "as_of"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    as_of = fields.Date(required=True, readonly=True)
    horizon_days = fields.Integer(string="Looks Ahead (Days)", readonly=True)
    method = fields.Selection(METHODS, readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    parameters = fields.Json(readonly=True, groups="customer_insight.group_manager")
    metrics = fields.Json(
        readonly=True, help="Marks of the forecast of an earlier day; empty without."
    )
    is_better_than_baseline = fields.Boolean(
        string="Better than Simple Rules",
        readonly=True,
        help="The forecast of an earlier day put customers into a better order than"
        " silence and the own past rate did, and its chances were nearer to what"
        " happened, beyond chance.",
    )
    duration = fields.Float(string="Seconds", readonly=True, digits=(10, 2))

    _company_as_of_uniq = models.UniqueIndex("(company_id, as_of, horizon_days)")

    # === ENTRY POINTS === #

    @api.model
    def _fit(self, company, as_of=None, horizon_days=None):
        """Learn from a company's purchases, mark the forecast and store both.

        Profiles take over the forecast if it is the latest one.

        :param company: res.company record
        :param as_of: date, today in the company's time zone when not given
        :param horizon_days: how far to look ahead, the company's setting when not given
        :return: the run, an empty one if nobody has bought by then
        """
        from ..engine import forecast  # noqa: PLC0415  SciPy loads for a second

        started = time.monotonic()
        company = company.sudo()
        day = fields.Date.to_date(as_of) or company._insight_today()
        horizon = horizon_days or company.insight_horizon_days
        history, partners = self._history(company, day)
        facts = history.facts(day.toordinal())
        if not len(facts):
            return self.browse()
        discount = company.insight_discount_percent / 100
        models_ = forecast.fit(history, day.toordinal(), horizon, discount=discount)
        metrics = forecast.back_test(
            history, day.toordinal(), horizon, high_risk=HIGH_RISK
        )
        run = self._store(company, day, models_, metrics, len(facts))
        if run == self._latest(company):
            self._write_profiles(
                company, day, forecast.predict(models_, facts), partners
            )
        run.duration = time.monotonic() - started
        _logger.info(
            "Forecast of company %s learned from %s customers in %.1f s, as of %s",
            company.id,
            len(facts),
            run.duration,
            day,
        )
        return run

    @api.model
    def _refresh(self, company):
        """The night's work: learn anew if it is time, else apply what was learned.

        :param company: res.company record
        """
        company = company.sudo()
        run = self._latest(company)
        today = company._insight_today()
        if (
            not run
            or run.horizon_days != company.insight_horizon_days
            or run.parameters.get("discount") != company.insight_discount_percent / 100
            or (today - run.as_of).days >= _REFIT_DAYS
        ):
            self._fit(company)
        else:
            run._apply(today)

    @api.model
    def _latest(self, company):
        """:return: the newest run of a company, empty without; none of a later day"""
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("as_of", "<=", company.sudo()._insight_today()),
            ],
            limit=1,
        )

    def _apply(self, day):
        """Forecast from what was known on a day, with what this run has learned.

        :return: number of profiles that changed
        """
        from ..engine import forecast  # noqa: PLC0415

        history, partners = self._history(self.company_id, day)
        facts = history.facts(day.toordinal())
        learned = forecast.Models.from_dict(self.parameters)
        return self._write_profiles(
            self.company_id, day, forecast.predict(learned, facts), partners
        )

    # === STEPS === #

    @api.model
    def _history(self, company, day):
        """All purchase days of a company until a day.

        Contacts who object to profiling are left out.

        :return: :class:`~..engine.purchase_days.PurchaseDays`, and the ids of the
            customers it numbers (array)
        """
        from ..engine.purchase_days import PurchaseDays  # noqa: PLC0415

        self.env.flush_all()
        profiles = self.env["customer.profile"]
        objecting = [
            partner_id
            for (partner_id,) in self.env.execute_query(
                SQL("SELECT id FROM res_partner WHERE insight_objection")
            )
        ]
        amounts = self.env["customer.purchase"]._narrowed_sources(
            company,
            SQL("partner_id, date, amount::float8 AS amount"),
            SQL("date <= %s", day),
        )
        profiles._set_planner(few=False)
        found = arrays.read(
            self.env.cr,
            SQL(
                "SELECT partner_id, date - %s, amount FROM (%s) purchase %s",
                _EPOCH,
                SQL(" UNION ALL ").join(amounts.values()),
                SQL("WHERE partner_id <> ALL(%s)", objecting) if objecting else SQL(""),
            ),
            partner="int4",
            day="int4",
            amount="float8",
        )
        profiles._reset_planner()
        return PurchaseDays.of_documents(
            found["partner"],
            found["day"].astype("int64") + _EPOCH.toordinal(),
            found["amount"],
            smallest=company.currency_id.rounding / 2,
        )

    @api.model
    def _store(self, company, day, learned, metrics, customers):
        values = {
            "method": learned.method,
            "customer_count": customers,
            "parameters": learned.to_dict(),
            "metrics": metrics,
            "is_better_than_baseline": bool(metrics and metrics["is_better"]),
        }
        key = {
            "company_id": company.id,
            "as_of": day,
            "horizon_days": learned.horizon_days,
        }
        runs = self.sudo()
        run = runs.search([(name, "=", value) for name, value in key.items()])
        if run:
            run.write(values)
            return run
        return runs.create({**key, **values})

    @api.model
    def _write_profiles(self, company, day, result, partners):
        """Put a forecast into the profiles, those of nobody else keep none.

        :param result: :class:`~..engine.forecast.Forecast`
        :param partners: ids of the customers it numbers (array)
        :return: number of profiles that changed
        """
        self._load(result, partners)
        columns = (
            *("churn_risk", "alive_probability", "expected_purchases"),
            *("expected_value", "next_purchase_date"),
        )
        values = {
            "columns": SQL(", ").join(map(SQL.identifier, columns)),
            "stored": SQL(", ").join(SQL.identifier("profile", n) for n in columns),
            "new": self._forecast_sql(day),
            "none": SQL(", ").join([SQL("NULL")] * len(columns)),
            "company": company.id,
        }
        changed = 0
        for statement in (
            """UPDATE customer_profile profile SET (%(columns)s) = ROW(%(new)s)
               FROM insight_forecast forecast
               WHERE profile.company_id = %(company)s
                 AND profile.partner_id = forecast.partner_id
                 AND (%(stored)s) IS DISTINCT FROM (%(new)s)""",
            """UPDATE customer_profile profile SET (%(columns)s) = ROW(%(none)s)
               WHERE company_id = %(company)s
                 AND (%(stored)s) IS DISTINCT FROM (%(none)s)
                 AND NOT EXISTS (SELECT FROM insight_forecast forecast
                                 WHERE forecast.partner_id = profile.partner_id)""",
        ):
            with joining_all(self.env.cr):
                self.env.cr.execute(SQL(statement, **values))
                changed += self.env.cr.rowcount
        self.env["customer.profile"].invalidate_model()
        return changed

    @api.model
    def _forecast_sql(self, day):
        """The columns of a profile from a row of ``insight_forecast`` (SQL)."""
        return SQL(
            """forecast.risk, NULLIF(forecast.alive, 'NaN'), forecast.purchases,
               ROUND(forecast.value::numeric, 2),  -- a Monetary is numeric
               CASE WHEN forecast.alive >= 0.5 AND forecast.wait <= %s
                    THEN %s + forecast.wait::int END""",
            _FARTHEST,
            day,
        )

    @api.model
    def _load(self, result, partners):
        """Fill the temporary table ``insight_forecast``, one row per customer."""
        import numpy as np  # noqa: PLC0415

        self.env.cr.execute(
            """DROP TABLE IF EXISTS insight_forecast;
               CREATE TEMPORARY TABLE insight_forecast (
                   partner_id int4, risk float8, alive float8, purchases float8,
                   value float8, wait float8) ON COMMIT DROP"""
        )
        wait = np.minimum(np.nan_to_num(result.wait, nan=np.inf) * 7, _FARTHEST + 1)
        arrays.write(
            self.env.cr,
            "insight_forecast",
            {"partner_id": "int4", **dict.fromkeys(_FIGURES, "float8")},
            partner_id=partners[result.customer],
            risk=(1 - result.buys).round(4),
            alive=result.alive.round(4),
            purchases=result.purchases.round(4),
            value=result.value.round(2),
            wait=wait.round(),
        )
        self.env.cr.execute("ANALYZE insight_forecast")

    # === HOW GOOD IT IS === #

    def _like_chance(self, chance):
        """What became of the customers of the back-test with a like chance to buy.

        :param chance: 0 to 1
        :return: ``(foretold, observed, n)`` of the nearest group, ``None`` without
        """
        self.ensure_one()
        groups = (self.metrics or {}).get("calibration")
        if not groups:
            return None
        return min(groups, key=lambda group: abs(group[0] - chance))
