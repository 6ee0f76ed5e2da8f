import csv
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import file_open

from ..engine.themes import Example

_EXAMPLES = "feedback_survey/engine/comment_examples.csv"
#: Longest list of keywords, in characters.
_LONGEST = 5_000
#: Corrections that are learned from: the newest ones.
_CORRECTIONS = 5_000


class FeedbackTheme(models.Model):
    """Something customers speak of, found in their comments in either language.

    Keywords find it at once; corrections of staff teach a learner, which takes over
    where it finds the theme better than the keywords do.
    """

    _name = "feedback.theme"
    _description = "Feedback Theme"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    keywords = fields.Text(
        help="Words that show this theme, in all languages, separated by commas or"
        " lines. Chinese words are found anywhere, others as whole words with their"
        " common endings.",
    )
    mention_ids = fields.One2many("feedback.mention", "theme_id")
    comment_count = fields.Integer(string="Comments", compute="_compute_comment_count")

    _name_uniq = models.Constraint(
        "UNIQUE (name)", "There is a theme of this name already."
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_comment_count(self):
        counts = dict(
            self.env["feedback.mention"]._read_group(
                [("theme_id", "in", self.ids)], ["theme_id"], ["__count"]
            )
        )
        for theme in self:
            theme.comment_count = counts.get(theme, 0)

    @api.constrains("keywords")
    def _check_keywords(self):
        for theme in self:
            if len(theme.keywords or "") > _LONGEST:
                raise ValidationError(
                    self.env._(
                        "“%(theme)s” has too many keywords: at most %(count)s"
                        " characters.",
                        theme=theme.name,
                        count=_LONGEST,
                    )
                )

    def action_open_comments(self):
        """Open the comments that speak of these themes."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_comment_action"
        )
        return {
            **action,
            "display_name": ", ".join(self.mapped("name")),
            "domain": [("mention_ids.theme_id", "in", self.ids)],
            "context": {},
        }

    # === WHAT IS LEARNED FROM === #

    def _keyword_lists(self):
        """:return: ``{theme id: [keyword, …]}``"""
        return {
            theme.id: [
                word.strip()
                for word in re.split(r"[,，、;；\n]", theme.keywords or "")
                if word.strip()
            ]
            for theme in self
        }

    @api.model
    def _examples(self):
        """The comments that are known: made-up ones the add-on brings, corrected ones.

        :return: list of Example whose themes are ids of this model
        """
        return self._shipped_examples() + self._corrected_examples()

    @api.model
    def _shipped_examples(self):
        """The made-up comments; a line of one language and its like share a group."""
        by_code = {
            code: theme.id
            for code in (
                "quality price delivery packaging service returns ordering range"
            ).split()
            if (theme := self.env.ref(f"feedback_survey.theme_{code}", False))
        }
        seen, examples = {}, []
        for row in self._shipped_rows():
            group = seen[row["language"]] = seen.get(row["language"], -1) + 1
            codes = row["themes"].split()
            themes = frozenset(by_code[code] for code in codes if code in by_code)
            examples.append(Example(row["text"], themes, group))
        return examples

    @api.model
    def _shipped_rows(self):
        with file_open(_EXAMPLES) as file:
            return list(csv.DictReader(file))

    @api.model
    def _shipped_sentiments(self):
        """:return: ``[(text, sentiment)]`` of the made-up comments"""
        return [(row["text"], row["sentiment"]) for row in self._shipped_rows()]

    @api.model
    def _corrected_examples(self):
        checked = self.env["feedback.comment"].search(
            [("is_checked", "=", True)], order="checked_on desc, id", limit=_CORRECTIONS
        )
        return [
            Example(comment.text, frozenset(comment.theme_ids.ids), comment.id)
            for comment in checked
        ]
