from odoo import api, fields, models

from ..engine.sentiment import label, tone
from .feedback_comment import SENTIMENTS


class FeedbackMention(models.Model):
    """A theme in a comment, with the sentence that shows it and its tone.

    Rows are written by the reading job, and by the correction of a comment.
    """

    _name = "feedback.mention"
    _description = "Mention of a Theme"
    _order = "date desc, id desc"
    _rec_name = "sentence"

    comment_id = fields.Many2one(
        "feedback.comment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    theme_id = fields.Many2one(
        "feedback.theme", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    sentence = fields.Text(readonly=True, help="The sentence that shows the theme.")
    sentiment = fields.Selection(SENTIMENTS, readonly=True)
    origin = fields.Selection(
        [("keyword", "Keyword"), ("learned", "Learned"), ("staff", "Staff")],
        string="Found By",
        readonly=True,
    )
    chance = fields.Float(
        readonly=True,
        aggregator="avg",
        help="How sure the learner is, from 0.5 to 1; 1 for keywords.",
    )

    _comment_theme_uniq = models.UniqueIndex("(comment_id, theme_id)")
    _company_date_idx = models.Index("(company_id, date)")

    @api.model
    def _sentiment_of(self, text):
        """:return: the tone of a part of a comment, by name"""
        return label(tone(text))

    def action_open_comment(self):
        """Open the comment this sentence stands in."""
        self.ensure_one()
        return self.comment_id._get_records_action()
