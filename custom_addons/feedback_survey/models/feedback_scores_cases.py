from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.fields import Domain

from ..engine import scores

_THEMES = 5


class FeedbackScores(models.AbstractModel):
    """Cases and themes on the page of the scores."""

    _inherit = "feedback.scores"

    @api.model
    @api.readonly
    def get_dashboard(self, days=90, breakdown="dimension_id"):
        """The page of scores, with its cases and themes.

        :return: as before, and ``cases``: list of *figures* ``{code, value, low, high,
            n, reliable, domain}``, shares from 0 to 100 and times in hours; and
            ``themes``: list of ``{name, n, critical, domain, reliable}``
        """
        found = super().get_dashboard(days, breakdown)
        today = self.env.company._insight_today()
        period = self._between(today - relativedelta(days=days - 1), today)
        company = Domain("company_id", "=", self.env.company.id)
        return {
            **found,
            "cases": self._case_figures(company, period),
            "themes": self._theme_figures(company & period),
        }

    @api.model
    def _case_figures(self, company, period):
        """Open and overdue cases, and those of the period: told, times, content."""
        created = Domain(
            [
                ("create_date", condition.operator, condition.value)
                for condition in period.iter_conditions()
            ]
        )
        came = company & created
        told = came & Domain("customer_informed_on", "!=", False)
        closed = came & Domain("closed_on", "!=", False)
        asked = company & created & Domain("after_answer_id", "!=", False)
        content = asked & Domain("after_category", "in", ("promoter", "content"))
        count = self.env["feedback.case"].search_count
        written = came & self._written_domain()
        answered = count(written & Domain("auto_replied_on", "!=", False))
        still = company & Domain("is_closed", "!=", True)
        automatic = self._rate("auto_replied", answered, count(written), written)
        return [
            self._number("open", count(still), still),
            self._number(
                "overdue",
                count(late := still & Domain("is_overdue", "=", True)),
                late,
            ),
            self._rate("told", count(told), count(came), came),
            self._mean("hours_to_answer", told),
            self._mean("hours_to_close", closed),
            self._rate("content_after", count(content), count(asked), asked),
            # only where something is answered automatically
            *([automatic] if answered else []),
        ]

    @api.model
    def _written_domain(self):
        """:return: cases that could be answered automatically: mails, and what was
        written into surveys that answer"""
        mailed = Domain("channel", "=", "email") & Domain(
            "participation_id", "=", False
        )
        return mailed | Domain("is_reply_checked", "=", True)

    @api.model
    def _number(self, code, value, domain):
        return {
            "code": code,
            "value": value,
            "low": None,
            "high": None,
            "n": None,
            "reliable": True,
            "domain": list(domain),
        }

    @api.model
    def _rate(self, code, part, n, domain):
        score = scores.share(part, n)
        return {
            "code": code,
            "value": score.value,
            "low": score.low,
            "high": score.high,
            "n": n,
            "reliable": score.is_reliable(self.env.company.insight_min_observations),
            "domain": list(domain),
        }

    @api.model
    def _mean(self, code, domain):
        [(n, mean)] = self.env["feedback.case"]._read_group(
            domain, [], ["__count", f"{code}:avg"]
        )
        return {
            "code": code,
            "value": mean if n else None,
            "low": None,
            "high": None,
            "n": n,
            "reliable": n >= self.env.company.insight_min_observations,
            "domain": list(domain),
        }

    @api.model
    def _theme_figures(self, domain):
        """The themes most spoken of, with the share of critical sentences."""
        mentions = self.env["feedback.mention"]
        rows = mentions._read_group(
            domain, ["theme_id"], ["__count"], order="__count DESC, theme_id"
        )[:_THEMES]
        critical = dict(
            mentions._read_group(
                domain & Domain("sentiment", "=", "negative"), ["theme_id"], ["__count"]
            )
        )
        minimum = self.env.company.insight_min_observations
        return [
            {
                "name": theme.name,
                "n": n,
                "critical": 100 * critical.get(theme, 0) / n,
                "reliable": n >= minimum,
                "domain": list(domain & Domain("mention_ids.theme_id", "=", theme.id)),
            }
            for theme, n in rows
        ]
