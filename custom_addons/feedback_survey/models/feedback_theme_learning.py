import hashlib
import json

from odoo import api, fields, models

from ..engine.sentiment import label, tone
from ..engine.themes import LearnedReader, better_learned, by_language, compare

#: Part of each fingerprint: raise it when reading itself changes.
_VERSION = 1


class FeedbackThemeLearning(models.Model):
    """What was learned, and how well it finds themes in comments it had not seen.

    A row is written whenever keywords or corrections have changed. It keeps the figures
    of keywords alone beside those of the learner: the learner is used only for themes
    it finds better.
    """

    _name = "feedback.theme.learning"
    _description = "Theme Learning"
    _order = "id desc"
    _rec_name = "create_date"

    fingerprint = fields.Char(required=True, readonly=True, index=True)
    examples = fields.Integer(readonly=True, help="Known comments in all.")
    corrections = fields.Integer(readonly=True, help="Those that staff have checked.")
    f1_keywords = fields.Float(
        string="F1 of Keywords",
        digits=(4, 3),
        readonly=True,
        aggregator=None,
        help="Mean over the themes of the harmonic mean of precision and recall.",
    )
    f1_learned = fields.Float(
        string="F1 of the Learner",
        digits=(4, 3),
        readonly=True,
        aggregator=None,
        help="The same, on comments that were not learned from (cross-validation).",
    )
    detail = fields.Json(readonly=True)

    @api.model
    def _up_to_date(self):
        """:return: the row of today's keywords and corrections, measured if new"""
        themes = self.env["feedback.theme"].search([("active", "=", True)])
        keywords, examples = themes._keyword_lists(), themes._examples()
        fingerprint = self._fingerprint(keywords, examples)
        last = self.search([], limit=1)
        if last.fingerprint == fingerprint:
            return last
        checked = self.env["feedback.comment"].search_count([("is_checked", "=", True)])
        return self.create(
            {
                "fingerprint": fingerprint,
                "examples": len(examples),
                "corrections": checked,
                **self._measure(keywords, examples),
            }
        )

    @api.model
    def _fingerprint(self, keywords, examples):
        known = [
            _VERSION,
            sorted((theme, sorted(words)) for theme, words in keywords.items()),
            sorted((one.text, sorted(one.themes)) for one in examples),
        ]
        content = json.dumps(known, ensure_ascii=False).encode()
        return hashlib.sha256(content).hexdigest()[:16]

    @api.model
    def _measure(self, keywords, examples):
        """:return: values of a row: figures on comments that were not learned from"""
        qualities = compare(keywords, examples)
        plain, learned = qualities["keywords"], qualities["learned"]
        better = better_learned(qualities)
        return {
            "f1_keywords": plain.f1,
            "f1_learned": learned.f1,
            "detail": {
                "themes": {
                    str(theme): {
                        "n": figures[3],
                        "keywords": figures[:3],
                        "learned": learned.by_theme[theme][:3],
                        "in_use": "learned" if theme in better else "keywords",
                    }
                    for theme, figures in plain.by_theme.items()
                },
                "languages": {
                    language: {
                        "n": len(part),
                        **{name: q.f1 for name, q in compare(keywords, part).items()},
                    }
                    for language, part in by_language(examples).items()
                    if language
                },
                "sentiment": self._measure_sentiment(),
            },
        }

    @api.model
    def _measure_sentiment(self):
        """:return: share of the made-up comments whose tone is found, and what calling
        all of them critical would find
        """
        known = self.env["feedback.theme"]._shipped_sentiments()
        hits = sum(label(tone(text)) == truth for text, truth in known)
        names = [truth for __, truth in known]
        most = max(names.count(name) for name in set(names))
        return {"n": len(known), "found": hits / len(known), "base": most / len(known)}

    def _reader(self):
        """:return: the reader of this row: the learner where it is better"""
        self.ensure_one()
        themes = self.env["feedback.theme"].search([("active", "=", True)])
        better = {
            int(theme)
            for theme, figures in self.detail["themes"].items()
            if figures["in_use"] == "learned"
        }
        return LearnedReader(themes._keyword_lists(), themes._examples(), only=better)

    @api.autovacuum
    def _gc_old(self):
        """Keep the newest hundred rows."""
        self.search([("id", ">", 0)], offset=100).unlink()
