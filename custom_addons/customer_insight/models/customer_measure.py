from types import SimpleNamespace

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date
from odoo.tools.misc import formatLang

from ..engine.noise import shares_differ, totals_differ

_MONTH = relativedelta(months=1)
#: What a measure is to move: whether more is better.
_GOOD = {"churn": -1, "revenue": 1, "orders": 1, "buyers": 1}
VERDICTS = [
    ("planned", "Planned"),
    ("early", "Nothing can be said yet"),
    ("few", "Too few customers to tell"),
    ("chance", "No real difference"),
    ("better", "Better"),
    ("worse", "Worse"),
]


class CustomerMeasure(models.Model):
    """Something done on a day to move a figure, and the figure before and after.

    As many finished months after the day are compared with as many before it; the month
    in which the measure began is left out unless it began on its first day. Better or
    worse is said only beyond chance. What else changed meanwhile, the season above all,
    a comparison of before and after cannot tell.
    """

    _name = "customer.measure"
    _description = "Measure"
    _order = "date desc, id desc"

    name = fields.Char(string="Title", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    date = fields.Date(
        required=True, default=lambda self: self.env.company._insight_today()
    )
    user_id = fields.Many2one(
        "res.users", string="Owner", default=lambda self: self.env.user
    )
    indicator = fields.Selection(
        [
            ("churn", "Churn rate per month"),
            ("revenue", "Revenue per month"),
            ("orders", "Purchases per month"),
            ("buyers", "Buyers"),
        ],
        string="Figure",
        required=True,
        default="churn",
        help="What the measure is to move.",
    )
    target = fields.Float(
        help="What the figure is to be afterwards: per cent of the customers at the"
        " start of a month for churn, else the average of a month."
    )
    months = fields.Integer(
        string="Months to Compare",
        required=True,
        default=3,
        help="So many finished months after the measure, with as many before it.",
    )
    description = fields.Text()
    before = fields.Char(compute="_compute_effect")
    after = fields.Char(compute="_compute_effect")
    verdict = fields.Selection(VERDICTS, string="Result", compute="_compute_effect")
    is_target_reached = fields.Boolean(
        string="Target Reached", compute="_compute_effect"
    )
    explanation = fields.Char(compute="_compute_effect")

    _months_within_limits = models.Constraint(
        "CHECK (months BETWEEN 1 AND 24)", "Compare one month at least, 24 at most."
    )

    @api.constrains("target", "indicator")
    def _check_target(self):
        for measure in self:
            most = 100 if measure.indicator == "churn" else float("inf")
            if not 0 <= measure.target <= most:
                raise ValidationError(
                    self.env._("A churn rate lies between 0 and 100 %.")
                    if measure.indicator == "churn"
                    else self.env._("A target cannot be negative.")
                )

    @api.depends("date", "indicator", "target", "months", "company_id")
    @api.depends_context("uid", "lang")
    def _compute_effect(self):
        known = self._known_sums()
        for measure in self:
            effect = measure._effect(known)
            measure.verdict = effect["verdict"]
            measure.before = measure._written(effect["before"])
            measure.after = measure._written(effect["after"])
            measure.is_target_reached = effect["reached"]
            measure.explanation = measure._explain(effect)

    # === BEFORE AND AFTER === #

    def _spans(self):
        """The days before and after that can be compared.

        :return: ``(months, ((begin, end), (begin, end)))``, ``None`` for a measure to
            come; 0 months while none is over
        """
        self.ensure_one()
        today = self.company_id._insight_today()
        if not self.date or self.date > today:
            return None
        first = self.date.replace(day=1)
        start = first if self.date == first else first + _MONTH
        done = (today.year - start.year) * 12 + today.month - start.month
        months = max(min(self.months, done), 0)
        span, day = relativedelta(months=months), relativedelta(days=1)
        return months, ((first - span, first - day), (start, start + span - day))

    def _known_sums(self):
        """What the measures compare, read once for all that look at the same days.

        :return: ``{(company, whether churn, span): sums}``
        """
        wanted = {}
        for measure in self:
            months, spans = measure._spans() or (0, ())
            if months:
                key = measure.company_id, measure.indicator == "churn"
                wanted.setdefault(key, set()).update(spans)
        known = {}
        for (company, is_churn), spans in wanted.items():
            read = self._read_churn if is_churn else self._read_purchases
            sums = read(company, spans)
            known |= {(company, is_churn, span): sums[span] for span in spans}
        return known

    def _effect(self, known=None):
        """The figure before and after, of the customers the user may see.

        :return: dict of ``verdict``, ``before`` and ``after`` (a share for churn, else
            the average of a month; None where there is none), ``months`` compared,
            ``n`` on either side, ``reached`` (the target), ``spans`` of days
        """
        self.ensure_one()
        nothing = {"before": None, "after": None, "months": 0, "n": (0, 0)}
        nothing |= {"reached": False, "spans": None}
        found = self._spans()
        if not found:
            return {**nothing, "verdict": "planned"}
        months, spans = found
        if not months:
            return {**nothing, "verdict": "early"}
        known = self._known_sums() if known is None else known
        key = self.company_id, self.indicator == "churn"
        before, after = (self._own_sums(known[(*key, span)]) for span in spans)
        return {
            "months": months,
            "spans": spans,
            "n": (before["n"], after["n"]),
            "before": self._per_month(before, months),
            "after": self._per_month(after, months),
            "verdict": self._judge(before, after),
            "reached": self._reached(self._per_month(after, months)),
        }

    @api.model
    def _read_churn(self, company, spans):
        """:return: ``{span: sums}``, the months of all spans read in one pass"""
        rows = self.env["customer.churn.month"]._churn_months(
            company, min(begin for begin, __ in spans), max(end for __, end in spans)
        )
        sums = {}
        for begin, end in spans:
            months = [row for row in rows if begin <= row["month"] <= end]
            sums[begin, end] = {
                "total": sum(row["lost_opening"] for row in months),
                "n": sum(row["opening"] for row in months),
            }
        return sums

    @api.model
    def _read_purchases(self, company, spans):
        """:return: ``{span: sums of purchases}``"""
        trend = self.env["customer.analysis.trend"].with_company(company)
        everybody = {"segment": False, "salesperson": False, "country": False}
        asked = SimpleNamespace(period="month", customer=False, **everybody)
        trend = trend.with_context(active_test=False)
        return {span: trend._read_trend(asked, *span)[None] for span in spans}

    def _own_sums(self, sums):
        """The sums of this measure's figure, of all that were read for its days."""
        if self.indicator == "churn":
            return sums
        name = self.indicator
        squares = sums.get(f"{name}_sq", sums[name])
        return {"total": sums[name], "squares": squares, "n": sums["buyers"]}

    def _per_month(self, sums, months):
        if self.indicator == "churn":
            return sums["total"] / sums["n"] if sums["n"] else None
        # buyers are those of the whole period: a customer counts once
        return sums["total"] / (1 if self.indicator == "buyers" else months)

    def _judge(self, before, after):
        """:return: one of ``VERDICTS``; enough customers are needed on either side"""
        least = self.env["customer.analysis"]._least(self.company_id)
        if min(before["n"], after["n"]) < least:
            return "few"
        if self.indicator == "churn":
            shares = (before["total"], before["n"], after["total"], after["n"])
            is_real = shares_differ(*shares)
            change = after["total"] / after["n"] - before["total"] / before["n"]
        else:
            is_real = totals_differ(
                before["total"], before["squares"], after["total"], after["squares"]
            )
            change = after["total"] - before["total"]
        if not is_real:
            return "chance"
        return "better" if change * _GOOD[self.indicator] > 0 else "worse"

    def _reached(self, after):
        if after is None or not self.target:
            return False
        if self.indicator == "churn":
            return 100 * after <= self.target
        return after >= self.target

    # === IN WORDS === #

    def _written(self, value):
        """:return: a value of the figure as the reader writes it, ``–`` for none"""
        if value is None:
            return "–"
        if self.indicator == "churn":
            return f"{formatLang(self.env, 100 * value, digits=1)} %"
        if self.indicator == "revenue":
            currency = self.company_id.currency_id
            return formatLang(self.env, value, currency_obj=currency)
        return formatLang(self.env, value, digits=0)

    def _explain(self, effect):
        if effect["verdict"] == "planned":
            return self.env._("It has not begun yet.")
        if effect["verdict"] == "early":
            return self.env._("No whole month after it is over yet.")
        (begin, end), (start, stop) = (
            [format_date(self.env, day) for day in span] for span in effect["spans"]
        )
        return self.env._(
            "%(start)s to %(stop)s (n = %(after)s) against %(begin)s to %(end)s"
            " (n = %(before)s). Season and other causes are not excluded.",
            start=start,
            stop=stop,
            begin=begin,
            end=end,
            before=formatLang(self.env, effect["n"][0], digits=0),
            after=formatLang(self.env, effect["n"][1], digits=0),
        )
