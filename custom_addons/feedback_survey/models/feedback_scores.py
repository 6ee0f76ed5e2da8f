from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import scores

#: What scores can be broken down by: name of the field.
BREAKDOWNS = (
    "dimension_id",
    "survey_id",
    "channel",
    "lifecycle_stage",
    "rfm_segment_id",
    "user_id",
    "team_id",
    "place_id",
    "product_category_ids",
    "product_ids",
    "company_id",
)
PERIODS = (30, 90, 180, 365)
_TREND_MONTHS = 12
_SIGNIFICANT = 0.05
#: Groups shown at most: those with the most answers.
_MOST_GROUPS = 100


class FeedbackScores(models.AbstractModel):
    """Scores of the answers a user may read, ready to be drawn.

    Everything is counted by the database with the reader's own rules; the formulas are
    those of ``engine.scores``.
    """

    _name = "feedback.scores"
    _description = "Feedback Scores"

    @api.model
    @api.readonly
    def get_dashboard(self, days=90, breakdown="dimension_id"):
        """The scores of the last days, their change, their trend and their parts.

        :param days: length of the period, one of ``PERIODS``
        :param breakdown: one of ``BREAKDOWNS``
        :return: ``{minimum, date_from, date_to, cards, trend, marks, groups}``; a
            *score* is ``{metric, value, low, high, n, reliable, domain}``. ``cards``
            are scores with ``change`` and ``is_real``; ``trend`` is ``{metric: [score
            with month]}``; ``marks`` are improvements; ``groups`` is ``[{label,
            scores: {metric: score}}]``
        :raise UserError: for another period or breakdown
        """
        if days not in PERIODS or breakdown not in BREAKDOWNS:
            raise UserError(self.env._("There is no such view of the scores."))
        today = self.env.company._insight_today()
        start = today - relativedelta(days=days - 1)
        now = self._between(start, today)
        return {
            "minimum": self.env.company.insight_min_observations,
            "date_from": fields.Date.to_string(start),
            "date_to": fields.Date.to_string(today),
            "cards": self._cards(
                now, self._between(start - relativedelta(days=days), start, last=False)
            ),
            "trend": self._trend(today),
            "marks": self._trend_marks(today),
            "groups": self._groups(now, breakdown),
        }

    @api.model
    def _between(self, start, end, last=True):
        """:return: domain of the answers of the company's days from start to end"""
        company = self.env.company
        end = end + relativedelta(days=1) if last else end
        first, following = (
            fields.Datetime.to_string(company._feedback_moment(day))
            for day in (start, end)
        )
        return Domain("date", ">=", first) & Domain("date", "<", following)

    @api.model
    def _counts(self, domain, *groupby):
        """Count the answers that make the scores.

        :return: ``{(metric, *group values): (promoters, passives, detractors)}`` for
            NPS, ``(content, n)`` for the other metrics
        """
        rows = self.env["feedback.answer"]._read_group(
            domain, ["metric", *groupby, "category"], ["__count"]
        )
        counted = {}
        for metric, *values, category, count in rows:
            counted.setdefault((metric, *values), {})[category] = count
        return {
            key: tuple(by.get(name, 0) for name in ("promoter", "passive", "detractor"))
            if key[0] == "nps"
            else (by.get("content", 0), sum(by.values()))
            for key, by in counted.items()
        }

    @api.model
    def _score(self, metric, counts, domain):
        """:return: a score as ``get_dashboard`` describes it"""
        score = (
            scores.net_promoter(*counts) if metric == "nps" else scores.share(*counts)
        )
        return {
            "metric": metric,
            "value": score.value,
            "low": score.low,
            "high": score.high,
            "n": score.n,
            "reliable": score.is_reliable(self.env.company.insight_min_observations),
            "domain": list(domain & Domain("metric", "=", metric)),
        }

    @api.model
    def _cards(self, now, before):
        current, earlier = self._counts(now), self._counts(before)
        return [
            {
                **self._score(metric, counts, now),
                **self._change(metric, earlier.get((metric,)), counts),
            }
            for metric in scores.SCALES
            for counts in [current.get((metric,))]
            if counts
        ]

    @api.model
    def _change(self, metric, before, counts):
        """:return: the change and whether it is beyond chance; None if not known"""
        test = scores.net_promoter_change if metric == "nps" else scores.share_change
        change = test(before, counts) if before else None
        if change is None:
            return {"change": None, "is_real": False}
        minimum = self.env.company.insight_min_observations
        sizes = [sum(c) if metric == "nps" else c[1] for c in (before, counts)]
        return {
            "change": change[0],
            "is_real": change[1] < _SIGNIFICANT and min(sizes) >= minimum,
        }

    @api.model
    def _trend(self, today):
        first = today.replace(day=1) - relativedelta(months=_TREND_MONTHS - 1)
        domain = self._between(first, today)
        timezone = self.env.company._insight_timezone()
        counted = self.with_context(tz=timezone)._counts(domain, "date:month")
        trend = {}
        for (metric, month), counts in sorted(counted.items()):
            month = fields.Date.to_date(month)
            period = self._between(month, month + relativedelta(months=1), last=False)
            trend.setdefault(metric, []).append(
                {
                    **self._score(metric, counts, period),
                    "month": fields.Date.to_string(month),
                }
            )
        return trend

    @api.model
    def _trend_marks(self, today):
        """:return: the improvements that took effect in the months of the trend"""
        first = today.replace(day=1) - relativedelta(months=_TREND_MONTHS - 1)
        return self.env["feedback.improvement"]._marks(first, today)

    @api.model
    def _groups(self, domain, breakdown):
        groups = {}
        for (metric, value), counts in self._counts(domain, breakdown).items():
            part = domain & Domain(breakdown, "=", self._plain(value))
            groups.setdefault(value, {})[metric] = self._score(metric, counts, part)
        labelled = [
            {"label": self._label(breakdown, value), "scores": found}
            for value, found in groups.items()
        ]
        return sorted(
            labelled, key=lambda g: -sum(score["n"] for score in g["scores"].values())
        )[:_MOST_GROUPS]

    @api.model
    def _plain(self, value):
        return value.id if isinstance(value, models.BaseModel) else value

    @api.model
    def _label(self, breakdown, value):
        if not value:
            return self.env._("Not known")
        if isinstance(value, models.BaseModel):
            return value.sudo().display_name  # a name that stands beside the answers
        field = self.env["feedback.answer"]._fields[breakdown]
        return dict(field._description_selection(self.env))[value]
