from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.addons.customer_insight.analysis.blocks import (
    Column,
    Figure,
    Row,
    Series,
    chart,
    figures,
    table,
)
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang

from ..engine import scores

_MONTHS = 12
#: Themes drawn as lines; sentences shown of each.
_LINES, _SENTENCES = 6, 3
_SIGNIFICANT = 0.05
#: What opens: without a theme, and of a theme; there is a method for each.
_OPENS = ("comments", "all_critical", "none", "checked", "comment")
_OPENS_THEME = (
    "theme",
    "month",
    "critical",
    "answers",
    "cases",
    "customers",
    "critics",
)


class FeedbackAnalysisThemes(models.AbstractModel):
    """What customers speak of: how much, how friendly, with which score and cost."""

    _name = "feedback.analysis.themes"
    _inherit = "feedback.analysis"
    _description = "Themes"

    def _title(self):
        return self.env._("Themes")

    def _help(self, asked):
        return self.env._(
            "Comments of the period by what they are about; a comment may have several"
            " themes. Change: of the theme's share against the period before, in points"
            " of a hundred, coloured where it is beyond chance. Revenue at risk: what"
            " the customers who are critical of the theme bought in the 12 months until"
            " the day, of those whose purchases you may see. Common: at least"
            " %(count)s customers speak of it. Below that number of comments a row is"
            " grey.",
            count=self._minimum(),
        )

    def _empty(self, asked):
        return self.env._(
            "No comments in this period. Ask for a comment in a survey that makes"
            " scores: the job “read what comments are about” finds its themes within"
            " the hour."
        )

    def _blocks(self, asked):
        found = self._themes(asked)
        if not found["n"]:
            return []
        return [
            self._figures(asked, found),
            self._theme_table(found),
            self._trend(asked, found),
            self._sentences(asked, found),
        ]

    # === FIGURES === #

    def _comment_domain(self, asked, back=0):
        return self._period(asked, back) & self._customers(asked)

    def _themes(self, asked):
        """:return: ``{"n", "before", "unthemed", "unread", "themes": [dict]}``"""
        domain = self._comment_domain(asked)
        comments = self.env["feedback.comment"]
        before = self._comment_domain(asked, back=1)
        n, n_before = comments.search_count(domain), comments.search_count(before)
        earlier = self._counts(before)
        critical = self._counts(domain & Domain("sentiment", "=", "negative"))
        more = self._figures_by_theme(asked)
        themes = [
            {
                "theme": theme,
                "n": count,
                "customers": customers,
                "share": count / n,
                "change": self._change(
                    (earlier.get(theme, (0,))[0], n_before), count, n
                ),
                "critical": critical.get(theme, (0,))[0],
                **more.get(theme, {}),
            }
            for theme, (count, customers) in self._counts(domain).items()
        ]
        themes.sort(key=lambda one: (-one["n"], one["theme"]))
        none = domain & Domain("mention_ids", "=", False)
        return {
            "n": n,
            "before": n_before,
            "unthemed": comments.search_count(none),
            "themes": themes,
        }

    def _counts(self, domain):
        """:return: ``{theme id: (comments, customers)}``"""
        rows = self.env["feedback.mention"]._read_group(
            domain, ["theme_id"], ["__count", "partner_id:count_distinct"]
        )
        return {theme.id: tuple(counts) for theme, *counts in rows}

    def _change(self, before, count, n):
        """:return: change of a share in points and whether it is real, or None"""
        found = scores.share_change(before, (count, n))
        if found is None:
            return None
        enough = min(before[1], n) >= self._minimum()
        return found[0], enough and found[1] < _SIGNIFICANT

    def _figures_by_theme(self, asked):
        """Scores, open cases and revenue at risk of each theme, in one statement."""
        query, column = self._readable("feedback.mention", self._comment_domain(asked))
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH mention AS MATERIALIZED (%(mentions)s),
                told AS (
                    SELECT theme, AVG(nps_points)::float AS nps,
                           COUNT(nps_points) AS nps_n,
                           AVG(content_points)::float AS content,
                           COUNT(content_points) AS content_n
                    FROM mention
                    JOIN feedback_comment comment ON comment.id = mention.comment
                    JOIN feedback_answer answer
                      ON answer.user_input_id = comment.user_input_id
                    GROUP BY theme),
                cases AS (
                    SELECT theme, COUNT(DISTINCT complaint.id) AS open_cases
                    FROM mention
                    JOIN feedback_comment comment ON comment.id = mention.comment
                    JOIN feedback_case complaint
                      ON complaint.participation_id = comment.user_input_id
                      OR complaint.id = comment.case_id
                    WHERE complaint.is_closed IS NOT TRUE
                    GROUP BY theme),
                risk AS (
                    SELECT theme, COUNT(*) AS critics, SUM(revenue) AS revenue
                    FROM (SELECT DISTINCT theme, partner AS partner_id
                          FROM mention WHERE sentiment = 'negative') critic
                    LEFT JOIN (%(revenue)s) bought USING (partner_id)
                    WHERE partner_id IS NOT NULL
                    GROUP BY theme)
                SELECT theme, nps, nps_n, content, content_n, open_cases, critics,
                       revenue
                FROM (SELECT DISTINCT theme FROM mention) theme
                LEFT JOIN told USING (theme) LEFT JOIN cases USING (theme)
                LEFT JOIN risk USING (theme)
                """,
                mentions=query.select(
                    SQL("%s AS theme", column("theme_id")),
                    SQL("%s AS comment", column("comment_id")),
                    SQL("%s AS partner", column("partner_id")),
                    SQL("%s AS sentiment", column("sentiment")),
                ),
                revenue=self._revenue_by_partner(asked),
            )
        )
        return {row.pop("theme"): row for row in rows}

    # === WHAT IS SHOWN === #

    def _figures(self, asked, found):
        learning = self.env["feedback.theme.learning"].search([], limit=1)
        critical = self.env["feedback.comment"].search_count(
            self._comment_domain(asked) & Domain("sentiment", "=", "negative")
        )
        n = found["n"]
        return figures(
            [
                Figure(self.env._("Comments"), n, key=["comments"]),
                Figure(
                    self.env._("Negative"),
                    critical / n,
                    "percent",
                    note=self.env._("n = %(n)s", n=n),
                    key=["all_critical"],
                ),
                Figure(
                    self.env._("Without a Theme"),
                    found["unthemed"] / n,
                    "percent",
                    note=self.env._("n = %(n)s", n=n),
                    key=["none"],
                ),
                Figure(
                    self.env._("Checked by Staff"),
                    learning.corrections,
                    note=self.env._("learned from at the next run"),
                    key=["checked"],
                ),
            ]
        )

    def _theme_table(self, found):
        columns = [
            Column(self.env._("Theme")),
            Column(self.env._("Comments (n)"), "integer"),
            Column(self.env._("Share"), "percent"),
            Column(self.env._("Change"), "percent", good=0),
            Column(self.env._("Negative"), "percent"),
            Column(self.env._("NPS")),
            Column(self.env._("Content")),
            Column(self.env._("Customers"), "integer"),
            Column(self.env._("Open Cases"), "integer"),
            Column(self.env._("Revenue at Risk"), "money"),
            Column(self.env._("Common?")),
        ]
        return table(
            self.env._("What Customers Speak Of"),
            columns,
            [self._row(one) for one in found["themes"]],
        )

    def _row(self, one):
        theme, change = one["theme"], one["change"]
        weak = one["n"] < self._minimum()
        common = one["customers"] >= self._minimum()
        answers = ["answers", theme]
        return Row(
            [
                self._theme_name(theme),
                one["n"],
                one["share"],
                change[0] / 100 if change else None,
                one["critical"] / one["n"],
                self._score_text(one.get("nps"), one.get("nps_n"), ""),
                self._score_text(one.get("content"), one.get("content_n"), " %"),
                one["customers"],
                one.get("open_cases") or 0,
                one.get("revenue") or 0.0,
                self.env._("Common") if common else self.env._("Single voices"),
            ],
            keys=[
                ["theme", theme],
                ["theme", theme],
                ["theme", theme],
                ["theme", theme],
                ["critical", theme],
                answers,
                answers,
                ["customers", theme],
                ["cases", theme],
                ["critics", theme],
                ["theme", theme],
            ],
            weak=weak,
            change={3: bool(change[1]) and not weak} if change else {},
        )

    def _score_text(self, value, n, unit):
        """:return: a score with its n, as text; a dash without answers"""
        if not n:
            return "–"
        return self.env._(
            "%(value)s%(unit)s (n = %(n)s)",
            value=formatLang(self.env, value, digits=0),
            unit=unit,
            n=self._count(n),
        )

    def _trend(self, asked, found):
        last = self._period_start("month", asked.until)
        months = [last - relativedelta(months=back) for back in range(_MONTHS)][::-1]
        domain = self._customers(asked) & self._between(months[0], asked.until)
        timezone = self.env.company._insight_timezone()
        rows = (
            self.env["feedback.mention"]
            .with_context(tz=timezone)
            ._read_group(domain, ["theme_id", "date:month"], ["__count"])
        )
        counts = {
            (theme.id, fields.Date.to_date(month)): count
            for theme, month, count in rows
        }
        series = [
            Series(
                self._theme_name(one["theme"]),
                [counts.get((one["theme"], month), 0) for month in months],
                shape="line",
                keys=[["month", one["theme"], month.isoformat()] for month in months],
            )
            for one in found["themes"][:_LINES]
        ]
        labels = [self._period_label("month", month) for month in months]
        return chart(self.env._("Comments per Month"), labels, series)

    def _sentences(self, asked, found):
        mentions = self.env["feedback.mention"]
        tones = dict(mentions._fields["sentiment"]._description_selection(self.env))
        rows = []
        for one in found["themes"]:
            domain = self._comment_domain(asked) & Domain("theme_id", "=", one["theme"])
            rows += [
                Row(
                    [
                        mention.theme_id.name,
                        mention.sentence,
                        tones.get(mention.sentiment),
                        format_date(self.env, mention.date),
                    ],
                    key=["comment", mention.comment_id.id],
                )
                for mention in mentions.search(domain, limit=_SENTENCES)
            ]
        columns = [
            Column(self.env._("Theme")),
            Column(self.env._("What They Say"), grow=True),
            Column(self.env._("Tone")),
            Column(self.env._("Day")),
        ]
        return table(self.env._("The Newest Sentences of Each Theme"), columns, rows)

    # === WHAT OPENS === #

    def _records(self, asked, key):
        kind, *values = key
        domain = self._comment_domain(asked)
        if kind == "month":
            month = fields.Date.to_date(values[1])
            domain = self._customers(asked) & self._between(
                month, month + relativedelta(months=1, days=-1)
            )
        if kind in _OPENS:
            model, domain = getattr(self, f"_open_{kind}")(domain, None, *values)
            return model, domain, self._title()
        if kind not in _OPENS_THEME:
            raise KeyError(kind)
        theme = int(values[0])
        model, domain = getattr(self, f"_open_{kind}")(domain, theme)
        return model, domain, self._theme_name(theme)

    def _open_comments(self, domain, theme):
        return "feedback.comment", domain

    def _open_all_critical(self, domain, theme):
        return "feedback.comment", domain & Domain("sentiment", "=", "negative")

    def _open_theme(self, domain, theme):
        return "feedback.comment", domain & Domain("mention_ids.theme_id", "=", theme)

    _open_month = _open_theme

    def _open_critical(self, domain, theme):
        about = Domain("theme_id", "=", theme) & Domain("sentiment", "=", "negative")
        return "feedback.comment", domain & Domain("mention_ids", "any", about)

    def _open_none(self, domain, theme):
        return "feedback.comment", domain & Domain("mention_ids", "=", False)

    def _open_checked(self, domain, theme):
        return "feedback.comment", Domain("is_checked", "=", True)

    def _open_comment(self, domain, theme, comment):
        return "feedback.comment", Domain("id", "=", int(comment))

    def _open_answers(self, domain, theme):
        comments = self._about(domain, theme).sudo()  # participations are not asked for
        told = Domain("user_input_id", "in", comments.user_input_id.ids)
        return "feedback.answer", told

    def _open_cases(self, domain, theme):
        comments = self._about(domain, theme).sudo()  # participations are not asked for
        return "feedback.case", Domain("is_closed", "!=", True) & (
            Domain("participation_id", "in", comments.user_input_id.ids)
            | Domain("id", "in", comments.case_id.ids)
        )

    def _about(self, domain, theme):
        __, comments = self._open_theme(domain, theme)
        return self.env["feedback.comment"].search(comments)

    def _open_customers(self, domain, theme):
        about = domain & Domain("theme_id", "=", theme)
        company = Domain("company_id", "=", self.env.company.id)
        mentioned = Domain("partner_id.feedback_mention_ids", "any", about)
        return "customer.profile", company & mentioned

    def _open_critics(self, domain, theme):
        critical = domain & Domain("sentiment", "=", "negative")
        return self._open_customers(critical, theme)
