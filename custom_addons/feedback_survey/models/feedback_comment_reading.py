import logging

from odoo import api, models

from ..engine.sentiment import label, tone

_logger = logging.getLogger(__name__)
#: Comments read between two commits.
_BATCH = 200


class FeedbackComment(models.Model):
    """Reading: the job that finds the themes of comments nobody has checked."""

    _inherit = "feedback.comment"

    @api.model
    def _cron_read(self, batch=_BATCH):
        """Collect new comments, learn from corrections, read what is not read yet.

        Can be stopped at any point; what was read is kept, the rest is read next time.
        Comments are read anew when keywords or corrections have changed.
        """
        self._collect()
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=1)  # what was collected stays
        learning = self.env["feedback.theme.learning"]._up_to_date()
        unread = self.search(
            [
                ("is_checked", "=", False),
                "|",
                ("read_with", "=", False),
                ("read_with", "!=", learning.fingerprint),
            ],
            order="id",
        )
        progress(remaining=len(unread))
        if not unread:
            return
        reader, ids = learning._reader(), unread.ids
        for start in range(0, len(ids), batch):
            part = self.browse(ids[start : start + batch])
            part._read_or_name(reader, learning.fingerprint)
            if not progress(len(part)):
                break
            self.env.invalidate_all()

    def _read_or_name(self, reader, fingerprint):
        """Read comments together; where one fails, one by one and name it."""
        try:
            with self.env.cr.savepoint():
                self._read_themes(reader, fingerprint)
        except Exception:
            if len(self) == 1:
                _logger.exception("Comment %s could not be read", self.id)
                return
            for comment in self:
                comment._read_or_name(reader, fingerprint)

    def _read_themes(self, reader, fingerprint):
        """Replace the mentions of comments by what the reader finds."""
        themes = self.env["feedback.theme"]
        self.mention_ids.unlink()
        vals_list = [
            comment._prepare_mention(
                reader,
                themes.browse(theme),
                "learned" if theme in reader.models else "keyword",
                chance,
            )
            for comment, found in zip(
                self, reader.find(self.mapped("text")), strict=True
            )
            for theme, chance in sorted(found.items())
        ]
        self.env["feedback.mention"].create(vals_list)
        by_sentiment = self.grouped(lambda comment: label(tone(comment.text)))
        for sentiment, comments in by_sentiment.items():
            comments.write({"sentiment": sentiment, "read_with": fingerprint})
        self._blur()
