"""The survey app's own page of results: what the scored questions come to."""

from odoo import models
from odoo.fields import Domain
from odoo.tools.misc import formatLang

#: Size of the drawing of the months, without its margins.
_WIDTH, _HEIGHT = 320, 64
_MARGIN = 6
#: Months drawn: the last ones with answers.
_MOST_MONTHS = 24


class SurveyQuestion(models.Model):
    _inherit = "survey.question"

    def _prepare_statistics(self, user_input_lines):
        """Add ``feedback`` to the data of each question that makes a score: the score
        of the answers that the page's filters leave, if the reader may read answers."""
        found = super()._prepare_statistics(user_input_lines)
        if not self.env["feedback.answer"].has_access("read"):
            return found
        participations = user_input_lines.user_input_id.ids
        for data in found:
            if data["question"].metric:
                data["feedback"] = data["question"]._feedback_results(participations)
        return found

    def _feedback_results(self, participations):
        """:return: ``{label, unit, value, n, reliable, sentence, few, caption, months,
        drawing}``, numbers as texts; None without answers"""
        self.ensure_one()
        reader = self.env["feedback.scores"]
        domain = Domain("question_id", "=", self.id)
        domain &= Domain("metric", "=", self.metric)
        domain &= Domain("user_input_id", "in", participations)
        counts = reader._counts(domain).get((self.metric,))
        if not counts:
            return None
        score = reader._score(self.metric, counts, domain)
        months = self._feedback_months(domain)
        names = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}
        texts = self._feedback_texts(score)
        return {
            "label": names.get(self.metric) or self.dimension_id.name,
            "unit": "" if self.metric == "nps" else "%",
            **texts,
            "sentence": self.env._(
                "95 %% interval %(interval)s, n = %(count)s",
                interval=texts["interval"],
                count=texts["n"],
            ),
            "few": self.env._(
                "Fewer than %(count)s answers: this says little.",
                count=self.env.company.insight_min_observations,
            ),
            "caption": self.env._(
                "%(first)s to %(last)s; hollow: few answers",
                first=months[0]["month"],
                last=months[-1]["month"],
            ),
            "months": months,
            "drawing": self._feedback_drawing(months) if len(months) > 1 else None,
        }

    def _feedback_texts(self, score):
        value, low, high = (
            formatLang(self.env, score[name], digits=0)
            for name in ("value", "low", "high")
        )
        return {
            "value": value,
            "interval": f"{low} … {high}",
            "n": score["n"],
            "reliable": score["reliable"],
        }

    def _feedback_months(self, domain):
        """:return: list of dicts of the months with answers, the last ones"""
        reader = self.env["feedback.scores"]
        zone = self.env.company._insight_timezone()
        counted = reader.with_context(tz=zone)._counts(domain, "date:month")
        months = []
        for (metric, month), counts in sorted(counted.items())[-_MOST_MONTHS:]:
            score = reader._score(metric, counts, domain)
            months.append(
                {
                    **self._feedback_texts(score),
                    "month": f"{month:%Y-%m}",
                    "figures": [score[one] for one in ("value", "low", "high")],
                }
            )
        return months

    def _feedback_drawing(self, months):
        """The months as a line with its band, for an SVG.

        :return: ``{width, height, line, band, zero, points}``; points are
            ``[(x, y, text, reliable)]``
        """
        least = -100 if self.metric == "nps" else 0
        step = _WIDTH / (len(months) - 1)

        def place(number, value):
            share = (100 - value) / (100 - least)
            return _MARGIN + step * number, _MARGIN + _HEIGHT * share

        value, low, high = (
            [
                place(number, month["figures"][which])
                for number, month in enumerate(months)
            ]
            for which in range(3)
        )

        def path(points):
            return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

        return {
            "width": _WIDTH + 2 * _MARGIN,
            "height": _HEIGHT + 2 * _MARGIN,
            "line": path(value),
            "band": path([*high, *reversed(low)]),
            "zero": place(0, 0)[1],
            "points": [
                (
                    f"{x:.1f}",
                    f"{y:.1f}",
                    f"{month['month']}: {month['value']} ({month['interval']}),"
                    f" n = {month['n']}",
                    month["reliable"],
                )
                for (x, y), month in zip(value, months, strict=True)
            ],
        }
