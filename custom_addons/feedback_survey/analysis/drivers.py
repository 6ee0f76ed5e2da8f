from odoo import models
from odoo.addons.customer_insight.analysis.blocks import Column, Row, table
from odoo.addons.customer_insight.analysis.parameters import Choice
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..engine.drivers import importance, quadrant


class FeedbackAnalysisDrivers(models.AbstractModel):
    """What the overall answer depends on: importance and performance of each part."""

    _name = "feedback.analysis.drivers"
    _inherit = "feedback.analysis"
    _description = "Drivers"

    def _title(self):
        return self.env._("Drivers of Satisfaction")

    def _help(self, asked):
        return self.env._(
            "Importance: correlation of a part with the overall answer, a person with"
            " several answers counting once, by their mean, with Fisher's 95 %%"
            " interval; of a theme, that of being critical of it, turned round."
            " Performance: share of content answers of a dimension, of a theme the"
            " share of persons who are not critical of it. Hollow: nothing can be said,"
            " since fewer than %(count)s spoke or the interval includes nought. What"
            " goes along need not be the cause.",
            count=self._minimum(),
        )

    def _empty(self, asked):
        return self.env._(
            "No answers in this period have both an overall score and a part. Ask for"
            " NPS or satisfaction together with dimensions or a comment."
        )

    def _default_days(self):
        return 365

    def _parameters(self):
        until, days, *others = super()._parameters()
        overall = (
            ("nps", self.env._("Recommendation (NPS)")),
            ("csat", self.env._("Satisfaction (CSAT)")),
        )
        choice = Choice("overall", self.env._("Depends on"), "nps", overall)
        return [until, days, choice, *others]

    def _blocks(self, asked):
        points = self._points(asked)
        if not points:
            return []
        return [self._scatter(points), self._parts_table(points)]

    # === FIGURES === #

    def _answer_domain(self, asked):
        return self._period(asked) & self._customers(asked)

    def _points(self, asked):
        """:return: list of dicts, the most important first"""
        found = [
            self._point("dimension", *row) for row in self._dimension_rows(asked)
        ] + [self._point("theme", *row) for row in self._theme_rows(asked)]
        for kind in ("dimension", "theme"):  # measured in different ways
            said = [one for one in found if one["said"] and one["kind"] == kind]
            if not said:
                continue
            middle = [sum(one[a] for one in said) / len(said) for a in ("x", "y")]
            for one in said:
                one["quadrant"] = quadrant(one["x"], one["y"], *middle)
        return sorted(
            found, key=lambda one: (not one["said"], -(one["y"] or 0), one["label"])
        )

    def _point(self, kind, record, correlation, n, enough, performance):
        """A part on the chart.

        :param enough: observations that are compared with the minimum
        """
        names = {"dimension": "feedback.dimension", "theme": "feedback.theme"}
        found = importance(correlation, n, minimum=0)
        return {
            "label": self.env[names[kind]].browse(record).sudo().display_name,
            "kind": kind,
            "x": performance,
            "y": found.value,
            "low": found.low,
            "high": found.high,
            "n": enough,
            "said": found.is_sayable and enough >= self._minimum(),
            "quadrant": None,
            "key": [kind, record],
        }

    def _overall_query(self, asked):
        """Overall answers of the period: participation, person and score (SQL).

        Who answered anonymously is a person of each participation.
        """
        domain = self._answer_domain(asked) & Domain("metric", "=", asked.overall)
        query, column = self._readable("feedback.answer", domain)
        participation = column("user_input_id")
        person = SQL("COALESCE(%s, -%s)", column("contact_id"), participation)
        query.groupby = SQL("%s, %s", participation, person)
        return query.select(
            SQL("%s AS participation", participation),
            SQL("%s AS person", person),
            SQL("AVG(%s) AS overall", column("score")),
        )

    def _dimension_rows(self, asked):
        """:return: ``[(dimension id, correlation, persons, persons, performance)]``"""
        domain = self._answer_domain(asked) & Domain("metric", "=", "dimension")
        query, column = self._readable("feedback.answer", domain)
        return self.env.execute_query(
            SQL(
                """
                SELECT dimension, CORR(score, overall), COUNT(*), COUNT(*),
                       SUM(content)::float / SUM(answers) / 100
                FROM (SELECT dimension, person, AVG(score) AS score,
                             AVG(overall) AS overall, SUM(content) AS content,
                             COUNT(*) AS answers
                      FROM (%s) part JOIN (%s) whole USING (participation)
                      WHERE dimension IS NOT NULL
                      GROUP BY dimension, person) said
                GROUP BY dimension
                """,
                query.select(
                    SQL("%s AS participation", column("user_input_id")),
                    SQL("%s AS dimension", column("dimension_id")),
                    SQL("%s AS score", column("score")),
                    SQL("%s AS content", column("content_points")),
                ),
                self._overall_query(asked),
            )
        )

    def _theme_rows(self, asked):
        """Of each theme among all persons who commented and gave an overall answer: the
        correlation of not being critical of it.

        :return: ``[(theme id, correlation, persons, persons who spoke of the theme,
            share of them who are not critical)]``
        """
        query, column = self._readable("feedback.comment", self._answer_domain(asked))
        return self.env.execute_query(
            SQL(
                """
                WITH said AS MATERIALIZED (
                    SELECT comment, person, overall
                    FROM (%s) comment JOIN (%s) whole USING (participation)),
                persons AS (
                    SELECT person, AVG(overall) AS overall FROM said GROUP BY person),
                about AS MATERIALIZED (
                    SELECT said.person, theme_id AS theme,
                           bool_or(mention.sentiment = 'negative') AS is_critical
                    FROM said JOIN feedback_mention mention
                      ON mention.comment_id = said.comment
                    GROUP BY said.person, theme_id)
                SELECT theme.theme,
                       CORR((NOT COALESCE(is_critical, FALSE))::int, overall),
                       COUNT(*), COUNT(about.person),
                       1 - AVG(is_critical::int)::float
                FROM (SELECT DISTINCT theme FROM about) theme CROSS JOIN persons
                LEFT JOIN about
                  ON about.person = persons.person AND about.theme = theme.theme
                GROUP BY theme.theme
                """,
                query.select(
                    SQL("%s AS comment", column("id")),
                    SQL("%s AS participation", column("user_input_id")),
                ),
                self._overall_query(asked),
            )
        )

    # === WHAT IS SHOWN === #

    def _quadrants(self):
        return {
            "improve": self.env._("Improve first"),
            "keep": self.env._("Keep it up"),
            "watch": self.env._("Watch"),
            "enough": self.env._("Good enough"),
            None: self.env._("Nothing can be said"),
        }

    def _scatter(self, points):
        kinds = {
            "dimension": self.env._("Dimensions"),
            "theme": self.env._("Themes"),
        }
        drawn = [one for one in points if one["y"] is not None]
        return {
            "type": "feedback_drivers",
            "title": self.env._("Importance and Performance"),
            "x": self.env._("Performance"),
            "y": self.env._("Importance (correlation)"),
            "names": {key or "none": name for key, name in self._quadrants().items()},
            "groups": [
                {"label": name, "points": [p for p in drawn if p["kind"] == kind]}
                for kind, name in kinds.items()
            ],
        }

    def _parts_table(self, points):
        names = self._quadrants()
        rows = [
            Row(
                [
                    one["label"],
                    one["n"],
                    one["y"],
                    self._interval(one),
                    one["x"],
                    names[one["quadrant"]],
                ],
                key=one["key"],
                weak=not one["said"],
            )
            for one in points
        ]
        columns = [
            Column(self.env._("Part")),
            Column(self.env._("n"), "integer"),
            Column(self.env._("Importance"), "decimal"),
            Column(self.env._("95% Interval")),
            Column(self.env._("Performance"), "percent"),
            Column(self.env._("What to Do")),
        ]
        return table(self.env._("The Same in Figures"), columns, rows)

    def _interval(self, one):
        if one["low"] is None:
            return "–"
        low, high = (
            formatLang(self.env, one[end], digits=2) for end in ("low", "high")
        )
        return f"{low} … {high}"

    def _records(self, asked, key):
        kind, record = key
        domain, record = self._answer_domain(asked), int(record)
        if kind == "dimension":
            name = self.env["feedback.dimension"].browse(record).display_name
            of = Domain("metric", "=", "dimension") & Domain(
                "dimension_id", "=", record
            )
            return "feedback.answer", domain & of, name
        if kind != "theme":
            raise KeyError(kind)
        about = Domain("mention_ids.theme_id", "=", record)
        return "feedback.comment", domain & about, self._theme_name(record)
