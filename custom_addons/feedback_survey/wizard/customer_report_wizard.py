from odoo import models
from odoo.addons.customer_insight.report.section import Cell, Chart, Column, Section
from odoo.fields import Domain

from ..engine import scores


class CustomerReportWizard(models.TransientModel):
    """What the customers of the report answered, and how their cases ended."""

    _inherit = "customer.report.wizard"

    def _report_sections(self):
        sections = super()._report_sections()
        may_read = self.env["feedback.answer"].has_access("read")
        if not may_read or not self._has_feedback():
            return sections
        own = [self._feedback_section(), self._feedback_months_section()]
        return [*sections[:-1], *own, *sections[-1:]]

    def _has_feedback(self):
        domain = Domain("company_id", "=", self.company_id.id)
        return any(
            self.env[model].search_count(domain, limit=1)
            for model in ("feedback.answer", "feedback.case")
        )

    def _feedback_scores(self):
        """:return: the reader's scores, in the company of the report"""
        return self.env["feedback.scores"].with_company(self.company_id)

    def _feedback_domain(self, start, end):
        """:return: domain on the customers and days of the report; it holds for answers
        and mentions, and for cases with another name of the day"""
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= self._feedback_scores()._between(start, end)
        return domain & self._feedback_customers("partner_id")

    def _feedback_customers(self, path):
        if self._filter_domain().is_true():
            return Domain.TRUE
        query, column = self._profile_query()
        return Domain(path, "in", query.subselect(column("partner_id")))

    # === KEY FIGURES === #

    def _feedback_section(self):
        figures = [
            *self._feedback_score_rows(),
            *self._feedback_case_rows(),
            *self._feedback_theme_rows(),
        ]
        return Section(
            name="feedback",
            title=self.env._("Feedback"),
            columns=[
                Column(self.env._("Figure"), "text", 34),
                Column(self.env._("Value"), "any", 14),
                Column(self.env._("From"), "any", 12),
                Column(self.env._("To"), "any", 12),
                Column(self.env._("n"), "integer", 10),
                Column(self.env._("A Year Earlier"), "any", 16),
                Column(self.env._("Change"), "text", 34),
            ],
            rows=figures if any(row[4] for row in figures) else [],
            heading=(
                self.env._(
                    "With 95 %% intervals; grey below %(count)s answers.",
                    count=self.company_id.insight_min_observations,
                ),
            ),
            empty=self.env._("No feedback in this period."),
        )

    def _feedback_row(self, label, score, before=None, change=""):
        """:param score, before: ``engine.scores.Score``
        :return: a row of the key figures"""
        return (
            label,
            self._feedback_cell(score.value, score.n),
            self._feedback_cell(score.low, score.n),
            self._feedback_cell(score.high, score.n),
            score.n,
            self._feedback_cell(before and before.value, before.n if before else 0),
            change,
        )

    def _feedback_cell(self, value, n):
        weak = n < self.company_id.insight_min_observations
        return None if value is None else Cell("decimal", round(value, 1), weak)

    def _feedback_score_rows(self):
        names = self._feedback_metrics()
        reader = self._feedback_scores()
        now, before = (
            reader._counts(self._feedback_domain(*period))
            for period in ((self.date_from, self.date_to), self._period_before())
        )
        return [
            self._feedback_row(
                names[metric],
                self._feedback_score(metric, now[metric,]),
                self._feedback_score(metric, before.get((metric,), ())),
                self._feedback_change(metric, before.get((metric,)), now[metric,]),
            )
            for metric in scores.SCALES
            if (metric,) in now
        ]

    def _feedback_metrics(self):
        field = self.env["feedback.answer"]._fields["metric"]
        return dict(field._description_selection(self.env))

    def _feedback_score(self, metric, counts):
        if not counts:
            return scores.Score.nothing()
        return (
            scores.net_promoter(*counts) if metric == "nps" else scores.share(*counts)
        )

    def _feedback_change(self, metric, before, now):
        """:return: in words whether the change is more than chance"""
        found = self._feedback_scores()._change(metric, before, now)
        if found["change"] is None:
            return ""
        if found["is_real"]:
            return self.env._("beyond chance")
        return self.env._("chance may explain it")

    def _feedback_case_rows(self):
        if not self.env["feedback.case"].has_access("read"):
            return []
        came = Domain(
            [
                ("create_date", condition.operator, condition.value)
                for condition in self._feedback_scores()
                ._between(self.date_from, self.date_to)
                .iter_conditions()
            ]
        )
        came &= Domain("company_id", "=", self.company_id.id)
        came &= self._feedback_customers("partner_id.commercial_partner_id")
        cases = self.env["feedback.case"]
        count = cases.search_count(came)
        told = cases.search_count(came & Domain("customer_informed_on", "!=", False))
        label = self.env._("Cases whose customer was told, %")
        return [self._feedback_row(label, scores.share(told, count))] if count else []

    def _feedback_theme_rows(self):
        domain = self._feedback_domain(self.date_from, self.date_to)
        themes = self._feedback_scores()._theme_figures(domain)
        return [
            self._feedback_row(
                self.env._("Critical of “%(theme)s”, %%", theme=theme["name"]),
                scores.share(round(theme["critical"] * theme["n"] / 100), theme["n"]),
            )
            for theme in themes
        ]

    # === MONTHS === #

    def _feedback_months_section(self):
        names = self._feedback_metrics()
        zone = self.company_id._insight_timezone()
        counted = (
            self._feedback_scores()
            .with_context(tz=zone)
            ._counts(self._feedback_domain(self.date_from, self.date_to), "date:month")
        )
        found = {
            key: self._feedback_score(key[0], counts) for key, counts in counted.items()
        }
        metrics = [one for one in scores.SCALES if any(key[0] == one for key in found)]
        months = sorted({month for _metric, month in found})
        columns, values = [Column(self.env._("Month"), "month", 14)], []
        for metric in metrics:
            values.append(len(columns))
            columns += [
                Column(names[metric], "any", 16),
                Column(self.env._("n: %(score)s", score=names[metric]), "integer", 12),
            ]
        rows = []
        for month in months:
            row = [month.date() if hasattr(month, "date") else month]
            for metric in metrics:
                score = found.get((metric, month), scores.Score.nothing())
                row += [self._feedback_cell(score.value, score.n), score.n]
            rows.append(tuple(row))
        return Section(
            name="feedback_months",
            title=self.env._("Feedback by Month"),
            columns=columns,
            rows=rows,
            chart=Chart("line", self.env._("Scores by Month"), 0, tuple(values[:1]))
            if len(rows) > 1
            else None,
            empty=self.env._("No feedback in this period."),
        )

    def _exclusion_notes(self, totals):
        """Trials and answers that are held back are in no figure."""
        notes = super()._exclusion_notes(totals)
        if not self.env["feedback.answer"].has_access("read"):
            return notes
        return [
            *notes,
            (
                self.env._("Feedback"),
                self.env._(
                    "Trials, unfinished answers and anonymous answers below the"
                    " smallest group are left out. NPS with Rocks' adjusted Wald"
                    " interval, shares with Wilson's."
                ),
            ),
        ]
